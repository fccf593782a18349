"""One viewer, as the relay knows them: who they are and how much they may send. Pure."""

from __future__ import annotations

from typing import Final

from signaling.cobrowse import frames
from signaling.cobrowse.flow import Flow
from signaling.events import Person
from signaling.rate import Limit, TokenBucket

__all__ = ["Mark", "Viewer"]

POINTER: Final = Limit(per_minute=40 * 60, burst=40)
MARKS: Final = Limit(per_minute=60 * 60, burst=60)  # strokes, highlights
OPERATE: Final = Limit(per_minute=20 * 60, burst=20)

#: What a viewer puts over the page.
Mark = frames.Pointer | frames.Stroke | frames.Highlight | frames.ClearMarks


class Viewer:
    """Somebody who sees the page."""

    __slots__ = ("_marks", "_operate", "_pointer", "colour", "flow", "held", "id", "person")

    def __init__(self, id_: str, person: Person, colour: int, now: float) -> None:
        self.id = id_
        self.person = person
        self.colour = colour
        self.flow = Flow()
        self.held: tuple[frames.Pointer, float] | None = None  # the latest, and when it may go
        self._pointer = TokenBucket(POINTER, now)
        self._marks = TokenBucket(MARKS, now)
        self._operate = TokenBucket(OPERATE, now)

    def public(self) -> frames.Viewer:
        """Return how the others know them."""
        return frames.Viewer(self.id, self.person, self.colour)

    def may_mark(self, frame: Mark, now: float) -> bool:
        """Count a mark; false when there are too many. The latest pointer is held back then."""
        match frame:
            case frames.Pointer():
                wait = self._pointer.take(now)
                self.held = (frame, now + wait) if wait else None
                return not wait
            case frames.ClearMarks():
                return True
            case _:
                return not self._marks.take(now)

    def may_operate(self, now: float) -> bool:
        """Count an operation; false when there are too many."""
        return not self._operate.take(now)

    def release(self, now: float) -> frames.Pointer | None:
        """Return the pointer that was held back, once its time has come."""
        if self.held is None or now < self.held[1]:
            return None
        frame, _ = self.held
        return frame if self.may_mark(frame, now) else None

    @property
    def deadline(self) -> float:
        """When `release` or the flow's `tick` is due."""
        return min(self.flow.deadline, self.held[1] if self.held else float("inf"))
