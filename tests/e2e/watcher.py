"""A viewer of a co-browsing who is no browser: reads every frame as the server sends it.

It speaks `/ws/cobrowse` as the console does, so the server treats it as any viewer, and keeps the
bytes, so that a test can look for what must not be in them.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from ulid import ULID

from signaling.cobrowse.frames import FLAG_GZIP, HEADER

__all__ = ["Picture", "Watcher", "refused", "watching"]

PATIENCE = 10.0  # seconds for something that the server or a browser does at once
SNAPSHOT = 1
_HEAD = struct.Struct(">BBBxIId")


@dataclass(frozen=True)
class Picture:
    """One binary frame. `size`: bytes of its payload as sent; `whole`: the frame as it came."""

    kind: int
    epoch: int
    seq: int
    at: float
    size: int
    plain: bytes
    whole: bytes

    @classmethod
    def read(cls, data: bytes) -> Picture:
        _version, kind, flags, epoch, seq, at = _HEAD.unpack_from(data)
        payload = data[HEADER:]
        plain = gzip.decompress(payload) if flags & FLAG_GZIP else payload
        return cls(kind, epoch, seq, at, len(payload), plain, data)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The rrweb events in it."""
        found: list[dict[str, Any]] = json.loads(self.plain)
        return found


class Watcher:
    """One viewer's connection: all pictures and all text frames that have come."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._changed = asyncio.Condition()
        self.pictures: list[Picture] = []
        self.frames: list[dict[str, Any]] = []

    async def listen(self) -> None:
        """Take frames until the socket closes, and acknowledge every picture at once."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                picture = Picture.read(message.data)
                await self.send({"t": "shown", "epoch": picture.epoch, "seq": picture.seq})
                async with self._changed:
                    self.pictures.append(picture)
                    self._changed.notify_all()
                continue
            frame = message.json()
            if frame["t"] == "ping":
                await self.send({"t": "pong"})
            async with self._changed:
                self.frames.append(frame)
                self._changed.notify_all()

    async def send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_json(frame)

    async def until(self, reached: Callable[[], Any], within: float = PATIENCE) -> Any:
        """Return the first truthy answer of `reached`, asked with every frame that comes."""
        try:
            async with asyncio.timeout(within), self._changed:
                while not (answer := reached()):
                    await self._changed.wait()
        except TimeoutError:
            last = [(p.kind, p.epoch, p.seq) for p in self.pictures[-3:]], self.frames[-5:]
            raise AssertionError(f"not within {within} s; what came last: {last}") from None
        return answer

    async def find(self, t: str, **fields: Any) -> dict[str, Any]:
        """Return the first text frame of type `t` that has these fields."""

        def found() -> dict[str, Any] | None:
            wanted = {"t": t, **fields}
            return next((f for f in self.frames if wanted.items() <= f.items()), None)

        answer: dict[str, Any] = await self.until(found)
        return answer

    async def snapshot(self, above: int = 0) -> Picture:
        """Return the first snapshot of an epoch above this one."""

        def found() -> Picture | None:
            return next((p for p in self.pictures if p.kind == SNAPSHOT and p.epoch > above), None)

        answer: Picture = await self.until(found)
        return answer

    async def node(self, attribute: str, value: str, epoch: int = 0) -> tuple[int, int]:
        """Return the newest epoch, from `epoch` on, and the node there with this attribute."""

        def found() -> tuple[int, int] | None:
            snapshots = [p for p in self.pictures if p.kind == SNAPSHOT and p.epoch >= epoch]
            for node in _nodes(snapshots[-1].events) if snapshots else ():
                if node.get("attributes", {}).get(attribute) == value:
                    return snapshots[-1].epoch, int(node["id"])
            return None

        answer: tuple[int, int] = await self.until(found)
        return answer

    async def operate(self, **fields: Any) -> str:
        """Send an operation, and return its id."""
        sent = str(ULID())
        await self.send({"t": "operate", "id": sent, **fields})
        return sent

    def raw(self) -> bytes:
        """Return all that has come, unpacked, one after the other."""
        texts = (json.dumps(frame, ensure_ascii=False).encode() for frame in self.frames)
        return b"\n".join((*(picture.plain for picture in self.pictures), *texts))


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Walk the nodes of rrweb events."""
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        if "id" in value and isinstance(value.get("attributes"), dict):
            yield value
        for item in value.values():
            yield from _nodes(item)


async def refused(url: str, token: str, cobrowse: str) -> dict[str, Any]:
    """Ask to look, and return the `bye` that refuses it."""
    async with _connected(url, token, cobrowse) as watcher:
        return await watcher.find("bye")


@asynccontextmanager
async def watching(url: str, token: str, cobrowse: str) -> AsyncIterator[Watcher]:
    """Look at a co-browsing of the server at `url` for the length of the block."""
    async with _connected(url, token, cobrowse) as watcher:
        await watcher.find("welcome")
        yield watcher


@asynccontextmanager
async def _connected(url: str, token: str, cobrowse: str) -> AsyncIterator[Watcher]:
    async with (
        aiohttp.ClientSession(headers={"Origin": url}) as http,
        http.ws_connect(f"{url}/ws/cobrowse".replace("http", "ws", 1), max_msg_size=0) as socket,
    ):
        watcher = Watcher(socket)
        listening = asyncio.create_task(watcher.listen())
        try:
            hello = {"t": "hello", "v": 1, "token": token, "cobrowse": cobrowse, "role": "view"}
            await watcher.send(hello)
            yield watcher
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
