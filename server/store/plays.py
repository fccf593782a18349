"""Reads who has played a recording, out of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import agent, audit

__all__ = ["ACTION", "Play", "plays", "thing_of"]

ACTION: Final = "recording.play"
_MOST: Final = 50  # the newest; the log has them all


@dataclass(frozen=True, slots=True)
class Play:
    """Who played it, and when. `name`: "" when they are not of the staff any more."""

    person: str
    name: str
    at: int


def thing_of(conversation: str, recording: str) -> str:
    """Return what the audit log calls a recording."""
    return f"{conversation} {recording}"


async def plays(tx: AsyncConnection, site: str, thing: str) -> list[Play]:
    """Return who played a recording, the newest first."""
    query = (
        select(audit.c.actor, agent.c.name, audit.c.at)
        .join_from(audit, agent, audit.c.actor == agent.c.id, isouter=True)
        .where(audit.c.object == thing, audit.c.action == ACTION, audit.c.site == site)
        .order_by(audit.c.id.desc())
        .limit(_MOST)
    )
    return [Play(actor, name or "", at) for actor, name, at in await tx.execute(query)]
