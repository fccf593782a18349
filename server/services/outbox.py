"""Publishes what commits owe to the bus, now or after a crash.

The hints of a commit are written in its transaction and published after it. What was
published is removed in batches; what is still there after `_LEFTOVER` (its process ended
between commit and publish) is published by whichever node comes first. A hint that is
published twice does no harm: receivers know what they have.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.services.clock import Clock
from server.services.secrets import new_id
from server.store.database import Database
from server.store.tables import outbox
from signaling.backend import Bus
from signaling.hints import Hint, encode

__all__ = ["Outbox", "Owed", "owed"]

log = structlog.get_logger(__name__)

_EVERY: Final = 1.0  # seconds between sweeps
_LEFTOVER: Final = 5_000  # ms after which a hint counts as left by somebody who ended
_BATCH: Final = 200

Owed = list[tuple[str, msgspec.Raw]]  # topic, encoded hint
_insert = insert(outbox)
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Owed] = msgspec.json.Decoder(Owed)


def owed(hints: list[tuple[str, Hint]]) -> Owed:
    """Return hints in the form that is stored."""
    return [(topic, msgspec.Raw(encode(hint))) for topic, hint in hints]


class Outbox:
    """The relay of one process. `run` sweeps until cancelled."""

    def __init__(self, db: Database, bus: Bus, clock: Clock) -> None:
        self._db = db
        self._bus = bus
        self._clock = clock
        self._published: list[str] = []

    async def owe(self, tx: AsyncConnection, hints: Owed) -> str:
        """Write down what the commit of `tx` must tell; `publish` with the key after it."""
        key = new_id()
        values = {"id": key, "at": self._clock(), "hints": _encoder.encode(hints)}
        await tx.execute(_insert, values)
        return key

    async def publish(self, key: str, hints: Owed) -> None:
        """Publish the hints of a commit; `key` is its row."""
        for topic, hint in hints:
            await self._bus.publish(topic, bytes(hint))
        self._published.append(key)

    async def run(self) -> None:
        """Sweep until cancelled, and forget what was published."""
        try:
            while True:
                await asyncio.sleep(_EVERY)
                try:
                    await self.sweep()
                except Exception:
                    log.exception("outbox sweep failed")
        finally:
            await asyncio.shield(self._forget())

    async def sweep(self) -> int:
        """Publish what others left behind; return how many commits that were."""
        await self._forget()
        due = (
            select(outbox.c.id, outbox.c.hints)
            .where(outbox.c.at <= self._clock() - _LEFTOVER)
            .order_by(outbox.c.id)
            .limit(_BATCH)
        )
        async with self._db.read() as tx:
            left = (await tx.execute(due)).all()
        for row in left:
            await self.publish(row.id, _decoder.decode(row.hints))
        if left:
            log.info("leftover hints published", commits=len(left))
            await self._forget()
        return len(left)

    async def _forget(self) -> None:
        while self._published:
            done = self._published[:_BATCH]

            async def forget(tx: AsyncConnection, done: list[str] = done) -> None:
                await tx.execute(delete(outbox).where(outbox.c.id.in_(done)))

            await self._db.run(forget)
            del self._published[: len(done)]
