"""By when a visitor should have an answer: targets in seconds of time that the department is open.

first  the visitor's first message → the first human answer
next   the first message since that answer → the next one
wait   into the queue → somebody accepts
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from server.domain.hours import Hours, add_open
from server.domain.refusing import BadSetting

__all__ = [
    "MAX_TARGET",
    "MIN_TARGET",
    "BadTargets",
    "Due",
    "Kind",
    "Targets",
    "clean_targets",
    "due",
]

Kind = Literal["first", "next", "wait"]

MIN_TARGET: Final = 5  # seconds; nobody reads a message faster
MAX_TARGET: Final = 7 * 86_400  # seconds


class Targets(msgspec.Struct, frozen=True):
    """The targets of a department, in seconds; None: no clock runs."""

    first: int | None = None
    next: int | None = None
    wait: int | None = None

    def of(self, kind: Kind) -> int | None:
        """Return one of them."""
        return {"first": self.first, "next": self.next, "wait": self.wait}[kind]


class BadTargets(BadSetting):
    """Something typed as a target cannot be; the message says what can."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_targets", message)


@dataclass(frozen=True, slots=True)
class Due:
    """When a clock runs out, and when three quarters of its time have."""

    due_at: int
    warn_at: int


def clean_targets(targets: Targets) -> Targets:
    """Return `targets`.

    Raises:
        BadTargets: one is too short or too long.
    """
    kinds: tuple[Kind, ...] = ("first", "next", "wait")
    for kind in kinds:
        seconds = targets.of(kind)
        if seconds is not None and not MIN_TARGET <= seconds <= MAX_TARGET:
            raise BadTargets(
                f"The target {kind!r} is from {MIN_TARGET} to {MAX_TARGET} seconds, or null: "
                f"{seconds} is not."
            )
    return targets


def due(hours: Hours, targets: Targets, kind: Kind, start: int) -> Due | None:
    """Return when a clock that starts at `start` is due; None: there is no target, or no hours."""
    seconds = targets.of(kind)
    if seconds is None:
        return None
    ends = add_open(hours, start, seconds * 1000)
    warns = add_open(hours, start, seconds * 750)
    return None if ends is None or warns is None else Due(ends, warns)
