"""The database's own clock, as an expression for SQL.

Nodes' clocks differ, so whatever several of them decide on by time (leases, offers, deadlines
of tasks) is written and compared with this one. It is part of the statement that needs it, so
it costs no round trip, and statements that are built once and cached may have it in them:

    _due = select(task.c.id).where(task.c.deadline_at <= database_now())

One statement sees one time: on PostgreSQL that of its arrival (`statement_timestamp()`, which an
index can be searched by, as it cannot by `clock_timestamp()`), on SQLite that of its first step.
A `Database` that is given a clock (tests do) puts that clock's time in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import BigInteger, Engine, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

__all__ = ["database_now", "set_clock"]

_POSTGRES: Final = "CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint)"
# Days since 1970 to milliseconds; rounded, because SQLite keeps milliseconds in a double.
_SQLITE: Final = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS integer)"


class database_now(FunctionElement[int]):  # noqa: N801 — used like SQLAlchemy's own functions
    """The time now in UTC milliseconds since 1970, by the database's clock."""

    name = "database_now"
    type = BigInteger()
    inherit_cache = True


@compiles(database_now, "postgresql")
def _postgres(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return _POSTGRES


@compiles(database_now, "sqlite")
def _sqlite(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return _SQLITE


def set_clock(engine: Engine, clock: Callable[[], int]) -> None:
    """Let `clock` tell the time in all statements of `engine`."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _tell(
        _connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any
    ) -> tuple[str, Any]:
        if _POSTGRES in sql or _SQLITE in sql:
            now = f"CAST({clock():d} AS bigint)"
            sql = sql.replace(_POSTGRES, now).replace(_SQLITE, now)
        return sql, parameters
