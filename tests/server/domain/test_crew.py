"""Who could do something for those who wait."""

from dataclasses import replace

import pytest

from server.domain.crew import Crew
from server.domain.routing import Agent, State, Task
from signaling.queue import Need

TASK = Task(
    id="t", conversation="c", visitor="v", department="sales", kind="service",
    state=State.WAITING, mode="chat", weight=1, lang="fi", needs=(), fence=1, enqueued_at=0,
)  # fmt: skip


def agent(name: str, **more) -> Agent:
    kept = {
        "state": "available",
        "online": True,
        "departments": frozenset({"sales"}),
        "langs": frozenset({"fi"}),
    }
    return Agent(name, **(kept | more))


def names(agents: list[Agent]) -> list[str]:
    return [one.id for one in agents]


def test_members_are_known_by_department():
    crew = Crew([agent("a"), agent("b", departments=frozenset({"sales", "support"}))])
    assert names(crew.members("sales")) == ["a", "b"]
    assert names(crew.members("support")) == ["b"]
    assert crew.members("nowhere") == []
    assert crew.get("a") is not None
    assert crew.get("z") is None


def test_there_is_who_is_online_and_takes_work():
    crew = Crew(
        [
            agent("a"),
            agent("off", online=False),
            agent("lunch", state="away"),
            agent("missed", state="not_responding"),
            agent("full", used=4),
        ]
    )
    assert names(crew.there("sales")) == ["a", "full"]


def test_able_is_who_could_take_it_when_they_have_finished_something():
    crew = Crew(
        [
            agent("full", used=4, calls=1),
            agent("swede", langs=frozenset({"sv"})),
            agent("small", capacity=2),
            agent("other", departments=frozenset({"support"})),
        ]
    )
    assert names(crew.able(TASK)) == ["full", "small"]
    voice = replace(TASK, mode="voice", weight=3)
    assert names(crew.able(voice)) == ["full", "small"]  # who has nothing can have anything
    assert names(crew.able(replace(voice, department="support"))) == ["other"]
    assert names(crew.able(replace(TASK, only="small"))) == ["small"]
    assert names(crew.able(replace(TASK, kind="transfer", former="full"))) == ["small"]


def test_what_nobody_of_the_department_has_is_waived():
    crew = Crew([agent("a"), agent("expert", online=False, skills={"skates": 3})])
    assert names(crew.able(replace(TASK, needs=(Need("glue", 1),)))) == ["a"]
    assert names(crew.able(replace(TASK, needs=(Need("skates", 3),)))) == []


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (agent("a"), True),
        (agent("a", state="away", online=False), True),
        (agent("a", used=4), False),
        (agent("a", langs=frozenset({"sv"})), False),
        (agent("a", departments=frozenset()), False),
    ],
)
def test_by_hand_an_agent_takes_what_fits_whatever_their_state(who, may):
    assert Crew([who, agent("b")]).may_take(TASK, who) is may
