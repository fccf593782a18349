"""Keeps the audit log: what staff did, and anybody in a co-browsing; append-only, a hash chain.

Each row's hash covers its content and the hash before, so that a row that was changed or
removed later shows (`verify`). It says who did what to which object, never with what words.
The chain is one for the database; the newest row is locked by its writer, so rows of many
nodes get into one order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain import cobrowse, identity, recording
from server.services.clock import Clock
from server.store.conversations import StoredEvent
from server.store.tables import audit, meta
from signaling.events import Message, Person, Read

__all__ = ["Audit", "Deed"]

_GENESIS: Final = "0" * 64
_HEAD: Final = "audit_head"
_MAX_OBJECT: Final = 300  # characters


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to which object."""

    actor: str
    action: str
    thing: str


def _hash(before: str, at: int, site: str, actor: str, action: str, thing: str) -> str:
    line = "\x1f".join((before, str(at), site, actor, action, thing))
    return hashlib.sha256(line.encode()).hexdigest()


class Audit:
    """Writes and checks the log."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def events(
        self,
        tx: AsyncConnection,
        site: str,
        actor: Person,
        conv: str,
        events: list[StoredEvent],
    ) -> None:
        """Note what staff did in a conversation; chatting and reading is not worth a row.

        Of a co-browsing, a recording and a proof of identity everything is, whoever did it.
        """
        staff = actor.role in ("agent", "supervisor")
        deeds = []
        for stored in events:
            body, by = stored.event.event, stored.event.by
            action = str(body.__struct_config__.tag)
            said = cobrowse.said_of(body) or identity.said_of(body) or recording.said_of(body)
            if said is not None:
                deeds.append(Deed(by.id, action, f"{conv} {said}"))
            elif staff and not isinstance(body, Message | Read) and by.id == actor.id:
                deeds.append(Deed(by.id, action, conv))
        await self.add_all(tx, site, deeds)

    async def add(
        self, tx: AsyncConnection, site: str, actor: str, action: str, thing: str
    ) -> None:
        """Append one row in the caller's transaction."""
        await self.add_all(tx, site, [Deed(actor, action, thing)])

    async def add_all(self, tx: AsyncConnection, site: str, deeds: Sequence[Deed]) -> None:
        """Append rows in the caller's transaction, in their order."""
        if not deeds:
            return
        head = select(meta.c.value).where(meta.c.key == _HEAD).with_for_update()
        before = (await tx.execute(head)).scalar_one_or_none()
        if before is None:
            raise RuntimeError("the audit chain has no beginning: run `tiski migrate`")
        at = self._clock()
        rows: list[dict[str, object]] = []
        for deed in deeds:
            thing = deed.thing[:_MAX_OBJECT]
            own = _hash(before, at, site, deed.actor, deed.action, thing)
            rows.append(
                {
                    "at": at,
                    "site": site,
                    "actor": deed.actor,
                    "action": deed.action,
                    "object": thing,
                    "before": before,
                    "hash": own,
                }
            )
            before = own
        await tx.execute(insert(audit), rows)
        await tx.execute(meta.update().where(meta.c.key == _HEAD).values(value=before))

    async def verify(self, tx: AsyncConnection) -> int | None:
        """Return the number of the first row that does not fit, or None when all do."""
        before = _GENESIS
        for row in await tx.execute(select(audit).order_by(audit.c.id)):
            own = _hash(before, row.at, row.site, row.actor, row.action, row.object)
            if row.before != before or row.hash != own:
                return int(row.id)
            before = own
        head = (await tx.execute(select(meta.c.value).where(meta.c.key == _HEAD))).scalar_one()
        return None if head == before else -1
