"""What is said of who somebody is: requests for proof, and what was proven.

A *verification* is one request of staff that the visitor proves who they are by bank ID; the
visitor may try it several times, each an *attempt*. What comes of it is a *proof*. A personal
identity code is in none of this: it never travels on the wire.
"""

from __future__ import annotations

from typing import Literal

from signaling.values import Person, Value

__all__ = ["FailureReason", "IdentityProof", "Level", "Purpose", "VerificationState"]

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
