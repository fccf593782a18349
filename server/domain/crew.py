"""The agents of a site at one moment, and what they could do for those who wait. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from server.domain.matching import eligible
from server.domain.routing import Agent, Task
from signaling.queue import Mode, Need

__all__ = ["Crew"]


class _Alike(NamedTuple):
    """Tasks that are alike in these may be taken by the same agents."""

    department: str
    lang: str
    needs: tuple[Need, ...]
    mode: Mode
    weight: int
    only: str | None
    handed_by: str | None


class Crew:
    """Who works for a site. Asked often about tasks that are alike, so answers are kept."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        self._agents = {agent.id: agent for agent in agents}
        self._members: dict[str, list[Agent]] = {}
        for agent in self._agents.values():
            for department in agent.departments:
                self._members.setdefault(department, []).append(agent)
        self._able: dict[_Alike, list[Agent]] = {}

    def get(self, agent: str) -> Agent | None:
        """Return an agent."""
        return self._agents.get(agent)

    def members(self, department: str) -> list[Agent]:
        """Return the agents of a department, online or not."""
        return self._members.get(department, [])

    def there(self, department: str) -> list[Agent]:
        """Return those of a department who are online and take work, full or not."""
        return [one for one in self.members(department) if one.online and one.state == "available"]

    def able(self, task: Task) -> list[Agent]:
        """Return who is there to take `task`, now or when they have finished something."""
        handed_by = task.former if task.kind == "transfer" else None
        key = _Alike(
            task.department, task.lang, task.needs, task.mode, task.weight, task.only, handed_by
        )
        found = self._able.get(key)
        if found is None:
            team = self.members(task.department)
            found = self._able[key] = [
                agent
                for agent in self.there(task.department)
                if eligible(task, replace(agent, used=0, calls=0), team)
            ]
        return found

    def may_take(self, task: Task, agent: Agent) -> bool:
        """Tell whether `agent`, with the load given, may take `task` by hand."""
        if task.department not in agent.departments:
            return False
        willing = replace(agent, state="available", online=True)
        return eligible(task, willing, self.members(task.department))
