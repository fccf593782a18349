"""Whom a task is offered to, and why. Pure: the agents as they are now go in, the choice comes out.

Tasks go front first, then by place. Of those who may have one comes first who served this visitor
last, then who knows most of what is asked for, then who has been idle longest.

A language or a skill that nobody of the department has is waived, so that nobody waits for an
agent who does not exist; the same holds for a skill that nobody has together with what comes
before it (the language, then the needs in their order).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from server.domain.routing import Agent, Charge, State, Task, calls_of, charged, fits
from server.domain.steps import MOST_MISSED
from signaling.queue import Need, Reason

__all__ = ["Match", "able", "choose", "eligible", "in_order", "match", "waived"]

_SAVE_AFTER_MS: Final = 60_000  # that what lacks only room lets lighter work go before
_PAUSE_MS: Final = 15_000  # of the one who missed a task, before it is offered to them again


class Match(NamedTuple):
    """A task, who should be offered it, and why."""

    task: Task
    agent: str
    why: Reason


class _Asked(NamedTuple):
    """What is left of what a task asks for: of `lang` nothing when it is waived."""

    lang: str | None
    needs: tuple[Need, ...]
    waived: tuple[str, ...]


def waived(task: Task, team: Sequence[Agent]) -> tuple[str, ...]:
    """Return what the task asks for and nobody of its department has: languages, skills.

    `team`: all agents, online or not; those of other departments do not count.
    """
    return _asked(task, team).waived


def able(task: Task, agent: Agent, team: Sequence[Agent]) -> bool:
    """Return whether `agent` knows what the task asks for and may have it, free or not."""
    return _able(task, agent, _asked(task, team))


def eligible(task: Task, agent: Agent, team: Sequence[Agent]) -> bool:
    """Return whether `agent` may be offered the task now, if they have not just missed it.

    `team`: as of `waived`. The time of a callback is not asked here.
    """
    return _able(task, agent, _asked(task, team)) and fits(agent, _charge(task, agent.id))


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks as they are served: front first, then by place."""
    return sorted(tasks, key=lambda task: (not task.front, task.enqueued_at, task.id))


def choose(
    task: Task, team: Sequence[Agent], last_agent: str | None, now: int
) -> tuple[str, Reason] | None:
    """Return who should be offered the task at `now`, and why; None: nobody can have it.

    Those who missed it come into question again when nobody else does, after a pause: 15 s the
    first time, then twice as long each time, up to 4 minutes. `last_agent`: who served this
    visitor before.
    """
    return _choose(task, team, _asked(task, team), last_agent, now)


def match(
    tasks: Iterable[Task],
    team: Sequence[Agent],
    last_agents: Mapping[str, str],
    now: int,
    saved: set[str] | None = None,
) -> list[Match]:
    """Return the offers to make at `now`, the first task first, nobody beyond their capacity.

    Who has waited a minute and lacks only room has an agent saved for them, who gets nothing
    that comes later: else what weighs much would wait as long as there is anything light.

    `last_agents`: by visitor. `saved`: those agents, kept from page to page of one queue.
    """
    saved = set() if saved is None else saved
    asked: dict[tuple[str, str, tuple[Need, ...]], _Asked] = {}
    ready = {
        agent.id: agent
        for agent in team
        if agent.id not in saved and fits(agent, Charge(agent.id, 0))
    }
    found: list[Match] = []
    for task in in_order(tasks):
        key = (task.department, task.lang, task.needs)
        if key not in asked:
            asked[key] = _asked(task, team)
        last = last_agents.get(task.visitor)
        choice = _choose(task, list(ready.values()), asked[key], last, now)
        if choice is None:
            agent_for = _most_room(task, ready.values(), asked[key], now)
            if agent_for is not None:
                saved.add(agent_for)
                del ready[agent_for]
            continue
        agent, why = choice
        found.append(Match(task, agent, why))
        given = charged(ready[agent], _charge(task, agent), now)
        ready[agent] = given
        if given.used >= given.capacity:
            del ready[agent]
            if not ready:
                break
    return found


def _most_room(task: Task, ready: Iterable[Agent], asked: _Asked, now: int) -> str | None:
    """Return who should get nothing else until there is room for `task`; None: it can wait."""
    since = max(task.enqueued_at, task.not_before or 0)
    if task.state is not State.WAITING or now < since + _SAVE_AFTER_MS:
        return None
    able = [
        agent
        for agent in ready
        if agent.id not in task.missed
        and agent.calls + calls_of(task.mode) <= agent.max_calls
        and _able(task, agent, asked)
    ]
    able.sort(key=lambda agent: (agent.used - agent.capacity, agent.id))
    return able[0].id if able else None


def _asked(task: Task, team: Sequence[Agent]) -> _Asked:
    left = [agent for agent in team if task.department in agent.departments]
    missing: list[str] = []
    lang: str | None = task.lang
    speakers = [agent for agent in left if task.lang in agent.langs]
    if speakers:
        left = speakers
    else:
        lang = None
        missing.append(task.lang)
    needs: list[Need] = []
    for need in task.needs:
        able = [agent for agent in left if agent.skills.get(need.skill, 0) >= need.level]
        if able:
            left = able
            needs.append(need)
        else:
            missing.append(need.skill)
    return _Asked(lang, tuple(needs), tuple(missing))


def _charge(task: Task, agent: str) -> Charge:
    return Charge(agent, task.weight, calls_of(task.mode), fits=True, idle=True)


def _able(task: Task, agent: Agent, asked: _Asked) -> bool:
    return (
        task.department in agent.departments
        and (asked.lang is None or asked.lang in agent.langs)
        and all(agent.skills.get(need.skill, 0) >= need.level for need in asked.needs)
        and (task.only is None or task.only == agent.id)
        and not (task.kind == "transfer" and task.former == agent.id)
    )


def _choose(
    task: Task, team: Sequence[Agent], asked: _Asked, last_agent: str | None, now: int
) -> tuple[str, Reason] | None:
    if task.state is not State.WAITING:
        return None
    if task.not_before is not None and now < task.not_before:
        return None
    charge = _charge(task, "")  # the same for all: this is asked of a whole team for each task
    free = [agent for agent in team if fits(agent, charge) and _able(task, agent, asked)]
    # Those who missed it least; it rings again only after a pause, longer each time.
    least = min((task.missed.count(agent.id) for agent in free), default=0)
    if now < (task.offered_at or 0) + _pause(least):
        return None
    free = [agent for agent in free if task.missed.count(agent.id) == least]
    found = sorted(free, key=lambda agent: (-_levels(agent, asked), agent.idle_since, agent.id))
    if not found:
        return None
    last = next((agent for agent in found if agent.id == last_agent), None)
    if last is not None:
        return last.id, Reason(kind="last_agent", waived=list(asked.waived))
    first = found[0]
    if asked.needs and (len(found) == 1 or _levels(found[1], asked) < _levels(first, asked)):
        best = max(asked.needs, key=lambda need: first.skills[need.skill])
        why = Reason(
            kind="skill",
            skill=best.skill,
            level=first.skills[best.skill],
            waived=list(asked.waived),
        )
        return first.id, why
    seconds = max(0, now - first.idle_since) // 1000
    return first.id, Reason(kind="idle", seconds=seconds, waived=list(asked.waived))


def _pause(missed: int) -> int:
    """Return for how long somebody who missed a task so often is left alone with it, in ms."""
    return 0 if missed == 0 else _PAUSE_MS << (min(missed, MOST_MISSED) - 1)


def _levels(agent: Agent, asked: _Asked) -> int:
    return sum(agent.skills[need.skill] for need in asked.needs)
