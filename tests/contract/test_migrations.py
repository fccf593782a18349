"""Migrations make exactly the tables that the code uses, once, whoever comes first."""

from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from server.store import migrate as migrations
from server.store.database import Database
from server.store.migrate import HEAD, fact, migrate
from server.store.tables import metadata


def test_the_newest_revision_is_the_one_that_starts_look_for() -> None:
    assert ScriptDirectory(str(migrations._SCRIPTS)).get_current_head() == HEAD


async def test_the_tables_are_those_of_the_code(database_url: str) -> None:
    db = Database(database_url)
    assert await migrate(db)
    assert not await migrate(db)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with db.read() as tx:
        assert await tx.run_sync(differences) == []
    await db.aclose()


async def test_nodes_that_start_together_make_one_database(database_url: str) -> None:
    nodes = [Database(database_url) for _ in range(3)]
    made = await asyncio.gather(*(migrate(db) for db in nodes))
    assert sorted(made) == [False, False, True]
    assert len({await fact(db, "epoch") for db in nodes}) == 1
    for db in nodes:
        await db.aclose()
