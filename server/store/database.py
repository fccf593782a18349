"""Opens the database and gives out transactions.

SQLite: WAL with `synchronous=FULL`, so that what was acknowledged survives a power cut.
One connection writes, behind a lock, in `BEGIN IMMEDIATE` transactions; a few read, each
in a deferred transaction, which in WAL sees one snapshot throughout. PostgreSQL: a pool;
writers lock the rows they decide on, readers ask for REPEATABLE READ. Errors name no
parameters: they are what people wrote. The database's own clock: `store/clock.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.store import inline_sqlite
from server.store.batches import Batches, Job
from server.store.clock import database_now, set_clock

__all__ = ["Database"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

_READERS: Final = 4
_POOL: Final = 16  # PostgreSQL connections of one node
_TRIES: Final = 4  # of a transaction that the database undoes
#: Deadlock detected, serialization failure (PostgreSQL's documentation, section 13.5).
_UNDONE: Final = frozenset({"40P01", "40001"})
_BUSY: Final = 15.0  # seconds that SQLite waits for another process (a migration, a backup)
#: One database-wide lock for start-up work; the number is arbitrary and fixed.
_START_LOCK: Final = 7_451_020
#: A node that is paused within a transaction must not hold its locks: others wait for them.
_SESSION: Final = {"idle_in_transaction_session_timeout": "5000"}  # ms
_moment = select(database_now())


class Database:
    """A database; `aclose` it at the end."""

    def __init__(self, url: str, clock: Callable[[], int] | None = None) -> None:
        """Prepare; nothing is opened yet.

        Args:
            url: of SQLite or PostgreSQL.
            clock: UTC milliseconds, told in the place of the database's own clock.
        """
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self._writing = asyncio.Lock()
        if self.sqlite:
            self._writer = _sqlite(parsed, size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite(parsed, size=_READERS, begin="BEGIN")
            batch_engine = _batch_engine(parsed)
            self._batches: Batches | None = Batches(batch_engine, self._writing)
            engines = [self._writer.sync_engine, self._reader.sync_engine, batch_engine]
        else:
            parsed = parsed.set(drivername="postgresql+asyncpg")
            self._writer = create_async_engine(
                parsed,
                pool_size=_POOL,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args={"server_settings": _SESSION},
            )
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ")
            self._batches = None
            engines = [self._writer.sync_engine]  # the reader's is a view of it
        if clock is not None:
            for engine in engines:
                set_clock(engine, clock)

    @staticmethod
    def now() -> database_now:
        """Return the database's clock as an expression, UTC milliseconds; costs no round trip."""
        return database_now()

    @staticmethod
    async def moment(tx: AsyncConnection) -> int:
        """Return what the database's clock says now, UTC milliseconds; works in `run` too."""
        now: int = (await tx.execute(_moment)).scalar_one()
        return now

    async def run(self, job: Job[T]) -> T:
        """Run `job` in one write transaction; return its result after COMMIT.

        For what happens often: on SQLite many jobs share a commit (`store/batches.py`), so a
        job awaits nothing but statements on its connection. An exception undoes the job. One that
        PostgreSQL has undone itself, because it stood in the way of another, is run again.
        """
        if self._batches is not None:
            return await self._batches.run(job)
        for _ in range(_TRIES - 1):
            try:
                return await self._run(job)
            except DBAPIError as error:
                code = getattr(error.orig, "sqlstate", None)
                if code not in _UNDONE:
                    raise
                log.info("transaction undone by the database", sqlstate=code)
        return await self._run(job)

    async def _run(self, job: Job[T]) -> T:
        async with self._writer.begin() as tx:
            return await job(tx)

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
        if self._batches is not None:
            await self._batches.aclose()
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
        hide_parameters=True,
    )
    _prepare(engine.sync_engine, begin)
    return engine


def _batch_engine(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": _BUSY, "check_same_thread": False, "isolation_level": None},
    )
    _prepare(engine, "BEGIN IMMEDIATE")
    return engine


def _prepare(engine: Engine, begin: str) -> None:
    """Set each new connection up, and begin transactions as we say."""

    @event.listens_for(engine, "connect")
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

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)
