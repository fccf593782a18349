"""Reads and writes what is known of uploaded files; their bytes are in the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import file
from signaling.events import File, Message

__all__ = ["StoredFile", "add", "attach", "load", "sendable", "url"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An upload. `seq`: of the message that carries it, None while it waits to be sent."""

    file: File
    site: str
    owner: str
    conversation: str | None
    consult: bool
    confidential: bool
    seq: int | None


def url(key: str, name: str) -> str:
    """Return the address of a file; its reader adds a cookie or `?k=`."""
    return f"/files/{key}/{quote(name)}"


def _stored(row: Any) -> StoredFile:
    found = File(
        id=row.id,
        name=row.name,
        type=row.type,
        size=row.size,
        url=url(row.id, row.name),
        image=row.image,
        width=row.width,
        height=row.height,
    )
    return StoredFile(
        found, row.site, row.owner, row.conversation, row.consult, row.confidential, row.seq
    )


async def add(tx: AsyncConnection, new: File, *, site: str, owner: str, now: int) -> None:
    """Keep a finished upload."""
    await tx.execute(
        insert(file).values(
            id=new.id,
            site=site,
            owner=owner,
            name=new.name,
            type=new.type,
            size=new.size,
            image=new.image,
            width=new.width,
            height=new.height,
            consult=False,
            at=now,
        )
    )


async def load(tx: AsyncConnection, key: str) -> StoredFile | None:
    """Return an upload."""
    row = (await tx.execute(select(file).where(file.c.id == key))).first()
    return None if row is None else _stored(row)


async def sendable(tx: AsyncConnection, keys: list[str], owner: str) -> dict[str, File]:
    """Return the uploads of `owner` among `keys` that no message carries yet."""
    query = select(file).where(
        file.c.id.in_(keys), file.c.owner == owner, file.c.conversation.is_(None)
    )
    return {row.id: _stored(row).file for row in await tx.execute(query)}


async def attach(tx: AsyncConnection, key: str, conv: str, seq: int, message: Message) -> None:
    """Note which message carries an upload."""
    carried = {
        "conversation": conv,
        "seq": seq,
        "consult": message.consult,
        "confidential": message.confidential,
    }
    await tx.execute(update(file).where(file.c.id == key).values(carried))
