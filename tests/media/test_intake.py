"""Streams that the offer does not announce are known by what their packets say."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.intake import MAX_ANNOUNCED, Intake, Streams
from media.interface import Publication
from media.offer import REPAIRED_RID, RID, parse_offer
from media.simulcast import Simulcast
from media.track import RepairCounts, Track

SDP = Path(__file__).parents[1] / "data" / "sdp"


def intake(name: str) -> tuple[Intake, list[Track]]:
    offer = parse_offer((SDP / name).read_bytes().decode())
    sound, picture = offer.sections[:2]
    made = Intake()
    info = Publication("p", "anna", "camera")
    counts = RepairCounts()
    camera = Simulcast(info, counts, picture.rids) if picture.rids else Track(info, counts)
    voice = Track(Publication("v", "anna", "audio"), counts)
    made.add(sound, voice, sound.codecs[0])
    made.add(picture, camera, picture.codecs[0])
    return made, [voice, *(camera.layers if isinstance(camera, Simulcast) else [camera])]


@pytest.mark.parametrize("extension", [RID, REPAIRED_RID])
def test_a_size_and_its_repair_are_known_by_mid_and_rid(extension: str) -> None:
    made, tracks = intake("chromium-156-simulcast.sdp")
    number = made.ids.rid if extension == RID else made.ids.repaired
    assert number
    for rid, track in zip(("q", "h", "f"), tracks[1:], strict=True):
        named = made.named({made.ids.mid: "1", number: rid, 14: "noise"})
        assert named is not None
        assert named[0] == ("1", rid)
        assert named[1].track is track


def test_what_names_nothing_of_ours_is_nobodys() -> None:
    made, _ = intake("chromium-156-simulcast.sdp")
    assert made.named({made.ids.mid: "1", made.ids.rid: "x"}) is None
    assert made.named({made.ids.mid: "1"}) is None
    assert made.named({made.ids.rid: "q"}) is None
    assert made.named({}) is None
    assert Intake().named({0: "1"}) is None


def test_a_picture_in_one_size_is_known_by_its_mid_whatever_its_rid() -> None:
    made, tracks = intake("chromium-156.sdp")
    for told in ({made.ids.mid: "1"}, {made.ids.mid: "1", made.ids.rid: "q"}):
        named = made.named(told)
        assert named is not None
        assert named[0] == ("1", "")
        assert named[1].track is tracks[1]
    assert {inlet.track for inlet, _ in made.routes.values()} == set(tracks)


def test_offers_cannot_announce_streams_without_end() -> None:
    made, _ = intake("chromium-156.sdp")
    first = dict(made.routes)
    route = next(iter(first.values()))
    streams = Streams()
    streams.route(made)
    for offer in range(10):
        made.routes = first | {offer * 100 + number: route for number in range(100)}
        streams.route(made)
        assert first.keys() <= streams.routes.keys()  # what it sends already goes on
    assert not streams.routes.keys() - first.keys()
    made.routes = dict.fromkeys(range(MAX_ANNOUNCED), route)
    streams.route(made)
    assert len(streams.routes) == MAX_ANNOUNCED - len(first)
