"""What may happen to a request for proof, for random histories and for tests of its rules."""

from __future__ import annotations

from typing import Final, get_args

from hypothesis import strategies as st

from server.domain.commands import (
    AnyCommand,
    EraseIdentity,
    ExpireIdentity,
    FailIdentity,
    FinishIdentity,
    IdentifyVisitor,
    OpenIdentity,
)
from signaling import messages
from signaling.events import ConversationState, IdentityProof
from signaling.identity import FailureReason, Level, Purpose

__all__ = [
    "BANK",
    "BY_SHOPPER",
    "BY_STAFF",
    "BY_SYSTEM",
    "KINDS",
    "METHOD",
    "NAME",
    "ask",
    "identity_command",
    "opening",
    "proof_of",
]

NAME: Final = "Test Customer One"
BANK: Final = "Test Bank"
METHOD: Final = "testbank.one"

BY_SYSTEM: Final = {"identity_expire"}
BY_STAFF: Final = {"identity_ask", "identity_confirm", "identity_erase"}
BY_SHOPPER: Final = {"identity_open", "identity_fail", "identity_finish", "identify"}
KINDS: Final = (
    "identity_ask", "identity_ask", "identity_open", "identity_open", "identity_fail",
    "identity_finish", "identity_finish", "identity_confirm", "identity_confirm", "identity_end",
    "identity_erase", "identity_expire", "identify",
)  # fmt: skip


def ask(conv: str, key: str = "ask", level: Level = "low", note: str = "") -> messages.AskIdentity:
    """Return staff's wish to know who the visitor is."""
    return messages.AskIdentity(id=key, conv=conv, purpose="refund", level=level, note=note)


def opening(state: ConversationState, attempt: str = "t1") -> OpenIdentity:
    """Return the visitor's choice of a method, for the request that is open."""
    asked = state.verification
    return OpenIdentity("none" if asked is None else asked.id, attempt, METHOD)


def proof_of(
    state: ConversationState,
    *,
    attempt: str | None = None,
    level: Level = "high",
    changed: bool = False,
    at: int = 900,
) -> FinishIdentity:
    """Return what the bank says of the visitor, for the attempt that is open."""
    asked = state.verification
    verification = "none" if asked is None else asked.id
    if attempt is None:
        attempt = (asked.attempt if asked is not None else None) or "none"
    proof = IdentityProof(verification=verification, at=at, name=NAME, method=BANK, level=level)
    return FinishIdentity(attempt, proof, changed)


def identity_command(
    kind: str, key: str, draw: st.DrawFn, conv: str, state: ConversationState
) -> AnyCommand:
    """Draw a command about the identity of the visitor."""
    asked, proven, changed = state.verification, state.identity, state.identity_changed
    verification = "none" if asked is None else asked.id
    attempt = (asked.attempt if asked is not None else None) or "none"
    match kind:
        case "identity_ask":
            purpose: Purpose = draw(st.sampled_from(get_args(Purpose)))
            level: Level = draw(st.sampled_from(get_args(Level)))
            return messages.AskIdentity(
                id=key,
                conv=conv,
                purpose=purpose,
                level=level,
                note=draw(st.sampled_from(["", "Hei"])),
            )
        case "identity_open":
            return opening(state, f"t{key}")
        case "identity_fail":
            reason: FailureReason = draw(st.sampled_from(get_args(FailureReason)))
            return FailIdentity(verification, attempt, reason, "wrong_nonce")
        case "identity_finish":
            somebody_else = proven is not None and draw(st.booleans())
            return proof_of(
                state,
                level=draw(st.sampled_from(get_args(Level))),
                changed=somebody_else,
                at=draw(st.integers(1, 900)),
            )
        case "identity_confirm":
            which = "none" if changed is None else changed.verification
            accept = draw(st.booleans())
            return messages.ConfirmIdentity(id=key, conv=conv, verification=which, accept=accept)
        case "identity_end":
            return messages.EndIdentity(id=key, conv=conv, verification=verification)
        case "identity_erase":
            known = [one.verification for one in (proven, changed) if one is not None]
            return EraseIdentity(draw(st.sampled_from(known or ["none"])))
        case "identity_expire":
            return ExpireIdentity()
        case "identify":
            return IdentifyVisitor(draw(st.sampled_from(["", "c-17"])), NAME, "x@example.com")
    raise AssertionError(kind)
