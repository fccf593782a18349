"""The attacker's server: it notes every connection and every request, and answers all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Attacker", "attacker"]

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class Attacker:
    """What reached it: `connections` counts, `paths` are those of requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def attacker() -> AsyncIterator[Attacker]:
    """Have an attacker listen for the length of the block."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        noted.connections += 1
        try:
            line = (await reader.readline()).decode("latin-1").split(" ")
            if len(line) > 1:
                noted.paths.append(line[1])
                while (await reader.readline()).strip():
                    pass
                writer.write(_ANSWER)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    noted = Attacker(server.sockets[0].getsockname()[1])
    async with server:
        yield noted
