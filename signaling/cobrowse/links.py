"""The way of one co-browsing's notices over the bus, from and to one node."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import structlog

from signaling.backend import Bus
from signaling.cobrowse import between

__all__ = ["Links"]

log = structlog.get_logger()


class Links:
    """Publishes what a room says to other nodes, and brings what they say."""

    def __init__(
        self,
        cobrowse: str,
        node: str,
        bus: Bus,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        heard: Callable[[between.Notice], None],
    ) -> None:
        """Subscribe. `heard` takes other nodes' notices; `spawn` runs what is not waited for."""
        self.node = node
        self._cobrowse = cobrowse
        self._bus = bus
        self._spawn = spawn
        self._heard = heard
        self._unsubscribe = [
            bus.subscribe(topic, self._told)
            for topic in (
                between.topic(cobrowse),
                between.up_topic(cobrowse, node),
                between.down_topic(cobrowse, node),
            )
        ]

    def tell(self, notice: between.Notice) -> None:
        """Say something to every node."""
        self._publish(between.topic(self._cobrowse), notice)

    def up(self, home: str, notice: between.Notice) -> None:
        """Say something to the home."""
        self._publish(between.up_topic(self._cobrowse, home), notice)

    def down(self, node: str, notice: between.Notice) -> None:
        """Say something to a node, from its home."""
        self._publish(between.down_topic(self._cobrowse, node), notice)

    def close(self) -> None:
        """Hear no more."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def _publish(self, topic: str, notice: between.Notice) -> None:
        self._spawn(self._bus.publish(topic, between.encode(notice)))

    def _told(self, data: bytes) -> None:
        try:
            notice = between.decode(data)
        except msgspec.DecodeError:
            log.warning("notice not understood", cobrowse=self._cobrowse)
            return
        if notice.node != self.node:
            self._heard(notice)
