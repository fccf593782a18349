"""What people at a shop's queue do, and the nodes that serve it: the moves of a state machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from server.domain import serving, transfers, transitions
from server.domain.routing import Agent, NotSo, State, Task
from signaling.queue import Mode, Need, Reason
from tests.server.domain.shop_floor import (
    LEASE,
    LIVE,
    SERVED,
    WAITS,
    WEIGHTS,
    Department,
    Floor,
    Step,
)

LONGEST_PAUSE: Final = 240_000  # ms that one who missed a task may be left alone with it
DONE: Final = Counter[str]()
T = TypeVar("T")

PICK = st.sampled_from(range(24))
MODES = st.sampled_from(["chat", "voice", "video"])
NEEDS = st.sampled_from([(), (), (Need(skill="returns", level=2),), (Need(skill="opera"),)])
SPANS = st.sampled_from([100, 500, 500, 3_000, 9_000, 16_000, 24_000, 62_000, 131_000])


def pick(items: Sequence[T], number: int) -> T | None:
    return items[number % len(items)] if items else None


class People(RuleBasedStateMachine):
    """People at a shop's queue, and the nodes that serve it."""

    @initialize(
        overflow=st.sampled_from([None, None, 20, 300]),
        circle=st.booleans(),
        capacities=st.tuples(*[st.sampled_from([1, 3, 4, 6])] * 4),
        wrapup=st.sampled_from([0, 30, 30]),
        modes=st.lists(MODES, min_size=4, max_size=8),
        handed=st.sampled_from([0, 1, 3]),
    )
    def opens(
        self,
        overflow: int | None,
        circle: bool,
        capacities: tuple[int, ...],
        wrapup: int,
        modes: list[Mode],
        handed: int,
    ) -> None:
        departments = [
            Department("sales", overflow=overflow, overflow_to="help", wrapup=wrapup),
            Department("help", overflow=overflow, overflow_to="bills"),
            Department("bills", overflow=overflow, overflow_to="sales" if circle else None),
        ]
        skilled = [("sales", "help"), ("sales",), ("help", "bills"), ("bills", "sales")]
        agents = [
            Agent(
                id=f"a{number}",
                state="available",
                online=True,
                departments=frozenset(skilled[number]),
                langs=frozenset(("fi", "sv") if number % 2 else ("fi",)),
                skills={"returns": number + 1},
                capacity=capacity,
                max_calls=1 + number % 2,
            )
            for number, capacity in enumerate(capacities)
        ]
        self.floor = Floor(departments, agents, DONE)
        for number, mode in enumerate(modes):
            where = departments[number % 3].id
            self.a_visitor_opens_or_writes_again(number, where, "fi", (), mode, False)
        self.floor.match()
        for task in self.floor.live()[::2]:
            if task.agent is not None:
                self.answered(task.id, task.agent, task.fence, True)
                self.connected(self.floor.tasks[task.id])
        for number in range(handed):
            self.a_transfer_is_asked(number, number + 1, number % 3 == 2, ())

    def task(self, number: int, *states: State, kind: str = "service") -> Task | None:
        tasks = self.floor.tasks.values()
        found = [task for task in tasks if task.state in states and task.kind == kind]
        return pick(found, number)

    # --- visitors ---

    @rule(
        number=PICK,
        department=st.sampled_from(["sales", "help", "bills"]),
        lang=st.sampled_from(["fi", "sv", "en"]),
        needs=NEEDS,
        mode=MODES,
        taken=st.booleans(),
    )
    def a_visitor_opens_or_writes_again(
        self,
        number: int,
        department: str,
        lang: str,
        needs: tuple[Need, ...],
        mode: Mode,
        taken: bool,
    ) -> None:
        floor = self.floor
        key = f"c{number % 12:02}"
        steps: list[Step] = []
        if key in floor.visits:
            floor.visits[key].gone_since = None
            floor.see(floor.visits[key], 180_000)
            live = floor.of(key)
            if live is not None and live.state is not State.WRAPUP:
                return
            if live is not None:
                steps.append((live, serving.end_wrapup(live, floor.now)))
        made = transitions.enqueue(
            floor.new_id(),
            conversation=key,
            visitor=key,
            department=department,
            lang=lang,
            needs=needs,
            mode=mode,
            now=floor.now,
            weights=WEIGHTS,
            overflow_seconds=floor.departments[department].overflow,
        )
        if taken:  # an agent answers what does not wait
            agent = f"a{number % 4}"
            made = transitions.accept(made.task, agent, floor.now, hand=True)
        floor.write(*steps, (None, made))

    @rule(number=PICK)
    def a_visitor_closes_the_browser(self, number: int) -> None:
        visit = pick(list(self.floor.visits.values()), number)
        if visit is not None and visit.gone_since is None:
            visit.gone_since = self.floor.now
            self.floor.see(visit, 120_000)

    @rule(number=PICK)
    def a_visitor_comes_back(self, number: int) -> None:
        visit = pick([v for v in self.floor.visits.values() if v.gone_since is not None], number)
        if visit is not None:
            visit.gone_since = None
            self.floor.see(visit, 180_000)

    @rule(number=PICK, minutes=st.sampled_from([1, 5, 6, 30]))
    def a_visitor_asks_to_be_called_back(self, number: int, minutes: int) -> None:
        floor = self.floor
        if (task := self.task(number, *LIVE)) is not None:
            at = floor.now + minutes * 60_000
            seconds = floor.departments[task.department].overflow
            floor.attempt(
                lambda: [(task, transitions.callback(task, at, floor.now, WEIGHTS, seconds))]
            )

    @rule(number=PICK)
    def a_visitor_waits_after_all(self, number: int) -> None:
        floor = self.floor
        task = self.task(number, *WAITS)
        if task is not None and floor.visits[task.conversation].gone_since is None:
            seconds = floor.departments[task.department].overflow
            floor.attempt(lambda: [(task, transitions.join(task, floor.now, WEIGHTS, seconds))])

    @rule(number=PICK, outcome=st.sampled_from(["message", "closed"]))
    def a_wait_becomes_a_message(self, number: int, outcome: str) -> None:
        floor = self.floor
        if (task := self.task(number, *LIVE)) is not None:
            word = "message" if outcome == "message" else "closed"
            floor.attempt(lambda: [(task, transitions.leave(task, floor.now, word))])

    @rule(number=PICK, mode=MODES)
    def a_mode_is_raised(self, number: int, mode: Mode) -> None:
        floor = self.floor
        if (task := self.task(number, *LIVE)) is None:
            return
        steps: list[Step] = [(task, serving.raise_mode(task, mode, WEIGHTS, floor.now))]
        if (beside := floor.of(task.conversation, "transfer")) is not None:
            steps.append((beside, serving.raise_mode(beside, mode, WEIGHTS, floor.now)))
        floor.write(*steps)

    # --- agents ---

    @precondition(lambda self: any(t.state is State.OFFERED for t in self.floor.live()))
    @rule(
        number=PICK,
        accepts=st.sampled_from([True, True, False]),
        then=st.sampled_from(["", "twice", "connect", "connect"]),
    )
    def an_offer_is_answered(self, number: int, accepts: bool, then: str) -> None:
        task = pick([t for t in self.floor.live() if t.state is State.OFFERED], number)
        assert task is not None
        assert task.agent is not None
        assert self.answered(task.id, task.agent, task.fence, accepts), "a good answer is refused"
        if then == "twice":
            self.answered(task.id, task.agent, task.fence, accepts)
        if then == "connect" and self.floor.tasks[task.id].state is State.ACCEPTED:
            self.connected(self.floor.tasks[task.id])

    @rule(number=PICK, accepts=st.booleans())
    def an_old_offer_is_answered(self, number: int, accepts: bool) -> None:
        if (offered := pick(self.floor.offered, number)) is not None:
            self.answered(*offered, accepts)
        task = self.task(number, State.OFFERED)
        if task is not None and task.agent is not None:  # it was theirs before, and is again
            self.answered(task.id, task.agent, task.fence - 2, accepts)

    def answered(self, key: str, agent: str, fence: int, accepts: bool) -> bool:
        task = self.floor.tasks[key]
        good = task.state is State.OFFERED and (task.agent, task.fence) == (agent, fence)
        try:
            steps = self.answer(task, agent, fence, accepts)
        except NotSo:
            return False
        assert good, "a stale fence wins"
        self.floor.write(*steps)
        return True

    def answer(self, task: Task, agent: str, fence: int, accepts: bool) -> list[Step]:
        now = self.floor.now
        if not accepts:
            return [(task, transitions.reject(task, agent, fence, now))]
        if task.kind == "service":
            return [(task, transitions.accept(task, agent, now, fence=fence))]
        service = self.floor.of(task.conversation)
        if service is None:
            raise NotSo("offer_gone", "The conversation is over.")
        closed, serves = transfers.transferred(service, task, agent, now, fence=fence)
        return [(service, closed), (task, serves)]

    @rule(number=PICK, agent=PICK)
    def an_agent_takes_one_by_hand(self, number: int, agent: int) -> None:
        floor = self.floor
        if (task := self.task(number, *LIVE)) is not None:
            who = f"a{agent % 4}"
            floor.attempt(lambda: [(task, transitions.accept(task, who, floor.now, hand=True))])

    @rule(number=PICK, agent=PICK)
    def a_supervisor_takes_over(self, number: int, agent: int) -> None:
        floor = self.floor
        who = pick(sorted(floor.renewing), agent)
        if (task := self.task(number, *LIVE)) is not None and who is not None:
            floor.attempt(lambda: floor.step(task, serving.take(task, who, floor.now)))

    @rule(number=PICK)
    def an_agent_has_it_on_screen(self, number: int) -> None:
        if (task := self.task(number, *SERVED)) is not None:
            self.connected(task)

    def connected(self, task: Task) -> None:
        self.floor.attempt(lambda: [(task, serving.connect(task, self.floor.now))])

    @rule(number=PICK)
    def an_agent_hands_it_back(self, number: int) -> None:
        floor = self.floor
        if (task := self.task(number, *LIVE)) is not None:
            seconds = floor.departments[task.department].overflow
            floor.attempt(
                lambda: floor.step(
                    task,
                    serving.requeue(task, floor.now, "handback", overflow_seconds=seconds),
                )
            )

    @rule(number=PICK)
    def a_conversation_is_closed(self, number: int) -> None:
        floor = self.floor
        if (task := self.task(number, *(SERVED if number % 4 else LIVE))) is not None:
            wrapup = floor.departments[task.department].wrapup
            floor.attempt(lambda: floor.step(task, serving.finish(task, floor.now, wrapup)))

    @rule(number=PICK, extends=st.sampled_from([True, True, False]))
    def a_wrapup_is_ended_or_extended(self, number: int, extends: bool) -> None:
        floor = self.floor
        if (task := self.task(number, State.WRAPUP)) is not None:
            floor.attempt(
                lambda: [
                    (
                        task,
                        serving.extend_wrapup(task, floor.now, 30)
                        if extends
                        else serving.end_wrapup(task, floor.now),
                    )
                ]
            )

    @rule(number=PICK, state=st.sampled_from(["available", "available", "available", "away"]))
    def an_agent_sets_a_state(self, number: int, state: str) -> None:
        key = f"a{number % 4}"
        agent = self.floor.agents[key]
        word = "available" if state == "available" else "away"
        self.floor.agents[key] = replace(agent, state=word)

    @rule(number=PICK)
    def an_agent_loses_the_connection(self, number: int) -> None:
        self.floor.renewing -= {f"a{number % 4}"}

    @rule(number=PICK, ms=st.sampled_from([9_000, 18_000, 18_000, 25_000]))
    def an_agent_drops_and_comes_back(self, number: int, ms: int) -> None:
        self.an_agent_loses_the_connection(number)
        self.floor.advance(ms)
        self.floor.renewing |= {f"a{number % 4}"}
        self.floor.leases[f"a{number % 4}"] = self.floor.now + LEASE
        self.floor.advance(500)

    @precondition(lambda self: len(self.floor.renewing) < len(self.floor.agents))
    @rule(number=PICK)
    def an_agent_is_back(self, number: int) -> None:
        key = pick(sorted(self.floor.agents.keys() - self.floor.renewing), number)
        assert key is not None
        self.floor.renewing |= {key}
        self.floor.leases[key] = self.floor.now + LEASE

    # --- handing over ---

    @rule(number=PICK, to=PICK, department=st.booleans(), needs=NEEDS)
    def a_transfer_is_asked(
        self, number: int, to: int, department: bool, needs: tuple[Need, ...]
    ) -> None:
        floor = self.floor

        def build() -> list[Step]:
            assert task is not None
            first = floor.of(task.conversation, "transfer")
            steps: list[Step] = []
            if first is not None:
                steps.append((first, transfers.end_transfer(first, floor.now, "cancelled")))
            key = floor.new_id()
            if department:
                where = ("sales", "help", "bills")[to % 3]
                made = transfers.transfer_to_department(task, key, where, floor.now, needs)
            else:
                made = transfers.transfer_to_agent(task, key, f"a{to % 4}", floor.now)
            return [*steps, (None, made)]

        if (task := self.task(number, *SERVED)) is not None:
            floor.attempt(build)

    @rule(number=PICK, agent=PICK, how=st.sampled_from(["taken", "taken", "declined", "cancelled"]))
    def a_transfer_is_taken_by_hand_or_ended(self, number: int, agent: int, how: str) -> None:
        floor = self.floor
        if (task := self.task(number, *LIVE, kind="transfer")) is None:
            return
        if how == "declined" and task.agent is not None:
            self.answered(task.id, task.agent, task.fence, False)
            return
        if how == "cancelled":
            floor.attempt(lambda: [(task, transfers.end_transfer(task, floor.now, "cancelled"))])
            return
        service = floor.of(task.conversation)
        assert service is not None, "a transfer of nothing"

        def build() -> list[Step]:
            both = transfers.transferred(service, task, f"a{agent % 4}", floor.now)
            return [(service, both[0]), (task, both[1])]

        floor.attempt(build)

    # --- supervisors, time, nodes ---

    @rule(number=PICK, to=st.sampled_from(["sales", "help", "bills"]), front=st.booleans())
    def a_supervisor_moves_one(self, number: int, to: str, front: bool) -> None:
        floor = self.floor
        if (task := self.task(number, *LIVE)) is not None:
            seconds = floor.departments[to].overflow
            floor.attempt(
                lambda: [
                    (
                        task,
                        transitions.move(
                            task, to, floor.now, front=front, overflow_seconds=seconds
                        ),
                    )
                ]
            )

    @rule(number=PICK, agent=PICK)
    def a_supervisor_offers_one(self, number: int, agent: int) -> None:
        floor, why = self.floor, Reason(kind="supervisor")
        if (task := self.task(number, *WAITS)) is not None:
            who = f"a{agent % 4}"
            floor.attempt(lambda: [(task, transitions.offer(task, who, why, floor.now, 15))])

    @rule(number=PICK)
    def a_department_closes_or_opens(self, number: int) -> None:
        department = list(self.floor.departments.values())[number % 3]
        department.open = not department.open

    @rule(ms=SPANS)
    def time_passes(self, ms: int) -> None:
        self.floor.advance(ms)
        self.nobody_waits_beside_a_free_agent()

    @rule(late=st.booleans())
    def the_router_looks(self, late: bool) -> None:
        if not late:
            self.floor.match()
            return
        for task, agent, why in self.floor.matches():
            change = transitions.offer(task, agent, why, self.floor.now, 15)
            self.floor.parked.append([(task, change)])

    @rule()
    def a_node_stops_before_it_writes(self) -> None:
        self.floor.park = True

    @precondition(lambda self: self.floor.parked)
    @rule(number=PICK)
    def a_node_writes_late(self, number: int) -> None:
        parked = self.floor.parked
        self.floor.commit(parked.pop(number % len(parked)))
        self.floor.advance(500)

    def nobody_waits_beside_a_free_agent(self) -> None:
        """Hold it without the rules' own words, of tasks that ask for nothing rare."""
        for task in self.floor.live():
            if task.state is not State.WAITING or (task.not_before or 0) > self.floor.now:
                continue
            rested = (task.offered_at or 0) + LONGEST_PAUSE
            saving = any(
                other.state is State.WAITING
                and other.weight > 1
                and self.floor.now >= max(other.enqueued_at, other.not_before or 0) + 60_000
                for other in self.floor.live()
            )
            for agent in self.floor.team():
                free = (
                    agent.online
                    and agent.state == "available"
                    and task.department in agent.departments
                    and task.former != agent.id
                    and task.lang in agent.langs
                    and all(agent.skills.get(n.skill, 0) >= n.level for n in task.needs)
                    and (agent.used == 0 or agent.used + task.weight <= agent.capacity)
                    and (agent.used == 0 or not saving)
                    and (agent.id not in task.missed or self.floor.now >= rested)
                    and agent.calls + (task.mode != "chat") <= agent.max_calls
                )
                assert not free, f"{task.id} waits beside {agent.id}"
