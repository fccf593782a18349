"""What is said of who somebody is: requests for proof, and what was proven.

A *verification* is one request of staff that the visitor proves who they are by bank ID; the
visitor may try it several times, each an *attempt*. What comes of it is a *proof*. A personal
identity code is in none of this: it never travels on the wire.
"""

from __future__ import annotations

from typing import Literal

from signaling.bases import ConversationCommand, EventBase, Id
from signaling.values import Person, Value

__all__ = [
    "AskIdentity",
    "ConfirmIdentity",
    "EndIdentity",
    "FailureReason",
    "IdentityAsked",
    "IdentityConfirmed",
    "IdentityEnded",
    "IdentityErased",
    "IdentityFailed",
    "IdentityOpened",
    "IdentityProof",
    "IdentityVerified",
    "Level",
    "Purpose",
    "VerificationState",
]

#: Levels of assurance, lowest first (Regulation (EU) No 910/2014, article 8).
Level = Literal["low", "substantial", "high"]
#: Why staff asks; the visitor reads it in their own language, with the agent's own words if any.
Purpose = Literal["account", "order", "refund", "payment", "contract", "age", "other"]
#: How an attempt came to nothing. "cancelled": by the visitor; "refused": by the bank; "expired":
#: not done in time; "unavailable": the bank does not answer; "invalid": the answer did not hold.
FailureReason = Literal["cancelled", "refused", "expired", "unavailable", "invalid"]


class VerificationState(Value, frozen=True):
    """An open request.

    "opened": the visitor is at the bank, by `method` (an id of `GET /api/v1/identity/methods`).
    `failed`: how the newest attempt ended, if one did. It ends at `expires_at`.
    """

    id: str
    by: Person
    purpose: Purpose
    level: Level  # at least
    expires_at: int
    note: str = ""
    state: Literal["asked", "opened"] = "asked"
    attempt: str | None = None
    method: str = ""
    failed: FailureReason | None = None


class IdentityProof(Value, frozen=True):
    """Who the visitor proved to be, and how well. `at`: when the bank asked them.

    To visitors and experts only `verification` and `at`.
    """

    verification: str
    at: int
    name: str = ""
    method: str = ""  # the label of it: a brand, the same in every language
    level: Level | None = None


class AskIdentity(ConversationCommand, frozen=True, tag="identity.ask", kw_only=True):
    """Staff asks the visitor to prove who they are. The ack carries `verification`."""

    purpose: Purpose
    level: Level = "substantial"
    note: str = ""


class EndIdentity(ConversationCommand, frozen=True, tag="identity.end", kw_only=True):
    """The visitor declines, or staff takes the request back."""

    verification: Id


class ConfirmIdentity(ConversationCommand, frozen=True, tag="identity.confirm", kw_only=True):
    """Staff says whether a changed identity counts."""

    verification: Id
    accept: bool


class IdentityAsked(EventBase, frozen=True, tag="identity_asked"):
    """Staff asks the visitor to prove who they are; only the visitor can start it."""

    verification: VerificationState


class IdentityOpened(EventBase, frozen=True, tag="identity_opened"):
    """The visitor is at the bank. `method`: an id of `GET /api/v1/identity/methods`.

    `expires_at`: until when the request is open from now on.
    """

    verification: str
    attempt: str
    method: str
    expires_at: int = 0


class IdentityFailed(EventBase, frozen=True, tag="identity_failed"):
    """An attempt came to nothing; the visitor may try again.

    `code`: the stable word for what did not hold (docs/identity.md); to staff only.
    """

    verification: str
    attempt: str
    reason: FailureReason
    code: str = ""


class IdentityVerified(EventBase, frozen=True, tag="identity_verified"):
    """The visitor proved who they are. `changed`: to be somebody else than before.

    Then it counts only once staff has confirmed it.
    """

    proof: IdentityProof
    changed: bool = False


class IdentityConfirmed(EventBase, frozen=True, tag="identity_confirmed"):
    """Staff said whether the changed identity counts from now on, or the one before."""

    verification: str
    accepted: bool


class IdentityEnded(EventBase, frozen=True, tag="identity_ended"):
    """The request is over without a proof."""

    verification: str
    reason: Literal["declined", "withdrawn", "expired", "closed"]


class IdentityErased(EventBase, frozen=True, tag="identity_erased"):
    """What was proven was erased; the name is gone from the events before. Staff only."""

    verification: str
