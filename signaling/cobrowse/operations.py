"""What agents do in the shopper's page: is it granted, and what became of it. Pure.

The page has the last word on every operation; this is the server's check before, and the
memory of who asked for what, so that the answer finds them and the audit log. Times are seconds
of a monotonic clock, except where UTC is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from signaling.cobrowse.backend import Operation
from signaling.cobrowse.frames import Code, Operate
from signaling.events import CobrowseState

__all__ = ["Asked", "Operations", "objection"]

MAX_ASKED: Final = 64  # that the page has not answered; it does about 20 in a second
PATIENCE: Final = 10.0  # seconds for the page to answer


def objection(frame: Operate, person: str, state: CobrowseState | None, utc: float) -> Code | None:
    """Return why `person` may not do this by what is granted, or None. `utc`: milliseconds."""
    grant = None if state is None else state.grant
    if grant is None or grant.id != frame.grant or grant.agent.id != person:
        return "no_grant"
    if utc >= grant.until or frame.op not in grant.caps:
        return "no_grant"
    if (frame.op == "fill") != (frame.value is not None):
        return "refused"
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation that the page was asked for. It holds no value."""

    id: str
    viewer: str
    person: str
    frame: Operate
    at: float

    def done(self, code: Code) -> Operation:
        """Return what the audit log gets."""
        return Operation(self.person, self.frame.op, self.frame.node, code)


class Operations:
    """The operations that the page has not answered yet, in their order."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    def ask(self, frame: Operate, viewer: str, person: str, now: float) -> bool:
        """Remember it; false when there are too many, or one of this id."""
        if frame.id in self._asked or len(self._asked) >= MAX_ASKED:
            return False
        kept = msgspec.structs.replace(frame, value=None)
        self._asked[frame.id] = Asked(frame.id, viewer, person, kept, now)
        return True

    def answer(self, id_: str) -> Asked | None:
        """Return and forget the operation `id_`; None when nobody asked for it."""
        return self._asked.pop(id_, None)

    def give_up(self, now: float = float("inf")) -> list[Asked]:
        """Return and forget those without an answer for too long: by default all."""
        late = [one for one in self._asked.values() if now >= one.at + PATIENCE]
        for one in late:
            del self._asked[one.id]
        return late

    @property
    def deadline(self) -> float:
        """When the first will have waited too long."""
        return next((one.at + PATIENCE for one in self._asked.values()), float("inf"))
