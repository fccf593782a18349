"""The bus of a single process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.bus.subscribers import Subscribers

__all__ = ["MemoryBus"]


class MemoryBus:
    """Delivers in the next turn of the loop, so that nobody is called within `publish`."""

    def __init__(self) -> None:
        self._subscribers = Subscribers()

    async def start(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def publish(self, topic: str, data: bytes) -> None:
        """Send `data` to every subscriber of `topic`."""
        if topic in self._subscribers:
            asyncio.get_running_loop().call_soon(self._subscribers.deliver, topic, data)

    def subscribe(self, topic: str, callback: Callable[[bytes], None]) -> Callable[[], None]:
        """Call `callback` for what comes; return what ends it."""
        self._subscribers.add(topic, callback)
        return lambda: self._subscribers.remove(topic, callback)

    async def settled(self) -> None:
        """A subscription is in force at once."""
