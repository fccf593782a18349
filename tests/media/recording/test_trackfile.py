"""One track in its file: what is in it, when, and what loss does to it."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import av
import pytest

from media.recording.sealed import SealedReader, SealedWriter
from media.recording.trackfile import CLUSTER, TrackFile, TrackInfo, Written, read_info
from tests.media.recording.encoded import Packet, pictures, sound
from tests.media.recording.test_h264 import START, keyframe

KEY = bytes(32)
RATES = {"opus": 48_000, "VP8": 90_000, "H264": 90_000}


class Scene:
    """A file that is fed by hand; the clock is the packets'."""

    def __init__(self, folder: Path, codec: str, *, started: float = 100.0) -> None:
        self.path = folder / "000.sealed"
        self.codec = codec
        self.started = started
        info = TrackInfo("somebody", "audio" if codec == "opus" else "camera", codec)
        self.file = TrackFile(self.path.name, info, RATES[codec], started, self._create)

    def _create(self) -> SealedWriter:
        return SealedWriter(self.path.open("xb", buffering=0), KEY)

    def feed(self, packets: list[Packet], *, reports: bool = False) -> float:
        """Give packets in the order of the list, each at its time; return the last time."""
        now = self.started
        for packet in packets:
            now = max(now, self.started + packet.at)
            reported = None
            if reports:
                behind = (now - self.started - packet.at) * RATES[self.codec]
                reported = packet.timestamp + round(behind) & 0xFFFFFFFF
            self.file.heard(
                packet.seq & 0xFFFF, packet.timestamp, packet.marker, packet.payload, now, reported
            )
            self.file.tick(now)
        return now

    def close(self) -> Written:
        written = self.file.close(self.started + 1_000)
        assert written is not None
        return written

    def read(self) -> SealedReader:
        return SealedReader(self.path.open("rb"), KEY)

    def shown(self) -> list[tuple[float, int]]:
        """Return (seconds, grey level) of each decoded picture."""
        with self.read() as file, av.open(file, "r") as container:
            return [
                (float(frame.time or 0), bytes(frame.planes[0])[0])
                for frame in container.decode(video=0)
            ]

    def times(self) -> list[float]:
        with self.read() as file, av.open(file, "r") as container:
            return [float(frame.time or 0) for frame in container.decode(audio=0)]


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_pictures_come_out_as_they_went_in(tmp_path: Path, codec: str) -> None:
    scene = Scene(tmp_path, codec)
    scene.feed(pictures(codec, [40 + 5 * n for n in range(30)]))
    written = scene.close()
    shown = scene.shown()
    assert [round(time * 20) for time, _ in shown] == list(range(30))
    assert all(abs(level - 40 - 5 * n) <= 4 for n, (_, level) in enumerate(shown))
    assert (written.first, written.last) == (0, 1450)


def test_a_picture_is_written_without_being_decoded(tmp_path: Path) -> None:
    parts = [unit for unit in keyframe(1920, 1080).split(START) if unit]
    sets = [unit for unit in parts if unit[0] & 0x1F in (7, 8)]
    aggregated = b"\x18" + b"".join(len(unit).to_bytes(2) + unit for unit in sets)
    scene = Scene(tmp_path, "H264")
    scene.feed([Packet(1, 0, 0, aggregated, 0.0), Packet(2, 0, 0x80, b"\x65" + bytes(20), 0.0)])
    scene.close()
    with scene.read() as file, av.open(file, "r") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1920, 1080)


def test_sound_comes_out_with_its_times(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "opus")
    scene.feed(sound(2.0))
    scene.close()
    times = scene.times()
    assert len(times) == 100
    assert all(abs(time - n / 50) < 0.01 for n, time in enumerate(times))


def test_a_file_says_whose_track_it_is(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "opus")
    scene.feed(sound(0.1))
    scene.close()
    with scene.read() as file:
        assert read_info(file) == TrackInfo("somebody", "audio", "opus")


def test_repaired_packets_are_in_their_place(tmp_path: Path) -> None:
    packets = pictures("VP8", [60 + n for n in range(40)])
    late = [p for p in packets if p.seq % 7 == 3]
    mixed = [p for p in packets if p.seq % 7 != 3]
    for packet in late:  # each comes 0.2 s after its time, as a retransmission does
        place = next((i for i, p in enumerate(mixed) if p.at > packet.at + 0.2), len(mixed))
        mixed.insert(place, packet)
    scene = Scene(tmp_path, "VP8")
    scene.feed(mixed, reports=True)
    scene.close()
    assert [round(time * 20) for time, _ in scene.shown()] == list(range(40))


def test_loss_costs_what_cannot_be_decoded_and_asks_for_a_key_frame(tmp_path: Path) -> None:
    packets = pictures("VP8", [60 + 3 * n for n in range(60)], keys=frozenset({50}))
    scene = Scene(tmp_path, "VP8")
    lost = next(p.seq for p in packets if p.at >= 1.0)
    before = [p for p in packets if p.seq != lost and p.at < 2.0]
    scene.feed(before)
    wanted = scene.file.wants_keyframe
    scene.feed([p for p in packets if p.at >= 2.0])
    assert (wanted, scene.file.wants_keyframe) == (True, False)
    scene.close()
    shown = [round(time * 20) for time, _ in scene.shown()]
    assert shown == [*range(20), *range(50, 60)]


def test_nothing_is_written_before_the_first_key_frame(tmp_path: Path) -> None:
    packets = pictures("VP8", [80] * 30, keys=frozenset({20}))
    scene = Scene(tmp_path, "VP8")
    scene.feed([p for p in packets if 0.5 <= p.at < 1.0])
    assert scene.file.wants_keyframe
    assert not scene.path.exists()
    scene.feed([p for p in packets if p.at >= 1.0])
    scene.close()
    assert len(scene.shown()) == 10


def test_packets_of_before_the_take_are_left_out(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "opus", started=100.0)
    for packet in sound(2.0):  # sampled a second before they come
        reported = packet.timestamp + 48_000
        now = 100.0 + packet.at
        scene.file.heard(packet.seq, packet.timestamp, 0, packet.payload, now, reported)
        scene.file.tick(now)
    scene.close()
    times = scene.times()
    assert len(times) == 50
    assert times[0] < 0.02


def test_a_key_frame_of_before_the_take_begins_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "VP8", started=100.0)
    packets = pictures("VP8", [80] * 40, keys=frozenset({20}))
    early = [p for p in packets if p.at < 0.2]  # on their way when the take began
    for packet in early:
        scene.file.heard(
            packet.seq, packet.timestamp, packet.marker, packet.payload, 100.0 + packet.at,
            packet.timestamp + 90_000,
        )  # fmt: skip
        scene.file.tick(100.0 + packet.at)
    assert scene.file.wants_keyframe
    scene.feed([p for p in packets if p.at >= 0.2], reports=True)
    scene.close()
    assert [round(time * 20) for time, _ in scene.shown()] == list(range(20, 40))


def test_a_still_screen_is_on_the_disk_within_a_second(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "VP8")
    now = scene.feed(pictures("VP8", [90]))
    scene.file.tick(now + CLUSTER + 0.01)
    assert len(scene.shown()) == 1  # the writer is alive, and nothing else was drawn
    scene.file.abandon()


def test_a_file_that_was_cut_anywhere_plays_up_to_its_last_whole_cluster(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "opus")
    scene.feed(sound(6.0))
    scene.close()
    whole = scene.path.read_bytes()
    draw = random.Random(6)
    for _ in range(20):
        cut = draw.randrange(len(whole) // 3, len(whole))
        scene.path.write_bytes(whole[:cut])
        with scene.read() as file:
            assert not file.complete
        share = cut / len(whole)
        assert scene.times()[-1] >= 6.0 * share - 2 * CLUSTER


def test_nothing_in_clear_is_on_the_disk(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "opus")
    packets = sound(1.0)
    scene.feed(packets)
    scene.close()
    raw = scene.path.read_bytes()
    for needle in (b"matroska", b"somebody", b"OpusHead", *(p.payload[:12] for p in packets)):
        assert needle not in raw


def test_a_lost_packet_of_sound_is_taken_from_the_next(tmp_path: Path) -> None:
    packets = sound(1.0)
    doubled = [packets[0]]
    for before, packet in itertools.pairwise(packets):
        offset, size = packet.timestamp - before.timestamp, len(before.payload)
        head = bytes((0x80 | 111, offset >> 6, (offset & 0x3F) << 2 | size >> 8, size & 0xFF, 111))
        payload = head + before.payload + packet.payload
        doubled.append(Packet(packet.seq, packet.timestamp, 0x01, payload, packet.at))
    scene = Scene(tmp_path, "opus")
    scene.feed([p for p in doubled if p.seq % 5 != 3])
    scene.close()
    assert len(scene.times()) == 50
