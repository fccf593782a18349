"""The composed recording: everybody in it, in sync, what was paused absent, windable, sealed."""

from __future__ import annotations

import math
import os
import random
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import msgspec
import pytest

from media.recording.canvas import HEIGHT, WIDTH, arrange
from media.recording.compose import FPS, Job, TakeJob, TrackJob
from media.recording.composed import HEAD, ComposedReader, ComposedWriter
from media.recording.sealed import Damaged
from tests.media.recording.encoded import Packet, pictures, sound
from tests.media.recording.takes import KEY, record

ROOT = Path(__file__).parents[3]


def run(job: Job) -> tuple[int, list[str]]:
    """Run the program with a job; return its code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "media.recording.compose"],
        input=msgspec.json.encode(job) + b"\n",
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout.decode().split("\n")[:-1]


class Output:
    """What was composed into a folder."""

    def __init__(self, folder: Path) -> None:
        self.out = folder

    def loudness(self) -> list[float]:
        """Return the loudness of each 20 ms."""
        found: dict[int, float] = {}
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        with ComposedReader(self.out, KEY) as file, av.open(file, "r") as container:
            for frame in container.decode(audio=0):
                at = round(float(frame.time or 0) * 50)
                for mono in resampler.resample(frame):
                    values = struct.unpack(
                        f"<{mono.samples}h", bytes(mono.planes[0])[: mono.samples * 2]
                    )
                    found[at] = math.sqrt(sum(v * v for v in values) / len(values))
        return [found.get(n, 0.0) for n in range(max(found) + 1)]

    def frames(self) -> list[tuple[float, av.VideoFrame]]:
        with ComposedReader(self.out, KEY) as file, av.open(file, "r") as container:
            return [(float(f.time or 0), f) for f in container.decode(video=0)]


class Composed(Output):
    """Two takes of two people: 4 s and 2 s, one of them 1 s late and loud from 2 s on."""

    def __init__(self, root: Path) -> None:
        first, second = root / "first", root / "second"
        flash = [40] * 40 + [220] * 40  # light from 2 s on
        tracks = [
            record(first, "0", "visitor", "VP8", pictures("VP8", flash), 0.0),
            record(first, "1", "agent", "VP8", pictures("VP8", [120] * 60), 1.0),
            record(first, "2", "visitor", "opus", sound(4.0, silent=2.0), 0.0),
        ]
        again = [
            record(second, "0", "visitor", "VP8", pictures("VP8", [160] * 40), 0.0),
            record(second, "1", "visitor", "opus", sound(2.0, tone=880.0), 0.0),
        ]
        super().__init__(root / "out")
        takes = [
            TakeJob(str(first), [(0, 4000)], KEY, tracks),
            TakeJob(str(second), [(0, 2000)], KEY, again),
        ]
        self.code, self.said = run(Job(str(self.out), KEY, takes))


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Composed:
    return Composed(tmp_path_factory.mktemp("composed"))


def level(frame: av.VideoFrame, x: float, y: float) -> int:
    plane = frame.planes[0]
    return bytes(plane)[int(y * HEIGHT) * plane.line_size + int(x * WIDTH)]


def test_it_is_as_long_as_its_takes_and_tells_how_far_it_is(composed: Composed) -> None:
    assert composed.code == 0
    *progress, made = composed.said
    assert [int(line) for line in progress] == sorted({int(line) for line in progress})
    assert int(progress[-1]) == 100
    told = msgspec.json.decode(made)
    assert told["duration"] == 6000
    assert told["skipped"] == 0
    with ComposedReader(composed.out, KEY) as file, av.open(file, "r") as container:
        assert container.format.name.startswith("matroska")
        assert abs((container.duration or 0) / 1_000_000 - 6.0) < 0.05
        assert file.size == told["size"]


def test_people_are_side_by_side_while_they_are_there(composed: Composed) -> None:
    frames = composed.frames()
    assert len(frames) == 6 * FPS
    alone = frames[FPS // 2][1]
    assert abs(level(alone, 0.5, 0.5) - 40) < 12
    both = frames[FPS * 5 // 3][1]
    assert abs(level(both, 0.25, 0.5) - 40) < 12
    assert abs(level(both, 0.75, 0.5) - 120) < 12


def test_sound_and_picture_are_in_sync_within_a_tenth_of_a_second(composed: Composed) -> None:
    light = next(time for time, frame in composed.frames() if level(frame, 0.25, 0.5) > 130)
    loud = next(n / 50 for n, value in enumerate(composed.loudness()) if value > 2_000)
    assert abs(light - 2.0) < 0.1
    assert abs(loud - 2.0) < 0.1
    assert abs(light - loud) < 0.1


def test_the_next_take_follows_at_once(composed: Composed) -> None:
    again = next(time for time, f in composed.frames() if abs(level(f, 0.5, 0.5) - 160) < 12)
    assert abs(again - 4.0) < 0.1
    assert min(composed.loudness()[110:298]) > 2_000


class Cut(Output):
    """A take of 4 s with something loud and light from 1.5 s to 3 s, which is left out."""

    def __init__(self, root: Path) -> None:
        take = root / "take"
        levels = [40] * 30 + [220] * 30 + [90] * 20
        seen = pictures("VP8", levels, keys=frozenset({64}))
        tracks = [
            record(take, "0", "a", "VP8", [p for p in seen if not 3.0 <= p.at < 3.2], 0.0),
            record(take, "1", "a", "opus", sound(3.0, silent=1.5), 0.0),
        ]
        self.out = root / "out"
        parts = [(0, 1507), (3003, 4000)]
        code, said = run(Job(str(self.out), KEY, [TakeJob(str(take), parts, KEY, tracks)]))
        assert code == 0
        self.duration = msgspec.json.decode(said[-1])["duration"]


def test_what_is_between_the_parts_of_a_take_is_neither_seen_nor_heard(tmp_path: Path) -> None:
    cut = Cut(tmp_path)
    assert cut.duration == 1500 + 980
    assert max(cut.loudness()) < 2_000
    levels = [level(frame, 0.5, 0.5) for _, frame in cut.frames()]
    assert max(levels) < 130
    assert abs(levels[FPS] - 40) < 12
    assert levels[FPS * 8 // 5] < 30  # nothing until somebody is seen again
    assert abs(levels[FPS * 2] - 90) < 12


def test_a_player_can_begin_in_the_middle(composed: Composed) -> None:
    with ComposedReader(composed.out, KEY) as file, av.open(file, "r") as container:
        container.seek(5_000_000)
        first = next(container.decode(video=0))
        assert 3.0 <= float(first.time or 0) <= 5.0


def test_nothing_of_it_is_in_clear(composed: Composed) -> None:
    for path in composed.out.iterdir():
        raw = path.read_bytes()
        assert b"webm" not in raw
        assert b"OpusHead" not in raw
    with pytest.raises(Damaged):
        ComposedReader(composed.out, bytes(32))


def test_a_file_that_is_gone_is_left_out_and_none_at_all_is_an_error(tmp_path: Path) -> None:
    track = record(tmp_path / "take", "0", "visitor", "opus", sound(1.0), 0.0)
    gone = TrackJob("9", "camera", "VP8")
    take = TakeJob(str(tmp_path / "take"), [(0, 1000)], KEY, [track, gone])
    code, said = run(Job(str(tmp_path / "out"), KEY, [take]))
    assert code == 0
    assert msgspec.json.decode(said[-1])["skipped"] == 1
    lost = TakeJob(str(tmp_path / "take"), [(0, 1000)], KEY, [gone])
    code, said = run(Job(str(tmp_path / "lost"), KEY, [lost]))
    assert code == 1
    assert "none of the files" in msgspec.json.decode(said[-1])["error"]


def test_what_cannot_be_decoded_costs_itself_and_damage_the_rest_of_its_file(
    tmp_path: Path,
) -> None:
    seen = pictures("VP8", [40] * 20 + [200] * 20)
    seen[10] = replace(seen[10], payload=seen[10].payload[:5] + b"\xff")
    heard = sound(2.0, silent=1.2)
    heard[30] = replace(heard[30], payload=b"\xff\xff\xff")
    take = tmp_path / "take"
    tracks = [
        record(take, "0", "visitor", "VP8", seen, 0.0),
        record(take, "1", "visitor", "opus", heard, 0.0),
        record(take, "2", "agent", "opus", sound(2.0), 0.0),
        record(take, "3", "agent", "opus", [Packet(0, 0, 0, b"\xff\xff\xff", 0.0)], 0.0),
    ]
    damaged = bytearray((take / "2").read_bytes())
    damaged[-400] ^= 1
    (take / "2").write_bytes(damaged)
    out = Output(tmp_path / "out")
    code, said = run(Job(str(out.out), KEY, [TakeJob(str(take), [(0, 2000)], KEY, tracks)]))
    assert code == 0
    told = msgspec.json.decode(said[-1])
    assert (told["duration"], told["skipped"]) == (2000, 2)
    assert abs(level(out.frames()[FPS * 3 // 2][1], 0.5, 0.5) - 200) < 12
    loudness = out.loudness()
    assert min(loudness[5:40]) > 2_000
    assert min(loudness[65:95]) > 2_000


def test_only_the_head_is_written_again(tmp_path: Path) -> None:
    draw = random.Random(3)
    model = bytearray()
    writer = ComposedWriter(tmp_path, KEY)
    for _ in range(60):
        if model and draw.random() < 0.3:
            at = draw.randrange(min(len(model), HEAD))
            data = os.urandom(draw.randrange(1, 40))[: HEAD - at]
            writer.seek(at)
            writer.write(data)
            model[at : at + len(data)] = data
            writer.seek(0, os.SEEK_END)
        else:
            data = os.urandom(draw.randrange(1, 9_000))
            writer.write(data)
            model += data
    writer.close()
    assert len(model) > HEAD
    with ComposedReader(tmp_path, KEY) as reader:
        assert reader.read() == bytes(model)
        for _ in range(50):
            at, size = draw.randrange(len(model)), draw.randrange(20_000)
            reader.seek(at)
            assert reader.read(size) == bytes(model[at : at + size])


@pytest.mark.parametrize("screens", [0, 1, 2])
@pytest.mark.parametrize("cameras", [0, 1, 2, 3, 4, 5])
def test_tiles_are_on_the_canvas_and_apart(screens: int, cameras: int) -> None:
    tiles = arrange(screens, cameras)
    assert len(tiles) == screens + cameras
    for number, tile in enumerate(tiles):
        assert tile.width > 0
        assert tile.height > 0
        assert tile.x + tile.width <= WIDTH
        assert tile.y + tile.height <= HEIGHT
        for other in tiles[:number]:
            apart = (
                tile.x >= other.x + other.width
                or other.x >= tile.x + tile.width
                or tile.y >= other.y + other.height
                or other.y >= tile.y + tile.height
            )
            assert apart
