"""Brings what is to be counted and audited to the application, in its order.

The relay does not wait for a database. What it cannot take for now is kept, and once much is
kept nothing more may be operated: an operation that nobody could account for is not done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from signaling.cobrowse.backend import CobrowseBackend, Operation
from signaling.errors import Refusal
from signaling.events import Page

__all__ = ["Journal"]

log = structlog.get_logger()

FULL: Final = 200  # operations kept: those of 10 s
AGAIN: Final = 1.0  # seconds until the database is tried again
ATTEMPTS: Final = 30


class Journal:
    """What one co-browsing has to tell the application."""

    def __init__(
        self,
        cobrowse: str,
        backend: CobrowseBackend,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        refused: Callable[[Refusal], None],
    ) -> None:
        """Prepare. `refused` is called when a page is not one that may be shown."""
        self._cobrowse = cobrowse
        self._backend = backend
        self._spawn = spawn
        self._refused = refused
        self._operations: list[Operation] = []
        self._page: Page | None = None
        self._writing = False

    @property
    def full(self) -> bool:
        """Whether no more operations can be accounted for."""
        return len(self._operations) >= FULL

    def operated(self, operation: Operation) -> None:
        """Audit an operation."""
        self._operations.append(operation)
        self._wake()

    def turned(self, page: Page) -> None:
        """Count a page; of several that come quickly, the last."""
        self._page = page
        self._wake()

    def _wake(self) -> None:
        if not self._writing:
            self._writing = True
            self._spawn(self._write())

    async def _write(self) -> None:
        try:
            failed = 0
            while (self._operations or self._page is not None) and failed < ATTEMPTS:
                if await self._once():
                    failed = 0
                else:
                    failed += 1
                    await asyncio.sleep(AGAIN)
        finally:
            self._writing = False
            if self._operations:
                log.error("operations were not audited", count=len(self._operations))

    async def _once(self) -> bool:
        """Write what there is down; tell whether that went well."""
        page, self._page = self._page, None
        try:
            if page is not None:
                await self._backend.page_shown(self._cobrowse, page)
        except Refusal as refusal:
            self._refused(refusal)
        except Exception:
            if self._page is None:  # there is no newer one
                self._page = page
            log.exception("a page was not counted", cobrowse=self._cobrowse)
            return False
        batch = self._operations[:FULL]
        try:
            if batch:
                await self._backend.operated(self._cobrowse, batch)
        except Exception:
            log.exception("operations were not audited yet", cobrowse=self._cobrowse)
            return False
        del self._operations[: len(batch)]
        return True
