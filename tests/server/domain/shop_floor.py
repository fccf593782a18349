"""A shop's queue in memory: the rules over a store that compares before it writes, as SQL does.

It checks every write on its own account of what may be, not by asking the rules again. Whoever
sweeps comes every 0.5 s, and another node always decides the same and writes late: `parked`. So
does a node that stopped before it wrote (`park`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from server.domain import expiry, matching, serving, transfers, transitions
from server.domain.routing import Agent, Change, NotSo, State, Task, Weights, charged, fits

TICK = 500
LEASE = 17_000
WEIGHTS = Weights(chat=1, voice=3, video=3, callback=2)
WAITS = (State.WAITING, State.OFFERED)
SERVED = (State.ACCEPTED, State.CONNECTED)
HELD = (State.OFFERED, State.ACCEPTED, State.CONNECTED, State.WRAPUP)
LIVE = (State.WAITING, *HELD)
#: What may lead above an agent's capacity: what they have becomes more, or is given to them.
ABOVE = {"mode", "taken", "returned"}
#: How a conversation that nobody has any more may have ended.
ENDS = {"served", "unserved", "left", "message", "overflow", "closed"}

Step = tuple[Task | None, Change]


@dataclass
class Department:
    id: str
    open: bool = True
    wrapup: int = 0
    overflow: int | None = None
    overflow_to: str | None = None


@dataclass
class Visit:
    """A conversation, and since when its visitor is not seen (None: they are there)."""

    id: str
    place: int
    gone_since: int | None = None
    unserved_since: int = 0
    tasks: list[str] = field(default_factory=list)


class Floor:
    """Departments, agents, visits and tasks at one moment."""

    def __init__(
        self, departments: Iterable[Department], agents: Iterable[Agent], done: Counter[str]
    ) -> None:
        self.now = 1_000_000
        self.departments = {department.id: department for department in departments}
        self.agents = {agent.id: agent for agent in agents}
        self.leases = dict.fromkeys(self.agents, self.now + LEASE)
        self.renewing = set(self.agents)
        self.visits: dict[str, Visit] = {}
        self.tasks: dict[str, Task] = {}
        self.entered: dict[str, int] = {}
        self.states: Counter[State] = Counter()
        self.offered: list[tuple[str, str, int]] = []
        self.done = done  # what was written, by its reason; `stale`: what was not
        self.park = False
        self.parked: list[list[Step]] = []

    # --- what is there ---

    def live(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.ended_at is None]

    def of(self, conversation: str, kind: str = "service") -> Task | None:
        tasks = (self.tasks[key] for key in self.visits[conversation].tasks)
        found = [task for task in tasks if task.kind == kind and task.ended_at is None]
        assert len(found) <= 1, "two live tasks of a kind"
        return found[0] if found else None

    def team(self) -> list[Agent]:
        return [
            replace(agent, online=self.leases[agent.id] > self.now)
            for agent in self.agents.values()
        ]

    def new_id(self) -> str:
        return f"t{len(self.tasks) + sum(map(len, self.parked)):05}"

    # --- writing ---

    def write(self, *steps: Step) -> bool:
        """Write now, or let a stopped node keep it for later."""
        if self.park:
            self.park = False
            self.parked.append(list(steps))
            return False
        return self.commit(list(steps))

    def certainly(self, steps: list[Step]) -> None:
        """Write what nobody is in the way of; the other node's same write is late."""
        assert self.commit(steps), "this was decided on what is so"
        self.parked = [*self.parked[-7:], steps]

    def commit(self, steps: list[Step]) -> bool:
        """Return whether all was still as decided on, and is written."""
        written = self._tried(steps)
        self.done.update([change.reason for _, change in steps] if written else ["stale"])
        return written

    def _tried(self, steps: list[Step]) -> bool:
        agents, tasks = dict(self.agents), dict(self.tasks)
        online = {agent.id: agent for agent in self.team()}
        for before, change in steps:
            kept = self._compared(tasks, before, change.task)
            if kept is None:
                return False
            assert [charge.agent for charge in change.charges] == sorted(
                {charge.agent for charge in change.charges}
            ), "locked out of order"
            for charge in change.charges:
                agent = replace(agents[charge.agent], online=online[charge.agent].online)
                if charge.fits and not fits(agent, charge):
                    return False
                idle = agents[charge.agent].used == 0
                agents[charge.agent] = charged(agents[charge.agent], charge, self.now)
                self._may(agents[charge.agent], charge.units, charge.calls, change, idle)
                assert charge.state is None or change.reason in {"missed", "unanswered"}
            tasks[kept.id] = kept
        if not all(self._locked(tasks, change.task.conversation) for _, change in steps):
            return False
        for before, change in steps:
            self._noted(before, tasks[change.task.id])
        self.agents, self.tasks = agents, tasks
        return True

    def _compared(self, tasks: dict[str, Task], before: Task | None, after: Task) -> Task | None:
        if before is None:
            mine = (task for task in tasks.values() if task.conversation == after.conversation)
            if any(task.kind == after.kind and task.ended_at is None for task in mine):
                return None
            return None if after.id in tasks else after
        now = tasks[before.id]
        same = (now.state, now.fence, now.weight, now.mode)
        if same != (before.state, before.fence, before.weight, before.mode):
            return None
        if after.outcome == "left" and now.visitor_due_at != before.visitor_due_at:
            return None
        if after.visitor_due_at == before.visitor_due_at:
            after = replace(after, visitor_due_at=now.visitor_due_at)
        return after

    def _locked(self, tasks: dict[str, Task], conversation: str) -> bool:
        """Return whether what was decided of two tasks at once still goes together.

        In SQL whoever decides of both has locked their conversation first.
        """
        mine = [t for t in tasks.values() if t.conversation == conversation and t.ended_at is None]
        service = next((task for task in mine if task.kind == "service"), None)
        beside = next((task for task in mine if task.kind == "transfer"), None)
        return beside is None or (
            service is not None
            and service.state in SERVED
            and (service.agent, service.mode) == (beside.former, beside.mode)
        )

    def _may(self, agent: Agent, units: int, calls: int, change: Change, idle: bool) -> None:
        assert agent.used >= 0, f"{agent.used} units"
        assert agent.calls >= 0, f"{agent.calls} calls"
        if units > 0 and agent.used > agent.capacity and not idle:
            assert change.reason in ABOVE, f"{change.reason} leads above capacity"
        if calls > 0 and agent.calls > agent.max_calls:
            assert change.reason in ABOVE, f"{change.reason} leads above the calls' limit"

    def _noted(self, before: Task | None, after: Task) -> None:
        if before is None:
            if after.conversation not in self.visits:
                visit = Visit(after.conversation, self.now, unserved_since=self.now)
                self.visits[after.conversation] = visit
            visit = self.visits[after.conversation]
            visit.tasks.append(after.id)
            if after.kind == "service":
                visit.place = after.enqueued_at
        else:
            assert before.ended_at is None, "what has ended goes on"
            assert after.fence > before.fence or (
                after.fence == before.fence and after.state is before.state
            ), "a state changed under the same fence"
            self.states[before.state] -= 1
        visit = self.visits[after.conversation]
        self.states[after.state] += 1
        if before is None or (before.state, before.agent) != (after.state, after.agent):
            self.entered[after.id] = self.now
        if after.state in WAITS and (before is None or before.state not in WAITS):
            visit.unserved_since = self.now
        if after.state is State.OFFERED:
            assert after.agent is not None
            self.offered = [*self.offered[-15:], (after.id, after.agent, after.fence)]
        assert after.enqueued_at <= visit.place, "a place got worse"
        if after.outcome == "left":
            assert visit.gone_since is not None, "a visitor who is there was given up"
            assert self.now - visit.gone_since >= 120_000, "a visitor was given up early"

    def attempt(self, build: Callable[[], list[Step]]) -> bool:
        """Do what `build` decides, unless the rules refuse it."""
        try:
            steps = build()
        except NotSo:
            return False
        return self.write(*steps)

    def step(self, task: Task, change: Change) -> list[Step]:
        """Return the step, and what ends with it: a transfer beside what is not served so on."""
        steps: list[Step] = [(task, change)]
        beside = self.of(task.conversation, "transfer")
        gone = change.task.state not in SERVED or change.task.agent != task.agent
        if task.kind == "service" and beside is not None and gone:
            ended = transfers.end_transfer(beside, self.now, "cancelled")
            steps.append((beside, ended))
        return steps

    # --- time ---

    def see(self, visit: Visit, ms: int) -> None:
        """Note, without a fence, that a visitor may be waited for so long."""
        task = self.of(visit.id)
        if task is not None and task.state in WAITS and task.visitor_due_at is not None:
            self.tasks[task.id] = replace(task, visitor_due_at=self.now + ms)

    def advance(self, ms: int) -> None:
        """Let time pass; whoever is connected says so, whoever sweeps does at each tick."""
        end = self.now + ms
        while self.now < end:
            self.now = min(end, self._next())
            for agent in self.renewing:
                self.leases[agent] = self.now + LEASE
            for visit in self.visits.values():
                if visit.gone_since is None:
                    self.see(visit, 180_000)
            self.sweep()

    def _next(self) -> int:
        """Return the first tick at which there may be something to do."""
        times = [self.leases[agent] for agent in self.agents if agent not in self.renewing]
        for task in self.live():
            times += [
                at
                for at in (
                    task.deadline_at,
                    task.visitor_due_at,
                    task.overflow_due_at,
                    task.not_before,
                )
                if at is not None
            ]
        later = min((at for at in times if at > self.now), default=self.now + 60_000)
        return self.now + max(TICK, -(-(later - self.now) // TICK) * TICK)

    def sweep(self) -> None:
        self._lost_and_found()
        for task in self.live():
            task = self.tasks[task.id]
            department = self.departments[task.department]
            match expiry.due(task, self.now):
                case "expire":
                    change = expiry.expire(task, self.now, department.overflow)
                case "abandon":
                    change = transitions.abandon(task, self.now)
                case "overflow":
                    to = department.overflow_to
                    seconds = None if to is None else self.departments[to].overflow
                    change = transitions.overflow(task, self.now, to, seconds)
                case None:
                    continue
            self.certainly(self.step(task, change))
        self._put_away()
        self.match()

    def _lost_and_found(self) -> None:
        for task in self.live():
            task = self.tasks[task.id]
            seconds = self.departments[task.department].overflow
            held = task.state in (State.OFFERED, *SERVED)
            if task.agent is not None and held and self.leases[task.agent] <= self.now:
                change = serving.lose_agent(task, self.now, seconds)
            elif (
                task.former is not None
                and task.kind == "service"
                and task.state in WAITS
                and self.leases[task.former] > self.now
            ):
                change = serving.give_back(task, self.now)
            else:
                continue
            self.certainly(self.step(task, change))

    def _put_away(self) -> None:
        """Let those who wait for a closed department without anybody leave messages."""
        team = self.team()
        for task in self.live():
            if (
                task.state is State.WAITING
                and task.kind == "service"
                and task.not_before is None
                and not self.departments[task.department].open
                and not any(a.online and matching.able(task, a, team) for a in team)
            ):
                self.certainly([(task, transitions.leave(task, self.now, "closed"))])

    def match(self) -> None:
        for task, agent, why in self.matches():
            self.certainly([(task, transitions.offer(task, agent, why, self.now, 15))])

    def matches(self) -> list[matching.Match]:
        waiting = [task for task in self.live() if task.state is State.WAITING]
        return matching.match(waiting, self.team(), {}, self.now)
