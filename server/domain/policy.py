"""How a department works, as far as routing has to know."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.domain.hours import ALWAYS, Hours
from server.domain.routing import Routing
from server.domain.sla import Targets
from signaling.queue import Department

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """One department. `hours`: its own, or the site's."""

    department: Department
    usual: bool = False
    auto: bool = True  # the router offers; else agents take by hand
    offer_seconds: int = 15
    wrapup_seconds: int = 0
    overflow_seconds: int | None = None  # of waiting; None: never
    overflow_to: str | None = None
    hours: Hours = ALWAYS
    targets: Targets = field(default_factory=Targets)
    routing: Routing = field(default_factory=Routing)  # of the site
