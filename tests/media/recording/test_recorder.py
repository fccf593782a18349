"""The recorder: tracks of a room on the disk, while it runs, and after it was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from media.interface import Publication
from media.offer import Codec
from media.recording import Recorder, SealedReader, Take, read_info
from media.recording.h264 import length_prefixed
from media.recording.sealed import file_key
from media.track import RepairCounts, Track
from tests.media.recording.encoded import Packet, pictures, sound

KEY = bytes(32)
OPUS = Codec("opus", 111, None, 48_000)
VP8 = Codec("VP8", 96, 97, 90_000)
H264 = Codec("H264", 102, 103, 90_000)


class Uplink:
    def __init__(self) -> None:
        self.keyframes = 0

    def request_keyframe(self, ssrc: int) -> None:
        self.keyframes += 1

    def request_packets(self, ssrc: int, numbers: list[int]) -> None:
        pass

    def remind(self, delay: float, call: Callable[[float], None]) -> None:
        pass


def track(participant: str, source: str, codec: Codec) -> tuple[Track, Uplink]:
    uplink = Uplink()
    made = Track(
        Publication(f"{participant}-{source}", participant, source),
        RepairCounts(),
    )
    made.bind(uplink, codec)
    return made, uplink


def recording(folder: Path, failed: Callable[[], None], *participants: str) -> Recorder:
    recorder = Recorder(Take("take", folder, KEY), failed)
    recorder.participants = frozenset(participants)
    return recorder


def play(tracks: list[tuple[Track, list[Packet]]], *, speed: float = 1.0) -> None:
    """Give packets to tracks at their times, as a network does."""
    began = time.monotonic()
    everything = sorted(
        (
            (packet.at, number, packet)
            for number, (_, packets) in enumerate(tracks)
            for packet in packets
        ),
        key=lambda entry: entry[:2],
    )
    for at, number, packet in everything:
        time.sleep(max(0.0, began + at / speed - time.monotonic()))
        tracks[number][0].receive(
            7, packet.seq & 0xFFFF, packet.timestamp, packet.marker, packet.payload, 127,
            time.monotonic(), False,
        )  # fmt: skip


def opened(folder: Path, name: str) -> SealedReader:
    return SealedReader((folder / name).open("rb"), file_key(KEY, name))


def test_only_those_who_are_to_be_recorded_are(tmp_path: Path) -> None:
    mine, _ = track("visitor", "audio", OPUS)
    theirs, _ = track("whispering", "audio", OPUS)
    recorder = recording(tmp_path, pytest.fail, "visitor")
    recorder.follow([mine, theirs], time.monotonic())
    play([(mine, sound(0.4)), (theirs, sound(0.4))], speed=4)
    recorder.close()
    assert [one.info.participant for one in recorder.join()] == ["visitor"]
    assert not theirs.taps
    assert not mine.taps


def test_a_key_frame_is_asked_for_when_it_starts_and_until_it_came(tmp_path: Path) -> None:
    camera, uplink = track("visitor", "camera", VP8)
    packets = pictures("VP8", [90] * 40, keys=frozenset({30}))
    play([(camera, packets[:1])])
    recorder = recording(tmp_path, pytest.fail, "visitor")
    now = time.monotonic()
    recorder.follow([camera], now)
    assert uplink.keyframes == 1
    recorder.tick(now + 1.0)
    assert uplink.keyframes == 2
    play([(camera, [p for p in packets if p.at >= 1.5])], speed=8)
    recorder.close()
    recorder.join()
    with opened(tmp_path, "000.sealed") as file, av.open(file, "r") as container:
        assert len(list(container.decode(video=0))) == 10


def test_a_disk_that_cannot_be_written_ends_the_take_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where the folder should be")
    told: list[bool] = []
    voice, _ = track("visitor", "audio", OPUS)
    recorder = recording(tmp_path / "blocked", lambda: told.append(True), "visitor")
    recorder.follow([voice], time.monotonic())
    play([(voice, sound(0.3))])
    recorder.join()
    assert recorder.failed
    assert told == [True]
    play([(voice, [p for p in sound(0.4) if p.at >= 0.3])])
    assert voice.taps
    assert not recorder._queue  # nobody would take anything out of it


def test_a_picture_that_makes_no_sense_ends_nobodys_recording(tmp_path: Path) -> None:
    voice, _ = track("agent", "audio", OPUS)
    camera, _ = track("visitor", "camera", H264)
    recorder = recording(tmp_path, pytest.fail, "agent", "visitor")
    recorder.follow([voice, camera], time.monotonic())
    sets = b"\x18" + b"\x00\x04\x67\x42\xe0\x1f" * 200 + b"\x00\x02\x68\xce"
    play([(camera, [Packet(1, 0, 0x80, sets, 0.0)]), (voice, sound(0.4))])
    recorder.close()
    assert [one.info.participant for one in recorder.join()] == ["agent"]
    assert not recorder.failed


def test_a_fault_of_ours_in_one_track_ends_its_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice, _ = track("agent", "audio", OPUS)
    camera, uplink = track("visitor", "camera", H264)
    recorder = recording(tmp_path, pytest.fail, "agent", "visitor")
    recorder.follow([voice, camera], time.monotonic())
    seen = pictures("H264", [80] * 20, keys=frozenset({5, 10, 15}))
    frames = 0

    def broken(frame: bytes) -> bytes:
        nonlocal frames
        frames += 1
        if frames > 8:
            raise OverflowError
        return length_prefixed(frame)

    monkeypatch.setattr("media.recording.trackfile.length_prefixed", broken)
    play([(camera, seen), (voice, sound(0.5))])
    uplink.keyframes = 0
    recorder.tick(time.monotonic() + 5)
    recorder.close()
    written = sorted(recorder.join(), key=lambda one: one.file)
    assert not recorder.failed
    assert uplink.keyframes == 0
    assert [one.info.participant for one in written] == ["agent", "visitor"]
    for one in written:
        with opened(tmp_path, one.file) as file, av.open(file, "r") as container:
            assert file.complete
            assert len(list(container.decode())) == (25 if one.info.codec == "opus" else 8)


CHILD = """
import sys, time
from pathlib import Path
from tests.media.recording.encoded import pictures, sound
from tests.media.recording.test_recorder import OPUS, VP8, play, recording, track
voice, _ = track("visitor", "audio", OPUS)
camera, _ = track("visitor", "camera", VP8)
heard, seen = sound(20.0), pictures("VP8", [40 + n % 150 for n in range(400)])
recorder = recording(Path(sys.argv[1]), lambda: sys.exit(1), "visitor")
recorder.follow([voice, camera], time.monotonic())
print("playing", flush=True)
play([(voice, heard), (camera, seen)])
"""


def test_a_killed_process_loses_less_than_two_seconds(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], cwd=root, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"playing\n"
        began = time.monotonic()
        time.sleep(4.0)  # it is the length of what is recorded
        child.send_signal(signal.SIGKILL)
        lived = time.monotonic() - began
    finally:
        child.kill()
        child.communicate()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["000.sealed", "001.sealed"]
    for name in names:
        with opened(tmp_path, name) as file:
            assert not file.complete
            assert read_info(file) is not None
            with av.open(file, "r") as container:
                times = [float(frame.time or 0) for frame in container.decode()]
        assert times[-1] >= lived - 2.0
