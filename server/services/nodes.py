"""Asks another node something over the bus and waits for the answer.

The bus may lose either; whoever asks has a deadline, and asking twice must be harmless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from ulid import ULID

from signaling.backend import Bus
from signaling.hints import node_topic

__all__ = ["Nodes"]

log = structlog.get_logger(__name__)

Handler = Callable[[bytes], Awaitable[bytes]]


class _Letter(msgspec.Struct, frozen=True):
    """A question, or (without a sender to answer) the answer with the same id."""

    id: str
    sender: str | None
    body: bytes


_letters = msgspec.msgpack.Decoder(_Letter)


class Nodes:
    """This node's address on the bus. `start` it, `aclose` it."""

    def __init__(self, bus: Bus, node: str) -> None:
        self.node = node
        self._bus = bus
        self._handler: Handler | None = None
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] | None = None

    def start(self, handler: Handler | None = None) -> None:
        """Listen; `handler` answers what other nodes ask."""
        self._handler = handler
        self._unsubscribe = self._bus.subscribe(node_topic(self.node), self._heard)

    async def aclose(self) -> None:
        """Stop listening and answering."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ask(self, node: str, body: bytes, timeout: float) -> bytes:
        """Return the answer of `node`.

        Raises:
            TimeoutError: none came within `timeout` seconds.
        """
        letter = _Letter(str(ULID()), self.node, body)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[letter.id] = answer
        try:
            await self._bus.publish(node_topic(node), msgspec.msgpack.encode(letter))
            async with asyncio.timeout(timeout):
                return await answer
        finally:
            del self._waiting[letter.id]

    def _heard(self, data: bytes) -> None:
        try:
            letter = _letters.decode(data)
        except msgspec.DecodeError:
            log.warning("a letter between nodes was not understood")
            return
        if letter.sender is None:
            answer = self._waiting.get(letter.id)
            if answer is not None and not answer.done():
                answer.set_result(letter.body)
            return
        task = asyncio.get_running_loop().create_task(self._answer(letter, letter.sender))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, letter: _Letter, sender: str) -> None:
        if self._handler is None:
            return
        try:
            body = await self._handler(letter.body)
        except Exception:
            log.exception("a question of another node failed")
            return
        reply = msgspec.msgpack.encode(_Letter(letter.id, None, body))
        await self._bus.publish(node_topic(sender), reply)
