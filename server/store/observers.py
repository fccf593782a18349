"""Who of the staff looks in, kept beside the conversations so that those who are gone are found."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.leases import is_online
from server.store.queue_tables import observer
from signaling.events import ObserverJoined, ObserverLeft, TimelineEvent

__all__ = ["follow", "gone"]

_BATCH = 100
_one = and_(observer.c.conversation == bindparam("conv"), observer.c.agent == bindparam("person"))
_insert = insert(observer)
_delete = delete(observer).where(_one)
_gone = select(observer).where(~is_online(observer.c.agent)).limit(_BATCH)


async def follow(tx: AsyncConnection, conv: str, events: Sequence[TimelineEvent]) -> None:
    """Keep who looks in on a conversation as its events say."""
    for event in events:
        match event.event:
            case ObserverJoined(observer=one):
                # Who does another part from now on is there already.
                await tx.execute(_delete, {"conv": conv, "person": one.person.id})
                await tx.execute(_insert, {"conversation": conv, "agent": one.person.id})
            case ObserverLeft(person=person):
                await tx.execute(_delete, {"conv": conv, "person": person.id})
            case _:
                pass


async def gone(tx: AsyncConnection) -> list[tuple[str, str]]:
    """Return who looks in without a live lease, as (conversation, agent)."""
    return [(row.conversation, row.agent) for row in await tx.execute(_gone)]
