"""Records the tracks of one room, from a start or resume to the next pause: one take.

The loop's side only puts packets into a queue; a thread of its own orders, seals and writes them,
so that a slow disk never holds up a call. A queue that grows beyond `MAX_WAITING` means that the
disk does not keep up: the take fails, and the call goes on.

    Recorder ──watch(track)──► packets ──queue──► thread ──► TrackFile per publication
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from media.recording.sealed import SealedWriter, file_key
from media.recording.trackfile import TrackFile, TrackInfo, Written
from media.track import Tap, Track

__all__ = ["Recorder", "Take"]

log = structlog.get_logger(__name__)

TURN: Final = 0.1  # seconds between two turns of the writer
MAX_WAITING: Final = 20_000  # packets; at 5 Mbit/s from each of five people, 7 s of a stuck disk

_Packet = tuple[int, int, int, int, bytes, float, int | None]


@dataclass(frozen=True, slots=True)
class Take:
    """What to record. `folder` is the take's own; `key` is of all its files together."""

    id: str
    folder: Path
    key: bytes = field(repr=False)


class Recorder:
    """The recording of one room's tracks. `watch` and `unwatch` as they come and go, then `close`.

    All but the writing is on the loop's thread.
    """

    def __init__(self, take: Take, on_failure: Callable[[], None]) -> None:
        """`on_failure` is called once, from the writer's thread, when nothing can be written."""
        self.take = take
        self.started = time.monotonic()
        self.participants: frozenset[str] = frozenset()
        """Whose tracks are recorded; `follow` heeds it."""
        self.length = 0
        """ms from the start to `close`."""
        self._on_failure = on_failure
        self._queue: deque[_Packet] = deque()
        self._files: dict[int, TrackFile] = {}  # the writer's, but for adding
        self._broken: set[int] = set()  # numbers of those that are not written any more
        self._watched: dict[Track, tuple[int, Tap]] = {}
        self._count = 0
        self._stop = threading.Event()
        self._failed = False
        self._written: list[Written] = []
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    # --- the loop's side ------------------------------------------------------------------------

    def watch(self, track: Track, now: float) -> None:
        """Record a track from its next key frame on; one that is recorded already goes on."""
        codec = track.codec
        if track in self._watched or codec is None or self._stop.is_set():
            return
        number = self._count
        self._count += 1
        info = TrackInfo(track.info.participant, track.info.source, codec.name)
        name = f"{number:03}.sealed"
        path = self.take.folder / name

        def create() -> SealedWriter:
            path.parent.mkdir(parents=True, exist_ok=True)
            return SealedWriter(path.open("xb", buffering=0), file_key(self.take.key, name))

        self._files[number] = TrackFile(name, info, codec.clock_rate, self.started, create)
        queue, over = self._queue, self._stop.is_set

        def heard(seq: int, timestamp: int, marker: int, payload: bytes, at: float) -> None:
            if over():  # nobody reads the queue of a take that failed
                return
            queue.append((number, seq, timestamp, marker, payload, at, track.timestamp_at(at)))

        self._watched[track] = (number, heard)
        track.tap(heard)
        track.want_keyframe(now)

    def unwatch(self, track: Track) -> None:
        """Record a track no longer."""
        entry = self._watched.pop(track, None)
        if entry is not None:
            track.untap(entry[1])

    def follow(self, tracks: list[Track], now: float) -> None:
        """Record these and no others, of those who are to be recorded."""
        wanted = [
            track
            for track in tracks
            if track.info.participant in self.participants and not track.closed
        ]
        for track in [known for known in self._watched if known not in wanted]:
            self.unwatch(track)
        for track in wanted:
            self.watch(track, now)

    def tick(self, now: float) -> None:
        """Ask for the key frames that the files wait for."""
        if len(self._queue) > MAX_WAITING:
            self._fail("the disk does not keep up")
        for track, (number, _) in self._watched.items():
            if number not in self._broken and self._files[number].wants_keyframe:
                track.want_keyframe(now)

    def close(self) -> None:
        """Take no more packets, and end the files on the writer's thread."""
        for track in list(self._watched):
            self.unwatch(track)
        if not self._stop.is_set():
            self.length = int((time.monotonic() - self.started) * 1000)
        self._stop.set()

    def join(self) -> list[Written]:
        """Wait for the writer after `close`; return the files. Blocks: not for the loop."""
        self._thread.join()
        return self._written

    @property
    def failed(self) -> bool:
        """Whether the take was given up."""
        return self._failed

    # --- the writer's side ----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stop.wait(TURN):
                self._turn()
            self._turn()
            now = time.monotonic()
            for number, file in self._whole():
                try:
                    self._keep(file.close(now))
                except Exception as error:
                    self._give_up(number, error)
        except Exception:  # the disk is full or gone; the call has nothing to do with it
            log.exception("recording.failed", take=self.take.id)
            for file in self._files.values():
                file.abandon()
            self._fail("it cannot be written")

    def _turn(self) -> None:
        queue, files = self._queue, self._files
        for _ in range(len(queue)):
            number, seq, timestamp, marker, payload, at, reported = queue.popleft()
            if number in self._broken:
                continue
            try:
                files[number].heard(seq, timestamp, marker, payload, at, reported)
            except Exception as error:
                self._give_up(number, error)
        now = time.monotonic()
        for number, file in self._whole():
            try:
                file.tick(now)
            except Exception as error:
                self._give_up(number, error)

    def _whole(self) -> list[tuple[int, TrackFile]]:
        return [(n, file) for n, file in list(self._files.items()) if n not in self._broken]

    def _give_up(self, number: int, error: Exception) -> None:
        """End one file with what it holds: what somebody sent must not end everybody's take.

        Raises:
            OSError: it is the disk, which all share.
        """
        if isinstance(error, OSError):
            raise error
        log.error("recording.track_failed", take=self.take.id, track=number, exc_info=error)
        self._broken.add(number)
        self._keep(self._files[number].end())

    def _keep(self, written: Written | None) -> None:
        if written is not None:
            self._written.append(written)

    def _fail(self, reason: str) -> None:
        if self._failed:
            return
        self._failed = True
        self._stop.set()
        self._queue.clear()
        log.warning("recording.given_up", take=self.take.id, reason=reason)
        self._on_failure()
