"""What an offer carries whose maker does not say."""

from __future__ import annotations

from pathlib import Path

from media.choice import choose
from media.interface import Grant, Publication
from media.offer import parse_offer

# Sends sound (0) and a picture (1), takes sound (2) and a picture (3).
SDP = (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
OFFER = parse_offer(SDP)
ALL = frozenset({"audio", "camera", "screen", "screen-audio"})


def published(*sources: str) -> list[Publication]:
    return [Publication(f"{index}-{source}", "a", source) for index, source in enumerate(sources)]


def test_a_source_sends_its_first_sound_and_its_first_picture() -> None:
    assert choose(OFFER, Grant(ALL, {}), []) == ({"0": "audio", "1": "camera"}, {})


def test_what_is_not_granted_is_not_sent() -> None:
    assert choose(OFFER, Grant(frozenset({"audio"}), {}), []) == ({"0": "audio"}, {})


def test_a_player_takes_screens_before_cameras_and_voices_before_what_screens_play() -> None:
    seen = published("screen-audio", "camera", "audio", "screen", "audio")
    assert choose(OFFER, Grant(frozenset(), {}), seen) == ({}, {"2": "2-audio", "3": "3-screen"})


def test_each_line_of_a_player_takes_another_publication() -> None:
    offer = parse_offer(SDP.replace("a=sendonly", "a=recvonly"))
    seen = published("audio", "audio", "camera")
    assert choose(offer, Grant(frozenset(), {}), seen) == (
        {},
        {"0": "0-audio", "1": "2-camera", "2": "1-audio"},
    )


def test_a_line_that_is_stopped_carries_nothing() -> None:
    offer = parse_offer(SDP.replace("m=audio 9 ", "m=audio 0 "))
    send, receive = choose(offer, Grant(ALL, {}), published("audio", "camera"))
    assert (send, receive) == ({"1": "camera"}, {"3": "1-camera"})
