"""Asks the application what holds for a co-browsing, whenever that may have changed.

A hint on the bus says that the conversation has moved on; a lost one is made up for by the
lease. Questions never overlap: one more is asked when something moves meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import structlog

from signaling import hints
from signaling.backend import Bus
from signaling.cobrowse.backend import CobrowseBackend, Terms
from signaling.cobrowse.connection import Connection

__all__ = ["Standing"]

log = structlog.get_logger()


class Standing:
    """Keeps one room informed of its terms."""

    def __init__(
        self,
        cobrowse: str,
        backend: CobrowseBackend,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        viewers: Callable[[], list[Connection]],
        told: Callable[[Terms, list[Connection]], None],
    ) -> None:
        """Prepare.

        Args:
            cobrowse: its id.
            backend: the application.
            spawn: runs a coroutine that this must not wait for.
            viewers: those who are connected here.
            told: takes the terms, and the viewers that they were asked for.
        """
        self._cobrowse = cobrowse
        self._backend = backend
        self._spawn = spawn
        self._viewers = viewers
        self._told = told
        self._asking = False
        self._again = False

    def listen(self, bus: Bus, conv: str) -> Callable[[], None]:
        """Ask whenever the conversation moves on; return what ends it."""
        return bus.subscribe(hints.conversation_topic(conv), self._hinted)

    def ask(self) -> None:
        """Ask now, or once more after what is being asked."""
        self._again = True
        if not self._asking:
            self._asking = True
            self._spawn(self._ask())

    def _hinted(self, data: bytes) -> None:
        try:
            hint = hints.decode(data)
        except msgspec.DecodeError:
            return  # the gateway of the chat says so
        if isinstance(hint, hints.ConversationHint):
            self.ask()

    async def _ask(self) -> None:
        try:
            while self._again:
                self._again = False
                asked = self._viewers()
                who = [one.principal for one in asked]
                self._told(await self._backend.terms(self._cobrowse, who), asked)
        except Exception:
            log.exception("the terms of a co-browsing were not read", cobrowse=self._cobrowse)
        finally:
            self._asking = False
