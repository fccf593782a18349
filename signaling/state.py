"""The state of a conversation, as audiences get it: the fold of its events.

`server/domain/conversation.py` folds, and in the browser `web/src/client/reduce.ts`.
"""

from __future__ import annotations

from typing import Literal

from signaling.identity import IdentityProof, VerificationState
from signaling.queue import (
    Consult,
    Department,
    Need,
    Observer,
    QueueState,
    Reason,
    ServiceClock,
)
from signaling.recording import RecordingState
from signaling.values import CobrowseOperation, MediaKind, Page, Person, Role, Scope, Value, Visitor

__all__ = [
    "CallMember",
    "CallState",
    "CobrowseGrant",
    "CobrowseState",
    "ControlAsk",
    "ConversationState",
    "ConversationSummary",
    "ExpertSeat",
    "InviteState",
    "LastEntry",
    "Transfer",
]


class Transfer(Value, frozen=True):
    """An open transfer, to somebody (`to`) or to whoever of a department is free."""

    by: Person
    to: Person | None = None
    department: Department | None = None
    needs: list[Need] = []
    note: str = ""


class InviteState(Value, frozen=True):
    """An expert's link as staff see it; the secret itself is shown once, when it is made."""

    id: str
    scope: list[Scope]
    expires_at: int
    by: Person
    outcome: Literal["open", "used", "revoked", "expired"] = "open"


class ExpertSeat(Value, frozen=True):
    """An expert in the conversation."""

    person: Person
    scope: list[Scope]
    status: Literal["consult", "admitted"] = "consult"
    from_seq: int = 0


class CallMember(Value, frozen=True):
    """Somebody in a call, and what they send."""

    person: Person
    media: list[MediaKind]
    joined_at: int


class CallState(Value, frozen=True):
    """The call that is on. One at a time in a conversation."""

    id: str
    by: Person
    media: list[MediaKind]  # it was started with these
    state: Literal["ringing", "active"]  # active: two have been in it
    members: list[CallMember]
    private: bool = False
    opened: bool = False  # it was private; the visitor is not told
    started_at: int = 0
    active_at: int = 0
    recording: RecordingState | None = None


class CobrowseGrant(Value, frozen=True):
    """Leave for one agent to do `caps` in the page, until `until` (the server's clock)."""

    id: str
    agent: Person
    caps: list[CobrowseOperation]
    until: int


class ControlAsk(Value, frozen=True):
    """An open wish for control."""

    by: Person
    caps: list[CobrowseOperation]


class CobrowseState(Value, frozen=True):
    """The co-browsing that is asked for or on. One at a time in a conversation."""

    id: str
    by: Person  # whoever asked, or the shopper who started it
    state: Literal["asked", "on", "paused"]
    started_at: int = 0
    pause: Literal["page", "shopper", "identity"] | None = None
    asked: ControlAsk | None = None
    grant: CobrowseGrant | None = None


class ConversationState(Value, frozen=True):
    """Everything about a conversation but its timeline; what an audience may not see is absent."""

    id: str
    state: Literal["waiting", "active", "closed"]
    visitor: Visitor
    lang: str
    opened_at: int
    offline: bool = False
    assignee: Person | None = None
    transfer: Transfer | None = None
    experts: list[ExpertSeat] = []
    invites: list[InviteState] = []
    call: CallState | None = None
    cobrowse: CobrowseState | None = None
    verification: VerificationState | None = None  # the open request
    identity: IdentityProof | None = None  # the newest proof that counts
    # Somebody else than before: staff has to confirm.
    identity_changed: IdentityProof | None = None
    page: Page | None = None
    reads: dict[str, int] = {}  # side -> seq
    waiting_since: int | None = None  # the first visitor message that staff has not answered
    answered: bool = False  # an agent has written at least once
    closed_at: int | None = None
    closed_reason: str | None = None
    queue: QueueState | None = None  # it waits for somebody
    left: Literal["left", "message", "overflow", "closed"] | None = None  # why it waits no longer
    department: Department | None = None  # where it waits, or who serves it belongs to
    why: Reason | None = None  # this agent; staff only
    consult: Consult | None = None  # staff only
    observers: list[Observer] = []
    clock: ServiceClock | None = None  # the answer that is awaited; staff only


class LastEntry(Value, frozen=True):
    """The newest line of a conversation, for lists."""

    at: int
    role: Role
    text: str = ""  # at most 120 characters
    files: int = 0


class ConversationSummary(Value, frozen=True):
    """One row of an inbox."""

    id: str
    seq: int  # the conversation's newest event for this audience
    state: Literal["waiting", "active", "closed"]
    visitor: Visitor
    lang: str
    opened_at: int
    offline: bool = False
    assignee: Person | None = None
    transfer: Transfer | None = None
    waiting_since: int | None = None
    closed_at: int | None = None
    closed_reason: str | None = None
    unread: int = 0  # visitor messages that staff has not seen (towards a visitor: the reverse)
    last: LastEntry | None = None
    page: Page | None = None
    call: str | None = None  # the id of the call that is on
    media: list[MediaKind] = []  # what is on in it
    cobrowse: bool = False  # it is on, or paused
    queue: QueueState | None = None
    left: Literal["left", "message", "overflow", "closed"] | None = None
    department: Department | None = None
    why: Reason | None = None
    consult: Consult | None = None
    observers: list[Observer] = []
    clock: ServiceClock | None = None
