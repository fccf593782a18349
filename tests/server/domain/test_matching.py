"""Whom a task is offered to: claims about eligibility, order and the reason given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.domain.matching import able, choose, eligible, in_order, match, waived
from server.domain.routing import Agent, State, Task
from signaling.queue import Need, Reason

NOW = 1_000_000
RETURNS = Need(skill="returns", level=3)


def task(name: str = "t1", **changes: object) -> Task:
    made = Task(
        id=name,
        conversation=name,
        visitor=f"v-{name}",
        department="sales",
        kind="service",
        state=State.WAITING,
        mode="chat",
        weight=1,
        lang="fi",
        needs=(),
        fence=1,
        enqueued_at=NOW - 60_000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def agent(name: str, **changes: object) -> Agent:
    made = Agent(
        id=name,
        state="available",
        online=True,
        departments=frozenset({"sales"}),
        langs=frozenset({"fi"}),
        idle_since=NOW - 30_000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_longest_idle_is_chosen_and_told_for_how_long() -> None:
    team = [agent("a"), agent("b", idle_since=NOW - 90_000)]
    assert choose(task(), team, None, NOW) == ("b", Reason(kind="idle", seconds=90))


def test_the_last_agent_comes_before_skill_and_idleness() -> None:
    team = [agent("a", skills={"returns": 3}), agent("b", skills={"returns": 5})]
    assert choose(task(needs=(RETURNS,)), team, "a", NOW) == ("a", Reason(kind="last_agent"))


def test_a_last_agent_who_is_not_free_is_passed_over() -> None:
    team = [agent("a", used=4), agent("b")]
    chosen = choose(task(), team, "a", NOW)
    assert chosen is not None
    assert chosen[0] == "b"


def test_the_highest_level_of_what_is_asked_for_is_chosen() -> None:
    team = [agent("a", skills={"returns": 3}, idle_since=0), agent("b", skills={"returns": 4})]
    expected = ("b", Reason(kind="skill", skill="returns", level=4))
    assert choose(task(needs=(RETURNS,)), team, None, NOW) == expected


def test_the_only_one_who_knows_it_is_chosen_for_that() -> None:
    chosen = choose(
        task(needs=(RETURNS,)), [agent("a"), agent("b", skills={"returns": 3})], "", NOW
    )
    assert chosen == ("b", Reason(kind="skill", skill="returns", level=3))


def test_between_equal_levels_idleness_decides_and_is_the_reason() -> None:
    team = [agent("a", skills={"returns": 4}), agent("b", skills={"returns": 4}, idle_since=0)]
    assert choose(task(needs=(RETURNS,)), team, None, NOW) == (
        "b",
        Reason(kind="idle", seconds=1000),
    )


def test_a_level_too_low_is_not_enough_when_somebody_away_has_it() -> None:
    team = [agent("a", skills={"returns": 2}), agent("b", skills={"returns": 3}, online=False)]
    assert choose(task(needs=(RETURNS,)), team, None, NOW) is None
    assert waived(task(needs=(RETURNS,)), team) == ()


def test_what_nobody_of_the_department_has_is_waived_and_said() -> None:
    elsewhere = agent("c", departments=frozenset({"help"}), skills={"returns": 5})
    wanted = task(needs=(RETURNS,), lang="sv")
    team = [agent("a"), elsewhere]
    assert waived(wanted, team) == ("sv", "returns")
    chosen = choose(wanted, team, None, NOW)
    assert chosen is not None
    assert chosen[0] == "a"
    assert chosen[1].waived == ["sv", "returns"]


def test_a_skill_that_nobody_has_together_with_the_language_is_waived() -> None:
    team = [agent("a", langs=frozenset({"sv"})), agent("b", skills={"returns": 5})]
    wanted = task(needs=(RETURNS,), lang="sv")
    assert waived(wanted, team) == ("returns",)
    assert eligible(wanted, team[0], team)
    assert not eligible(wanted, team[1], team)


def test_who_missed_it_is_passed_over_until_everybody_free_has() -> None:
    team = [agent("a", idle_since=0), agent("b")]
    once = choose(task(missed=("a",)), team, None, NOW)
    again = choose(task(missed=("a", "b")), team, None, NOW)
    assert once is not None
    assert again is not None
    assert (once[0], again[0]) == ("b", "a")


@pytest.mark.parametrize(
    ("missed", "pause"),
    [(1, 15_000), (2, 30_000), (3, 60_000), (4, 120_000), (5, 240_000), (50, 240_000)],
)
def test_who_alone_can_have_it_is_asked_again_after_a_pause_that_grows(
    missed: int, pause: int
) -> None:
    declined = task(missed=("a",) * missed, offered_at=NOW)
    team = [agent("a")]
    assert choose(declined, team, None, NOW + pause - 1) is None
    assert choose(declined, team, None, NOW + pause) is not None
    fresh = choose(declined, [*team, agent("b")], "a", NOW)
    assert fresh is not None
    assert fresh[0] == "b"


def test_of_those_who_all_missed_it_the_one_who_did_least_often_is_asked() -> None:
    chosen = choose(task(missed=("a", "b", "a")), [agent("a", idle_since=0), agent("b")], "a", NOW)
    assert chosen is not None
    assert chosen[0] == "b"


def test_who_has_nothing_can_have_what_weighs_more_than_their_capacity() -> None:
    team = [agent("a", capacity=1), agent("b", capacity=2, used=1, idle_since=0)]
    calls = [task(name, mode="callback", weight=3) for name in ("t1", "t2")]
    assert [(found.task.id, found.agent) for found in match(calls, team, {}, NOW)] == [("t1", "a")]
    assert choose(calls[0], [agent("a", capacity=1, max_calls=0)], None, NOW) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "away"},
        {"state": "not_responding"},
        {"online": False},
        {"used": 4},
        {"departments": frozenset({"help"})},
    ],
)
def test_who_is_not_free_is_not_eligible(changes: dict[str, object]) -> None:
    one, other = agent("a", **changes), agent("b")
    assert not eligible(task(), one, [one, other])
    assert choose(task(), [one], None, NOW) is None


def test_able_asks_what_one_knows_not_whether_one_is_free() -> None:
    full = agent("a", used=4, state="away", online=False)
    assert able(task(), full, [full])
    assert not able(task(department="help"), full, [full])


def test_a_second_call_is_not_offered_above_the_calls_limit() -> None:
    busy = agent("a", capacity=10, used=3, calls=1, max_calls=1)
    assert not eligible(task(mode="voice", weight=3), busy, [busy])
    assert eligible(task(), replace(busy, calls=2), [busy])


def test_a_transfer_is_not_offered_to_whoever_hands_it_over() -> None:
    team = [agent("a", idle_since=0), agent("b")]
    chosen = choose(task(kind="transfer", former="a"), team, "a", NOW)
    assert chosen is not None
    assert chosen[0] == "b"


def test_only_who_is_named_may_have_it() -> None:
    team = [agent("a"), agent("b")]
    assert [eligible(task(only="b"), one, team) for one in team] == [False, True]


def test_a_callback_is_offered_at_its_time_and_by_its_old_place() -> None:
    later = task("old", not_before=NOW, mode="callback", weight=3)
    newer = task("new", enqueued_at=NOW - 10)
    assert choose(later, [agent("a")], None, NOW - 1) is None
    assert [found.task.id for found in match([newer, later], [agent("a")], {}, NOW)] == [
        "old",
        "new",
    ]


def test_what_does_not_wait_is_not_offered() -> None:
    assert choose(task(state=State.OFFERED), [agent("a")], None, NOW) is None


def test_front_goes_before_those_who_came_earlier() -> None:
    tasks = [
        task("c", enqueued_at=2),
        task("b", enqueued_at=1),
        task("a", enqueued_at=3, front=True),
    ]
    assert [one.id for one in in_order(tasks)] == ["a", "b", "c"]


def test_nobody_is_matched_beyond_their_capacity_and_work_is_spread() -> None:
    team = [agent("a", capacity=1), agent("b", capacity=2, idle_since=NOW - 1)]
    tasks = [task(f"t{number}", enqueued_at=number) for number in range(5)]
    found = [(one.task.id, one.agent) for one in match(tasks, team, {}, NOW)]
    assert found == [("t0", "a"), ("t1", "b"), ("t2", "b")]


def test_what_lacks_room_lets_others_go_before_for_a_minute() -> None:
    call, chat = task("call", mode="video", weight=3, enqueued_at=NOW - 59_999), task("chat")
    found = match([call, chat], [agent("a", capacity=2, used=1)], {}, NOW)
    assert [(one.task.id, one.agent) for one in found] == [("chat", "a")]


def test_what_has_lacked_room_for_a_minute_has_the_one_with_most_room_saved() -> None:
    call = task("call", mode="video", weight=3, enqueued_at=NOW - 60_000)
    chats = [task(name, enqueued_at=NOW) for name in ("x", "y", "z")]
    team = [agent("a", used=2), agent("b", used=3)]
    saved: set[str] = set()
    found = match([call, *chats], team, {}, NOW, saved)
    assert [(one.task.id, one.agent) for one in found] == [("x", "b")]
    assert saved == {"a"}
    assert match(chats, team[:1], {}, NOW, saved) == []
    assert match([call, *chats], [agent("a", used=1)], {}, NOW)[0].task == call


@pytest.mark.parametrize(
    "changes",
    [{"calls": 1}, {"langs": frozenset({"sv"})}, {"departments": frozenset({"support"})}],
)
def test_nobody_is_saved_who_lacks_more_than_room(changes: dict[str, object]) -> None:
    call = task("call", mode="video", weight=3, enqueued_at=NOW - 90_000)
    team = [agent("a", used=2, **changes), agent("able", used=4)]
    saved: set[str] = set()
    match([call], team, {}, NOW, saved)
    assert saved == {"able"}


def test_a_callback_saves_nobody_until_a_minute_after_its_time() -> None:
    later = task("c", mode="callback", weight=3, enqueued_at=0, not_before=NOW - 59_999)
    saved: set[str] = set()
    match([later], [agent("a", used=2)], {}, NOW, saved)
    assert saved == set()
    match([later], [agent("a", used=2)], {}, NOW + 1, saved)
    assert saved == {"a"}


def test_the_last_agents_of_visitors_are_theirs_in_a_batch() -> None:
    tasks = [task("x", enqueued_at=1), task("y", enqueued_at=2)]
    found = match(tasks, [agent("a"), agent("b")], {"v-x": "b", "v-y": "b"}, NOW)
    assert [(one.agent, one.why.kind) for one in found] == [("b", "last_agent")] * 2
