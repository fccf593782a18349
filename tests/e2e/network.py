"""One person's way to the servers, which can be far, stall, be lost and come back.

A browser context is told to go through it as through an HTTP proxy (`proxy=network.proxy`). Lost
means what it means on a train: nothing is refused and nothing is closed, packets just go nowhere;
what was under way arrives when the network is back, unless that is another network (`forget`).
With `ports` it is a company's firewall: TCP to these alone, and no UDP at all if the browser is
told to keep to its proxy.
Far means that every byte takes `delay` each way, in order; stalls are seeded.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

__all__ = ["Network", "network"]

_CHUNK = 65536
_WINDOW = 64  # chunks under way in one direction

_Way = asyncio.Queue[tuple[float, bytes]]  # due when, what; nothing: the end


class Network:
    """An HTTP proxy (RFC 9110 sections 7.2 and 9.3.6) that forwards bytes unless it is lost."""

    def __init__(self, delay: float = 0.0, ports: frozenset[int] | None = None) -> None:
        self.delay = delay
        """Seconds from one side to the other."""
        self.ports = ports
        """The ports that may be reached; None: all."""
        self.refused: set[int] = set()
        self._there = asyncio.Event()
        self._there.set()
        self._ways: set[asyncio.Task[None]] = set()
        self._stalling: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    @property
    def proxy(self) -> dict[str, str]:
        """Return the `proxy` option of a browser context."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return {"server": f"http://127.0.0.1:{port}"}

    def lose(self) -> None:
        """Let nothing through from now on."""
        self._there.clear()

    def regain(self) -> None:
        """Let everything through again, what has waited first."""
        self._there.set()

    def forget(self) -> None:
        """End every connection, as a change of network does."""
        for way in self._ways:
            way.cancel()

    def stall(self, every: float, lasting: float, seed: int = 1) -> None:
        """Let nothing through now and then: about so often, for about so long, in seconds."""
        self._stalling = asyncio.create_task(self._stall(every, lasting, random.Random(seed)))

    async def _stall(self, every: float, lasting: float, chance: random.Random) -> None:
        while True:
            await asyncio.sleep(every * chance.uniform(0.5, 1.5))
            self.lose()
            await asyncio.sleep(lasting * chance.uniform(0.5, 1.5))
            self.regain()

    async def aclose(self) -> None:
        assert self._server is not None
        self._server.close()
        self.forget()
        stalling = [self._stalling] if self._stalling else []
        for task in stalling:
            task.cancel()
        await asyncio.gather(*self._ways, *stalling, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = asyncio.current_task()
        assert way is not None
        self._ways.add(way)
        way.add_done_callback(self._ways.discard)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._connect(reader, writer)
        except asyncio.CancelledError:
            pass  # forgotten; there is nobody to tell
        finally:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(2 * self.delay)  # the handshake
        await self._there.wait()
        method, target, _ = head.split(b" ", 2)
        tunnel = method == b"CONNECT"
        address = urlsplit(f"//{target.decode()}" if tunnel else target.decode())
        if self.ports is not None and address.port not in self.ports:
            self.refused.add(address.port or 0)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        back_reader, back_writer = await asyncio.open_connection(address.hostname, address.port)
        there, back = _Way(_WINDOW), _Way(_WINDOW)
        reading = [self._read(reader, there), self._read(back_reader, back)]
        writing = [self._write(there, back_writer), self._write(back, writer)]
        readers = [asyncio.create_task(read) for read in reading]
        writers = [asyncio.create_task(write) for write in writing]
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                back_writer.write(head)
            # One side has left: so must the other.
            await asyncio.wait(writers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*readers, *writers):
                task.cancel()
            await asyncio.gather(*readers, *writers, return_exceptions=True)
            back_writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader, way: _Way) -> None:
        loop = asyncio.get_running_loop()
        chunk = b"..."
        while chunk:
            try:
                chunk = await reader.read(_CHUNK)
            except OSError:
                chunk = b""
            await way.put((loop.time() + self.delay, chunk))

    async def _write(self, way: _Way, writer: asyncio.StreamWriter) -> None:
        """Write what is under way when it is due; return when a side has left."""
        loop = asyncio.get_running_loop()
        while True:
            due, chunk = await way.get()
            if (rest := due - loop.time()) > 0:
                await asyncio.sleep(rest)
            await self._there.wait()
            if not chunk:
                return
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def network(
    delay: float = 0.0, ports: frozenset[int] | None = None
) -> AsyncIterator[Network]:
    """Have a way to the servers for the length of the block."""
    made = Network(delay, ports)
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()
