"""Asks BankID how its open orders are, on whichever node is first; there is no leader.

    identity_attempt.collect_due_at ─claim─► open order ─► collect ─► pending: due 2 s later
                                      │                        ├────► complete: conclude
                                      │                        └────► failed: fail
                                      └────► attempt is over ─► cancel at BankID, forget

A claim moves the due time past the longest call, by compare-and-set. If the node dies meanwhile,
the order is due again and another asks. BankID gives a result out once, so two must not ask at a
time; the one that asked writes it before it claims anything else of that order.

While nothing is heard of an order it is asked about again, until BankID has forgotten it. Source:
BankID's documentation for relying parties: "collect", every 2 s; orders live 3 minutes.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.identity.bankid import TIMEOUT
from server.identity.interface import IdentityError, Order, Ordering
from server.identity.vault import VaultError
from server.services.clock import Clock
from server.services.verifications import Verifications
from server.store import attempts
from server.store.attempts import Row
from server.store.database import Database

__all__ = ["Collecting"]

log = structlog.get_logger(__name__)

_LOOK_EVERY: Final = 0.5  # seconds
_COLLECT_EVERY: Final = 2_000  # ms from the beginning of one call to that of the next
_LEASE: Final = int(TIMEOUT * 1000) + 2_000  # ms that a claim lasts
_LIFE: Final = 180_000  # ms that an order lives at BankID
_AT_ONCE: Final = 32  # calls of one node
_GRACE: Final = 3.0  # seconds for calls that are under way when the process stops


class Collecting:
    """The collector of one process. `run` until cancelled."""

    def __init__(self, db: Database, verifications: Verifications, clock: Clock) -> None:
        self._db = db
        self._verifications = verifications
        self._clock = clock
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Collect until cancelled; what fails is logged and tried again."""
        try:
            while True:
                try:
                    await self.sweep()
                except Exception:
                    log.exception("collecting failed")
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            await self._stop()

    async def sweep(self) -> None:
        """Begin to ask about what is due now, as much as there is room for."""
        now = self._clock()
        room = _AT_ONCE - len(self._calls)
        if room <= 0:
            return
        async with self._db.read() as tx:
            due = await attempts.due(tx, now, room)
        for row, since in due:
            if await self._claim(row, since, now + _LEASE):
                call = asyncio.create_task(self._serve(row, now + _LEASE))
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)

    async def settle(self) -> None:
        """Wait for the calls that are under way."""
        if self._calls:
            await asyncio.wait(self._calls)

    async def _stop(self) -> None:
        """Let calls that are under way finish: BankID would not give their results out again."""
        calls = list(self._calls)
        if calls:
            await asyncio.wait(calls, timeout=_GRACE)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _claim(self, row: Row, since: int, until: int) -> bool:
        return await self._db.run(lambda tx: attempts.claim_collecting(tx, row.id, since, until))

    async def _serve(self, row: Row, lease: int) -> None:
        try:
            provider = self._verifications.providers.ordering(row.provider)
            order = self._order(row)
            if row.outcome is not None:
                if provider is not None and order is not None:
                    await provider.cancel(order)
            elif provider is None or order is None:
                gone = IdentityError("unavailable", "unavailable", "The order cannot be asked for.")
                await self._verifications.fail(row, gone)
            elif not await self._collect(row, provider, order, lease):
                return
            await self._db.run(lambda tx: attempts.forget_order(tx, row.id))
        except Exception:
            # The claim runs out and somebody tries again.
            log.exception("collecting failed", attempt=row.id, provider=row.provider)

    def _order(self, row: Row) -> Order | None:
        try:
            return self._verifications.order_of(row)
        except VaultError as error:
            log.error("order not opened", attempt=row.id, problem=str(error))
            return None

    async def _collect(self, row: Row, provider: Ordering, order: Order, lease: int) -> bool:
        """Ask about an open order; tell whether it is over."""
        begun = self._clock()
        attempt = await self._verifications.attempt_of(row)
        try:
            collected = await provider.collect(attempt, order)
            if collected.evidence is not None:
                await self._verifications.conclude(row, collected.evidence)
                return True
            hint = collected.hint
        except IdentityError as error:
            if error.code != "unavailable" or begun >= order.started_at + _LIFE:
                await self._verifications.fail(row, error)
                return True
            hint = row.hint or ""
        await self._wait(row, lease, begun + _COLLECT_EVERY, hint)
        return False

    async def _wait(self, row: Row, lease: int, due_at: int, hint: str) -> None:
        async def note(tx: AsyncConnection) -> None:
            if await attempts.claim_collecting(tx, row.id, lease, due_at) and hint != row.hint:
                await attempts.set_hint(tx, row.id, hint)

        await self._db.run(note)
