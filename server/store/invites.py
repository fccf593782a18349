"""Reads and writes experts' links. The seat itself is in the conversation's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import invite
from signaling.events import Person, Scope

__all__ = ["Invite", "add", "by_id", "by_secret", "by_session", "due", "end", "is_open", "use"]


@dataclass(frozen=True, slots=True)
class Invite:
    """A link. `expert`: who used it, and whose seat it is."""

    id: str
    conversation: str
    site: str
    scope: list[Scope]
    by_name: str
    expires_at: int
    outcome: str
    expert: Person | None


def _invite(row: Any) -> Invite:
    expert = None
    if row.expert is not None:
        expert = Person(id=row.expert, role="expert", name=row.expert_name)
    scope = msgspec.json.decode(row.scope, type=list[Scope])
    return Invite(
        row.id,
        row.conversation,
        row.site,
        scope,
        row.by_name,
        row.expires_at,
        row.outcome,
        expert,
    )


async def add(tx: AsyncConnection, new: Invite, secret: str) -> None:
    """Keep a new link by its hashed secret."""
    await tx.execute(
        insert(invite).values(
            id=new.id,
            conversation=new.conversation,
            site=new.site,
            secret=secret,
            scope=msgspec.json.encode(new.scope).decode(),
            by_name=new.by_name,
            expires_at=new.expires_at,
            outcome=new.outcome,
        )
    )


async def by_id(tx: AsyncConnection, key: str) -> Invite | None:
    row = (await tx.execute(select(invite).where(invite.c.id == key))).first()
    return None if row is None else _invite(row)


async def by_secret(tx: AsyncConnection, secret: str) -> Invite | None:
    row = (await tx.execute(select(invite).where(invite.c.secret == secret))).first()
    return None if row is None else _invite(row)


async def by_session(tx: AsyncConnection, session: str) -> Invite | None:
    """Return the link whose expert has this hashed cookie."""
    row = (await tx.execute(select(invite).where(invite.c.session == session))).first()
    return None if row is None else _invite(row)


async def use(tx: AsyncConnection, key: str, expert: Person, session: str) -> bool:
    """Give the link to one person; False when somebody was first."""
    done = await tx.execute(
        update(invite)
        .where(invite.c.id == key, invite.c.outcome == "open")
        .values(outcome="used", expert=expert.id, expert_name=expert.name, session=session)
    )
    return bool(done.rowcount)


async def end(tx: AsyncConnection, key: str, outcome: str) -> None:
    """Note that an open link does not work any more."""
    await tx.execute(
        update(invite).where(invite.c.id == key, invite.c.outcome == "open").values(outcome=outcome)
    )


#: Written out in the statement, or the index of open links would not be used.
is_open: Final = invite.c.outcome == literal("open", literal_execute=True)


async def due(tx: AsyncConnection, now: int) -> Sequence[Invite]:
    """Return the open links whose hour is over."""
    query = select(invite).where(is_open, invite.c.expires_at <= now)
    return [_invite(row) for row in await tx.execute(query.limit(100))]
