"""The bus of many processes: Redis publish/subscribe, which may go away and come back.

What this process publishes reaches its own subscribers directly, whatever Redis does; other
processes get it through Redis, and an echo is recognised by its sender. While Redis is away
hints are dropped (bounded, counted): gateways find what they missed from heads in SQL.

One supervising task connects, subscribes to everything wanted, then reads and writes until
something fails, waits, and begins again. The connection proves itself by hearing its own
ping; a half-open one is thrown away.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from redis import asyncio as aioredis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from ulid import ULID

from server.bus.subscribers import Subscribers

__all__ = ["RedisBus"]

log = structlog.get_logger()

PREFIX = "tiski:"
SENDER = 16  # bytes in front of each message: who sent it
MAX_WAITING = 10_000  # messages; the oldest are dropped while Redis does not take them
PING = 5.0  # seconds
SILENCE = 12.0  # seconds without even our own ping: the connection is dead
SETTLE = 1.0  # seconds to wait for confirmations
BACKOFF = (0.1, 5.0)  # seconds, first and longest


class RedisBus:
    """Hints between processes. `start` it, `aclose` it."""

    def __init__(self, url: str) -> None:
        self.dropped = 0  # messages that other processes did not get
        #: Called after a loss of Redis is over: what it carried meanwhile is lost.
        self.restored: Callable[[], None] = _nothing
        self._client = aioredis.Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),  # the supervising task decides about trying again
            socket_connect_timeout=3,
            socket_timeout=5,
        )
        self._self = ULID().bytes
        self._ping = f"{PREFIX}ping.{ULID.from_bytes(self._self)}"
        self._subscribers = Subscribers()
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=MAX_WAITING)
        self._changed: dict[str, bool] = {}  # topic -> wanted; not yet told to Redis
        self._unconfirmed: dict[str, asyncio.Future[None]] = {}
        self._work = asyncio.Event()
        self._connected = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect; return when connected, or after a moment without."""
        self._task = asyncio.get_running_loop().create_task(self._supervise())
        self._unconfirmed[self._ping] = asyncio.get_running_loop().create_future()
        await self._confirmed(list(self._unconfirmed.values()))

    async def aclose(self) -> None:
        """Send what waits, if Redis is there, and disconnect."""
        if self._connected and self._waiting:
            try:
                await self._send_waiting()
            except (RedisError, OSError):
                log.warning("hints lost on the way out", count=len(self._waiting))
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.aclose()

    async def publish(self, topic: str, data: bytes) -> None:
        """Send `data` to every subscriber of `topic`; never waits for Redis."""
        if topic in self._subscribers:
            asyncio.get_running_loop().call_soon(self._subscribers.deliver, topic, data)
        if len(self._waiting) == MAX_WAITING:
            self.dropped += 1
        self._waiting.append((topic, data))
        self._work.set()

    def subscribe(self, topic: str, callback: Callable[[bytes], None]) -> Callable[[], None]:
        """Call `callback` for what comes; return what ends it."""
        if topic not in self._subscribers:
            self._changed[topic] = True
            self._unconfirmed[PREFIX + topic] = asyncio.get_running_loop().create_future()
            self._work.set()
        self._subscribers.add(topic, callback)

        def end() -> None:
            self._subscribers.remove(topic, callback)
            if topic not in self._subscribers:
                self._changed[topic] = False
                self._confirm(PREFIX + topic)
                self._work.set()

        return end

    async def settled(self) -> None:
        """Wait for Redis to confirm what was subscribed to; not long, and not while it is away."""
        if self._unconfirmed and self._connected:
            await self._confirmed(list(self._unconfirmed.values()))

    async def _confirmed(self, futures: list[asyncio.Future[None]]) -> None:
        await asyncio.wait(futures, timeout=SETTLE)

    def _confirm(self, channel: str) -> None:
        future = self._unconfirmed.pop(channel, None)
        if future is not None and not future.done():
            future.set_result(None)

    # --- the connection ---------------------------------------------------------------------

    async def _supervise(self) -> None:
        wait = BACKOFF[0]
        lost = False
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.subscribe(self._ping)
                    self._subscribe_anew()
                    await self._change_subscriptions(pubsub)
                    self._connected = True
                    log.info("redis connected")
                    wait = BACKOFF[0]
                    work = [self._read(pubsub), self._write(pubsub), self._keep_alive()]
                    await _together(*work, *([self._tell_restored()] if lost else []))
            except (RedisError, OSError) as error:
                log.warning("redis lost", error=type(error).__name__)
            self._connected = False
            lost = True
            # What the pool still holds is as dead as what failed.
            await self._client.connection_pool.disconnect()
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = min(wait * 2, BACKOFF[1])

    def _subscribe_anew(self) -> None:
        topics = self._subscribers.topics()
        self._changed = dict.fromkeys(topics, True)
        loop = asyncio.get_running_loop()
        for channel in [PREFIX + topic for topic in topics]:
            self._unconfirmed.setdefault(channel, loop.create_future())

    async def _tell_restored(self) -> None:
        await self.settled()  # what is looked up now, or comes later, is everything
        self.restored()

    async def _read(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=SILENCE)
            if message is None:
                raise RedisConnectionError("nothing heard, not even our own ping")
            channel = message["channel"].decode()
            if message["type"] == "subscribe":
                self._confirm(channel)
            elif message["type"] == "message" and not message["data"].startswith(self._self):
                self._subscribers.deliver(channel.removeprefix(PREFIX), message["data"][SENDER:])

    async def _write(self, pubsub: PubSub) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            await self._change_subscriptions(pubsub)
            await self._send_waiting()

    async def _keep_alive(self) -> None:
        while True:
            await self._client.publish(self._ping, self._self)
            await asyncio.sleep(PING)

    async def _change_subscriptions(self, pubsub: PubSub) -> None:
        changed, self._changed = self._changed, {}
        if wanted := [PREFIX + topic for topic, want in changed.items() if want]:
            await pubsub.subscribe(*wanted)
        if unwanted := [PREFIX + topic for topic, want in changed.items() if not want]:
            await pubsub.unsubscribe(*unwanted)

    async def _send_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), 100))]
            try:
                async with self._client.pipeline(transaction=False) as pipe:
                    for topic, data in batch:
                        pipe.publish(PREFIX + topic, self._self + data)
                    await pipe.execute()
            except (RedisError, OSError):
                self.dropped += len(batch)
                raise


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until one raises, and end the others; raise what it raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        # A task group would do, if redis-py did not lose a cancellation that meets a reply.
        while left := [task for task in tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=0.1)
    for task in tasks:
        if not task.cancelled():
            task.result()


def _nothing() -> None:
    pass
