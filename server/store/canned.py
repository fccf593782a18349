"""Reads and writes a site's canned replies."""

from __future__ import annotations

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import canned

__all__ = ["Canned", "add", "of_site", "replace_all"]


class Canned(msgspec.Struct, frozen=True):
    """A reply that an agent calls up by `/shortcut`."""

    id: str
    shortcut: str
    lang: str
    text: str


async def of_site(tx: AsyncConnection, site: str) -> list[Canned]:
    """Return the replies of a site by shortcut and language."""
    query = select(canned).where(canned.c.site == site).order_by(canned.c.shortcut, canned.c.lang)
    return [Canned(r.id, r.shortcut, r.lang, r.text) for r in await tx.execute(query)]


async def add(tx: AsyncConnection, site: str, new: Canned) -> None:
    """Add a reply."""
    row = {"id": new.id, "shortcut": new.shortcut, "lang": new.lang, "text": new.text}
    await tx.execute(insert(canned).values(site=site, **row))


async def replace_all(tx: AsyncConnection, site: str, replies: list[Canned]) -> None:
    """Put `replies` in the place of all of the site's."""
    await tx.execute(delete(canned).where(canned.c.site == site))
    for reply in replies:
        await add(tx, site, reply)
