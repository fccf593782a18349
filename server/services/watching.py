"""What this node's media server sees of one call's connections, kept for reports.

Driven by `server.services.rooms`: it tells who the members are and hands on each look.
"""

from __future__ import annotations

import asyncio
from typing import Final

from media import Quality
from server.domain.figures import Watched, sum_watched
from server.services.call_figures import CallFigures
from signaling.events import ConversationState
from signaling.values import Role

__all__ = ["Watch"]

KEEP: Final = 30.0  # seconds between writes; what a node's end loses


class Watch:
    """The figures of one call on one node."""

    def __init__(self, figures: CallFigures, node: str, call: str, conv: str) -> None:
        self._figures = figures
        self._node = node
        self._call = call
        self._conv = conv
        self._site = ""
        self._roles: dict[str, Role] = {}  # of everybody who was ever a member
        self._seen: dict[str, Watched] = {}
        self._kept_at: float | None = None
        self._lock = asyncio.Lock()  # the last write is the newest

    def members(self, site: str, state: ConversationState) -> None:
        """Know who is in the call."""
        self._site = site
        for member in state.call.members if state.call else ():
            self._roles[member.person.id] = member.person.role

    def look(self, person: str, quality: Quality) -> None:
        """Add a look at somebody's connection."""
        self._figures.meter.scored(quality.score)
        before = self._seen.get(person)
        self._seen[person] = sum_watched([*([before] if before else []), _look(quality)])

    def due(self, now: float) -> bool:
        """Tell whether to write again; `now` in seconds."""
        if self._kept_at is not None and now < self._kept_at + KEEP:
            return False
        self._kept_at = now
        return True

    async def keep(self) -> None:
        """Write what was seen, of members who have left too."""
        async with self._lock:
            seen = {p: (self._roles[p], w) for p, w in self._seen.items() if p in self._roles}
            if seen:
                await self._figures.watched(
                    site=self._site, conv=self._conv, call=self._call, node=self._node, seen=seen
                )


def _look(quality: Quality) -> Watched:
    return Watched(
        looks=1,
        loss_up=quality.loss_up,
        loss_down=quality.loss_down,
        jitter=quality.jitter_ms,
        rtt=quality.rtt_ms,
        up=quality.up_kbps,
        down=quality.down_kbps,
        scores=tuple(int(quality.score == score) for score in range(1, 6)),
    )
