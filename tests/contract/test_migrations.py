"""Migrations make exactly the tables that the code uses, once, whoever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, LargeBinary, bindparam, inspect, select, text

from server.domain.rules import Rules
from server.services.audit import Audit
from server.store import cobrowses, conversations, people
from server.store import migrate as migrations
from server.store.database import Database
from server.store.migrate import HEAD, fact, migrate
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    department,
    metadata,
    task,
    task_event,
)
from server.store.tables import audit, event
from signaling.queue import Department, QueueState


def test_the_newest_revision_is_the_one_that_starts_look_for() -> None:
    assert ScriptDirectory(str(migrations._SCRIPTS)).get_current_head() == HEAD


async def test_the_tables_are_those_of_the_code(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    assert await migrate(db)
    assert not await migrate(db)
    async with db.read() as tx:
        assert await tx.run_sync(_differences) == []
    await db.aclose()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_every_revision_can_be_taken_back_and_made_again(empty_database_url: str) -> None:
    db = Database(empty_database_url)
    await migrate(db)
    await _downgrade(db, "base")
    async with db.read() as tx:
        tables = await tx.run_sync(lambda connection: inspect(connection).get_table_names())
    assert tables == ["alembic_version"]
    assert await migrate(db)
    async with db.read() as tx:
        assert await tx.run_sync(_differences) == []
    await db.aclose()


async def _downgrade(db: Database, revision: str) -> None:
    def down(connection: Connection) -> None:
        command.downgrade(migrations._config(connection), revision)

    async with db.start() as tx:
        await tx.run_sync(down)


@pytest.fixture
async def older(
    empty_database_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """Give a database of the revision that the test names; `migrate` brings it to the newest."""
    db = Database(empty_database_url, lambda: NOW)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "HEAD", request.param)
        patch.setattr(command, "upgrade", _upgrade_to(request.param))
        assert await migrate(db)
    yield db
    await db.aclose()


def _upgrade_to(revision: str) -> Callable[[Config, str], None]:
    whole = command.upgrade

    def upgrade(config: Config, _head: str) -> None:
        whole(config, revision)

    return upgrade


NOW = 1_800_000_000_000
SITE, VISITOR = "s" * 26, "v" * 26
_SHOP = (
    f"INSERT INTO site (id, key, name, color, langs, origins) "
    f"VALUES ('{SITE}', 'shop', 'Shop', '#123456', '[\"sv\", \"fi\"]', '[]')",
    f"INSERT INTO visitor (id, site, name, kind, created_at) "
    f"VALUES ('{VISITOR}', '{SITE}', '', 'anonymous', 1)",
)
_CONVERSATION = text(
    "INSERT INTO conversation (id, site, visitor, state, assignee, changed, opened_at, last_seq,"
    " last_seq_visitor, last_seq_staff, body)"
    f" VALUES (:id, '{SITE}', '{VISITOR}', :state, :assignee, 1, 1, 1, 1, 1, :body)"
).bindparams(bindparam("body", type_=LargeBinary))


def _conversation(conv: str, state: str, agent: str | None = None, **more: Any) -> dict[str, Any]:
    """Return what the row of a conversation was made of before it could wait in a queue."""
    visitor = {"id": VISITOR}
    known = {"id": conv, "state": state, "visitor": visitor, "lang": "fi", "opened_at": 1, **more}
    if agent is not None:
        known["assignee"] = {"id": agent, "role": "agent", "name": "One"}
    body = msgspec.json.encode({"state": known, "seq": 1, "unread_staff": [1]})
    return {"id": conv, "state": state, "assignee": agent, "body": body}


@pytest.mark.parametrize("older", ["0004"], indirect=True)
async def test_an_older_database_keeps_its_rows(older: Database) -> None:
    conv = "c" * 26
    chain = Audit(lambda: NOW)
    async with older.write() as tx:
        for statement in _SHOP:
            await tx.execute(text(statement))
        await tx.execute(_CONVERSATION, _conversation(conv, "waiting"))
        await tx.execute(
            text(
                "INSERT INTO event (conversation, seq, at, kind, mask, shown, body) "
                f"VALUES ('{conv}', 1, 1, 'opened', 15, true, '')"
            )
        )
        await chain.add(tx, SITE, "a" * 26, "signed_in", "x" * 26)
    assert await migrate(older)
    async with older.write() as tx:
        assert await cobrowses.rules_of_site(tx, SITE) == Rules()
        await chain.add(tx, SITE, "a" * 26, "cobrowse.page", "/" * 300)
    async with older.read() as tx:
        assert await chain.verify(tx) is None
        kinds = (await tx.execute(select(event.c.kind))).scalars().all()
        rows = (await tx.execute(select(audit.c.action).order_by(audit.c.id))).scalars().all()
    assert (kinds, rows) == (["opened"], ["signed_in", "cobrowse.page"])


@pytest.mark.parametrize("older", ["0006"], indirect=True)
async def test_conversations_that_were_live_before_the_queue_are_in_it(older: Database) -> None:
    async with older.write() as tx:
        for statement in _SHOP:
            await tx.execute(text(statement))
        for agent, available in (("a", "true"), ("b", "false")):
            await tx.execute(
                text(
                    "INSERT INTO agent (id, site, email, name, role, password, lang, available,"
                    f" created_at) VALUES ('{agent * 26}', '{SITE}', '{agent}@shop.example',"
                    f" '{agent}', 'agent', '', 'fi', {available}, 1)"
                )
            )
            await tx.execute(  # rows that refer to an agent's stay
                text(
                    "INSERT INTO agent_session (id, agent, secret, created_at, expires_at)"
                    f" VALUES ('{agent * 25}s', '{agent * 26}', '{agent}', 1, {NOW * 2})"
                )
            )
        for row in (
            _conversation("new", "waiting", waiting_since=5),
            _conversation("offline", "waiting", offline=True),
            _conversation("served", "active", "a" * 26),
            _conversation("held", "active", "a" * 26),
            _conversation("closed", "closed", "a" * 26),
        ):
            await tx.execute(_CONVERSATION, row)
    assert await migrate(older)

    async with older.read() as tx:
        staff = await people.agents(tx, SITE)
        assert [(one.id[0], one.available) for one in staff] == [("a", True), ("b", False)]
        assert await people.agent_by_session(tx, NOW, key="a" * 25 + "s") is not None
        [usual] = (await tx.execute(select(department))).all()
        assert (usual.site, usual.name, usual.usual) == (SITE, "Kundtjänst", True)
        members = await tx.execute(select(agent_department.c.agent, agent_department.c.department))
        assert sorted(map(tuple, members)) == [("a" * 26, usual.id), ("b" * 26, usual.id)]
        loads = await tx.execute(select(agent_capacity.c.agent, agent_capacity.c.used))
        assert sorted(map(tuple, loads)) == [("a" * 26, 2), ("b" * 26, 0)]
        made = (await tx.execute(select(task).order_by(task.c.conversation))).all()
        assert [(one.conversation, one.state, one.agent) for one in made] == [
            ("held", "connected", "a" * 26),
            ("new", "waiting", None),
            ("served", "connected", "a" * 26),
        ]
        where = Department(usual.id, usual.name)
        seen = {}
        for conv in ("new", "offline", "served", "closed"):
            found = await conversations.load(tx, conv)
            assert found is not None
            assert found.record.unread_staff == [1]  # nothing else of it has changed
            seen[conv] = (found.record.state.queue, found.record.state.department)
        logged = (await tx.execute(select(task_event.c.task, task_event.c.after))).all()
    assert seen == {
        "new": (QueueState(made[1].id, where, 5), where),
        "offline": (None, None),
        "served": (None, where),
        "closed": (None, None),
    }
    assert (made[1].enqueued_at, made[1].visitor_due_at) == (5, NOW + 180_000)
    assert sorted(map(tuple, logged)) == sorted((one.id, one.state) for one in made)


@pytest.mark.parametrize("older", ["0006"], indirect=True)
async def test_staff_and_conversations_live_on_without_the_queue(older: Database) -> None:
    agents = {"a": "available", "b": "away"}
    conv = "c" * 26
    async with older.write() as tx:
        for statement in _SHOP:
            await tx.execute(text(statement))
        for agent in agents:
            await tx.execute(
                text(
                    "INSERT INTO agent (id, site, email, name, role, password, lang, available,"
                    f" created_at) VALUES ('{agent * 26}', '{SITE}', '{agent}@shop.example',"
                    f" '{agent}', 'agent', '', 'fi', true, 1)"
                )
            )
        before = _conversation(conv, "active", "a" * 26)
        await tx.execute(_CONVERSATION, before)
    await migrate(older)
    async with older.write() as tx:
        for agent, state in agents.items():
            its = agent_capacity.c.agent == agent * 26
            await tx.execute(agent_capacity.update().where(its).values(state=state))

    await _downgrade(older, "0006")
    async with older.read() as tx:
        there = await tx.execute(text("SELECT id FROM agent WHERE available"))
        assert there.scalars().all() == ["a" * 26]
        body = (await tx.execute(text("SELECT body FROM conversation"))).scalar_one()
    assert msgspec.json.decode(body) == msgspec.json.decode(before["body"])
    assert await migrate(older)
    async with older.read() as tx:
        found = await conversations.load(tx, conv)
        made = (await tx.execute(select(task.c.state, task.c.agent))).all()
    assert found is not None
    assert found.record.state.department is not None
    assert made == [("connected", "a" * 26)]


async def test_nodes_that_start_together_make_one_database(empty_database_url: str) -> None:
    nodes = [Database(empty_database_url) for _ in range(3)]
    made = await asyncio.gather(*(migrate(db) for db in nodes))
    assert sorted(made) == [False, False, True]
    assert len({await fact(db, "epoch") for db in nodes}) == 1
    for db in nodes:
        await db.aclose()
