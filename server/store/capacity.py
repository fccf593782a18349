"""What agents say of themselves in their capacity rows, and the router of them."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.clock import database_now
from server.store.queue_tables import agent_capacity

__all__ = ["set_state", "site_of"]

_c = agent_capacity.c
_site_of = select(_c.site).where(_c.agent == bindparam("which"))
# `since` stays when nothing changes; the lock of the row orders it with offers.
_set = (
    update(agent_capacity)
    .where(
        _c.agent == bindparam("which"),
        (_c.state != bindparam("to")) | (_c.reason != bindparam("because")),
    )
    .values(state=bindparam("to"), reason=bindparam("because"), since=database_now())
)


async def site_of(tx: AsyncConnection, agent: str) -> str | None:
    """Return the site of an agent."""
    found: str | None = (await tx.execute(_site_of, {"which": agent})).scalar_one_or_none()
    return found


async def set_state(tx: AsyncConnection, agent: str, state: str, reason: str) -> bool:
    """Store whether an agent takes work, and why not; tell whether that is another than before."""
    done = await tx.execute(_set, {"which": agent, "to": state, "because": reason})
    return bool(done.rowcount)
