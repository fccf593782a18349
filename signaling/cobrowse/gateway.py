"""The WebSocket endpoint of co-browsing on one node: accepts sockets, keeps time, drains.

A thin shell: what passes between a sharer and viewers is decided in `relay.py`, what one socket
does is in `connection.py`, and `room.py` joins them.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog
from aiohttp import web
from ulid import ULID

from signaling import errors, hints, origins
from signaling.backend import Bus
from signaling.cobrowse.backend import CobrowseBackend, Opened
from signaling.cobrowse.connection import Connection, Place
from signaling.cobrowse.frames import HEADER, MAX_PAYLOAD
from signaling.cobrowse.room import Room
from signaling.connection import LINGER

__all__ = ["CobrowseGateway", "CobrowseStats"]

log = structlog.get_logger()

TICK: Final = 0.5  # seconds between looks at the deadlines of all connections
LEASE: Final = 10.0  # seconds between renewals of "this sharer is connected"
FAREWELL: Final = 2.0  # seconds for the last of the audit log
WRITE_BUFFER: Final = 64 * 1024  # bytes that may wait in a transport besides the queue


@dataclass(frozen=True, slots=True)
class CobrowseStats:
    """What the endpoint has seen.

    `relayed`: bytes of recordings to viewers. `dropped`: binary frames that did not pass, by
    reason. `closed`: close code -> connections.
    """

    sharers: int
    viewers: int
    relayed: int
    dropped: dict[str, int]
    closed: dict[int, int]


class CobrowseGateway:
    """Serves `/ws/cobrowse` on one node. `start` it, `drain` it, `aclose` it."""

    def __init__(
        self,
        backend: CobrowseBackend,
        bus: Bus,
        *,
        node: str,
        origins: frozenset[str] = frozenset(),
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            backend: who may share and see what.
            bus: hints, and the way to other nodes.
            node: this node's name, unique on the bus.
            origins: pages that may connect, besides those of the host that was asked for.
            now: monotonic seconds.
            wall: seconds since 1970.
        """
        self.backend = backend
        self.bus = bus
        self.node = node
        self.now = now
        self.wall = wall
        self.relayed = 0
        self.dropped: Counter[str] = Counter()
        self._origins = origins
        self._rooms: dict[str, Room] = {}
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed: Counter[int] = Counter()
        self._draining = False
        self._empty = asyncio.Event()

    def start(self) -> None:
        """Begin to keep time."""
        self._keeping = self.spawn(self._keep_time())

    def stats(self) -> CobrowseStats:
        """Return counts since the start, and who is connected now."""
        roles = Counter(one.role for one in self._connections)
        return CobrowseStats(
            sharers=roles["share"],
            viewers=roles["view"],
            relayed=self.relayed,
            dropped=dict(self.dropped),
            closed=dict(self._closed),
        )

    # --- one socket -------------------------------------------------------------------------

    async def handler(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket."""
        if self._draining:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
        origin = origins.checked(request, self._origins)
        ws = web.WebSocketResponse(
            timeout=LINGER,
            compress=False,  # pictures come packed
            max_msg_size=HEADER + MAX_PAYLOAD + 1,  # aiohttp refuses what reaches the limit
            writer_limit=WRITE_BUFFER,
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws  # it has gone already
        connection = Connection(str(ULID()), self, ws, transport, origin)
        self._connections.add(connection)
        self._empty.clear()
        started = self.now()
        try:
            await connection.run()
        finally:
            self._departed(connection, ws, self.now() - started)
        return ws

    async def enter(self, connection: Connection, cobrowse: str, opened: Opened) -> Place:
        """Let a connection in that the application has let in."""
        room = self._rooms.get(cobrowse)
        while room is None or room.closed:
            room = self._rooms[cobrowse] = Room(cobrowse, opened, self)
            await self.bus.settled()  # what is asked for now is answered
        if not connection.open:
            return room  # it has gone meanwhile
        who = connection.principal
        topic = hints.person_topic(who.person.id)
        connection.unsubscribe = self.bus.subscribe(topic, lambda data: _end(connection, data))
        log.info("co-browsing joined", cobrowse=cobrowse, role=connection.role, id=connection.id)
        room.join(connection, opened)
        return room

    def closed(self, cobrowse: str) -> None:
        """Forget a co-browsing in which nobody on this node takes part any more."""
        self._rooms.pop(cobrowse, None)

    def _departed(self, connection: Connection, ws: web.WebSocketResponse, seconds: float) -> None:
        code = connection.code or ws.close_code or 1006
        connection.ended()
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()
        self._closed[code] += 1
        log.info(
            "co-browsing left",
            id=connection.id,
            role=connection.role,
            code=code,
            seconds=round(seconds, 1),
        )

    # --- tasks ------------------------------------------------------------------------------

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in a task that ends with the gateway at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of co-browsing failed", exc_info=error)

    def recheck(self) -> None:
        """Ask what holds, and where homes are: the bus was away."""
        for room in list(self._rooms.values()):
            room.lease()

    async def _keep_time(self) -> None:
        renew = self.now() + LEASE
        while True:
            await asyncio.sleep(TICK)
            now = self.now()
            for connection in list(self._connections):
                connection.tick(now)
            for room in list(self._rooms.values()):
                room.tick()
            if now >= renew:
                renew = now + LEASE
                self.recheck()
                self.spawn(self._renew())

    async def _renew(self) -> None:
        here = [room.id for room in self._rooms.values() if room.sharer is not None]
        if here:
            try:
                await self.backend.renew(here)
            except Exception:
                log.exception("the leases of sharers were not renewed")

    # --- leaving ----------------------------------------------------------------------------

    async def drain(self, spread: float = 5.0) -> None:
        """Send everybody to other nodes: they come back within `spread` seconds."""
        self._draining = True
        for connection in list(self._connections):
            leave = errors.Draining("This server leaves.", random.random() * spread)
            connection.fail(leave)
        if self._connections:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    await self._empty.wait()

    async def aclose(self) -> None:
        """Stop everything, once what is to be audited is written down."""
        await self.drain(1.0)
        self._keeping.cancel()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=FAREWELL)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _end(connection: Connection, data: bytes) -> None:
    """Close the connection when its login has ended."""
    try:
        hint = hints.decode(data)
    except msgspec.DecodeError:
        return  # the gateway of the chat says so
    if isinstance(hint, hints.SessionEnded) and hint.session in (
        None,
        connection.principal.session,
    ):
        connection.fail(errors.Superseded("This session was ended."))
