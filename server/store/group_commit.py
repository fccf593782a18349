"""Lets transactions that come together share one COMMIT, for a database with one writer.

The disk decides how many commits a second there are; under load several transactions wait
for each. The first that comes begins a group and queues a commit behind all who wait at
that moment; each of them runs within a savepoint of its own, and returns when the shared
COMMIT is on disk. A transaction that fails is undone alone; a COMMIT that fails fails all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

__all__ = ["GroupCommit"]


class GroupCommit:
    """The writer of an SQLite database. `aclose` it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()  # fair: whoever waits first is next
        self._group: asyncio.Future[None] | None = None  # done when the group is on disk
        self._committing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Run the block in a transaction; return when it is durable."""
        async with self._turn:
            connection, group = await self._join()
            async with connection.begin_nested():
                yield connection
        await asyncio.shield(group)

    async def _join(self) -> tuple[AsyncConnection, asyncio.Future[None]]:
        if self._connection is None:
            self._connection = await self._engine.connect()
        if self._group is None:
            whole = await self._connection.begin()
            self._group = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._commit(whole, self._group))
            self._committing.add(task)
            task.add_done_callback(self._committing.discard)
        return self._connection, self._group

    async def _commit(self, whole: AsyncTransaction, group: asyncio.Future[None]) -> None:
        async with self._turn:
            self._group = None
            try:
                await whole.commit()
            except BaseException as error:
                await whole.rollback()
                group.set_exception(error)
                group.exception()  # nobody may be left to ask
                if not isinstance(error, Exception):
                    raise
            else:
                group.set_result(None)

    async def aclose(self) -> None:
        """Wait for the last commit, and close the connection."""
        await asyncio.gather(*self._committing, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()
