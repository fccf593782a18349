"""What is sent again: what was lost, as it was, and no more than the media are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media.codecs import RED
from media.interface import Publication
from media.subscription import REPAIR_BURST, Subscription
from media.track import RepairCounts, Track
from tests.media.test_track import FRAME, PICTURE, SOUND, Collector, Sender, Uplink, Viewer


@pytest.fixture
def track() -> Track:
    made = Track(Publication("p", "anna", "camera"), RepairCounts())
    made.bind(Uplink(), PICTURE.codecs[0])
    return made


@pytest.mark.parametrize("first", [1000, 65500])
def test_what_was_shown_before_a_subscription_is_given_to_nobody_who_asks(
    track: Track, first: int
) -> None:
    sender = Sender(track, 7, seq=first, timestamp=1, picture=500)
    sender.frame(0.0, key=True)
    for index in range(30):
        sender.frame(0.1 * index)
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(3.0)
    sender.frame(4.0, key=True)
    begin = viewer.subscription.original(min(viewer.packets))
    assert begin == sender.seq - FRAME & 0xFFFF
    viewer.order.clear()
    numbers = [viewer.subscription.numbered(begin + step) for step in range(-90, FRAME)]
    track.resend(viewer.subscription, numbers, 5.0)
    assert viewer.order == numbers[-FRAME:]
    track.pad(viewer.subscription, 20_000, 6.0)
    assert set(viewer.order) == set(numbers[-FRAME:])


def test_repairs_of_redundant_sound_carry_the_codec_that_they_are_of() -> None:
    track = Track(Publication("p", "anna", "audio"), RepairCounts())
    opus = replace(SOUND.codecs[0], rtx_payload_type=115)
    track.bind(Uplink(), opus)
    viewer = Collector()
    subscription = Subscription(SOUND, opus, opus, viewer)
    subscription.go()
    track.subscribe(subscription)
    track.receive(5, 2, 960, RED, bytes([0x80 | 111, 0x0F, 0, 3, 111]) + b"oldnow", 20, 0.0, False)
    number = viewer.packets[0].sequence_number
    track.resend(subscription, [number], 1.0)
    repair = viewer.packets[1]
    assert (repair.ssrc, repair.payload_type) == (subscription.rtx_ssrc, 115)
    assert repair.payload == number.to_bytes(2, "big") + b"now"


def full(track: Track, numbers: range) -> None:
    """Send packets as full as they come, 300 a second."""
    for number in numbers:
        start = b"\x10\x10" if number == 1 else b"\x10\x11"
        payload = start + bytes(1100)
        track.receive(7, number, 300 * number, 0, payload, 0xFF, number / 300, False)


def test_a_second_without_anything_is_repaired_even_when_the_first_repair_is_lost_too(
    track: Track,
) -> None:
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(0.0)
    full(track, range(1, 30))
    viewer.loss = 1.0
    full(track, range(30, 230))
    viewer.loss = 0.0
    full(track, range(230, 260))
    missing = viewer.missing()
    assert len(missing) == 200
    viewer.loss = 1.0
    for at in range(0, 200, 100):
        track.resend(viewer.subscription, missing[at : at + 100], 1.0)
    viewer.loss = 0.0
    for at in range(0, 200, 100):
        track.resend(viewer.subscription, missing[at : at + 100], 1.1)
    assert viewer.missing() == []


def test_who_asks_for_everything_again_and_again_gets_about_the_media_twice(track: Track) -> None:
    viewer = Viewer(track)
    viewer.subscription.go()
    track.want_keyframe(0.0)
    full(track, range(1, 1000))

    def ask(seconds: int, media: int) -> int:
        """Ask for the newest 512 packets 20 times a second; return how many bytes come."""
        before = track.packets
        viewer.order.clear()
        for turn in range(20 * seconds):
            now = 10.0 + before + turn / 20
            full(track, range(track.packets + 1, track.packets + 1 + media // 20))
            newest = viewer.subscription.numbered(track.packets)
            for back in range(0, 512, 128):
                track.resend(viewer.subscription, [newest - back - n for n in range(128)], now)
        return 1102 * (len(viewer.order) - (track.packets - before))

    assert ask(2, 0) <= REPAIR_BURST
    assert ask(1, 0) == 0
    assert 0.9 < ask(2, 300) / (2 * 300 * 1102) <= 1
