"""Runs SQLite write transactions, as many to a commit as are waiting.

SQLite has one writer, and a commit with `synchronous=FULL` waits for the disk. While one
batch commits, others queue; they become the next batch and share its commit (group
commit). Each job has a savepoint, so one that fails undoes only itself, and hears of success
after COMMIT only.

A job is an async function, the same that runs on PostgreSQL, but it waits for nothing except
its statements, and those run at once on the loop, where they take microseconds: the whole
job is one step. Only BEGIN (which may wait for another process) and COMMIT (which waits for
the disk) go to a thread. Python code must not run there: each time the loop lets go of the
interpreter's lock to send a packet, it would wait for the thread to give it back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["Batches", "Job"]

_MOST: Final = 64  # jobs in one commit; the first of them waits for the last

T = TypeVar("T")
Job = Callable[[AsyncConnection], Awaitable[T]]


@dataclass(slots=True)
class _Waiting:
    job: Job[Any]
    done: asyncio.Future[Any]


class _Inline:
    """What a job sees of its connection; statements are done when they are awaited."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        return self._connection.execute(statement, parameters)


class Batches:
    """The writer. `aclose` it."""

    def __init__(self, engine: Engine, lock: asyncio.Lock) -> None:
        """Prepare.

        Args:
            engine: opens the one connection, used by one thread at a time.
            lock: held during a batch; whoever else writes to the file takes it too.
        """
        self._engine = engine
        self._lock = lock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._waiting: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    async def run(self, job: Job[T]) -> T:
        """Run `job` in a transaction; return its result after COMMIT."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(job, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await done

    async def aclose(self) -> None:
        """Finish what is waiting and close the connection."""
        if self._worker is not None:
            await self._worker
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    async def _work(self) -> None:
        while self._waiting:
            async with self._lock:
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                batch = [one for one in batch if not one.done.done()]  # whose client is gone
                try:
                    results = await self._commit(batch)
                except Exception as error:  # no commit: nobody is told that it was done
                    results = [error] * len(batch)
            for one, result in zip(batch, results, strict=True):
                if one.done.done():
                    continue
                if isinstance(result, Exception):
                    one.done.set_exception(result)
                else:
                    one.done.set_result(result)

    async def _commit(self, batch: list[_Waiting]) -> list[Any]:
        """Run a batch and commit it; return the result or the exception of each job."""
        loop = asyncio.get_running_loop()
        connection = await loop.run_in_executor(self._thread, self._begin)
        results = []
        tx = cast(AsyncConnection, _Inline(connection))  # jobs use `execute` alone
        try:
            for one in batch:
                connection.exec_driver_sql("SAVEPOINT job")
                try:
                    results.append(_step(one.job, tx))
                except Exception as error:
                    connection.exec_driver_sql("ROLLBACK TO job")
                    results.append(error)
                connection.exec_driver_sql("RELEASE job")
                await asyncio.sleep(0)  # what else the loop has to do comes between jobs
            await loop.run_in_executor(self._thread, connection.commit)
        finally:
            connection.close()  # back to its pool; rolls back what was not committed
        return results

    def _begin(self) -> Connection:
        connection = self._engine.connect()
        connection.begin()
        return connection


def _step(job: Job[Any], tx: AsyncConnection) -> Any:
    """Run a job to its end in one step."""
    running = job(tx).__await__()
    try:
        next(running)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a transaction waited for something besides its statements")
