"""One track of a recording in its sealed file: packets in, clusters out.

Driven by the writer's thread of `media.recording.recorder`, or by a test, with the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from media.codecs import RED, red_blocks
from media.recording.clock import TrackClock
from media.recording.frames import Frame, Frames, vp8_size
from media.recording.h264 import configuration, length_prefixed, picture_size
from media.recording.matroska import TAG_STRING, MatroskaTrack
from media.recording.order import Heard, Reorder
from media.recording.sealed import SealedReader, SealedWriter

__all__ = ["CLUSTER", "SYNC", "TrackFile", "TrackInfo", "Written", "read_info"]

CLUSTER: Final = 0.5  # seconds until what was heard is sealed in the file
SYNC: Final = 2.0  # seconds until the disk has been told to keep it
_TAG: Final = "TISKI"
_LOOK: Final = 16_384  # bytes of a file's beginning that hold its tags


class TrackInfo(msgspec.Struct, frozen=True):
    """Whose track a file holds; in the file too, so that an index can be made anew."""

    participant: str
    source: str
    codec: str


@dataclass(frozen=True, slots=True)
class Written:
    """A file that has been closed. `first`, `last`: ms after the take's start."""

    file: str
    info: TrackInfo
    first: int
    last: int
    size: int


class TrackFile:
    """Writes one track. Nothing is made on the disk before there is something to see or hear."""

    def __init__(
        self,
        name: str,
        info: TrackInfo,
        rate: int,
        started: float,
        create: Callable[[], SealedWriter],
    ) -> None:
        """`started`: when the take began; `create` opens the sealed file."""
        self.name = name
        self.info = info
        self._rate = rate
        self._started = started
        self._create = create
        self._order = Reorder()
        self._clock = TrackClock(rate)
        self._frames = Frames(info.codec)
        self._track: MatroskaTrack | None = None
        self._file: SealedWriter | None = None
        self._first = 0
        self._opened = 0.0  # when the open cluster's first frame was written
        self._synced = 0.0

    @property
    def wants_keyframe(self) -> bool:
        """Whether nothing can be written before a key frame."""
        return self._frames.wants_keyframe

    def heard(
        self,
        seq: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        now: float,
        reported: int | None,
    ) -> None:
        """Take a packet, as `Track.tap` gives it; `reported`: `Track.timestamp_at(now)`."""
        at = self._clock.at(timestamp, now, reported)
        if marker & RED:
            blocks = red_blocks(payload)
            if not blocks:
                return
            for behind, (earlier, data) in enumerate(reversed(blocks[:-1]), 1):
                if self._order.missing(seq - behind & 0xFFFF):
                    when = at - earlier / self._rate
                    copy = Heard(timestamp - earlier & 0xFFFFFFFF, False, data, when)
                    self._order.push(seq - behind & 0xFFFF, copy, now)
            payload = blocks[-1][1]
        packet = Heard(timestamp, bool(marker & 0x80), payload, at)
        self._order.push(seq, packet, now)

    def tick(self, now: float, *, end: bool = False) -> None:
        """Write what is due."""
        for packet, lost in self._order.due(now, end=end):
            frame = self._frames.feed(packet, lost)
            if frame is None:
                continue
            if frame.at < self._started or not self._write(frame, now):
                self._frames.refuse()
        track, file = self._track, self._file
        if track is None or file is None:
            return
        if track.open_since is not None and now - self._opened >= CLUSTER:
            self._write_cluster(track, file)
        if now - self._synced >= SYNC:
            self._synced = now
            file.sync()

    def close(self, now: float) -> Written | None:
        """Write what is left and end the file; None when there is none."""
        self.tick(now, end=True)
        return self.end()

    def end(self) -> Written | None:
        """End the file with the frames it was given; None when there is none."""
        if self._file is None or self._track is None:
            return None
        self._write_cluster(self._track, self._file)
        self._file.close()
        return Written(self.name, self.info, self._first, self._track.last, self._file.size)

    @staticmethod
    def _write_cluster(track: MatroskaTrack, file: SealedWriter) -> None:
        file.write(track.cluster())
        file.flush()

    def abandon(self) -> None:
        """Let go of the file as it is: it cannot be written."""
        if self._file is not None:
            self._file.abandon()

    def _write(self, frame: Frame, now: float) -> bool:
        at = int((frame.at - self._started) * 1000)
        if self._track is None:
            self._track = self._begin(frame)
            if self._track is None:
                return False
            self._file = self._create()
            self._first = at
            self._synced = now
        if self._track.open_since is None:
            self._opened = now
        data = length_prefixed(frame.data) if self.info.codec == "H264" else frame.data
        ended = self._track.add(at, data, key=frame.key)
        if ended and self._file is not None:
            self._file.write(ended)
        return True

    def _begin(self, frame: Frame) -> MatroskaTrack | None:
        tags = {_TAG: msgspec.json.encode(self.info).decode()}
        match self.info.codec:
            case "VP8":
                size = vp8_size(frame.data)
                return None if size is None else MatroskaTrack("VP8", tags, size=size)
            case "H264":
                private, size = configuration(frame.data), picture_size(frame.data)
                if private is None or size is None:
                    return None
                return MatroskaTrack("H264", tags, size=size, private=private)
            case codec:
                return MatroskaTrack(codec, tags)


def read_info(file: SealedReader) -> TrackInfo | None:
    """Return whose track a file holds; None when it was cut short before it said so."""
    file.seek(0)
    head = file.read(_LOOK)
    file.seek(0)
    name = _TAG.encode() + TAG_STRING
    at = head.find(name)
    if at < 0 or at + len(name) >= len(head):
        return None
    at += len(name)
    width = 9 - head[at].bit_length()  # of the element's size (RFC 8794, section 4)
    size = int.from_bytes(head[at : at + width]) & (1 << 7 * width) - 1
    try:
        return msgspec.json.decode(head[at + width : at + width + size], type=TrackInfo)
    except msgspec.DecodeError:
        return None
