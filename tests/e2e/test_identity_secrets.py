"""After people have proven who they are, no code and no token is anywhere it should not be.

Everything is searched: the log at debug level, every file of the server, the database with its
write-ahead log and a dump of it, all that Redis is told and keeps, every WebSocket frame of
everybody and every answer of the API but the one that reveals a code, on purpose and audited.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import expect
from redis.asyncio import Redis

from tests.browser import NewContext
from tests.e2e.people import Agent, Expert, Shopper, meet
from tests.e2e.proving import Proving, ask, at_bank, badge, card, choose, proving_at
from tests.e2e.secrets import Heard, bank_secrets, code_shapes, files_below, found, monitored
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.server import ROOT

pytestmark = pytest.mark.e2e

CODE = "131052-900W"  # of Test Customer One
NORDIC = "24920360021"  # of Test Customer Three
VAULT = {  # keys of this test alone
    "TISKI_VAULT_KEYS": "test:" + "A" * 43 + "=",
    "TISKI_VAULT_MATCH": "b" * 64,
}


@dataclass
class Swept:
    """What was searched, and for what."""

    heard: Heard
    secrets: set[bytes] = field(default_factory=set)
    places: dict[str, bytes] = field(default_factory=dict)


async def _everything(stage: Proving, new_context: NewContext) -> Swept:
    """Prove, cancel, prove again as somebody else, reveal; with another tab and an expert."""
    _grant(stage)
    shopper: Shopper = await Shopper.come(stage.server, new_context)
    agent: Agent = await Agent.come(stage.server, new_context)
    expert: Expert = await Expert.come(stage.server, new_context)
    swept = Swept(Heard(stage.server.url))
    for person in (shopper, agent, expert):
        swept.heard.listen(person.context)
    await meet(shopper, agent, "Do you keep my code to yourselves?")
    link = await agent.make_link()
    await agent.page.keyboard.press("Escape")
    await expert.page.goto(link)
    await expert.page.get_by_label("Your name").fill("Expert One")
    await expert.press("Go on")
    await expert.press("Join in private")
    await agent.let_in("Expert One")
    other = await shopper.context.new_page()
    await other.goto(f"{stage.server.shop_url}/")
    await shopper.page.bring_to_front()
    await ask(agent)
    bank = await choose(shopper)
    async with bank.expect_event("close"):
        await at_bank(bank, button="Cancel")
    await expect(card(shopper)).to_contain_text("It was cancelled")
    bank = await choose(shopper)
    async with bank.expect_event("close"):
        await at_bank(bank)
    await expect(badge(agent)).to_contain_text("Test Customer One")
    await _reveal(agent)
    await ask(agent, "A refund")
    await at_bank(await choose(shopper, "Demo Bank Nordic"), "Three")
    await agent.page.get_by_text("Somebody else has proved who they are").wait_for()
    swept.secrets = code_shapes(CODE) | code_shapes(NORDIC) | bank_secrets(await stage.bank.seen())
    swept.places = {
        "log": stage.server.log().encode(),
        **files_below(stage.server.data_dir, without=[stage.bank.demo.folder]),
        **await swept.heard.all(),
    }
    return swept


async def _reveal(agent: Agent) -> None:
    await agent.page.get_by_role("button", name="Reveal").first.click()
    await agent.dialog.get_by_label("Why do you need it?").fill("To check the parcel's label")
    await agent.dialog.get_by_role("button", name="Reveal", exact=True).click()
    await agent.dialog.get_by_text(CODE).wait_for()
    await agent.page.keyboard.press("Escape")


def _grant(stage: Proving) -> None:
    """Let the first agent see codes, as an operator does."""
    command = [sys.executable, "-m", "server", "agent", "grant", "agent1@demo.example", "reveal"]
    done = subprocess.run(
        command, cwd=ROOT, env=stage.server.settings, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr


def _sure(swept: Swept) -> None:
    """What is looked for exists, and what may be there is there: the search can find things."""
    assert CODE.encode() in b"".join(swept.heard.revealed)
    assert len(swept.secrets) > 40
    assert found([b"Test Customer One"], swept.places), "the agent is told the name"
    assert b"identity" in swept.places["log"]


async def test_nothing_is_left_in_log_files_frames_and_answers(
    tmp_path: Path, new_context: NewContext
) -> None:
    async with proving_at(tmp_path) as stage:
        swept = await _everything(stage, new_context)
        _sure(swept)
        assert any(path.endswith("-wal") for path in swept.places), "the write-ahead log is read"
        assert found(swept.secrets, swept.places) == []
        await stage.server.stop()
        after = files_below(tmp_path, without=[stage.bank.demo.folder])
        assert found(swept.secrets, after) == []


async def test_nothing_is_left_in_postgresql_and_redis(
    tmp_path: Path,
    new_context: NewContext,
    postgres_server: PostgresServer,
    postgres_url: str,
    redis_server: RedisServer,
    redis_url: str,
) -> None:
    environment = {"TISKI_DATABASE_URL": postgres_url, "TISKI_REDIS_URL": redis_url, **VAULT}
    async with monitored(redis_url) as told, proving_at(tmp_path, **environment) as stage:
        swept = await _everything(stage, new_context)
        _sure(swept)
        swept.places["what Redis is told"] = b"\n".join(told)
        swept.places |= await _kept_by_redis(redis_url)
        swept.places |= await _kept_by_postgres(postgres_server, postgres_url)
        assert swept.places["what Redis is told"].count(b"\n") > 20
        assert b"Test Customer One" in swept.places["dump of PostgreSQL"]
        assert found(swept.secrets, swept.places) == []


async def _kept_by_redis(url: str) -> dict[str, bytes]:
    async with Redis.from_url(url) as client:
        await client.save()
        folder = (await client.config_get("dir"))["dir"]
        name = (await client.config_get("dbfilename"))["dbfilename"]
        return {"dump of Redis": (Path(folder) / name).read_bytes()}


async def _kept_by_postgres(server: PostgresServer, url: str) -> dict[str, bytes]:
    database = url.rpartition("/")[2]
    dump = await asyncio.to_thread(
        subprocess.run,
        [server.programs / "pg_dump", *_where(server), database],
        capture_output=True, check=True,
        env={**os.environ, "PGOPTIONS": "-c bytea_output=escape"},  # bytes as text, not in hex
    )  # fmt: skip
    connection = await asyncpg.connect(
        host="127.0.0.1", port=server.port, user="app", database=database
    )
    try:
        await connection.execute("CHECKPOINT")
        folder = Path(await connection.fetchval("SHOW data_directory"))
    finally:
        await connection.close()
    written = files_below(folder / "pg_wal") | files_below(folder / "base")
    return {"dump of PostgreSQL": dump.stdout, **written}


def _where(server: PostgresServer) -> list[str]:
    return ["-h", "127.0.0.1", "-p", str(server.port), "-U", "app"]
