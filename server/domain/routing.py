"""What a task is, and what may become of it. Pure: `server/store/tasks.py` keeps it in SQL.

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

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

import msgspec

from signaling.queue import AgentState, Mode, Need, Reason

__all__ = ["Agent", "Change", "Charge", "EntryRule", "Kind", "Routing", "State", "Task", "Weights"]

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


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. Times are UTC milliseconds of the database's clock."""

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
    """An agent as the router sees them. `idle_since`: a task was last taken or finished."""

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

    `fits`: only if it does not exceed their capacity and they are available and online.
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


class EntryRule(msgspec.Struct, frozen=True):
    """Where conversations that begin on some pages go. `pages`: paths with `*`; first match wins."""

    pages: str
    department: str = ""
    needs: list[Need] = []


class Routing(msgspec.Struct, frozen=True):
    """How a site routes."""

    weights: Weights = Weights()
    rules: list[EntryRule] = []
