"""Who serves, what waits and until when: the rules said one by one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.domain.audience import redact_state
from server.domain.commands import (
    AssignTask,
    EndWait,
    ExpireTransfer,
    GiveBack,
    MoveTask,
    ReturnTask,
)
from signaling import messages
from signaling.events import (
    Assigned,
    ClockStarted,
    Closed,
    ContactChanged,
    Message,
    Need,
    Opened,
    Queued,
    QueueLeft,
    Reason,
    Reopened,
    ServiceClock,
    TransferEnded,
    TransferRequested,
    Unassigned,
)
from tests.server.domain.counter import AGENT, BOSS, CLOCK, COLLEAGUE, EXPERT, GUEST, Counter
from tests.server.history import AGENTS, CONV, SUPERVISOR
from tests.server.queued import LOANS, PHONE, SHOP, SKILL, WHY

ACCEPT = messages.Accept(id="a", conv=CONV)
OFFER = messages.AcceptOffer(id="o", conv=CONV, task="t", fence=1)
HAND_BACK = messages.HandBack(id="h", conv=CONV)
CONNECT = messages.Connect(id="c", conv=CONV)
TAKE = messages.TakeOver(id="t", conv=CONV)
JOIN = messages.JoinQueue(id="j", conv=CONV)
LEAVE = messages.LeaveQueue(id="l", conv=CONV)
CLOSE = messages.Close(id="x", conv=CONV, reason="solved")
REOPEN = messages.Reopen(id="r", conv=CONV)
TO_LOANS = messages.RequestTransfer(id="d", conv=CONV, department="d2", note="n")
TO_COLLEAGUE = messages.RequestTransfer(id="e", conv=CONV, to=AGENTS[1].id, note="n")
ACCEPT_TRANSFER = messages.AcceptTransfer(id="f", conv=CONV)
END_TRANSFER = messages.EndTransfer(id="g", conv=CONV)


def _bodies(counter: Counter) -> list[type]:
    return [type(event.event) for event, _ in counter.events]


def _callback(counter: Counter, ahead: int = 3_600_000, phone: str = PHONE) -> messages.AskCallback:
    at = counter.now + 500 + ahead
    return messages.AskCallback(id=f"b{at}", conv=CONV, at=at - at % 2, phone=phone)


# --- the beginning --------------------------------------------------------------------------------


def test_what_begins_waits_at_its_place_and_the_clock_of_the_first_answer_runs() -> None:
    counter = Counter.at("new")
    assert _bodies(counter) == [Opened, Queued, Message, ClockStarted]
    assert (counter.queue.department, counter.queue.since) == (SHOP, 1_000)
    assert counter.queue.needs == [Need(skill=SKILL, level=2)]
    assert counter.queue.due_at == 121_000
    assert counter.record.state.department == SHOP
    clock = ServiceClock(kind="first", since=1_000, due_at=61_000, warn_at=46_000)
    assert counter.record.state.clock == clock


def test_a_message_left_when_nobody_is_there_neither_waits_nor_has_a_clock() -> None:
    counter = Counter.at("new", offline=True)
    assert counter.record.state.queue is None
    assert counter.record.state.clock is None
    assert counter.says(GUEST)
    assert counter.record.state.clock is None


def test_without_departments_nothing_waits_in_a_queue() -> None:
    counter = Counter.at("served", departments=False)
    assert [type(one) for one in counter.does(HAND_BACK, AGENT)] == [Unassigned]
    assert [type(one) for one in counter.says(GUEST)] == [Message]
    assert counter.refuses(JOIN, GUEST)


def test_the_visitor_knows_the_place_and_nothing_of_why() -> None:
    counter = Counter.at("callback")
    queue = counter.queue
    assert (queue.phone, queue.needs) == (PHONE, [Need(skill=SKILL, level=2)])
    for audience in ("visitor", "expert"):
        seen = redact_state(counter.record.state, audience)  # type: ignore[arg-type]
        assert seen.queue == replace(queue, needs=[], due_at=None, phone="")
        assert seen.department == SHOP
        assert seen.clock is None


# --- taking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [ACCEPT, OFFER])
def test_who_takes_it_serves_and_it_waits_no_longer(command: messages.Accept) -> None:
    counter = Counter.at("new")
    assert counter.does(command, AGENT) == [Assigned(agent=AGENTS[0], why=WHY)]
    state = counter.record.state
    assert (state.state, state.queue, state.why) == ("active", None, WHY)
    assert state.clock is not None  # taking is no answer
    assert counter.does(command, AGENT) == []  # a double click
    assert counter.refuses(command, COLLEAGUE, GUEST, EXPERT)
    assert redact_state(state, "visitor").why is None


def test_an_offer_of_what_is_closed_is_gone() -> None:
    counter = Counter.at("closed")
    assert counter.refuses(OFFER, AGENT)
    assert counter.refuses(ACCEPT, AGENT)


def test_connecting_is_for_the_one_who_accepted_and_says_nothing() -> None:
    counter = Counter.at("served")
    assert counter.does(CONNECT, AGENT) == []
    assert counter.refuses(CONNECT, COLLEAGUE, BOSS, GUEST)


def test_letting_an_offer_pass_is_nothing_to_the_conversation() -> None:
    counter = Counter.at("new")
    reject = messages.RejectOffer(id="r", conv=CONV, task="t", fence=1)
    assert counter.does(reject, AGENT) == []
    assert counter.refuses(reject, GUEST)


def test_only_a_supervisor_takes_over_and_ends_the_transfer() -> None:
    counter = Counter.at("offered")
    assert counter.refuses(TAKE, AGENT, COLLEAGUE, GUEST)
    taken = Assigned(agent=SUPERVISOR, via="takeover", why=Reason(kind="supervisor"))
    assert counter.does(TAKE, BOSS) == [TransferEnded(outcome="cancelled"), taken]
    assert counter.does(TAKE, BOSS) == []
    assert Counter.at("closed").refuses(TAKE, BOSS)


def test_only_a_supervisor_gives_it_to_somebody() -> None:
    counter = Counter.at("queued")
    assert counter.refuses(AssignTask(AGENTS[1]), AGENT)
    assert counter.does(AssignTask(AGENTS[1]), BOSS) == [Assigned(agent=AGENTS[1], why=WHY)]
    assert counter.does(AssignTask(AGENTS[1]), BOSS) == []
    again = Assigned(agent=AGENTS[0], via="takeover", why=WHY)
    assert counter.does(AssignTask(AGENTS[0]), BOSS) == [again]


# --- giving back ----------------------------------------------------------------------------------


def test_what_is_handed_back_waits_again() -> None:
    counter = Counter.at("served")
    said = counter.does(HAND_BACK, AGENT)
    assert said[0] == Unassigned(agent=AGENTS[0])
    assert isinstance(said[1], Queued)
    assert said[1].reason == "handback"
    assert counter.record.state.state == "waiting"
    assert counter.record.state.why is None
    assert counter.refuses(HAND_BACK, COLLEAGUE, GUEST)


@pytest.mark.parametrize("reason", ["gone", "unconnected"])
def test_the_conversation_of_who_is_gone_waits_again(reason: str) -> None:
    counter = Counter.at("offered")
    said = counter.does(ReturnTask(AGENTS[0].id, reason), CLOCK)  # type: ignore[arg-type]
    assert said[:2] == [
        TransferEnded(outcome="cancelled"),
        Unassigned(agent=AGENTS[0], reason=reason),  # type: ignore[arg-type]
    ]
    assert isinstance(said[2], Queued)
    assert said[2].reason == reason


def test_who_does_not_serve_it_any_more_gives_nothing_back() -> None:
    counter = Counter.at("transferred")
    assert counter.does(ReturnTask(AGENTS[0].id, "gone"), CLOCK) == []
    assert counter.does(GiveBack(AGENTS[0]), CLOCK) == []


def test_it_is_theirs_again_who_come_back_first() -> None:
    counter = Counter.at("served")
    counter.does(ReturnTask(AGENTS[0].id, "gone"), CLOCK)
    back = Assigned(agent=AGENTS[0], via="return", why=Reason(kind="returned"))
    assert counter.does(GiveBack(AGENTS[0]), CLOCK) == [back]


# --- transfers ------------------------------------------------------------------------------------


def test_a_transfer_to_a_department_is_anybodys_but_the_owners() -> None:
    counter = Counter.at("served")
    asked = TransferRequested(department=LOANS, note="n")
    assert counter.does(TO_LOANS, AGENT) == [asked]
    assert counter.does(TO_LOANS, AGENT) == []
    assert counter.record.state.assignee == AGENTS[0]
    assert counter.refuses(ACCEPT_TRANSFER, AGENT)
    taken = Assigned(agent=AGENTS[1], via="transfer", why=WHY, department=LOANS)
    assert counter.does(OFFER, COLLEAGUE) == [taken]
    state = counter.record.state
    assert (state.transfer, state.department) == (None, LOANS)
    assert redact_state(state, "visitor").department == LOANS


def test_a_second_transfer_takes_the_place_of_the_first() -> None:
    counter = Counter.at("served")
    counter.does(TO_LOANS, AGENT)
    said = counter.does(TO_COLLEAGUE, AGENT)
    assert said == [TransferEnded(outcome="cancelled"), TransferRequested(to=AGENTS[1], note="n")]
    assert counter.refuses(ACCEPT_TRANSFER, BOSS)
    assert counter.does(ACCEPT_TRANSFER, COLLEAGUE)[0] == Assigned(
        agent=AGENTS[1], via="transfer", why=WHY
    )


def test_a_transfer_names_a_colleague_or_a_department_that_exists() -> None:
    counter = Counter.at("served")
    for fields in ({}, {"to": "a2", "department": "d2"}, {"department": "d9"}, {"to": "a9"}):
        wish = messages.RequestTransfer(id="w", conv=CONV, **fields)
        assert counter.refuses(wish, AGENT)
    assert counter.refuses(TO_LOANS, COLLEAGUE, GUEST)
    counter.colleague_online = False
    assert counter.refuses(TO_COLLEAGUE, AGENT)
    assert counter.does(TO_LOANS, AGENT)  # whoever comes first


@pytest.mark.parametrize("level", [0, 6, -1])
def test_a_skill_is_asked_for_at_a_level_from_1_to_5(level: int) -> None:
    counter = Counter.at("served")
    needs = [Need(skill=SKILL, level=level)]
    assert counter.refuses(replace(TO_LOANS, needs=needs), AGENT)
    assert counter.refuses(replace(TO_LOANS, needs=[Need(skill=SKILL)] * 11), AGENT)
    twice = [Need(skill=SKILL, level=2), Need(skill=f" {SKILL}", level=5), Need(skill=" ")]
    asked = counter.does(replace(TO_LOANS, needs=twice), AGENT)[0]
    assert isinstance(asked, TransferRequested)
    assert asked.needs == [Need(skill=SKILL, level=5)]


def test_the_colleague_declines_and_a_supervisor_takes_it_back() -> None:
    counter = Counter.at("offered")
    assert counter.does(END_TRANSFER, COLLEAGUE) == [TransferEnded(outcome="declined")]
    counter.does(TO_COLLEAGUE, AGENT)
    assert counter.refuses(END_TRANSFER, GUEST)
    assert counter.does(END_TRANSFER, BOSS) == [TransferEnded(outcome="cancelled")]


def test_the_owner_keeps_what_nobody_takes() -> None:
    counter = Counter.at("offered")
    assert counter.does(ExpireTransfer(), CLOCK) == [TransferEnded(outcome="unanswered")]
    assert counter.does(ExpireTransfer(), CLOCK) == []
    assert counter.record.state.assignee == AGENTS[0]
    assert counter.refuses(END_TRANSFER, AGENT)
    counter.does(TO_LOANS, AGENT)
    assert counter.refuses(END_TRANSFER, COLLEAGUE)
    assert counter.does(END_TRANSFER, AGENT) == [TransferEnded(outcome="cancelled")]


# --- the visitor's choices ------------------------------------------------------------------------


def test_who_leaves_a_message_waits_no_longer_and_is_told_so() -> None:
    counter = Counter.at("queued")
    left, line = counter.does(LEAVE, GUEST)
    assert left == QueueLeft(reason="message")
    assert isinstance(line, Message)
    assert line.auto == "offline_received"
    state = counter.record.state
    assert (state.state, state.queue, state.left) == ("waiting", None, "message")
    assert counter.record.auto_due is None
    assert counter.refuses(LEAVE, AGENT, EXPERT)
    assert counter.does(LEAVE, GUEST) == []
    assert [type(one) for one in counter.says(GUEST)] == [Message]  # it stays a message


def test_a_message_that_was_left_starts_no_clock() -> None:
    counter = Counter.at("served")
    counter.says(AGENT)
    counter.does(HAND_BACK, AGENT)
    counter.does(LEAVE, GUEST)
    assert [type(one) for one in counter.says(GUEST)] == [Message]
    assert counter.record.state.clock is None


def test_a_message_is_left_with_an_address() -> None:
    counter = Counter.at("queued")
    state = counter.record.state
    anonymous = replace(state, visitor=replace(state.visitor, email=None))
    counter.record = replace(counter.record, state=anonymous)
    assert counter.refuses(LEAVE, GUEST)
    said = counter.does(replace(LEAVE, email="v@example.com"), GUEST)
    assert isinstance(said[0], ContactChanged)
    assert said[0].visitor.email == "v@example.com"


def test_nobody_leaves_the_queue_who_is_served() -> None:
    counter = Counter.at("served")
    assert counter.refuses(LEAVE, GUEST)
    assert counter.refuses(_callback(counter), GUEST)
    assert counter.does(JOIN, GUEST) == []


def test_a_callback_keeps_the_place_and_nobody_is_found_meanwhile() -> None:
    counter = Counter.at("queued")
    place = counter.queue
    counter.does(_callback(counter), GUEST)
    at = counter.queue.callback_at
    assert at is not None
    wanted = replace(place, due_at=None, callback_at=at, phone=PHONE)
    assert counter.queue == wanted
    counter.says(GUEST)
    assert counter.record.auto_due is None
    assert counter.does(messages.AskCallback(id="s", conv=CONV, at=at, phone=PHONE), GUEST) == []


@pytest.mark.parametrize("ahead", [290_000, 15 * 86_400_000, 3_600_001 - 500])
def test_a_callback_is_within_the_hours_of_the_next_two_weeks(ahead: int) -> None:
    counter = Counter.at("queued")
    at = counter.now + 500 + ahead
    at += 1 - at % 2 if ahead % 2 else -(at % 2)  # an odd time is outside the hours
    ask = messages.AskCallback(id="b", conv=CONV, at=at)
    assert counter.refuses(ask, GUEST)


@pytest.mark.parametrize("phone", ["0401234567", "0501010000", "+8613812345676", "(09) 123-456"])
def test_a_phone_number_that_could_be_a_code_is_kept(phone: str) -> None:
    counter = Counter.at("queued")
    assert counter.does(_callback(counter, phone=phone), GUEST)
    assert counter.queue.phone == phone


@pytest.mark.parametrize("phone", ["1234", "call me", "0" * 25, "+358 40 <script>"])
def test_a_phone_number_is_one(phone: str) -> None:
    counter = Counter.at("queued")
    assert counter.refuses(_callback(counter, phone=phone), GUEST)
    assert counter.does(_callback(counter, phone=""), GUEST)


def test_what_nobody_serves_is_handed_back_by_nobody() -> None:
    counter = Counter.at("queued")
    counter.does(_callback(counter), GUEST)
    booked = counter.queue
    assert counter.does(messages.HandBack(id="h", conv=CONV), BOSS) == []
    assert counter.queue == booked


def test_a_message_may_become_a_callback() -> None:
    counter = Counter.at("new", offline=True)
    counter.departments = True
    said = counter.does(_callback(counter), GUEST)
    assert isinstance(said[0], Queued)
    assert said[0].reason == "callback"


def test_who_wants_to_wait_after_all_waits_when_somebody_is_there() -> None:
    counter = Counter.at("callback")
    place = counter.queue.since
    while (counter.now + 500) % 3:  # nobody is there
        counter.now += 1
    assert counter.refuses(JOIN, GUEST)
    said = counter.does(JOIN, GUEST)
    assert isinstance(said[0], Queued)
    assert (said[0].reason, said[0].queue.callback_at, said[0].queue.phone) == (
        "rejoined",
        None,
        "",
    )
    assert counter.queue.since == place
    assert counter.does(JOIN, GUEST, after=1) == []
    assert counter.refuses(JOIN, AGENT)


def test_a_message_becomes_live_when_its_visitor_joins_the_queue() -> None:
    counter = Counter.at("new", offline=True)
    counter.departments = True
    counter.does(JOIN, GUEST, after=1)
    assert not counter.record.state.offline
    assert isinstance(counter.says(GUEST)[-1], ClockStarted)


def test_who_was_gone_and_writes_waits_again() -> None:
    counter = Counter.at("left")
    queued, line = counter.says(GUEST)
    assert isinstance(queued, Queued)
    assert queued.reason == "rejoined"
    assert isinstance(line, Message)
    assert counter.record.state.left is None


# --- what nobody asked for ------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["left", "overflow", "closed"])
def test_what_waited_too_long_becomes_a_message(reason: str) -> None:
    counter = Counter.at("queued")
    said = counter.does(EndWait(reason), CLOCK)  # type: ignore[arg-type]
    assert said[0] == QueueLeft(reason=reason)  # type: ignore[arg-type]
    autos = [one.auto for one in said if isinstance(one, Message)]
    assert autos == ([] if reason == "left" else [reason])
    assert counter.does(EndWait(reason), CLOCK) == []  # type: ignore[arg-type]
    assert counter.does(ACCEPT, AGENT)  # it is there to be answered
    assert counter.record.state.left is None


@pytest.mark.parametrize(("reason", "actor"), [("overflow", CLOCK), ("moved", BOSS)])
def test_what_moves_keeps_its_place(reason: str, actor: object) -> None:
    counter = Counter.at("callback")
    before = counter.queue
    move = MoveTask("d2", reason)  # type: ignore[arg-type]
    assert counter.refuses(move, AGENT, GUEST)
    counter.does(move, actor)  # type: ignore[arg-type]
    after = counter.queue
    assert after.department == LOANS
    assert (after.task, after.since) == (before.task, before.since)
    assert (after.callback_at, after.phone) == (before.callback_at, PHONE)
    assert counter.does(move, actor) == []  # type: ignore[arg-type]
    assert counter.refuses(MoveTask("d9"), BOSS)


def test_a_supervisor_moves_what_somebody_serves_and_no_message() -> None:
    counter = Counter.at("offered")
    said = counter.does(MoveTask("d2"), BOSS)
    assert [type(one) for one in said] == [TransferEnded, Unassigned, Queued]
    assert Counter.at("left").refuses(MoveTask("d2"), BOSS)
    assert Counter.at("closed").refuses(MoveTask("d2"), BOSS)


# --- going on, and the clock ----------------------------------------------------------------------


def test_who_served_it_last_has_it_again_or_it_waits() -> None:
    counter = Counter.at("closed")
    counter.numbers = 1  # the next is even: the assignee is there
    said = counter.says(GUEST)
    assert [type(one) for one in said[:2]] == [Reopened, Assigned]
    counter = Counter.at("closed")
    counter.numbers = 2
    said = counter.says(GUEST)
    assert [type(one) for one in said] == [Reopened, Queued, Message, ClockStarted]
    assert counter.does(CLOSE, BOSS)
    assert [type(one) for one in counter.does(REOPEN, COLLEAGUE)] == [Reopened, Assigned]


def test_a_human_answer_stops_the_clock_and_nothing_else_does() -> None:
    counter = Counter.at("served")
    first = counter.record.state.clock
    assert first is not None
    counter.does(messages.AddNote(id="n", conv=CONV, text="x"), AGENT)
    counter.says(AGENT, consult=True)
    counter.does(HAND_BACK, AGENT)
    counter.does(ACCEPT, AGENT)
    assert [type(one) for one in counter.says(GUEST)] == [Message]
    assert counter.record.state.clock == first
    counter.says(AGENT)
    assert counter.record.state.clock is None
    next_ = counter.says(GUEST)[-1]
    assert isinstance(next_, ClockStarted)
    now = counter.now
    assert next_.clock == ServiceClock(
        kind="next", since=now, due_at=now + 90_000, warn_at=now + 70_000
    )
    assert isinstance(counter.does(CLOSE, AGENT)[-1], Closed)
    assert counter.record.state.clock is None


def test_what_waits_is_closed_by_a_supervisor_and_a_left_message_by_anybody() -> None:
    close = messages.Close(id="c", conv=CONV, reason="spam")
    counter = Counter.started(departments=True)
    assert isinstance(counter, Counter)
    assert counter.refuses(close, AGENT, COLLEAGUE)
    assert counter.does(close, BOSS)
    left = Counter.started(departments=True, offline=True)
    assert isinstance(left, Counter)
    assert left.does(close, AGENT)
