"""The WebSocket endpoint of one node: accepts sockets, keeps their clocks, drains.

A thin shell: what a connection does is in `signaling/session.py`, what it is given in
`signaling/hub.py`. One task per socket reads; one task for all keeps time.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from ulid import ULID

from signaling import errors, origins
from signaling.attendance import RENEWAL, Attendance
from signaling.backend import Backend, Bus, Calls, Principal
from signaling.connection import LINGER, Connection
from signaling.hub import Hub, Listener
from signaling.messages import MAX_FRAME
from signaling.rate import Allowances
from signaling.session import Session
from signaling.standing import Rounds

__all__ = ["Gateway", "GatewayStats"]

log = structlog.get_logger()

TOGETHER = 200  # connections whose heads, or standings, are read in one transaction
TICK = 0.5  # seconds between looks at the deadlines of all connections
LEASE = 5.0  # seconds between renewals of "this staff member is connected"
PRESENCE = 30.0  # seconds between questions who is in a conversation
RECHECK = 3.0  # seconds over which all connections look for what a lost bus did not tell
WRITE_BUFFER = 64 * 1024  # bytes that may wait in a transport besides the session's queue


@dataclass(frozen=True, slots=True)
class GatewayStats:
    """What the endpoint has seen. `closed`: close code -> connections."""

    connections: int
    accepted: int
    closed: dict[int, int]


class Gateway:
    """Serves the WebSockets of one node. `start` it, `drain` it, `aclose` it."""

    def __init__(
        self,
        backend: Backend,
        bus: Bus,
        *,
        node: str,
        origins: frozenset[str] = frozenset(),
        calls: Calls | None = None,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            backend: who somebody is and what commands do.
            bus: hints between nodes.
            node: this node's name, unique on the bus.
            origins: pages that may connect, besides those of the host that was asked for.
            calls: the way to the media server, if calls are served.
            now: monotonic seconds.
            wall: seconds since 1970.
        """
        self.backend = backend
        self.calls = calls
        self.hub = Hub(bus, node, self.spawn, self.look)
        self.allowances = Allowances()
        self._origins = origins
        self.now = now
        self._wall = wall
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: list[tuple[Connection, tuple[str, ...]]] = []
        self._staff: Counter[tuple[str, str]] = Counter()  # (person, login) -> connections
        self._visitors = Attendance()
        self._rounds: Rounds[Listener] = Rounds(now())
        self._woken = asyncio.Event()
        self._accepted = 0
        self._closed: Counter[int] = Counter()
        self._draining = False
        self._empty = asyncio.Event()

    def start(self) -> None:
        """Begin to keep time."""
        self.spawn(self._keep_time())
        self.spawn(self._keep_standing())

    def stats(self) -> GatewayStats:
        """Return counts since the start."""
        return GatewayStats(len(self._connections), self._accepted, dict(self._closed))

    # --- one socket -------------------------------------------------------------------------

    async def handler(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket."""
        if self._draining:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
        origin = origins.checked(request, self._origins)
        ws = web.WebSocketResponse(
            timeout=LINGER,
            compress=False,  # a compression context costs more memory than a connection may
            max_msg_size=MAX_FRAME + 1,  # aiohttp refuses what reaches the limit
            writer_limit=WRITE_BUFFER,
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws  # it has gone already
        session = Session(str(ULID()), self.now(), self._wall())
        connection = Connection(self, ws, transport, session, origin)
        self._connections.add(connection)
        self._empty.clear()
        started = self.now()
        try:
            await connection.run()
        finally:
            self._departed(connection, ws, self.now() - started)
        return ws

    def arrived(self, connection: Connection) -> None:
        """Note that `connection` is somebody's now."""
        self._accepted += 1
        who = connection.principal
        log.info("connection opened", session=connection.session.id, audience=who.audience)
        if who.audience == "staff":
            self._staff[_login(who)] += 1
            if self._staff[_login(who)] == 1:
                self.spawn(self._touch(who, True))
            self.look(connection)
        elif who.audience == "visitor":
            self._visitors.arrived(who)

    def _departed(self, connection: Connection, ws: web.WebSocketResponse, seconds: float) -> None:
        code = connection.finish.code if connection.finish else ws.close_code or 1006
        connection.ended()
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()
        self._closed[code] += 1
        who = connection.session.principal
        if who is not None and who.audience != "staff":
            self.allowances.left(connection.session.allowance)
        log.info(
            "connection closed",
            session=connection.session.id,
            audience=who.audience if who else None,
            code=code,
            seconds=round(seconds, 1),
        )
        if who is not None and who.audience == "visitor":
            self._visitors.departed(who)
        if who is not None and who.audience == "staff":
            self._staff[_login(who)] -= 1
            if self._staff[_login(who)] <= 0:
                del self._staff[_login(who)]
                self.spawn(self._touch(who, False))

    def recheck(self) -> None:
        """Look for missed hints soon: the bus was away. Spread, so that SQL is not stormed."""
        for connection in self._connections:
            connection.session.hurry(self.now() + random.random() * RECHECK)

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
            log.error("a task of the gateway failed", exc_info=error)

    def ask_heads(self, connection: Connection, streams: tuple[str, ...]) -> None:
        """Read the heads of `streams` with those of the others whose heartbeat is due now."""
        self._asking.append((connection, streams))

    async def _beat(self, due: Sequence[tuple[Connection, tuple[str, ...]]]) -> None:
        try:
            found = await self.backend.heads(
                [(connection.principal, streams) for connection, streams in due]
            )
        except Exception:
            # They are sent without heads: a gap shows with the next ones.
            log.exception("the heads of streams were not read")
            found = [{} for _ in due]
        for (connection, _), heads in zip(due, found, strict=True):
            connection.react(connection.session.heartbeat(heads, self.now()))

    def look(self, listener: Listener) -> None:
        """Find out soon how somebody stands in the queue."""
        self._rounds.wake(listener, self.now())
        self._woken.set()

    async def _keep_standing(self) -> None:
        while True:
            self._woken.clear()
            began = self.now()
            if (wait := self._rounds.deadline - began) > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._woken.wait()
                continue
            await self._stand(self._rounds.take(self._connections, began))
            self._rounds.looked(began, self.now())

    async def _stand(self, listeners: Sequence[Listener]) -> None:
        """Tell those of `listeners` how they stand to whom that is news."""
        people: dict[str, list[Listener]] = {}  # somebody's tabs are looked up once
        for one in listeners:
            if one.session.stands:
                people.setdefault(one.principal.person.id, []).append(one)
        everybody = list(people.values())
        for start in range(0, len(everybody), TOGETHER):
            some = everybody[start : start + TOGETHER]
            try:
                found = await self.backend.standing([tabs[0].principal for tabs in some])
            except Exception:
                log.exception("standings were not read")  # the next round reads them
                continue
            for tabs, stands in zip(some, found, strict=True):
                for one in tabs:
                    one.react(one.session.stand(stands))

    async def _keep_time(self) -> None:
        renew = self.now() + LEASE
        attend = self.now() + RENEWAL
        ask = self.now() + PRESENCE
        while True:
            await asyncio.sleep(TICK)
            now = self.now()
            for connection in list(self._connections):
                if connection.session.deadline <= now:
                    connection.react(connection.session.tick(now))
            while self._asking:
                due, self._asking = self._asking[:TOGETHER], self._asking[TOGETHER:]
                self.spawn(self._beat(due))
            if now >= renew:
                renew = now + LEASE
                self.allowances.forget(now)
                self.spawn(self._renew())
            came, left = self._visitors.changes()
            if now >= attend:
                attend = now + RENEWAL
                came = self._visitors.everybody()
            if came or left:
                self.spawn(self._attend(came, left))
            if now >= ask:
                ask = now + PRESENCE
                self.hub.refresh_presence()

    async def _renew(self) -> None:
        staff = {
            _login(who): who
            for one in self._connections
            if (who := one.session.principal) is not None and who.audience == "staff"
        }
        for who in staff.values():
            await self._touch(who, True)

    async def _touch(self, who: Principal, online: bool) -> None:
        try:
            await self.backend.touch(who, online)
        except errors.Refusal:
            pass  # the login has ended; its sockets are closed by the bus
        except Exception:
            log.exception("a presence lease was not renewed")

    async def _attend(self, came: Sequence[Principal], left: Sequence[Principal]) -> None:
        for who, online in ((came, True), (left, False)):
            for start in range(0, len(who), TOGETHER):
                try:
                    await self.backend.renew(who[start : start + TOGETHER], online)
                except Exception:
                    log.exception("visitors' places were not renewed")

    # --- leaving ----------------------------------------------------------------------------

    async def drain(self, spread: float = 5.0, patience: float = 0.0) -> None:
        """Send everybody to other nodes.

        New sockets are refused. Peers without a call go at once and are told to come back
        (elsewhere) within `spread` seconds; those in a call, when it ends, at the latest
        after `patience` seconds.
        """
        self._draining = True
        until = self.now() + patience
        self._send_away(spread, also_active=False)
        while not await self._emptied(min(TICK, until - self.now())) and self.now() < until:
            self._send_away(spread, also_active=False)
        self._send_away(spread, also_active=True)
        await self._emptied(LINGER)

    async def _emptied(self, within: float) -> bool:
        """Wait until nobody is left, for `within` seconds; tell whether it came to that."""
        if self._connections and within > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._empty.wait()
        return not self._connections

    def _send_away(self, spread: float, *, also_active: bool) -> None:
        for connection in list(self._connections):
            if also_active or not connection.session.active:
                leave = errors.Draining("This server leaves.", random.random() * spread)
                connection.react(connection.session.failed(leave))

    async def aclose(self) -> None:
        """Stop everything."""
        self._draining = True
        self._send_away(1.0, also_active=True)
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _login(who: Principal) -> tuple[str, str]:
    return who.person.id, who.session
