"""What a site lets its staff do only with somebody who proved who they are: how well, how lately.

    history       see what the same person talked about before
    confidential  send what no other may read

A gate that is off (None) is open. Only the newest proof that counts is looked at: a changed
identity that staff has not confirmed opens nothing. It also shuts `confidential`: that goes to
the browser in which somebody else has just proven who they are.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from signaling.errors import Refusal
from signaling.identity import IdentityProof, Level
from signaling.state import ConversationState

__all__ = [
    "ACTIONS",
    "Action",
    "BadGate",
    "Gate",
    "Gates",
    "Why",
    "counting",
    "passes",
    "read_gate",
    "require",
    "with_gates",
]

Action = Literal["history", "confidential"]
#: Why a gate is shut: nobody proved anything, not well enough, or too long ago.
Why = Literal["no_proof", "level_too_low", "too_old"]

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
_RANK: Final[dict[Level, int]] = {level: rank for rank, level in enumerate(get_args(Level))}
_LONGEST: Final = 1_440  # minutes
_MINUTE: Final = 60_000  # ms


class BadGate(ValueError):  # noqa: N818 — said to the operator as it is
    """Something typed as a gate cannot be; the message says what can."""


class Gate(msgspec.Struct, frozen=True):
    """A proof of at least `level`, not older than `max_age` minutes."""

    level: Level
    max_age: Annotated[int, Meta(ge=1, le=_LONGEST)]


class Gates(msgspec.Struct, frozen=True):
    """The gates of a site; the usual ones where it has said nothing."""

    history: Gate | None = Gate("substantial", 60)
    confidential: Gate | None = Gate("substantial", 30)

    def of(self, action: Action) -> Gate | None:
        """Return the gate of an action."""
        return self.history if action == "history" else self.confidential


def counting(action: Action, state: ConversationState) -> IdentityProof | None:
    """Return the proof by which an action is judged, or None."""
    if action == "confidential" and state.identity_changed is not None:
        return None
    return state.identity


def passes(gate: Gate | None, proof: IdentityProof | None, now: int) -> Why | None:
    """Return why `proof` does not open `gate` at `now` (UTC milliseconds), or None: it does."""
    if gate is None:
        return None
    if proof is None or proof.level is None:
        return "no_proof"
    if _RANK[proof.level] < _RANK[gate.level]:
        return "level_too_low"
    return "too_old" if now - proof.at > gate.max_age * _MINUTE else None


def require(gates: Gates, action: Action, proof: IdentityProof | None, now: int) -> None:
    """Return if `proof` opens the gate of `action`.

    Raises:
        Refusal: `identity_needed`; the message says what is.
    """
    gate = gates.of(action)
    if gate is not None and passes(gate, proof, now) is not None:
        raise Refusal(
            "identity_needed",
            f"Ask for bank ID first: level {gate.level} or higher, "
            f"not older than {gate.max_age} minutes.",
        )


def read_gate(text: str) -> tuple[Action, Gate | None]:
    """Return a gate from `action=level:minutes` or `action=off`.

    Raises:
        BadGate: it is none.
    """
    action, _, terms = text.partition("=")
    level, _, age = terms.partition(":")
    for known in ACTIONS:
        if action != known:
            continue
        if terms == "off":
            return known, None
        minutes = int(age) if age.isascii() and age.isdigit() and len(age) <= 4 else 0
        for rank in _RANK:
            if level == rank and 1 <= minutes <= _LONGEST:
                return known, Gate(rank, minutes)
    raise BadGate(
        f"A gate is {' or '.join(ACTIONS)}, then =off or =LEVEL:MINUTES (LEVEL {', '.join(_RANK)}; "
        f"MINUTES 1 to {_LONGEST}), like history=substantial:60."
    )


def with_gates(gates: Gates, changes: dict[Action, Gate | None]) -> Gates:
    """Return `gates` with some of them changed."""
    return replace(gates, **changes)
