"""What may happen to a conversation that waits, for random histories and for tests of its rules."""

from __future__ import annotations

from typing import Final, get_args

from hypothesis import strategies as st

from server.domain.commands import (
    AnyCommand,
    AssignTask,
    EndWait,
    ExpireTransfer,
    GiveBack,
    LoseObserver,
    MoveTask,
    QueueFacts,
    ReturnTask,
)
from signaling import messages
from signaling.events import ConversationState, Department, Need, Part, Person, Reason

__all__ = [
    "BY_STAFF",
    "BY_SUPERVISOR",
    "BY_SYSTEM",
    "BY_VISITOR",
    "DEPARTMENTS",
    "KINDS",
    "LOANS",
    "PHONE",
    "SHOP",
    "SKILL",
    "WHY",
    "queue_command",
    "queue_facts",
]

SHOP: Final = Department(id="d1", name="Shop")
LOANS: Final = Department(id="d2", name="Loans")
DEPARTMENTS: Final = {one.id: one for one in (SHOP, LOANS)}
SKILL: Final = "mortgages"
PHONE: Final = "+358 40 765 4321"
WHY: Final = Reason(kind="skill", skill=SKILL, level=4)

BY_SYSTEM: Final = {"queue_return", "queue_back", "queue_end", "transfer_expire", "observer_lost"}
BY_SUPERVISOR: Final = {"queue_assign", "queue_move", "take", "observe"}
BY_VISITOR: Final = {"queue_leave", "queue_callback", "queue_join"}
BY_STAFF: Final = {"consult_accept", "observe_stop", "offer_accept"}
KINDS: Final = (
    "offer_accept", "offer_reject", "connect", "take", "queue_leave", "queue_callback",
    "queue_join", "consult_ask", "consult_ask", "consult_accept", "consult_accept", "consult_end",
    "observe", "observe", "observe", "observe_stop", "queue_return", "queue_back", "queue_assign",
    "queue_move", "queue_end", "transfer_expire", "observer_lost", "transfer_department",
)  # fmt: skip


def queue_facts(state: ConversationState | None, command: object, now: int, new: str) -> QueueFacts:
    """Return what the departments say, of the one that `command` names or the one it is in."""
    waits = None if state is None else state.queue
    named = DEPARTMENTS.get(command.department) if isinstance(command, MoveTask) else None
    known = None if state is None else state.department
    at = command.at if isinstance(command, messages.AskCallback) else 0
    return QueueFacts(
        department=named or known or SHOP,
        task=new if waits is None else waits.task,
        now=now,
        since=now if waits is None else waits.since,
        needs=(Need(skill=SKILL, level=2),),
        wait_due=now + 120_000,
        first_due=now + 60_000,
        first_warn=now + 45_000,
        next_due=now + 90_000,
        next_warn=now + 70_000,
        open=now % 3 > 0,
        open_at=at % 2 == 0,
        opens="on Monday at 9",
    )


def queue_command(
    kind: str, key: str, draw: st.DrawFn, conv: str, state: ConversationState, now: int
) -> AnyCommand:
    """Draw a command about waiting, serving or looking in."""
    colleagues = [Person(id=i, role="agent", name=n) for i, n in (("a1", "One"), ("a2", "Two"))]
    boss = Person(id="s1", role="supervisor", name="Boss")
    who = draw(st.sampled_from([*colleagues, boss]))
    match kind:
        case "offer_accept":
            return messages.AcceptOffer(id=key, conv=conv, task="t", fence=1)
        case "offer_reject":
            return messages.RejectOffer(id=key, conv=conv, task="t", fence=1)
        case "connect":
            return messages.Connect(id=key, conv=conv)
        case "take":
            return messages.TakeOver(id=key, conv=conv)
        case "queue_leave":
            email = draw(st.sampled_from(["", "x@example.com"]))
            return messages.LeaveQueue(id=key, conv=conv, email=email)
        case "queue_callback":
            at = now + draw(st.sampled_from([60_000, 3_600_000, 3_600_001]))
            return messages.AskCallback(id=key, conv=conv, at=at - at % 2, phone=PHONE)
        case "queue_join":
            return messages.JoinQueue(id=key, conv=conv)
        case "consult_ask":
            return messages.AskConsult(id=key, conv=conv, to=who.id, note="n")
        case "consult_accept":
            return messages.AcceptConsult(id=key, conv=conv)
        case "consult_end":
            return messages.EndConsult(id=key, conv=conv)
        case "observe":
            part: Part = draw(st.sampled_from(get_args(Part)))
            return messages.Observe(id=key, conv=conv, part=part)
        case "observe_stop":
            person = draw(st.sampled_from(["", who.id]))
            return messages.StopObserving(id=key, conv=conv, person=person)
        case "queue_return":
            gone = who.id if state.assignee is None else state.assignee.id
            return ReturnTask(gone, draw(st.sampled_from(["gone", "unconnected"])))
        case "queue_back":
            return GiveBack(who)
        case "queue_assign":
            return AssignTask(who)
        case "queue_move":
            department = draw(st.sampled_from([*DEPARTMENTS, "d9"]))
            return MoveTask(department, draw(st.sampled_from(["moved", "overflow"])))
        case "queue_end":
            return EndWait(draw(st.sampled_from(["left", "overflow", "closed"])))
        case "transfer_expire":
            return ExpireTransfer()
        case "observer_lost":
            return LoseObserver(who.id)
        case "transfer_department":
            needs = [Need(skill=SKILL, level=draw(st.integers(0, 5)))]
            department = draw(st.sampled_from([*DEPARTMENTS, "d9"]))
            return messages.RequestTransfer(
                id=key, conv=conv, department=department, needs=needs, note="n"
            )
    raise AssertionError(kind)
