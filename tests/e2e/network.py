"""One person's way to the servers, which can be lost and come back.

A browser context is told to go through it as through an HTTP proxy (`proxy=network.proxy`). Lost
means what it means on a train: nothing is refused and nothing is closed, packets just go nowhere;
what was under way arrives when the network is back, unless that is another network (`forget`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

__all__ = ["Network", "network"]

_CHUNK = 65536


class Network:
    """An HTTP proxy (RFC 9110 sections 7.2 and 9.3.6) that forwards bytes unless it is lost."""

    def __init__(self) -> None:
        self._there = asyncio.Event()
        self._there.set()
        self._ways: set[asyncio.Task[None]] = set()
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

    async def aclose(self) -> None:
        assert self._server is not None
        self._server.close()
        self.forget()
        await asyncio.gather(*self._ways, return_exceptions=True)

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
        await self._there.wait()
        method, target, _ = head.split(b" ", 2)
        tunnel = method == b"CONNECT"
        address = urlsplit(f"//{target.decode()}" if tunnel else target.decode())
        back_reader, back_writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                back_writer.write(head)
            ways = (self._carry(reader, back_writer), self._carry(back_reader, writer))
            await asyncio.gather(*ways)
        finally:
            back_writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            await self._there.wait()
            writer.write(chunk)
            await writer.drain()
        raise ConnectionResetError  # one side has left: so must the other


@asynccontextmanager
async def network() -> AsyncIterator[Network]:
    """Have a way to the servers for the length of the block."""
    made = Network()
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()
