"""What happens to a conversation besides the commands of a browser, and who does it.

Deadlines, invites and lost participants go through the same `decide` as what people ask
for (`server/domain/decisions.py`), so that the rules are in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from server.domain.gates import Gates
from signaling.backend import Command
from signaling.events import Department, File, MediaKind, Need, Person, Reason, Scope
from signaling.hints import Audience
from signaling.identity import FailureReason, IdentityProof

__all__ = [
    "SYSTEM",
    "Actor",
    "AnswerByItself",
    "AnyCommand",
    "AssignTask",
    "CobrowseFacts",
    "ConnectGuest",
    "CreateInvite",
    "EndGuest",
    "EndInvite",
    "EndWait",
    "EraseIdentity",
    "EraseRecordings",
    "ExpireCall",
    "ExpireCobrowse",
    "ExpireIdentity",
    "ExpireTransfer",
    "Facts",
    "FailIdentity",
    "FailRecording",
    "FinishIdentity",
    "GiveBack",
    "IdentifyVisitor",
    "JoinExpert",
    "LoseObserver",
    "LoseParticipant",
    "MoveTask",
    "OpenIdentity",
    "QueueFacts",
    "ReturnTask",
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
class ConnectGuest:
    """An outside source or player has come to the call; the actor is the guest."""

    call: str
    media: tuple[MediaKind, ...]


@dataclass(frozen=True, slots=True)
class EndGuest:
    """A guest has gone, or was shown out."""

    guest: str
    reason: Literal["left", "removed"]


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
class FailRecording:
    """It cannot be written: the disk is full, or does not keep up."""

    recording: str


@dataclass(frozen=True, slots=True)
class EraseRecordings:
    """What was recorded of the conversation is being erased: what goes on, ends."""


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


@dataclass(frozen=True, slots=True)
class ReturnTask:
    """The one who serves is gone, or accepted and never came: somebody else is found."""

    agent: str
    reason: Literal["gone", "unconnected"]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The agent who was gone is there again before anybody else took it."""

    agent: Person


@dataclass(frozen=True, slots=True)
class AssignTask:
    """A supervisor gives the conversation to somebody, whoever has it."""

    agent: Person


@dataclass(frozen=True, slots=True)
class MoveTask:
    """It waits in another department from now on; the place is kept. The facts have the queue."""

    department: str
    reason: Literal["moved", "overflow"] = "moved"


@dataclass(frozen=True, slots=True)
class EndWait:
    """It waits no longer and becomes a message to be answered."""

    reason: Literal["left", "overflow", "closed"]


@dataclass(frozen=True, slots=True)
class ExpireTransfer:
    """Nobody took what was to be transferred: the owner keeps it."""


@dataclass(frozen=True, slots=True)
class LoseObserver:
    """Somebody who looked in is gone."""

    person: str


AnyCommand = (
    Command
    | AnswerByItself
    | ExpireCall
    | ExpireCobrowse
    | LoseParticipant
    | ConnectGuest
    | EndGuest
    | CreateInvite
    | EndInvite
    | JoinExpert
    | OpenIdentity
    | FailIdentity
    | EraseRecordings
    | FailRecording
    | FinishIdentity
    | ExpireIdentity
    | EraseIdentity
    | IdentifyVisitor
    | ReturnTask
    | GiveBack
    | AssignTask
    | MoveTask
    | EndWait
    | ExpireTransfer
    | LoseObserver
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
class QueueFacts:
    """Where the conversation would wait, and until when. UTC milliseconds, the database's clock.

    `task`: the id of its live task, or a new one. `since`: its place; `now` unless one is kept.
    `wait_due`: when somebody should have taken it. `first_*`, `next_*`: when a line that the
    visitor writes now should have its answer; None without a target. `open`: the department is
    open and somebody is there. `open_at`: it is open at the time that a callback is asked for.
    `opens`: when it opens next, as people read it.
    """

    department: Department
    task: str
    now: int
    since: int
    needs: tuple[Need, ...] = ()
    wait_due: int | None = None
    first_due: int | None = None
    first_warn: int | None = None
    next_due: int | None = None
    next_warn: int | None = None
    open: bool = True
    open_at: bool = True
    opens: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision may look at besides the state. `now` in UTC milliseconds.

    `seq`: the conversation's newest event. `new_id`: fresh, for whatever the decision makes.
    `colleague`: the agent whom a command names, when they exist; `colleague_online`: they
    can take work. `assignee_online`: so can who served a conversation that was closed.
    `auto_due`, `call_due`: the deadlines that are set. `files`: the finished uploads that
    the command names and the actor may send, by id. `gates`: what the site asks proof for.
    `queue`: where it waits, or would; None without departments. `department`: the one that a
    transfer names, when it exists. `why`: why the task is this agent's. `recording`: the
    days that the site keeps recordings of calls; 0: it records none.
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
    queue: QueueFacts | None = None
    department: Department | None = None
    why: Reason | None = None
    recording: int = 0
