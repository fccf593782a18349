"""Who listens to which topic in this process."""

from __future__ import annotations

from collections.abc import Callable

import structlog

__all__ = ["Subscribers"]

log = structlog.get_logger()

Callback = Callable[[bytes], None]


class Subscribers:
    """Callbacks by topic, in the order in which they came."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callback]] = {}

    def __contains__(self, topic: str) -> bool:
        return topic in self._callbacks

    def topics(self) -> list[str]:
        """Return every topic somebody listens to."""
        return list(self._callbacks)

    def add(self, topic: str, callback: Callback) -> None:
        """Call `callback` with what comes on `topic`."""
        self._callbacks.setdefault(topic, []).append(callback)

    def remove(self, topic: str, callback: Callback) -> None:
        """End that; nothing happens when it has ended."""
        callbacks = self._callbacks.get(topic, [])
        if callback in callbacks:
            callbacks.remove(callback)
            if not callbacks:
                del self._callbacks[topic]

    def deliver(self, topic: str, data: bytes) -> None:
        """Call everybody; what one raises does not keep it from the others."""
        for callback in list(self._callbacks.get(topic, ())):
            try:
                callback(data)
            except Exception:
                log.exception("a subscriber failed", topic=topic.partition(".")[0])
