"""One subscription's way through the layers of a publication: which packets, under which numbers.

Pure; `media.simulcast` asks `Splice.take` for every packet of the layer that is forwarded, and of
the one that is wanted. A publication may be sent in several sizes at once (simulcast, RFC 8853),
each in temporal layers (RFC 7741 section 4.2: TID, Y, TL0PICIDX). The receiver must see one
stream without a seam, or its decoder waits for what never comes:

- sequence numbers follow on each other in the order forwarded. A number whose packet was lost on
  the way to us is kept for it; whatever fills the hole later is sent under it;
- picture ids and TL0PICIDX follow on each other as well: Chromium holds a frame back while an id
  before it is missing;
- timestamps keep the publisher's one clock, and grow.

    nothing ──key frame of the target──► a layer ──key frame of another target──► that layer
       ▲                                   │ temporal layers: down at any frame, up one by one at
       └────────────── pause() ────────────┘ a frame that needs the base layer only, or a key frame

What is forwarded with the same shifts is a `Stretch`. There is a new one only after a switch or a
dropped frame, so a packet costs two additions, and a NACK finds its packet by its stretch.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from typing import Final

from media.codecs import Marks
from media.rtp import seq_delta

__all__ = ["NOTHING", "TOP", "Splice", "Stretch"]

NOTHING: Final = -1
"""No layer at all."""
TOP: Final = 3
"""The highest temporal layer there can be."""
KEPT: Final = 1024  # packets that may still be asked for; as many as a track's history holds
CLOCK: Final = 90_000  # Hz, of every video codec
ASTRAY: Final = CLOCK // 2  # ticks from where the clock says; a sender report must be wrong then


class Stretch:
    """A run of one layer's packets that are forwarded with the same shifts."""

    __slots__ = (
        "enters",
        "first",
        "last_picture",
        "layer",
        "length",
        "number",
        "picture",
        "picture_shift",
        "timestamp_shift",
        "tl0_shift",
    )

    def __init__(
        self,
        layer: int,
        first: int,
        number: int,
        picture: int,
        shifts: tuple[int, int, int],
        *,
        enters: bool,
    ) -> None:
        self.layer = layer
        self.first = first
        """The layer's number of the first packet, unwrapped."""
        self.number = number
        """Our number of the first packet, unwrapped."""
        self.length = -1
        """How many packets; -1 while it is the present one."""
        self.picture = picture
        """The first picture, or a later one while ids that wrap cannot tell it any more."""
        self.last_picture = -1
        self.timestamp_shift, self.picture_shift, self.tl0_shift = shifts
        self.enters = enters
        """Whether the layer was entered here."""

    def keeps(self, marks: Marks) -> bool:
        """Tell whether a packet that fills a hole of ours is of a frame that is forwarded."""
        if marks.picture < 0:
            return True
        if _ahead(marks, self.picture) < 0:
            return False
        return self.length < 0 or _ahead(marks, self.last_picture) <= 0

    def reach(self, marks: Marks) -> None:
        """Keep the first picture within reach of the newest one, as ids wrap."""
        if marks.picture >= 0:
            reach = _half(marks) // 2
            if not 0 <= _ahead(marks, self.picture) <= reach:
                self.picture = marks.picture - reach

    def timestamp(self, timestamp: int) -> int:
        """Return the receiver's timestamp for the layer's."""
        return timestamp + self.timestamp_shift & 0xFFFFFFFF

    def rewrite(self, payload: bytes, marks: Marks) -> bytes | bytearray:
        """Return a payload with the receiver's counters in it."""
        if not marks.picture_bytes and marks.tl0_at < 0:
            return payload
        changed = bytearray(payload)
        at, picture = marks.picture_at, marks.picture + self.picture_shift
        if marks.picture_bytes == 2:
            changed[at] = 0x80 | picture >> 8 & 0x7F
            changed[at + 1] = picture & 0xFF
        elif marks.picture_bytes == 1:
            changed[at] = picture & 0x7F
        if marks.tl0_at >= 0:
            changed[marks.tl0_at] = marks.tl0 + self.tl0_shift & 0xFF
        return changed


class Splice:
    """The choice of layers of one subscription, and its numbering."""

    __slots__ = (
        "_align",
        "_forwards",
        "_frame",
        "_in",
        "_marks",
        "_newest",
        "_newest_at",
        "_out",
        "_picture_shift",
        "_stretches",
        "hollow",
        "layer",
        "stretch",
        "target",
        "temporal",
        "temporal_target",
    )

    def __init__(self, align: Callable[[int, int], int | None]) -> None:
        """`align(a, b)` is what to add to a timestamp of layer `b` to have layer `a`'s; None when
        the sender reports have not told yet."""
        self.layer = NOTHING
        """The spatial layer that is forwarded."""
        self.target = NOTHING
        """The spatial layer that is wanted: it is taken at its next key frame."""
        self.temporal = TOP
        """Temporal layers up to this one are forwarded."""
        self.temporal_target = TOP
        self.stretch: Stretch | None = None
        """The stretch of the packet that `take` returned last."""
        self.hollow = False
        """Whether that packet goes without its payload: it fills a hole, and its frame is not
        forwarded."""
        self._align = align
        self._stretches: deque[Stretch] = deque()
        self._in = 0  # the layer's highest number so far, unwrapped
        # Starting low keeps the first wrap far (RFC 3711 section 3.3.1).
        self._out = secrets.randbelow(0x4000)  # our highest number so far, unwrapped
        self._frame = -1  # the newest frame: its picture id, else its timestamp
        self._forwards = False  # whether the newest frame is forwarded
        self._marks = Marks()  # of the newest frame
        self._picture_shift = 0
        self._newest = 0  # our timestamp of the newest frame
        self._newest_at = 0.0

    def want(self, layer: int, temporal: int) -> None:
        """Choose a spatial layer and the highest temporal layer of it."""
        self.target = layer
        self.temporal_target = temporal
        if layer == NOTHING:
            self.pause()

    def pause(self) -> None:
        """Forward nothing until the target's next key frame."""
        self.layer = NOTHING
        self._close(self._in + 1, self._marks.picture)

    @property
    def settled(self) -> bool:
        """Whether what is forwarded is what is wanted; else a key frame of the target is."""
        return self.layer == self.target

    # -- the packet path ----------------------------------------------------------------------

    def take(self, layer: int, seq: int, timestamp: int, marks: Marks, now: float) -> int:
        """Return the number under which a packet is sent, -1 when it is not.

        `stretch` and `hollow` say how. Each packet may be given once.
        """
        self.hollow = False
        if layer != self.layer:
            if layer != self.target or not marks.key:
                return -1
            return self._enter(layer, seq, timestamp, marks, now)
        delta = seq_delta(seq, self._in & 0xFFFF)
        if delta <= 0:
            return self._fill(self._in + delta, marks)
        frame = marks.picture if marks.picture >= 0 else timestamp
        if frame != self._frame:
            return self._begin(frame, delta, timestamp, marks, now)
        self._in += delta
        if not self._forwards:
            return -1
        self._out += delta
        self.stretch = self._stretches[-1]
        return self._out & 0xFFFF

    def _begin(self, frame: int, delta: int, timestamp: int, marks: Marks, now: float) -> int:
        """Take the first packet to come of a frame, `delta` after the last one."""
        forwarded, forwards = self._forwards, self._wants(marks)
        missing = delta - 1
        next_one = _ahead(marks, self._marks.picture) == 1
        if missing and not forwarded and not (next_one and (marks.starts or not forwards)):
            # Not all that is missing is of frames that are not forwarded.
            self._open(self._in + 1, self._marks.picture + 1)
            forwarded = True
        first = self._in + delta
        if forwarded:
            self._out += missing
        if forwards:
            if not forwarded:
                self._open(first, marks.picture)
            self._out += 1
            self._stretches[-1].reach(marks)
            self._newest = self._stretches[-1].timestamp(timestamp)
            self._newest_at = now
        else:
            if forwarded:
                self._close(first, marks.picture - 1)
            self._picture_shift -= 1
        self._in = first
        self._frame, self._marks, self._forwards = frame, marks, forwards
        if not forwards:
            return -1
        self.stretch = self._stretches[-1]
        return self._out & 0xFFFF

    def _wants(self, marks: Marks) -> bool:
        if marks.key or self.temporal_target < self.temporal:
            self.temporal = self.temporal_target
        elif (
            marks.sync
            and marks.temporal == self.temporal + 1
            and self.temporal < self.temporal_target
        ):
            self.temporal += 1
        return marks.temporal <= self.temporal

    def _fill(self, at: int, marks: Marks) -> int:
        """Take a packet that comes late: into its hole, if one was kept for it."""
        for stretch in reversed(self._stretches):
            offset = at - stretch.first
            if offset >= 0:
                if 0 <= stretch.length <= offset:
                    return -1
                self.stretch = stretch
                self.hollow = not stretch.keeps(marks)
                return stretch.number + offset & 0xFFFF
            if stretch.enters:
                break
        return -1

    def _enter(self, layer: int, seq: int, timestamp: int, marks: Marks, now: float) -> int:
        """Switch to another layer, with the first packet of its key frame."""
        self._close(self._in + 1, self._marks.picture)
        shift = self._time(layer, timestamp, now)
        last = self._marks
        tl0_shift = 0
        if self._stretches:
            before = self._stretches[-1]
            self._picture_shift += last.picture + 1 - marks.picture
            tl0_shift = last.tl0 + before.tl0_shift + 1 - marks.tl0 & 0xFF
        self.layer, self._in = layer, seq
        self.temporal = self.temporal_target
        shifts = (shift, self._picture_shift, tl0_shift)
        stretch = Stretch(layer, seq, self._out + 1, marks.picture, shifts, enters=True)
        self._append(stretch)
        self._out += 1
        self._frame = marks.picture if marks.picture >= 0 else timestamp
        self._marks, self._forwards = marks, True
        self._newest, self._newest_at = stretch.timestamp(timestamp), now
        self.stretch = stretch
        return self._out & 0xFFFF

    def _time(self, layer: int, timestamp: int, now: float) -> int:
        """Return the shift of a layer's timestamps that keeps the receiver's clock going."""
        if not self._stretches:
            return 0
        before = self._stretches[-1]
        expected = max(1, int((now - self._newest_at) * CLOCK))
        step = expected
        offset = 0 if layer == before.layer else self._align(before.layer, layer)
        if offset is not None:
            exact = timestamp + offset + before.timestamp_shift - self._newest & 0xFFFFFFFF
            exact = (exact ^ 0x80000000) - 0x80000000
            if abs(exact - expected) < ASTRAY:
                # The same moment may have been shown in the other size already.
                step = max(1, exact)
        return self._newest + step - timestamp

    def _open(self, first: int, picture: int) -> None:
        before = self._stretches[-1]
        shifts = (before.timestamp_shift, self._picture_shift, before.tl0_shift)
        self._append(Stretch(self.layer, first, self._out + 1, picture, shifts, enters=False))

    def _close(self, end: int, last_picture: int) -> None:
        if self._stretches and self._stretches[-1].length < 0:
            stretch = self._stretches[-1]
            stretch.length = end - stretch.first
            stretch.last_picture = last_picture

    def _append(self, stretch: Stretch) -> None:
        self._stretches.append(stretch)
        while len(self._stretches) > 1 and self._stretches[1].number < self._out - KEPT:
            self._stretches.popleft()

    # -- repair and clock ---------------------------------------------------------------------

    def timestamp(self, timestamp: int | None) -> int | None:
        """Return the receiver's timestamp for the present layer's; None before the first packet."""
        if timestamp is None or not self._stretches:
            return None
        return self._stretches[-1].timestamp(timestamp)

    @property
    def newest(self) -> int:
        """Our number of the newest packet."""
        return self._out & 0xFFFF

    @property
    def last_layer(self) -> int:
        """The layer that was forwarded last, whether or not it still is."""
        return self._stretches[-1].layer if self._stretches else NOTHING

    def trace(self, number: int) -> tuple[Stretch, int] | None:
        """Return the stretch and the layer's number of a packet that we numbered."""
        at = self._out + seq_delta(number, self._out & 0xFFFF)
        if at <= self._out:
            for stretch in reversed(self._stretches):
                if at >= stretch.number:
                    return stretch, stretch.first + at - stretch.number & 0xFFFF
        return None


def _ahead(marks: Marks, picture: int) -> int:
    """Return how many pictures a packet is after `picture`, which is of the same layer."""
    half = _half(marks)
    return (marks.picture - picture + half & 2 * half - 1) - half


def _half(marks: Marks) -> int:
    """Return half of the picture ids that there are."""
    return 0x4000 if marks.picture_bytes == 2 else 0x40
