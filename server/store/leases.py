"""Who of the staff is connected: leases on the database's clock, one a session and node.

Which node's clock is wrong does not matter. A lease that ran out is nobody's; the row of it
stays until a sweep has dropped it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Exists, delete, exists, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.clock import database_now
from server.store.tables import agent_session, presence

__all__ = ["drop", "due", "is_online", "renew", "run_out", "shorten"]

_lives = presence.c.expires_at > database_now()
_due = select(literal(1)).where(~_lives).limit(1)


def is_online(agent_id: ColumnElement[str]) -> Exists:
    """Return the condition that an agent has a live lease, like `is_online(agent.c.id)`."""
    return exists().where(presence.c.agent == agent_id, _lives)


async def renew(
    tx: AsyncConnection, *, session: str, node: str, agent_id: str, site_id: str, lease: int
) -> bool:
    """Let a lease live for `lease` ms and return whether it is fresh: new, or had run out.

    A session that has ended gets none, and what is left of one stays for the sweep.
    """
    mine = (presence.c.session == session) & (presence.c.node == node)
    until = database_now() + lease
    done = await tx.execute(update(presence).where(mine, _lives).values(expires_at=until))
    if done.rowcount:
        return False
    signed_in = agent_session.c.id == session
    again = update(presence).where(mine, exists().where(signed_in))
    if (await tx.execute(again.values(expires_at=until))).rowcount:
        return True
    ours = select(
        agent_session.c.id, literal(node), literal(agent_id), literal(site_id), until
    ).where(signed_in)
    columns = ["session", "node", "agent", "site", "expires_at"]
    made = await tx.execute(insert(presence).from_select(columns, ours))
    return bool(made.rowcount)


async def shorten(tx: AsyncConnection, *, session: str, node: str, grace: int) -> None:
    """Let a lease run out in `grace` ms, unless it does before."""
    mine = (presence.c.session == session) & (presence.c.node == node)
    until = database_now() + grace
    change = update(presence).where(mine, presence.c.expires_at > until)
    await tx.execute(change.values(expires_at=until))


async def run_out(tx: AsyncConnection, agent_id: str, session: str | None) -> None:
    """Let the leases of one session of an agent, or of all, run out now; a sweep drops them."""
    mine = (presence.c.agent == agent_id) & _lives
    if session is not None:
        mine &= presence.c.session == session
    await tx.execute(update(presence).where(mine).values(expires_at=database_now()))


async def due(tx: AsyncConnection) -> bool:
    """Tell whether a lease has run out that nobody has dropped."""
    return (await tx.execute(_due)).first() is not None


async def drop(tx: AsyncConnection) -> list[tuple[str, str]]:
    """Remove leases that ran out; return whose last they were, as (site, agent)."""
    ended = delete(presence).where(~_lives).returning(presence.c.site, presence.c.agent)
    owners = {(row.site, row.agent) for row in await tx.execute(ended)}
    others = select(presence.c.agent).where(
        presence.c.agent.in_([who for _, who in owners]), _lives
    )
    still = set((await tx.execute(others)).scalars())
    return sorted((where, who) for where, who in owners if who not in still)
