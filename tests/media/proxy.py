"""A user-space UDP impairment proxy between browsers and the media server, seeded.

Every client address gets a socket of its own towards the server, so that the server sees as many
addresses as there are clients; `rebind` gives them new ones, as a network translator does.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket

__all__ = ["Proxy"]


class Proxy:
    def __init__(
        self, server_port: int, *, seed: int = 1, server_host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.loss = 0.0
        self.delay = 0.0
        self.cut = False
        self.rate = 0.0
        """Bit/s towards each client; 0 is unlimited."""
        self.jitter = 0.0
        """Seconds that a packet towards a client is held back at most, without overtaking."""
        self.uplink = 0.0
        """Bit/s from each client; 0 is unlimited."""
        self.queue = 0.3
        """Seconds of backlog before packets are dropped."""
        self.inject = b""
        """Sent to the server, as from the client, before each of the client's DTLS datagrams."""
        self._held: dict[tuple[str, int], float] = {}
        self._busy: dict[tuple[str, int], float] = {}  # towards each client
        self._busy_up: dict[tuple[str, int], float] = {}  # from each client
        self.dropped = 0
        self.passed = 0
        self._random = random.Random(seed)
        self._server = (server_host, server_port)
        self._front = _bound(port)
        self._back: dict[tuple[str, int], socket.socket] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    @property
    def port(self) -> int:
        return int(self._front.getsockname()[1])

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._front.fileno(), self._from_clients)

    def close(self) -> None:
        loop = asyncio.get_running_loop()
        for timer in self._timers:
            timer.cancel()
        for opened in (self._front, *self._back.values()):
            loop.remove_reader(opened.fileno())
            opened.close()

    def through(self, answer: str) -> str:
        """Let an answer's candidates name the proxy."""
        return re.sub(
            r"^(a=candidate:\S+ 1 udp \d+ \S+) \d+ ", rf"\1 {self.port} ", answer, flags=re.M
        )

    def rebind(self) -> None:
        """Give every client another address towards the server."""
        loop = asyncio.get_running_loop()
        for client, old in list(self._back.items()):
            loop.remove_reader(old.fileno())
            old.close()
            self._back[client] = self._towards_server(client)

    def _towards_server(self, client: tuple[str, int]) -> socket.socket:
        back = _bound()
        asyncio.get_running_loop().add_reader(back.fileno(), self._from_server, back, client)
        return back

    def _from_clients(self) -> None:
        for _ in range(64):
            try:
                data, client = self._front.recvfrom(2048)
            except (BlockingIOError, ConnectionError):
                return
            if client not in self._back:
                self._back[client] = self._towards_server(client)
            if self.inject and 20 <= data[0] < 64:
                _send(self._back[client], self.inject, self._server)
            self._pass(lambda c=client: self._back[c], data, self._server, client)

    def _from_server(self, back: socket.socket, client: tuple[str, int]) -> None:
        for _ in range(64):
            try:
                data = back.recv(2048)
            except (BlockingIOError, ConnectionError):
                return
            self._pass(lambda: self._front, data, client, client)

    def _pass(  # type: ignore[no-untyped-def]
        self, way, data: bytes, address: tuple[str, int], client: tuple[str, int]
    ) -> None:
        if self.cut or self._random.random() < self.loss:
            self.dropped += 1
            return
        delay = self.delay
        up = address == self._server
        rate, busy = (self.uplink, self._busy_up) if up else (self.rate, self._busy)
        if rate:
            now = asyncio.get_running_loop().time()
            free = max(now, busy.get(client, now))
            if free - now > self.queue:
                self.dropped += 1
                return
            busy[client] = free + 8 * len(data) / rate
            delay += busy[client] - now
        if self.jitter and address != self._server:
            now = asyncio.get_running_loop().time()
            due = now + delay + self._random.random() * self.jitter
            self._held[address] = due = max(due, self._held.get(address, 0.0))
            delay = due - now
        self.passed += 1
        if not delay:
            _send(way(), data, address)
            return
        timer = asyncio.get_running_loop().call_later(delay, lambda: _send(way(), data, address))
        self._timers.add(timer)
        if len(self._timers) > 1000:
            now = asyncio.get_running_loop().time()
            self._timers = {t for t in self._timers if t.when() > now}


def _bound(port: int = 0) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.bind(("127.0.0.1", port))
    return opened


def _send(way: socket.socket, data: bytes, address: tuple[str, int]) -> None:
    try:
        way.sendto(data, address)
    except (BlockingIOError, ConnectionError):
        return
