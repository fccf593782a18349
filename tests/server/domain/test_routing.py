"""Single transitions: what each leaves, charges and refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from server.domain import expiry, serving, transfers, transitions
from server.domain.routing import (
    Agent,
    Change,
    Charge,
    NotSo,
    State,
    Task,
    Weights,
    charged,
    unfit,
)
from signaling.queue import Reason

NOW = 1_000_000
WEIGHTS = Weights()
IDLE = Reason(kind="idle")


def waiting() -> Task:
    return transitions.enqueue(
        "t1",
        conversation="c1",
        visitor="v1",
        department="sales",
        lang="fi",
        now=NOW,
        weights=WEIGHTS,
        overflow_seconds=60,
    ).task


def offered(agent: str = "a") -> Task:
    return transitions.offer(waiting(), agent, IDLE, NOW, 15).task


def accepted(agent: str = "a") -> Task:
    task = offered(agent)
    return transitions.accept(task, agent, NOW, fence=task.fence).task


def connected(agent: str = "a") -> Task:
    return serving.connect(accepted(agent), NOW).task


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(NotSo) as caught:
        call()
    assert caught.value.message
    return caught.value.code


def test_each_wrong_moment_has_its_word() -> None:
    closed = serving.finish(connected(), NOW).task
    wraps = serving.finish(connected(), NOW, 30).task
    callback = transitions.callback(waiting(), NOW + 600_000, NOW, WEIGHTS).task
    old = offered().fence - 1
    assert refused(lambda: transitions.accept(offered(), "a", NOW, fence=old)) == "offer_gone"
    assert refused(lambda: transitions.accept(waiting(), "a", NOW)) == "offer_gone"
    assert refused(lambda: transitions.accept(offered(), "b", NOW, hand=True)) == "already_offered"
    assert (
        refused(lambda: transitions.accept(accepted(), "b", NOW, hand=True)) == "already_assigned"
    )
    assert refused(lambda: transitions.accept(closed, "b", NOW, hand=True)) == "not_waiting"
    assert refused(lambda: transitions.offer(callback, "a", IDLE, NOW, 15)) == "not_waiting"
    assert refused(lambda: transitions.reject(offered(), "a", old, NOW)) == "offer_gone"
    assert refused(lambda: transitions.abandon(waiting(), NOW)) == "not_waiting"
    assert refused(lambda: transitions.overflow(waiting(), NOW, None, None)) == "not_waiting"
    assert refused(lambda: transitions.leave(accepted(), NOW, "message")) == "already_assigned"
    assert refused(lambda: transitions.join(waiting(), NOW, WEIGHTS)) == "not_waiting"
    assert refused(lambda: serving.connect(connected(), NOW)) == "not_assigned"
    assert refused(lambda: serving.take(accepted(), "a", NOW)) == "already_assigned"
    assert refused(lambda: serving.take(wraps, "a", NOW)) == "not_waiting"
    assert refused(lambda: serving.requeue(waiting(), NOW, "handback")) == "not_assigned"
    assert refused(lambda: serving.give_back(waiting(), NOW)) == "not_waiting"
    assert refused(lambda: serving.raise_mode(closed, "voice", WEIGHTS, NOW)) == "not_waiting"
    assert refused(lambda: serving.end_wrapup(closed, NOW)) == "not_assigned"
    assert refused(lambda: serving.extend_wrapup(closed, NOW, 30)) == "not_assigned"
    twice = serving.extend_wrapup(wraps, NOW, 30).task
    assert refused(lambda: serving.extend_wrapup(twice, NOW, 30)) == "forbidden"
    assert refused(lambda: expiry.expire(offered(), NOW)) == "offer_gone"
    assert (
        refused(lambda: transfers.end_transfer(waiting(), NOW, "cancelled")) == "not_transferring"
    )


@pytest.mark.parametrize("ahead", [0, 299_999, 14 * 86_400_000 + 1])
def test_a_callback_too_near_or_too_far_is_refused(ahead: int) -> None:
    ask = lambda: transitions.callback(waiting(), NOW + ahead, NOW, WEIGHTS)  # noqa: E731
    assert refused(ask) == "not_open"


def test_a_missed_offer_makes_its_agent_not_responding_and_keeps_the_place() -> None:
    change = expiry.expire(offered(), NOW + 15_000)
    assert change.charges == (Charge("a", -1, state="not_responding"),)
    assert (change.task.state, change.task.missed) == (State.WAITING, ("a",))
    assert change.task.enqueued_at == NOW


def test_how_often_somebody_missed_it_and_since_when_is_remembered_up_to_a_bound() -> None:
    task = waiting()
    for number in range(8):
        ringing = transitions.offer(task, "a", IDLE, NOW, 15).task
        task = transitions.reject(ringing, "a", ringing.fence, NOW + number).task
        assert task.missed == ("a",) * min(number + 1, 5)
        assert task.offered_at == NOW + number
    assert transitions.offer(task, "b", IDLE, NOW, 15).task.missed == task.missed


def test_what_was_accepted_and_never_opened_waits_in_front_for_somebody_else() -> None:
    task = expiry.expire(accepted(), NOW + 15_000).task
    assert (task.state, task.front, task.missed) == (State.WAITING, True, ("a",))


def test_a_lost_agents_offer_is_not_counted_as_missed() -> None:
    change = serving.lose_agent(offered(), NOW)
    assert (change.task.missed, change.task.former, change.charges[0].state) == ((), None, None)


def test_what_a_lost_agent_served_is_theirs_again_as_it_was_and_the_offer_withdrawn() -> None:
    lost = serving.lose_agent(connected("b"), NOW).task
    offer = transitions.offer(lost, "a", IDLE, NOW, 15).task
    change = serving.give_back(offer, NOW + 1)
    assert change.charges == (Charge("a", -1), Charge("b", 1))
    assert (change.task.state, change.task.agent) == (State.CONNECTED, "b")
    assert change.task.why == Reason(kind="returned")


def test_what_was_not_yet_opened_must_be_opened_after_the_return() -> None:
    lost = serving.lose_agent(accepted(), NOW).task
    task = serving.give_back(lost, NOW + 1).task
    assert (task.state, task.deadline_at) == (State.ACCEPTED, NOW + 15_001)


def test_an_offer_to_the_one_who_is_back_becomes_theirs_without_a_second_charge() -> None:
    lost = serving.lose_agent(connected(), NOW).task
    offer = transitions.offer(lost, "a", IDLE, NOW, 15).task
    assert serving.give_back(offer, NOW).charges == (Charge("a", 0),)


def test_overflow_goes_on_once_to_each_department_and_then_to_a_message() -> None:
    late = NOW + 60_000
    first = transitions.overflow(waiting(), late, "help", 30).task
    assert (first.department, first.enqueued_at, first.visited) == ("help", NOW, ("sales",))
    back = transitions.overflow(first, late + 30_000, "sales", 30)
    assert (back.task.state, back.task.outcome) == (State.OVERFLOW, "overflow")


def test_a_callback_that_waits_stays_one_when_a_call_ends() -> None:
    task = transitions.callback(waiting(), NOW + 600_000, NOW, WEIGHTS).task
    called = serving.raise_mode(task, "voice", WEIGHTS, NOW).task
    assert serving.raise_mode(called, "chat", WEIGHTS, NOW).task.mode == "callback"


def test_a_callback_that_was_lost_stays_one_when_a_call_ends() -> None:
    task = transitions.callback(waiting(), NOW + 600_000, NOW, WEIGHTS).task
    lost = serving.lose_agent(serving.take(task, "a", NOW).task, NOW).task
    assert (lost.mode, lost.not_before, lost.visitor_due_at) == ("callback", None, None)
    assert serving.raise_mode(lost, "chat", WEIGHTS, NOW).task.mode == "callback"
    called = serving.raise_mode(lost, "voice", WEIGHTS, NOW).task
    assert called.visitor_due_at == NOW + 120_000  # they are here: nobody rings who has gone
    assert serving.raise_mode(called, "chat", WEIGHTS, NOW).task.mode == "chat"


def test_raising_the_mode_charges_the_difference_under_the_same_fence() -> None:
    change = serving.raise_mode(connected(), "video", WEIGHTS, NOW)
    assert change.charges == (Charge("a", 2, 1),)
    assert change.task.fence == connected().fence
    assert serving.raise_mode(change.task, "voice", WEIGHTS, NOW).charges == ()


def test_a_transfer_leaves_the_owner_until_it_is_accepted() -> None:
    service = connected()
    transfer = transfers.transfer_to_agent(service, "t2", "b", NOW).task
    closed, serves = transfers.transferred(service, transfer, "b", NOW, fence=transfer.fence)
    assert (closed.task.state, closed.charges[0].units) == (State.CLOSED, -1)
    assert (serves.task.kind, serves.task.agent, serves.charges[0].units) == ("service", "b", 0)
    assert serves.task.enqueued_at == service.enqueued_at


def test_a_direct_transfer_that_is_not_answered_declined_or_lost_ends() -> None:
    transfer = transfers.transfer_to_agent(connected(), "t2", "b", NOW).task
    ends: list[Change] = [
        expiry.expire(transfer, NOW + 60_000),
        transitions.reject(transfer, "b", transfer.fence, NOW),
        serving.lose_agent(transfer, NOW),
    ]
    assert [end.task.outcome for end in ends] == ["unanswered", "declined", "unanswered"]
    assert all(end.charges[0].units == -1 for end in ends)


def test_a_transfer_that_cannot_be_is_refused_with_its_word() -> None:
    service = connected()
    to = transfers.transfer_to_agent(service, "t2", "b", NOW).task
    assert refused(lambda: transfers.transfer_to_agent(service, "t", "a", NOW)) == (
        "agent_unavailable"
    )
    assert refused(lambda: transfers.transfer_to_agent(waiting(), "t", "b", NOW)) == "not_assigned"
    assert refused(lambda: transfers.transferred(service, to, "a", NOW)) == "already_assigned"
    assert refused(lambda: transfers.transferred(service, to, "c", NOW)) == "already_offered"
    assert refused(lambda: transfers.transferred(waiting(), to, "b", NOW)) == "not_transferring"


def test_a_transfer_to_a_department_ends_when_nobody_came() -> None:
    task = transfers.transfer_to_department(connected(), "t2", "help", NOW).task
    assert expiry.due(task, NOW + 119_999) is None
    assert expiry.due(task, NOW + 120_000) == "expire"
    assert expiry.expire(task, NOW + 120_000).task.outcome == "unanswered"


def test_who_cannot_take_it_is_told_why() -> None:
    full = Agent("a", "available", True, frozenset(), frozenset(), used=4)
    away = replace(full, state="away")
    assert [unfit(full, own=own).code for own in (True, False)] == ["no_capacity"] * 2
    assert [unfit(away, own=own).code for own in (True, False)] == ["agent_unavailable"] * 2


def test_who_is_away_stays_away_whatever_they_missed() -> None:
    away = Agent("a", "away", True, frozenset(), frozenset(), used=1)
    assert charged(away, Charge("a", -1, state="not_responding"), NOW).state == "away"
