"""Migrations make exactly the tables that the code uses, once, whoever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text

from server.domain.rules import Rules
from server.services.audit import Audit
from server.store import cobrowses
from server.store import migrate as migrations
from server.store.database import Database
from server.store.migrate import HEAD, fact, migrate
from server.store.queue_tables import metadata
from server.store.tables import audit, event


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


async def test_an_older_database_keeps_its_rows(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(database_url)
    monkeypatch.setattr(migrations, "HEAD", "0004")
    monkeypatch.setattr(command, "upgrade", _upgrade_to("0004"))
    assert await migrate(db)
    now, site, visitor, conv = 1, "s" * 26, "v" * 26, "c" * 26
    old = (
        f"INSERT INTO site (id, key, name, color, langs, origins) "
        f"VALUES ('{site}', 'shop', 'Shop', '#123456', '[]', '[]')",
        f"INSERT INTO visitor (id, site, name, kind, created_at) "
        f"VALUES ('{visitor}', '{site}', '', 'anonymous', {now})",
        "INSERT INTO conversation (id, site, visitor, state, changed, opened_at, last_seq,"
        " last_seq_visitor, last_seq_staff, body) "
        f"VALUES ('{conv}', '{site}', '{visitor}', 'waiting', 1, {now}, 1, 1, 1, '')",
        "INSERT INTO event (conversation, seq, at, kind, mask, shown, body) "
        f"VALUES ('{conv}', 1, {now}, 'opened', 15, true, '')",
    )
    chain = Audit(lambda: now)
    async with db.write() as tx:
        for statement in old:
            await tx.execute(text(statement))
        await chain.add(tx, site, "a" * 26, "signed_in", "x" * 26)
    monkeypatch.undo()
    assert await migrate(db)
    async with db.write() as tx:
        assert await cobrowses.rules_of_site(tx, site) == Rules()
        await chain.add(tx, site, "a" * 26, "cobrowse.page", "/" * 300)
    async with db.read() as tx:
        assert await chain.verify(tx) is None
        kinds = (await tx.execute(select(event.c.kind))).scalars().all()
        rows = (await tx.execute(select(audit.c.action).order_by(audit.c.id))).scalars().all()
    assert (kinds, rows) == (["opened"], ["signed_in", "cobrowse.page"])
    await db.aclose()


def _upgrade_to(revision: str) -> Callable[[Config, str], None]:
    whole = command.upgrade

    def upgrade(config: Config, _head: str) -> None:
        whole(config, revision)

    return upgrade


async def test_nodes_that_start_together_make_one_database(database_url: str) -> None:
    nodes = [Database(database_url) for _ in range(3)]
    made = await asyncio.gather(*(migrate(db) for db in nodes))
    assert sorted(made) == [False, False, True]
    assert len({await fact(db, "epoch") for db in nodes}) == 1
    for db in nodes:
        await db.aclose()
