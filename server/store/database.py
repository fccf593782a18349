"""Opens the database and gives out transactions.

SQLite: WAL with `synchronous=FULL`, so that what was acknowledged survives a power cut.
One connection writes, behind a lock, in `BEGIN IMMEDIATE` transactions; a few read, each
in a deferred transaction, which in WAL sees one snapshot throughout. PostgreSQL: a pool;
writers lock the rows they decide on, readers ask for REPEATABLE READ.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.store import inline_sqlite

__all__ = ["Database"]

_READERS: Final = 4
_POOL: Final = 16  # PostgreSQL connections of one node
#: One database-wide lock for start-up work; the number is arbitrary and fixed.
_START_LOCK: Final = 7_451_020


class Database:
    """A database; `aclose` it at the end."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self._writing = asyncio.Lock()
        if self.sqlite:
            self._writer = _sqlite(parsed, size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite(parsed, size=_READERS, begin="BEGIN")
        else:
            parsed = parsed.set(drivername="postgresql+asyncpg")
            self._writer = create_async_engine(parsed, pool_size=_POOL, pool_pre_ping=True)
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ")

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Run the block in one transaction: committed at its end, undone by an exception."""
        if not self.sqlite:
            async with self._writer.begin() as tx:
                yield tx
            return
        async with self._writing, self._writer.begin() as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Run the block on one snapshot of the database."""
        async with self._reader.begin() as tx:
            yield tx

    @asynccontextmanager
    async def start(self) -> AsyncIterator[AsyncConnection]:
        """Run start-up work in one transaction, one node at a time."""
        async with self.write() as tx:
            if not self.sqlite:
                await tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_START_LOCK})")
            yield tx

    async def aclose(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        if self.sqlite:
            await self._reader.dispose()


def _sqlite(url: URL, *, size: int, begin: str) -> AsyncEngine:
    path = url.database or ":memory:"

    async def create() -> inline_sqlite.InlineConnection:
        return await inline_sqlite.connect(path)

    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        async_creator=create,
        pool_size=size,
        max_overflow=0,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
