"""Brings the tables to this release's form (`store/migrations`, Alembic).

Runs at every start, in one transaction and one node at a time. Alembic is loaded only
when there is something to do, because a start should take a second.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from ulid import ULID

from server.store import tables
from server.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD", "fact", "migrate"]

HEAD: Final = "0012"  # the newest revision; a test holds it to the folder
_SCRIPTS: Final = Path(__file__).parent / "migrations"


async def migrate(db: Database) -> bool:
    """Upgrade to `HEAD` and return whether there was anything to do."""
    async with db.read() as tx:
        if await _revision(tx) == HEAD:
            return False
    async with db.start() as tx:
        if await _revision(tx) == HEAD:
            return False
        await tx.run_sync(_upgrade)
        if (await tx.execute(tables.meta.select())).first() is None:
            rows = [{"key": key, "value": value} for key, value in _first_facts().items()]
            await tx.execute(tables.meta.insert(), rows)
    return True


def _first_facts() -> dict[str, str]:
    """Return what a new database knows: positions' epoch, a signing key, the audit's beginning."""
    return {
        "epoch": str(ULID()),
        "signing_key": secrets.token_urlsafe(48),
        "audit_head": "0" * 64,
        "sign_in": "",  # a row to lock
    }


async def fact(db: Database, key: str) -> str:
    """Return a fact of this database: `epoch` or `signing_key`."""
    async with db.read() as tx:
        query = select(tables.meta.c.value).where(tables.meta.c.key == key)
        value: str = (await tx.execute(query)).scalar_one()
    return value


async def _revision(tx: AsyncConnection) -> str | None:
    def look(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar()
        return revision

    return await tx.run_sync(look)


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
