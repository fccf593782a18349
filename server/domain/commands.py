"""What happens to a conversation besides the commands of a browser, and who does it.

Deadlines, invites and lost participants go through the same `decide` as what people ask
for (`server/domain/decisions.py`), so that the rules are in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from server.domain.gates import Gates
from signaling.backend import Command
from signaling.events import File, Person, Scope
from signaling.hints import Audience
from signaling.identity import FailureReason, IdentityProof

__all__ = [
    "SYSTEM",
    "Actor",
    "AnswerByItself",
    "AnyCommand",
    "CobrowseFacts",
    "CreateInvite",
    "EndInvite",
    "EraseIdentity",
    "ExpireCall",
    "ExpireCobrowse",
    "ExpireIdentity",
    "Facts",
    "FailIdentity",
    "FinishIdentity",
    "IdentifyVisitor",
    "JoinExpert",
    "LoseParticipant",
    "OpenIdentity",
]

#: Who acts when nobody does.
SYSTEM: Final = Person(id="system", role="system")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command. Deadlines are staff's: nothing is hidden from them."""

    person: Person
    audience: Audience

    @property
    def supervisor(self) -> bool:
        return self.person.role == "supervisor"


@dataclass(frozen=True, slots=True)
class AnswerByItself:
    """The deadline of the automatic line passed."""


@dataclass(frozen=True, slots=True)
class ExpireCall:
    """The deadline of a ringing or lonely call passed."""


@dataclass(frozen=True, slots=True)
class ExpireCobrowse:
    """A deadline of the co-browsing passed: which one, the facts tell."""


@dataclass(frozen=True, slots=True)
class LoseParticipant:
    """The media server has not heard of a member for too long."""

    call: str
    person: str


@dataclass(frozen=True, slots=True)
class CreateInvite:
    """Staff made an expert's link."""

    id: str
    scope: tuple[Scope, ...]
    expires_at: int


@dataclass(frozen=True, slots=True)
class EndInvite:
    """A link is taken back by staff, or its hour is over (`expired`)."""

    invite: str
    expired: bool = False


@dataclass(frozen=True, slots=True)
class JoinExpert:
    """Somebody redeemed an invite; the actor is the expert."""

    invite: str


@dataclass(frozen=True, slots=True)
class OpenIdentity:
    """The visitor has chosen a method and goes to the bank."""

    verification: str
    attempt: str
    method: str


@dataclass(frozen=True, slots=True)
class FailIdentity:
    """An attempt came to nothing; `code` is a stable word (docs/identity.md)."""

    verification: str
    attempt: str
    reason: FailureReason
    code: str


@dataclass(frozen=True, slots=True)
class FinishIdentity:
    """The bank has said who the visitor is; `changed`: somebody else than before."""

    attempt: str
    proof: IdentityProof
    changed: bool


@dataclass(frozen=True, slots=True)
class ExpireIdentity:
    """The deadline of a request for proof passed."""


@dataclass(frozen=True, slots=True)
class EraseIdentity:
    """A supervisor erased the person whom a verification proved."""

    verification: str


@dataclass(frozen=True, slots=True)
class IdentifyVisitor:
    """The shop signed who its customer is; empty: it did not say."""

    customer: str
    name: str = ""
    email: str = ""


AnyCommand = (
    Command
    | AnswerByItself
    | ExpireCall
    | ExpireCobrowse
    | LoseParticipant
    | CreateInvite
    | EndInvite
    | JoinExpert
    | OpenIdentity
    | FailIdentity
    | FinishIdentity
    | ExpireIdentity
    | EraseIdentity
    | IdentifyVisitor
)


@dataclass(frozen=True, slots=True)
class CobrowseFacts:
    """What is known of the co-browsing besides the state; deadlines in UTC milliseconds.

    `pages`: how many different ones were shown. `due`: an open ask's, or that of the longest
    time. `control_due`: that of an open ask for control. `sharer_due`: without the visitor's
    browser until then it ends. `controller_due`: the same of the one with the grant.
    `masking`: the version of the site's rules.
    """

    pages: int = 0
    due: int | None = None
    control_due: int | None = None
    sharer_due: int | None = None
    controller_due: int | None = None
    masking: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision may look at besides the state. `now` in UTC milliseconds.

    `seq`: the conversation's newest event. `new_id`: fresh, for whatever the decision makes.
    `colleague`: the agent whom a command names, when they exist; `colleague_online`: they
    can take work. `assignee_online`: so can who served a conversation that was closed.
    `auto_due`, `call_due`: the deadlines that are set. `files`: the finished uploads that
    the command names and the actor may send, by id. `gates`: what the site asks proof for.
    """

    now: int
    seq: int = 0
    new_id: str = ""
    colleague: Person | None = None
    colleague_online: bool = False
    assignee_online: bool = False
    auto_due: int | None = None
    call_due: int | None = None
    files: dict[str, File] = field(default_factory=dict)
    cobrowse: CobrowseFacts = CobrowseFacts()
    gates: Gates = field(default_factory=Gates)
