"""Which media node has a call's room.

A room lives on one node. The row that says which is written in the same transaction that
looks for it, so two offers that come at once to two nodes find the same place. A node
renews its leases; when it does not, its rooms are placed anew, and when it comes back to
life it finds that they are not its own any more. Each start of a process is a new node.

A call has its row from its start on, with nobody's lease. So one that nobody brings media to
is an orphan like any other: a node adopts it, finds its members absent, and takes them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.services.clock import Clock
from server.store.database import Database
from server.store.tables import call_room, media_node

__all__ = ["LEASE", "Orphan", "Placement", "begun"]

LEASE: Final = 6_000  # ms; renewed every 2 s
ORPHANED: Final = 10_000  # ms after the lease: whoever is still there has offered again
FORGOTTEN: Final = 3_600_000  # ms after which a node that is gone is forgotten


@dataclass(frozen=True, slots=True)
class Orphan:
    """A call whose room's node is gone, and that nobody brought to another one."""

    call: str
    conv: str


async def begun(tx: AsyncConnection, call: str, conv: str, now: int) -> None:
    """Write down a call that starts, for whoever gets its first offer or finds it orphaned."""
    await tx.execute(
        insert(call_room).values(call=call, conversation=conv, node="", expires_at=now)
    )


class Placement:
    """The rows of rooms and media nodes."""

    def __init__(self, db: Database, clock: Clock, node: str) -> None:
        self._db = db
        self._clock = clock
        self.node = node

    async def place(self, call: str, conv: str) -> str | None:
        """Return the node that has the room of `call`, the least loaded one if none has.

        None: no media node is there.
        """
        now = self._clock()
        async with self._db.read() as tx:
            row = (await tx.execute(_room(call))).first()
        if row is not None and row.expires_at > now:
            return str(row.node)
        try:
            return await self._claim(call, conv)
        except IntegrityError:  # another node was first
            return await self._claim(call, conv)

    async def _claim(self, call: str, conv: str) -> str | None:
        now = self._clock()
        async with self._db.write() as tx:
            row = (await tx.execute(_room(call).with_for_update())).first()
            if row is not None and row.expires_at > now:
                return str(row.node)
            node = await _least_loaded(tx, now)
            if node is not None:
                await _assign(tx, row, call, conv, node, now + LEASE)
            return node

    async def anywhere(self) -> str | None:
        """Return a media node that takes rooms, the least loaded one; None: there is none."""
        query = _takers(self._clock()).limit(1)
        async with self._db.read() as tx:
            node: str | None = (await tx.execute(query)).scalar_one_or_none()
            return node

    async def adopt(self, orphan: Orphan) -> bool:
        """Take an orphan's room to this node; tell whether nobody else did."""
        now = self._clock()
        take = (
            update(call_room)
            .where(call_room.c.call == orphan.call, call_room.c.expires_at < now)
            .values(node=self.node, expires_at=now + LEASE)
        )
        async with self._db.write() as tx:
            return (await tx.execute(take)).rowcount == 1

    async def orphans(self) -> list[Orphan]:
        """Return the calls that nobody looks after."""
        late = self._clock() - ORPHANED
        query = select(call_room.c.call, call_room.c.conversation).where(
            call_room.c.expires_at < late
        )
        async with self._db.read() as tx:
            return [Orphan(row.call, row.conversation) for row in await tx.execute(query)]

    async def renew(self, load: int, *, accepting: bool = True) -> set[str]:
        """Renew this node's leases; return the calls whose rooms are its own."""
        now = self._clock()
        me = media_node.c.node == self.node
        fresh = {"load": load, "accepting": accepting, "expires_at": now + LEASE}
        mine = call_room.c.node == self.node
        async with self._db.write() as tx:
            if (await tx.execute(update(media_node).where(me).values(fresh))).rowcount == 0:
                await tx.execute(insert(media_node).values(node=self.node, **fresh))
            renewed = update(call_room).where(mine).values(expires_at=now + LEASE)
            rows = await tx.execute(renewed.returning(call_room.c.call))
            return {row.call for row in rows}

    async def release(self, call: str) -> None:
        """Forget this node's room of `call`: the call is over."""
        gone = delete(call_room).where(call_room.c.call == call, call_room.c.node == self.node)
        async with self._db.write() as tx:
            await tx.execute(gone)

    async def leave(self) -> None:
        """End all leases of this node at once, and forget nodes that went long ago."""
        now = self._clock()
        gone = (media_node.c.node == self.node) | (media_node.c.expires_at < now - FORGOTTEN)
        async with self._db.write() as tx:
            await tx.execute(delete(media_node).where(gone))
            await tx.execute(
                update(call_room).where(call_room.c.node == self.node).values(expires_at=now)
            )


_rooms = select(call_room.c.node, call_room.c.expires_at)


def _room(call: str) -> Select[tuple[str, int]]:
    return _rooms.where(call_room.c.call == call)


def _takers(now: int) -> Select[str]:
    return (
        select(media_node.c.node)
        .where(media_node.c.expires_at > now, media_node.c.accepting)
        .order_by(media_node.c.load, media_node.c.node)
    )


async def _least_loaded(tx: AsyncConnection, now: int) -> str | None:
    node: str | None = (await tx.execute(_takers(now).limit(1))).scalar_one_or_none()
    if node is not None:
        # Until it tells its own load, so that a rush of calls spreads.
        more = update(media_node).where(media_node.c.node == node)
        await tx.execute(more.values(load=media_node.c.load + 2))
    return node


async def _assign(
    tx: AsyncConnection,
    row: Row[tuple[str, int]] | None,
    call: str,
    conv: str,
    node: str,
    until: int,
) -> None:
    place = {"node": node, "expires_at": until}
    if row is None:
        await tx.execute(insert(call_room).values(call=call, conversation=conv, **place))
    else:
        await tx.execute(update(call_room).where(call_room.c.call == call).values(place))
