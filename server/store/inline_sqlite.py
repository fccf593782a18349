"""SQLite without a thread per statement: the asyncio connection that SQLAlchemy is given.

aiosqlite sends each cursor, execute, fetch and close to a thread and back: some thirty
hand-overs for one message. With the interpreter's lock that costs milliseconds on a busy
loop, where the statements themselves take microseconds. Here statements run where they
are; only a COMMIT that waits for the disk goes to a thread. Nothing waits for another
process's lock on the loop either: the statement is tried again until it succeeds.

Implements what SQLAlchemy's aiosqlite dialect asks of a connection made by `async_creator`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self

__all__ = ["InlineConnection", "connect"]

PATIENCE: Final = 15.0  # seconds for another process (a migration, a backup) to finish writing
STEP: Final = 0.005  # seconds between tries
MOMENT: Final = 0.05  # seconds that SQLite itself waits: a checkpoint by another process
_AGAIN: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_PROTOCOL}
)


async def connect(database: str) -> InlineConnection:
    """Open a database file; transactions are begun by whoever uses the connection."""
    return InlineConnection(
        sqlite3.connect(database, timeout=MOMENT, isolation_level=None, check_same_thread=False)
    )


class InlineCursor:
    """A cursor whose statements run at once."""

    def __init__(self, connection: InlineConnection) -> None:
        self._connection = connection
        self._cursor = connection.raw.cursor()

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            try:
                self._cursor.execute(sql, parameters)
            except sqlite3.OperationalError as error:
                # Plain "busy" undoes nothing but the statement, which may be tried again.
                if error.sqlite_errorcode not in _AGAIN or loop.time() > until:
                    raise
                await asyncio.sleep(STEP)
            else:
                return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> Self:
        """Run a statement once for each set of parameters."""
        self._cursor.executemany(sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        return self._cursor.fetchall()

    async def fetchmany(self, size: int = 100) -> list[Any]:
        """Return the next rows."""
        return self._cursor.fetchmany(size)

    async def fetchone(self) -> Any:
        """Return the next row."""
        return self._cursor.fetchone()

    async def close(self) -> None:
        """Free the statement."""
        self._cursor.close()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, size: int) -> None:
        self._cursor.arraysize = size


class InlineConnection:
    """A connection for one task at a time, on the loop's thread."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")
        self._changes = raw.total_changes  # rows changed up to the last commit
        self._connection: sqlite3.Connection | None = raw  # the dialect asks whether it is open

    def cursor(self) -> InlineCursor:
        """Return a new cursor."""
        return InlineCursor(self)

    async def commit(self) -> None:
        """Make the transaction durable; the disk is waited for in a thread."""
        if not self.raw.in_transaction:
            return
        if self.raw.total_changes == self._changes:
            self.raw.commit()  # of what was only read: nothing goes to the disk
            return
        loop = asyncio.get_running_loop()
        committing = loop.run_in_executor(self._disk, self.raw.commit)
        try:
            await asyncio.shield(committing)
            self._changes = self.raw.total_changes
        except asyncio.CancelledError:
            # The connection must not be used while its commit runs.
            await asyncio.wait({committing})
            raise

    async def rollback(self) -> None:
        """Undo the transaction."""
        self.raw.rollback()

    async def close(self) -> None:
        """Close the database."""
        self.stop()

    def stop(self) -> None:
        """Close the database without a loop."""
        if self._connection is not None:
            self._connection = None
            self._disk.shutdown(wait=True)
            self.raw.close()

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Let SQL call a function of ours."""
        self.raw.create_function(*arguments, **options)
