"""What the events of a conversation mean to its tasks. Pure.

A conversation and its tasks change in one transaction: the events are decided first, and here
it is said which transitions (`transitions.py`, `serving.py`, `transfers.py`, `expiry.py`) they
stand for. Offers are no events: they happen to tasks alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from server.domain.expiry import expire
from server.domain.membership import media_on
from server.domain.policy import Policy
from server.domain.routing import SERVED, UNSERVED, Change, NotSo, Routing, State, Task
from server.domain.serving import (
    connect,
    end_wrapup,
    finish,
    give_back,
    lose_agent,
    raise_mode,
    requeue,
    take,
)
from server.domain.steps import passed_over
from server.domain.transfers import (
    end_transfer,
    transfer_to_agent,
    transfer_to_department,
    transferred,
)
from server.domain.transitions import (
    abandon,
    accept,
    callback,
    enqueue,
    join,
    leave,
    move,
    overflow,
)
from signaling.events import (
    Assigned,
    CallEnded,
    CallJoined,
    CallLeft,
    CallMedia,
    CallOpened,
    CallStarted,
    Closed,
    ConversationState,
    EventBody,
    Message,
    Note,
    Queued,
    QueueLeft,
    QueueState,
    Read,
    TimelineEvent,
    TransferEnded,
    TransferRequested,
    Unassigned,
)
from signaling.queue import Mode

__all__ = ["Following", "Step", "moves", "shows"]

_CALLS: Final = CallStarted | CallJoined | CallMedia | CallLeft | CallOpened | CallEnded
_MOVES: Final = (
    Queued | QueueLeft | Assigned | Unassigned | Closed | TransferRequested | TransferEnded | _CALLS
)
_SHOWS: Final = Message | Note | Read | CallStarted | CallJoined


@dataclass(frozen=True, slots=True)
class Step:
    """One transition to be written. `before` None: the task is new.

    `own`: agents who are charged have asked for it themselves, so that they need not be
    available, but only have room.
    """

    before: Task | None
    change: Change
    own: bool = False


def moves(events: Iterable[TimelineEvent]) -> list[EventBody]:
    """Return what of `events` may mean something to tasks."""
    return [event.event for event in events if isinstance(event.event, _MOVES)]


def shows(state: ConversationState, events: Iterable[TimelineEvent]) -> bool:
    """Tell whether `events` show that the one who serves has the conversation before them."""
    serving = state.assignee
    return serving is not None and any(
        event.by.id == serving.id and isinstance(event.event, _SHOWS) for event in events
    )


class Following:
    """The transitions that the events of one commit mean, on copies of the tasks.

    Raises:
        NotSo: a task does not allow what an event says.
    """

    def __init__(
        self,
        state: ConversationState,
        live: Mapping[str, Task],
        policies: Mapping[str, Policy],
        now: int,
        *,
        routing: Routing,
        offer: tuple[str, int] | None = None,
        given: bool = False,
    ) -> None:
        """Begin.

        Args:
            state: of the conversation after the events.
            live: its live tasks by their kind.
            policies: the departments of its site by their ids.
            now: UTC milliseconds of the database's clock.
            routing: how the site routes.
            offer: the task and the fence that are accepted; None: it is taken by hand.
            given: whoever is assigned has not asked for it themselves.
        """
        self._state = state
        self._live = dict(live)
        self._policies = policies
        self._now = now
        self._weights = routing.weights
        self._offer = offer
        self._given = given
        self.steps: list[Step] = []

    @property
    def _service(self) -> Task | None:
        return self._live.get("service")

    @property
    def _transfer(self) -> Task | None:
        return self._live.get("transfer")

    def _do(self, before: Task | None, change: Change, *, own: bool = False) -> None:
        """Write a step down; of one task that changes twice, both as one."""
        after = change.task
        self.steps.append(Step(before, change, own))
        if before is not None:
            self._live.pop(before.kind, None)
        if after.ended_at is None:
            self._live[after.kind] = after

    # --- the events -----------------------------------------------------------------------------

    def event(self, body: EventBody, new_id: str) -> None:
        """Follow one event; `new_id` is for the task that it may begin."""
        match body:
            case Queued():
                self._queued(body)
            case QueueLeft():
                self._left(body)
            case Assigned():
                self._assigned(body, new_id)
            case Unassigned():
                self._unassigned(body)
            case Closed():
                self._cancel_transfer()
                if (service := self._service) is not None and service.state is not State.WRAPUP:
                    seconds = self._policies[service.department].wrapup_seconds
                    self._do(service, finish(service, self._now, seconds))
            case TransferRequested():
                self._request(body, new_id)
            case TransferEnded():
                self._end_transfer(body)
            case _:
                pass

    def called(self) -> None:
        """Let the tasks weigh what the call that is on, or is over, makes of them."""
        mode = _mode(self._state)
        for task in list(self._live.values()):
            if task.state is State.WRAPUP:
                continue
            change = raise_mode(task, mode, self._weights, self._now)
            if change.task != task:
                self._do(task, change)

    def shown(self) -> None:
        """Note that the one who serves has the conversation before them."""
        service = self._service
        if service is not None and service.state is State.ACCEPTED:
            self._do(service, connect(service, self._now))

    def _overflow_seconds(self, department: str) -> int | None:
        return self._policies[department].overflow_seconds

    # --- waiting --------------------------------------------------------------------------------

    def _new(self, queue: QueueState, reason: str) -> Change:
        made = enqueue(
            queue.task,
            conversation=self._state.id,
            visitor=self._state.visitor.id,
            department=queue.department.id,
            lang=self._state.lang,
            now=self._now,
            needs=queue.needs,
            mode=_mode(self._state),
            weights=self._weights,
            overflow_seconds=self._overflow_seconds(queue.department.id),
            enqueued_at=queue.since,
            reason=reason,
        )
        if queue.callback_at is None:
            return made
        later = callback(
            made.task,
            queue.callback_at,
            self._now,
            self._weights,
            self._overflow_seconds(queue.department.id),
        )
        return Change(later.task, (), reason)

    def _queued(self, body: Queued) -> None:
        queue, now = body.queue, self._now
        self._end_wrapup()
        task = self._service
        seconds = self._overflow_seconds(queue.department.id)
        if task is None:
            self._do(None, self._new(queue, body.reason))
            return
        if task.state in SERVED:
            self._do(task, requeue(task, now, body.reason, overflow_seconds=seconds))
            return
        match body.reason:
            case "callback" if queue.callback_at is not None:
                change = callback(task, queue.callback_at, now, self._weights, seconds)
            case "overflow":
                change = overflow(task, now, queue.department.id, seconds)
            case "moved":
                change = move(
                    task, queue.department.id, now, needs=queue.needs, overflow_seconds=seconds
                )
            case "rejoined" if task.mode == "callback" or task.not_before is not None:
                change = join(task, now, self._weights, seconds)
            case _:
                return  # it waits already: `Unassigned` said so
        self._do(task, change)

    def _left(self, body: QueueLeft) -> None:
        task = self._service
        if task is None or task.state not in UNSERVED:
            return
        if body.reason == "left":
            self._do(task, abandon(task, self._now))
        else:
            self._do(task, leave(task, self._now, body.reason))

    # --- being served ---------------------------------------------------------------------------

    def _assigned(self, body: Assigned, new_id: str) -> None:
        now, agent = self._now, body.agent.id
        self._end_wrapup()
        task, transfer = self._service, self._transfer
        if body.via == "transfer" and task is not None and transfer is not None:
            fence = self._fence_of(transfer)
            closed, taken = transferred(task, transfer, agent, now, fence=fence)
            self._do(task, closed)
            self._do(transfer, taken, own=True)
            return
        self._cancel_transfer()
        fence = self._fence_of(task)
        if task is None:
            made = enqueue(
                new_id,
                conversation=self._state.id,
                visitor=self._state.visitor.id,
                department=self._department(),
                lang=self._state.lang,
                now=now,
                mode=_mode(self._state),
                weights=self._weights,
            ).task
            fits = self._given or body.via != "takeover"
            change = accept(made, agent, now, hand=True, fits=fits, why=body.why)
            self._do(None, change, own=not self._given)
        elif body.via == "return":
            self._do(task, give_back(task, now))
        elif task.state in SERVED and task.agent == agent:
            return
        elif self._given:
            taken = take(task, agent, now)
            charges = tuple(
                replace(charge, fits=charge.agent == agent and charge.units > 0)
                for charge in taken.charges
            )
            self._do(task, replace(taken, charges=charges))
        elif body.via == "takeover":
            self._do(task, take(task, agent, now))
        else:
            change = accept(task, agent, now, fence=fence, hand=fence is None, why=body.why)
            self._do(task, change, own=True)

    def _fence_of(self, task: Task | None) -> int | None:
        """Return the fence that was answered; None: no offer was.

        Raises:
            NotSo: the offer was of another task.
        """
        if self._offer is None:
            return None
        key, fence = self._offer
        if task is None or task.id != key:
            raise NotSo("offer_gone", "This went to somebody else, or took you too long.")
        return fence

    def _department(self) -> str:
        """Return the department of what was never put in a queue: its own, else the usual."""
        known = self._state.department
        if known is not None and known.id in self._policies:
            return known.id
        usual = next(one for one in self._policies.values() if one.usual)
        return usual.department.id

    def _unassigned(self, body: Unassigned) -> None:
        self._cancel_transfer()
        task = self._service
        if task is None or task.state not in SERVED or task.agent != body.agent.id:
            return
        seconds = self._overflow_seconds(task.department)
        match body.reason:
            case "gone":
                change = lose_agent(task, self._now, seconds)
            case "unconnected":
                change = expire(task, self._now, seconds)
            case "handback":
                change = requeue(task, self._now, body.reason, overflow_seconds=seconds)
                # Somebody else first: they have just given it away.
                away = passed_over(change.task, body.agent.id, self._now)
                change = replace(change, task=away)
        self._do(task, change)

    def _end_wrapup(self) -> None:
        task = self._service
        if task is not None and task.state is State.WRAPUP:
            self._do(task, end_wrapup(task, self._now))

    # --- handing over ---------------------------------------------------------------------------

    def _request(self, body: TransferRequested, new_id: str) -> None:
        self._cancel_transfer()
        task = self._service
        if task is None:
            return
        if body.to is not None:
            self._do(None, transfer_to_agent(task, new_id, body.to.id, self._now))
        elif body.department is not None:
            where = body.department.id
            change = transfer_to_department(task, new_id, where, self._now, body.needs)
            self._do(None, change)

    def _end_transfer(self, body: TransferEnded) -> None:
        task = self._transfer
        if task is None or task.state not in UNSERVED:
            return
        late = task.deadline_at is not None and task.deadline_at <= self._now
        if body.outcome == "unanswered" and late:
            self._do(task, expire(task, self._now))
        else:
            self._do(task, end_transfer(task, self._now, body.outcome))

    def _cancel_transfer(self) -> None:
        task = self._transfer
        if task is not None and task.state in UNSERVED:
            self._do(task, end_transfer(task, self._now, "cancelled"))


def _mode(state: ConversationState) -> Mode:
    call = state.call
    if call is None:
        return "chat"
    media = {*media_on(call), *call.media}
    return "video" if media & {"video", "screen"} else "voice"
