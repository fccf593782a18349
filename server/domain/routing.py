"""What a task is, who may have it, and what it takes from them. Pure.

What may become of a task is in `server/domain/transitions.py` while it waits, in `serving.py`
once it is served, in `transfers.py` when it is handed over, and in `expiry.py` when its time is
over; who gets it is in `matching.py`. `server/store/tasks.py` keeps it in SQL.

```
WAITING ──offer──► OFFERED ──accept──► ACCEPTED ──connect──► CONNECTED ──finish──► WRAPUP ──► CLOSED
  ▲ ▲                │ reject · timeout · agent gone │ not in 15 s
  │ └────────────────┘ (place kept)                  │ agent gone · handed back
  └─────────────────────────(front)──────────────────┘
WAITING, OFFERED ──► ABANDONED (the visitor is gone) or OVERFLOW (it is a message now)
```
A transfer is a task of its own beside the service task, which its owner keeps until the
transfer is accepted. Every transition raises the fence; who comes with an older one has lost.
What a transition takes from or gives back to agents is in its `charges`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, Literal

import msgspec

from signaling.messages import NackCode
from signaling.queue import AgentState, Mode, Need, Reason

__all__ = [
    "ENDED",
    "HELD",
    "SERVED",
    "UNSERVED",
    "Agent",
    "Change",
    "Charge",
    "EntryRule",
    "Kind",
    "NotSo",
    "Routing",
    "State",
    "Task",
    "Weights",
    "calls_of",
    "charged",
    "fits",
    "has_room",
    "unfit",
]

Kind = Literal["service", "transfer"]


class State(Enum):
    """Where a task is in its life."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONNECTED = "connected"
    WRAPUP = "wrapup"
    CLOSED = "closed"
    ABANDONED = "abandoned"
    OVERFLOW = "overflow"


#: Nobody serves it yet.
UNSERVED: Final = frozenset({State.WAITING, State.OFFERED})
#: Its agent has the conversation.
SERVED: Final = frozenset({State.ACCEPTED, State.CONNECTED})
#: It takes its weight from its agent's capacity.
HELD: Final = frozenset({State.OFFERED, State.ACCEPTED, State.CONNECTED, State.WRAPUP})
#: Nothing becomes of it any more.
ENDED: Final = frozenset({State.CLOSED, State.ABANDONED, State.OVERFLOW})


class NotSo(Exception):  # noqa: N818 — an answer, not a fault
    """The task is not in a state in which this may be, or no longer; said as a nack."""

    def __init__(self, code: NackCode, message: str) -> None:
        super().__init__(message)
        self.code: NackCode = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. Times are UTC milliseconds of the database's clock.

    `former`: had it when their connection was lost, and has it again if they come back first; of
    a transfer: who hands it over, and is not offered it. `missed`: who missed or declined it, as
    often as they did; since the last of them did, or since its offer, is `offered_at`. `visited`:
    the departments it has overflowed from.
    """

    id: str
    conversation: str
    visitor: str
    department: str
    kind: Kind
    state: State
    mode: Mode
    weight: int
    lang: str
    needs: tuple[Need, ...]
    fence: int
    enqueued_at: int
    front: bool = False
    not_before: int | None = None
    agent: str | None = None
    only: str | None = None
    former: str | None = None
    missed: tuple[str, ...] = ()
    visited: tuple[str, ...] = ()
    why: Reason | None = None
    deadline_at: int | None = None
    visitor_due_at: int | None = None
    overflow_due_at: int | None = None
    created_at: int = 0
    offered_at: int | None = None
    accepted_at: int | None = None
    connected_at: int | None = None
    ended_at: int | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as the router sees them. `idle_since`: was last given a task, or finished one."""

    id: str
    state: AgentState
    online: bool
    departments: frozenset[str]
    langs: frozenset[str]
    skills: dict[str, int] = field(default_factory=dict)
    capacity: int = 4
    used: int = 0
    max_calls: int = 1
    calls: int = 0
    idle_since: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """What a transition does to an agent's capacity row, in one UPDATE.

    `fits`: only if it does not exceed their capacity and they are available and online. `state`:
    what they are in from now on, if they were available.
    """

    agent: str
    units: int
    calls: int = 0
    fits: bool = False
    state: AgentState | None = None
    idle: bool = False  # `idle_since` becomes now


@dataclass(frozen=True, slots=True)
class Change:
    """A transition: the task after it, what it charges, and why it happened (a stable word)."""

    task: Task
    charges: tuple[Charge, ...]
    reason: str


class Weights(msgspec.Struct, frozen=True):
    """How many units of an agent's capacity each mode takes."""

    chat: int = 1
    voice: int = 3
    video: int = 3
    callback: int = 3

    def of(self, mode: Mode) -> int:
        """Return the weight of `mode`, in units."""
        weight: int = getattr(self, mode)
        return weight


class EntryRule(msgspec.Struct, frozen=True):
    """Where conversations that begin on some pages go. `pages`: paths with `*`; the first wins."""

    pages: str
    department: str = ""
    needs: list[Need] = []


class Routing(msgspec.Struct, frozen=True):
    """How a site routes."""

    weights: Weights = Weights()
    rules: list[EntryRule] = []


def calls_of(mode: Mode) -> int:
    """Return how many calls a task of `mode` counts as: none or one."""
    return 0 if mode == "chat" else 1


def fits(agent: Agent, charge: Charge) -> bool:
    """Return whether `agent` can take `charge` on now, as the UPDATE of their row asks it."""
    return agent.state == "available" and agent.online and has_room(agent, charge)


def has_room(agent: Agent, charge: Charge) -> bool:
    """Return whether `charge` does not exceed what `agent` takes on.

    Who has nothing can take anything that is no call too many, whatever it weighs: else a call
    would wait for ever where everybody's capacity is below its weight.
    """
    return (agent.used <= 0 < agent.capacity or agent.used + charge.units <= agent.capacity) and (
        charge.calls <= 0 or agent.calls + charge.calls <= agent.max_calls
    )


def unfit(agent: Agent, *, own: bool) -> NotSo:
    """Return why `agent`, whom a charge does not fit, is refused; `own`: they asked themselves."""
    if agent.state != "available" or not agent.online:
        if own:
            return NotSo("agent_unavailable", "Set yourself available first.")
        return NotSo("agent_unavailable", "They are not available: choose somebody else.")
    if own:
        return NotSo("no_capacity", "You serve as many as you can: finish one first.")
    return NotSo("no_capacity", "They serve as many as they can: choose somebody else.")


def charged(agent: Agent, charge: Charge, now: int) -> Agent:
    """Return `agent` after `charge`; whether it fits is asked before.

    Who is away stays so, whatever they missed.
    """
    state = charge.state if agent.state == "available" else None
    return replace(
        agent,
        used=agent.used + charge.units,
        calls=agent.calls + charge.calls,
        state=state or agent.state,
        idle_since=now if charge.idle else agent.idle_since,
    )
