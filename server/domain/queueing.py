"""Decides who serves a conversation, and how it waits until somebody does.

    opened, reopened ──► queued ──accepted──► assigned ──handed back, agent gone──► queued
                          │   ▲
       left, overflow,    ▼   │ joined, wrote again
       closed, message   left ┘

Whether a task is there to be taken, by this agent, with this fence and their capacity, is for
`server/services/tasks.py` to say, in the same transaction: here is what it means to the
conversation. Without departments (`Facts.queue` is None) nothing waits in a queue.
"""

from __future__ import annotations

from typing import Final, Literal, assert_never

from msgspec.structs import replace

from server.domain import handover
from server.domain.commands import (
    SYSTEM,
    Actor,
    AssignTask,
    EndWait,
    Facts,
    GiveBack,
    MoveTask,
    QueueFacts,
    ReturnTask,
)
from server.domain.contacts import described
from server.domain.drafting import Drafting
from server.domain.rights import is_open, serves, serving, staff, visitor
from signaling import messages
from signaling.errors import Refusal
from signaling.events import (
    Assigned,
    ClockStarted,
    ContactChanged,
    Message,
    Person,
    Queued,
    QueueLeft,
    QueueState,
    Reason,
    ServiceClock,
    Unassigned,
)

__all__ = ["QueueCommand", "clock", "decide_queue", "enter", "rejoin"]

CALLBACK_SOONEST: Final = 5 * 60_000  # ms
CALLBACK_LATEST: Final = 14 * 86_400_000  # ms
_MAX_PHONE: Final = 24
_PHONE: Final = frozenset("0123456789+-() ")
_MIN_DIGITS: Final = 5

QueueCommand = (
    messages.Accept
    | messages.AcceptOffer
    | messages.RejectOffer
    | messages.Connect
    | messages.TakeOver
    | messages.HandBack
    | messages.LeaveQueue
    | messages.AskCallback
    | messages.JoinQueue
    | AssignTask
    | EndWait
    | GiveBack
    | MoveTask
    | ReturnTask
)
_Why = Literal[
    "opened", "reopened", "handback", "gone", "unconnected", "overflow", "moved", "callback",
    "rejoined",
]  # fmt: skip


def enter(drafting: Drafting, facts: Facts, reason: _Why, by: Person = SYSTEM) -> None:
    """Let the conversation wait from now on, if the site has departments."""
    if facts.queue is not None:
        drafting.add(Queued(queue=_fresh(facts.queue), reason=reason), by)


def rejoin(drafting: Drafting, facts: Facts) -> None:
    """Let a visitor wait again who was gone and writes; who left a message does not."""
    state = drafting.state
    waits = state.state == "waiting" and state.queue is None and not state.offline
    if waits and state.left in (None, "left"):
        enter(drafting, facts, "rejoined")


def clock(drafting: Drafting, facts: Facts) -> None:
    """Start the clock of the answer that the visitor's line asks for; a message has none."""
    state, queue = drafting.state, facts.queue
    if state.clock is not None or state.offline or state.left is not None or queue is None:
        return
    kind: Literal["first", "next"] = "next" if state.answered else "first"
    due, warn = (
        (queue.next_due, queue.next_warn) if state.answered else (queue.first_due, queue.first_warn)
    )
    if due is not None:
        warn = due if warn is None else warn
        started = ServiceClock(kind=kind, since=queue.now, due_at=due, warn_at=warn)
        drafting.add(ClockStarted(clock=started), SYSTEM)


def decide_queue(drafting: Drafting, command: QueueCommand, actor: Actor, facts: Facts) -> None:
    """Decide who serves, and what waits."""
    match command:
        case messages.Accept():
            _accept(drafting, actor, facts)
        case messages.AcceptOffer():
            _accept_offer(drafting, actor, facts)
        case messages.RejectOffer():
            staff(actor)  # an offer is the task's own: the conversation does not hear of it
        case messages.Connect():
            serving(drafting.state, actor)
        case messages.TakeOver():
            _take_over(drafting, actor)
        case messages.HandBack():
            _hand_back(drafting, actor, facts)
        case messages.LeaveQueue():
            _leave(drafting, command, actor, facts)
        case messages.AskCallback():
            _ask_callback(drafting, command, actor, facts)
        case messages.JoinQueue():
            _join(drafting, actor, facts)
        case AssignTask():
            _assign(drafting, command, actor, facts)
        case MoveTask():
            _move(drafting, command, actor, facts)
        case GiveBack() | ReturnTask() | EndWait():
            _by_itself(drafting, command, facts)
        case _:  # pragma: no cover
            assert_never(command)


# --- taking ---------------------------------------------------------------------------------------


def _accept(drafting: Drafting, actor: Actor, facts: Facts) -> None:
    staff(actor)
    state = drafting.state
    is_open(state)
    if state.assignee is None:
        drafting.add(Assigned(agent=actor.person, why=facts.why), actor.person)
    elif not serves(state, actor):
        raise Refusal("already_assigned", f"{state.assignee.name} was first.")


def _accept_offer(drafting: Drafting, actor: Actor, facts: Facts) -> None:
    staff(actor)
    state = drafting.state
    is_open(state)
    if state.assignee is None or serves(state, actor):
        _accept(drafting, actor, facts)
    elif state.transfer is None:
        raise Refusal("offer_gone", f"{state.assignee.name} serves it already.")
    else:
        handover.accept(drafting, actor, facts)


def _take_over(drafting: Drafting, actor: Actor) -> None:
    staff(actor)
    state = drafting.state
    if not actor.supervisor:
        raise Refusal("forbidden", "Only a supervisor takes a conversation over.")
    is_open(state)
    if serves(state, actor):
        return
    handover.cancel(drafting, actor.person)
    taken = Assigned(agent=actor.person, via="takeover", why=Reason(kind="supervisor"))
    drafting.add(taken, actor.person)


def _assign(drafting: Drafting, command: AssignTask, actor: Actor, facts: Facts) -> None:
    _supervising(actor)
    state = drafting.state
    is_open(state)
    before = state.assignee
    if before is not None and before.id == command.agent.id:
        return
    handover.cancel(drafting, actor.person)
    given = Assigned(
        agent=command.agent,
        via="accept" if before is None else "takeover",
        why=facts.why or Reason(kind="supervisor"),
    )
    drafting.add(given, actor.person)


# --- giving away ----------------------------------------------------------------------------------


def _hand_back(drafting: Drafting, actor: Actor, facts: Facts) -> None:
    serving(drafting.state, actor, supervisor=True)
    _release(drafting, "handback", actor.person)
    enter(drafting, facts, "handback")


def _release(
    drafting: Drafting, reason: Literal["handback", "gone", "unconnected"], by: Person
) -> None:
    agent = drafting.state.assignee
    if agent is not None:
        handover.cancel(drafting, by)
        drafting.add(Unassigned(agent=agent, reason=reason), by)


# --- waiting --------------------------------------------------------------------------------------


def _fresh(queue: QueueFacts) -> QueueState:
    return QueueState(
        task=queue.task,
        department=queue.department,
        since=queue.since,
        needs=list(queue.needs),
        due_at=queue.wait_due,
    )


def _waits(drafting: Drafting, actor: Actor) -> None:
    """Refuse all but a visitor whom nobody serves."""
    visitor(actor)
    is_open(drafting.state)
    if drafting.state.assignee is not None:
        raise Refusal("not_waiting", "Somebody serves you already.")


def _leave(drafting: Drafting, command: messages.LeaveQueue, actor: Actor, facts: Facts) -> None:
    _waits(drafting, actor)
    known = described(drafting.state.visitor, "", command.email)
    if not known.email:
        raise Refusal("bad_text", "Leave an e-mail address, so that somebody can answer.")
    if known != drafting.state.visitor:
        drafting.add(ContactChanged(visitor=known), actor.person)
    if drafting.state.queue is not None:
        drafting.add(QueueLeft(reason="message"), actor.person)
        drafting.add(Message(id=facts.new_id, auto="offline_received"), SYSTEM)


def _join(drafting: Drafting, actor: Actor, facts: Facts) -> None:
    visitor(actor)
    state = drafting.state
    is_open(state)
    waits = state.queue is not None and state.queue.callback_at is None
    if state.assignee is not None or waits:
        return
    if facts.queue is None or not facts.queue.open:
        raise Refusal("not_open", _when("Nobody is there now", facts))
    queue = _fresh(facts.queue)
    if state.queue is not None:
        queue = replace(
            state.queue,
            department=queue.department,
            due_at=queue.due_at,
            callback_at=None,
            phone="",
        )
    drafting.add(Queued(queue=queue, reason="rejoined"), actor.person)


def _ask_callback(
    drafting: Drafting, command: messages.AskCallback, actor: Actor, facts: Facts
) -> None:
    _waits(drafting, actor)
    phone = _phone(command.phone)
    queue = facts.queue
    if queue is None or not queue.open_at:
        raise Refusal("not_open", _when("Nobody calls at that time", facts))
    if not queue.now + CALLBACK_SOONEST <= command.at <= queue.now + CALLBACK_LATEST:
        raise Refusal("not_open", "Choose a time from 5 minutes to 14 days ahead.")
    waits = drafting.state.queue or _fresh(queue)
    waits = replace(
        waits,
        department=queue.department,
        due_at=None,
        callback_at=command.at,
        phone=phone,
    )
    if waits != drafting.state.queue:
        drafting.add(Queued(queue=waits, reason="callback"), actor.person)


def _phone(typed: str) -> str:
    """Return a phone number as it was typed; "": none.

    Nothing in it is masked: an eighth of the numbers that begin with 040 could be a code.
    """
    phone = " ".join(typed.split())
    digits = sum(c.isdigit() for c in phone)
    if phone and (len(phone) > _MAX_PHONE or not set(phone) <= _PHONE or digits < _MIN_DIGITS):
        raise Refusal("bad_text", "Give a phone number like +358 40 123 4567, or none.")
    return phone


def _when(what: str, facts: Facts) -> str:
    opens = "" if facts.queue is None else facts.queue.opens
    return f"{what}: it opens {opens}." if opens else f"{what}: leave a message."


def _supervising(actor: Actor) -> None:
    staff(actor)
    if not actor.supervisor and actor.person != SYSTEM:
        raise Refusal("forbidden", "Only a supervisor does this.")


def _move(drafting: Drafting, command: MoveTask, actor: Actor, facts: Facts) -> None:
    _supervising(actor)
    state, queue = drafting.state, facts.queue
    is_open(state)
    if queue is None or queue.department.id != command.department:
        raise Refusal("not_found", "There is no such department.")
    if state.queue is None and state.assignee is None:
        raise Refusal("not_waiting", "It waits no longer: it is a message.")
    if state.queue is not None and state.queue.department.id == command.department:
        return
    _release(drafting, "handback", actor.person)
    moved = _fresh(queue)
    if state.queue is not None:
        moved = replace(moved, callback_at=state.queue.callback_at, phone=state.queue.phone)
    drafting.add(Queued(queue=moved, reason=command.reason), actor.person)


def _by_itself(drafting: Drafting, command: GiveBack | ReturnTask | EndWait, facts: Facts) -> None:
    """Do what nobody asked for; what has become untrue meanwhile is done."""
    state = drafting.state
    match command:
        case GiveBack():
            if state.queue is not None and state.assignee is None:
                why = Reason(kind="returned")
                back = Assigned(agent=command.agent, via="return", why=why)
                drafting.add(back, SYSTEM)
        case ReturnTask():
            served = state.state == "active" and state.assignee is not None
            if served and state.assignee is not None and state.assignee.id == command.agent:
                _release(drafting, command.reason, SYSTEM)
                enter(drafting, facts, command.reason)
        case EndWait():
            if state.queue is None:
                return
            drafting.add(QueueLeft(reason=command.reason), SYSTEM)
            if command.reason != "left":
                drafting.add(Message(id=facts.new_id, auto=command.reason), SYSTEM)
