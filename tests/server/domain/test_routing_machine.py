"""Whatever people and nodes do, in any order: nobody is lost, and nobody is served twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    invariant,
    run_state_machine_as_test,
)

from server.domain.routing import State
from tests.server.domain.queue_people import DONE, People
from tests.server.domain.shop_floor import (
    ENDS,
    HELD,
    LIVE,
    SERVED,
    WAITS,
    WEIGHTS,
)

STEPS: Final = Counter[str]()
SLACK = 5_000  # nothing stays longer past its time

#: Every transition there is, by its word; each must have happened, or the machine proves little.
REASONS: Final = frozenset(
    {
        *("opened", "offered", "accepted", "pulled", "rejected", "missed", "agent_gone"),
        *("connected", "unconnected", "handback", "gone", "returned", "taken", "mode"),
        *("finished", "served", "unserved", "extended", "left", "message", "closed"),
        *("overflow", "moved", "callback", "rejoined"),
        *("transfer", "transferred", "declined", "cancelled", "unanswered"),
    }
)


class Queue(People):
    """What always holds, whatever people do."""

    @invariant()
    def every_conversation_has_one_owner_or_an_end(self) -> None:
        STEPS["all"] += 1
        for visit in self.floor.visits.values():
            service, transfer = (self.floor.of(visit.id, k) for k in ("service", "transfer"))
            if service is None:
                assert transfer is None, "a transfer of nothing"
                served = [self.floor.tasks[key] for key in visit.tasks]
                last = max(
                    (task for task in served if task.kind == "service"),
                    key=lambda task: (task.ended_at or 0, task.fence),
                )
                ends = {task.outcome for task in served if task.ended_at == last.ended_at}
                assert ends & ENDS, f"lost: {ends}"
                continue
            assert (service.agent is not None) == (service.state in HELD)
            assert (service.why is not None) == (service.state in HELD)
            if transfer is not None:
                assert service.state in SERVED, "a transfer of what nobody serves"
                assert transfer.state in WAITS
                assert transfer.former == service.agent
                assert transfer.agent != service.agent
                assert transfer.mode == service.mode

    @invariant()
    def agents_are_charged_what_they_hold(self) -> None:
        used, calls = Counter[str](), Counter[str]()
        for task in self.floor.live():
            if task.agent is not None:
                used[task.agent] += WEIGHTS.of(task.mode)
                calls[task.agent] += task.mode != "chat"
        for agent in self.floor.agents.values():
            assert (agent.used, agent.calls) == (used[agent.id], calls[agent.id])

    @invariant()
    def states_sum_to_what_was_created(self) -> None:
        tasks = self.floor.tasks.values()
        assert sum(self.floor.states.values()) == len(tasks)
        assert +self.floor.states == Counter(task.state for task in tasks)
        assert all((task.ended_at is None) == (task.state in LIVE) for task in tasks)

    @invariant()
    def nothing_stays_past_its_time(self) -> None:
        floor = self.floor
        for task in floor.live():
            age = floor.now - floor.entered[task.id]
            visit = floor.visits[task.conversation]
            match task.state:
                case State.OFFERED:
                    assert age <= (15_000 if task.only is None else 60_000) + SLACK
                case State.ACCEPTED:
                    assert age <= 15_000 + SLACK
                case State.WRAPUP:
                    assert age <= 60_000 + SLACK
            if task.kind == "transfer":
                assert floor.now - task.created_at <= 120_000 + 15_000 + SLACK
            elif task.state in WAITS:
                seconds = floor.departments[task.department].overflow
                assert (task.overflow_due_at is None) == (seconds is None)
                if task.not_before is None:
                    gone = visit.gone_since
                    if gone is not None and task.mode != "callback":
                        since = max(gone, visit.unserved_since)
                        assert floor.now - since <= 120_000 + SLACK, "the visitor has left"
                    if task.state is State.WAITING and seconds is not None:
                        # What rang when its time came is due when it waits again.
                        due = max(task.overflow_due_at or 0, floor.entered[task.id])
                        assert due + SLACK >= floor.now
                        assert (task.overflow_due_at or 0) <= floor.now + seconds * 1000
            if task.agent is not None and task.state is not State.WRAPUP:
                assert floor.now <= floor.leases[task.agent] + SLACK, "the agent is gone"


def test_nobody_is_lost_and_nobody_is_served_twice_whatever_happens() -> None:
    """In a process of its own: Hypothesis draws from the constants of all that is imported."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.server.domain.test_routing_machine"],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def main() -> None:
    STEPS.clear()
    DONE.clear()
    run_state_machine_as_test(
        Queue,
        settings=settings(
            max_examples=600,
            stateful_step_count=100,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # shrinking takes longer than a test may
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert STEPS["all"] >= 10_000
    assert DONE.keys() >= REASONS, REASONS - DONE.keys()
    assert DONE["stale"] >= 100


if __name__ == "__main__":
    main()
