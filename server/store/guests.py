"""Reads and writes the tokens of outside sources and players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import guest

__all__ = ["Guest", "GuestKind", "add", "begin", "by_id", "by_secret", "end", "of_call", "revoke"]

GuestKind = Literal["publish", "play"]


@dataclass(frozen=True, slots=True)
class Guest:
    """A token. `session`: the connection that it has, hashed."""

    id: str
    conversation: str
    site: str
    call: str
    kind: GuestKind
    label: str
    by_name: str
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    session: str | None = None


def _guest(row: Any) -> Guest:
    return Guest(
        row.id,
        row.conversation,
        row.site,
        row.call,
        row.kind,
        row.label,
        row.by_name,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.session,
    )


async def add(tx: AsyncConnection, new: Guest, secret: str) -> None:
    """Keep a new token, hashed."""
    await tx.execute(
        insert(guest).values(
            id=new.id,
            conversation=new.conversation,
            site=new.site,
            call=new.call,
            kind=new.kind,
            label=new.label,
            secret=secret,
            by_name=new.by_name,
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
    )


async def by_id(tx: AsyncConnection, key: str) -> Guest | None:
    row = (await tx.execute(select(guest).where(guest.c.id == key))).first()
    return None if row is None else _guest(row)


async def by_secret(tx: AsyncConnection, secret: str) -> Guest | None:
    row = (await tx.execute(select(guest).where(guest.c.secret == secret))).first()
    return None if row is None else _guest(row)


async def of_call(tx: AsyncConnection, conversation: str, call: str) -> Sequence[Guest]:
    """Return the tokens of a call, in the order of their making."""
    query = select(guest).where(guest.c.conversation == conversation, guest.c.call == call)
    return [_guest(row) for row in await tx.execute(query.order_by(guest.c.id))]


async def begin(tx: AsyncConnection, key: str, session: str) -> bool:
    """Give the token a session, in the place of one that it had; False when it was revoked."""
    done = await tx.execute(
        update(guest).where(guest.c.id == key, guest.c.revoked_at.is_(None)).values(session=session)
    )
    return bool(done.rowcount)


async def end(tx: AsyncConnection, key: str, session: str) -> bool:
    """End the token's session; False when that is not the one that it has."""
    done = await tx.execute(
        update(guest).where(guest.c.id == key, guest.c.session == session).values(session=None)
    )
    return bool(done.rowcount)


async def revoke(tx: AsyncConnection, key: str, now: int) -> bool:
    """Let the token do nothing any more; False when that was so."""
    done = await tx.execute(
        update(guest)
        .where(guest.c.id == key, guest.c.revoked_at.is_(None))
        .values(revoked_at=now, session=None)
    )
    return bool(done.rowcount)
