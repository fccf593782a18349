"""The queue on the wire: what waits, who is offered it and why, who listens, what time is left.

Times are UTC milliseconds since 1970; durations are in seconds. What a task and its fence are
is told in docs/queue.md.
"""

from __future__ import annotations

from typing import Literal

from signaling.bases import ConversationCommand, EventBase, Frame, Id
from signaling.values import Page, Person, Value, Visitor

__all__ = [
    "AcceptConsult",
    "AcceptOffer",
    "AgentState",
    "AskCallback",
    "AskConsult",
    "AwayReason",
    "ClockStarted",
    "Connect",
    "Consult",
    "ConsultAsked",
    "ConsultEnded",
    "Department",
    "Desk",
    "EndConsult",
    "JoinQueue",
    "LeaveQueue",
    "Mode",
    "Need",
    "Observe",
    "Observer",
    "ObserverJoined",
    "ObserverLeft",
    "Part",
    "QueueLeft",
    "QueuePlace",
    "QueueState",
    "Queued",
    "Reason",
    "RejectOffer",
    "Reservation",
    "ServiceClock",
    "StopObserving",
    "TakeOver",
    "Wrapup",
]

#: What an agent's time goes to; each weighs differently (`server.domain.routing.Weights`).
Mode = Literal["chat", "voice", "video", "callback"]
#: What an agent has set, or the router has: `not_responding` after a missed offer.
AgentState = Literal["available", "away", "not_responding"]
AwayReason = Literal["break", "lunch", "meeting", "training", "other"]
#: What somebody who looks in does: hears all; speaks to staff only; is heard by all.
Part = Literal["listen", "whisper", "barge"]


class Department(Value, frozen=True):
    """A department as people may know it."""

    id: str
    name: str


class Need(Value, frozen=True):
    """A skill that a task asks for, from 1 (some) to 5 (expert)."""

    skill: str  # its name, as the site has it
    level: int = 1


class Reason(Value, frozen=True):
    """Why this agent. `waived`: what was asked for and nobody of the department has.

    `last_agent`: served this visitor before. `skill`: knows most of what is asked for.
    `idle`: has been free longest (`seconds`). `chosen`: a colleague named them. `pulled`: took it
    by hand. `returned`: had it before their connection was lost. `supervisor`: was given it, or
    took it over.
    """

    kind: Literal["last_agent", "skill", "idle", "chosen", "pulled", "returned", "supervisor"]
    skill: str = ""
    level: int = 0
    seconds: int = 0
    waived: list[str] = []


class QueueState(Value, frozen=True):
    """A conversation waits for somebody. `since`: its place; it is kept whatever happens.

    `due_at`: until when somebody should take it (staff only). `callback_at`: not before; then
    the visitor wants to be called back, at `phone` (staff only) or here.
    """

    task: str
    department: Department
    since: int
    needs: list[Need] = []  # staff only
    due_at: int | None = None
    callback_at: int | None = None
    phone: str = ""


class Observer(Value, frozen=True):
    """Somebody of the staff who looks in. The visitor meets those who `barge`, in the call only.

    `consult`: a colleague whom the one who serves asked for advice; else a supervisor.
    """

    person: Person
    part: Part
    since: int
    consult: bool = False


class Consult(Value, frozen=True):
    """An open wish for a colleague's advice."""

    to: Person
    by: Person
    note: str = ""


class ServiceClock(Value, frozen=True):
    """The visitor waits for a human answer: the first, or the next. Staff only.

    It stands outside the department's hours: `due_at` and `warn_at` have that in them.
    """

    kind: Literal["first", "next"]
    since: int
    due_at: int
    warn_at: int


# --- events -----------------------------------------------------------------------------------


class Queued(EventBase, frozen=True, tag="queued"):
    """The conversation waits in a department from now on, or waits otherwise than before."""

    queue: QueueState
    reason: Literal[
        "opened", "reopened", "handback", "gone", "unconnected", "overflow", "moved", "callback",
        "rejoined",
    ] = "opened"  # fmt: skip


class QueueLeft(EventBase, frozen=True, tag="queue_left"):
    """It waits no longer, and nobody has taken it: it is a message to be answered.

    `left`: the visitor's browser was gone for too long. `message`: the visitor chose so.
    `overflow`: it waited too long. `closed`: the department closed and nobody is there.
    """

    reason: Literal["left", "message", "overflow", "closed"]


class ClockStarted(EventBase, frozen=True, tag="clock_started"):
    """The visitor waits for an answer from now on. Staff only."""

    clock: ServiceClock


class ConsultAsked(EventBase, frozen=True, tag="consult_asked"):
    """The one who serves asks a colleague for advice. Staff only."""

    to: Person
    note: str = ""


class ConsultEnded(EventBase, frozen=True, tag="consult_ended"):
    """The colleague declined, or the wish was taken back. Staff only."""

    outcome: Literal["declined", "cancelled"]


class ObserverJoined(EventBase, frozen=True, tag="observer_joined"):
    """Somebody of the staff looks in, or does another part. Staff and experts only."""

    observer: Observer


class ObserverLeft(EventBase, frozen=True, tag="observer_left"):
    """They look in no more. Staff and experts only."""

    person: Person
    reason: Literal["left", "removed", "assigned", "closed"] = "left"


# --- commands ---------------------------------------------------------------------------------


class AcceptOffer(ConversationCommand, frozen=True, tag="offer.accept", kw_only=True):
    """Takes what was offered. `fence` is the offer's: an older one is refused (`offer_gone`)."""

    task: Id
    fence: int


class RejectOffer(ConversationCommand, frozen=True, tag="offer.reject", kw_only=True):
    """Lets it pass to somebody else; it keeps its place."""

    task: Id
    fence: int


class Connect(ConversationCommand, frozen=True, tag="conversation.connect", kw_only=True):
    """The one who accepted has it before them. Without this it goes on to somebody else."""


class TakeOver(ConversationCommand, frozen=True, tag="conversation.take", kw_only=True):
    """A supervisor serves the conversation from now on."""


class LeaveQueue(ConversationCommand, frozen=True, tag="queue.leave", kw_only=True):
    """The visitor does not wait: what they wrote is a message. `email`: where to answer."""

    email: str = ""


class AskCallback(ConversationCommand, frozen=True, tag="queue.callback", kw_only=True):
    """The visitor wants to be called back from `at` on, within the hours; the place is kept."""

    at: int
    phone: str = ""


class JoinQueue(ConversationCommand, frozen=True, tag="queue.join", kw_only=True):
    """The visitor wants to wait after all."""


class AskConsult(ConversationCommand, frozen=True, tag="consult.ask", kw_only=True):
    to: Id  # agent id
    note: str = ""


class AcceptConsult(ConversationCommand, frozen=True, tag="consult.accept", kw_only=True):
    """The colleague looks in, and is heard by staff only."""


class EndConsult(ConversationCommand, frozen=True, tag="consult.end", kw_only=True):
    """The colleague declines, or whoever asked takes it back."""


class Observe(ConversationCommand, frozen=True, tag="observe", kw_only=True):
    """A supervisor looks in, or does another part from now on."""

    part: Part


class StopObserving(ConversationCommand, frozen=True, tag="observe.stop", kw_only=True):
    """One looks in no more (default: oneself); whoever serves lets a colleague go."""

    person: Id = ""


QueueCommand = (
    AcceptOffer | RejectOffer | Connect | TakeOver | LeaveQueue | AskCallback | JoinQueue
    | AskConsult | AcceptConsult | EndConsult | Observe | StopObserving
)  # fmt: skip


# --- frames to the browser --------------------------------------------------------------------


class Reservation(Value, frozen=True):
    """A task offered to this agent: who, what, why, until when."""

    task: str
    conv: str
    fence: int
    visitor: Visitor
    lang: str
    department: Department
    mode: Mode
    since: int
    offered_at: int
    deadline_at: int
    why: Reason
    transfer: Person | None = None  # the colleague who hands it over
    note: str = ""
    text: str = ""  # the newest line, at most 120 characters
    page: Page | None = None
    needs: list[Need] = []
    callback_at: int | None = None
    phone: str = ""


class Wrapup(Value, frozen=True):
    """A closed conversation whose slot is held until the agent has finished."""

    task: str
    conv: str
    visitor: Visitor
    until: int


class Desk(Frame, frozen=True, tag="desk", kw_only=True):
    """Ephemeral, complete each time: an agent's own state, load and offers."""

    state: AgentState
    reason: str = ""  # of being away
    since: int = 0
    used: int = 0  # units of `capacity` that are taken
    capacity: int = 0
    offers: list[Reservation] = []
    wrapups: list[Wrapup] = []
    next: int = 0  # tasks that this agent might take by hand now


class QueuePlace(Frame, frozen=True, tag="queue", kw_only=True):
    """Ephemeral: where a visitor's conversation stands. `place` 0: it waits no longer.

    `low` and `high`: seconds it will probably take; absent when nobody can say. `ringing`: it
    is being offered to somebody now. `staffed`: somebody who can take it is there.
    """

    conv: str
    place: int = 0
    low: int | None = None
    high: int | None = None
    ringing: bool = False
    staffed: bool = True
    callback_at: int | None = None
