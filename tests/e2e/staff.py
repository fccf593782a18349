"""A member of staff who works over the real API and socket, for tests that look at the shopper.

It signs in, holds one WebSocket, and answers the server's heartbeats, so that the shop is
staffed as long as the block lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from ulid import ULID

from server.demo import PASSWORD

__all__ = ["Staff", "staffed"]

PATIENCE = 10.0  # seconds for something that the server or a browser does at once


class Staff:
    """One agent's connection: everything received, and commands that wait for their answer."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self._socket = socket
        self.token = token
        self._changed = asyncio.Condition()
        self.frames: list[dict[str, Any]] = []

    async def listen(self) -> None:
        """Take frames until the socket closes."""
        async for message in self._socket:
            frame = message.json()
            if frame["t"] == "heartbeat":
                await self._socket.send_json({"t": "beat"})
            async with self._changed:
                self.frames.append(frame)
                self._changed.notify_all()

    async def find(
        self, wanted: Callable[[dict[str, Any]], bool], within: float = PATIENCE
    ) -> dict[str, Any]:
        """Return the first frame that is wanted, waiting for it if need be."""
        async with asyncio.timeout(within), self._changed:
            while True:
                for frame in self.frames:
                    if wanted(frame):
                        return frame
                await self._changed.wait()

    async def command(self, t: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its acknowledgement."""
        command = str(ULID())
        await self._socket.send_json({"t": t, "id": command, **fields})
        answer = await self.find(lambda frame: frame.get("id") == command)
        assert answer["t"] == "ack", answer
        return answer

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame that nobody answers."""
        await self._socket.send_json(frame)

    async def conversation(self, text: str) -> str:
        """Return the conversation whose newest line is `text`, and open its stream."""

        def row(frame: dict[str, Any]) -> str | None:
            listed = frame["items"] if frame["t"] in ("inbox.snapshot", "inbox.changes") else []
            found = [item for item in listed if item.get("last", {}).get("text") == text]
            return str(found[0]["id"]) if found else None

        conv = row(await self.find(lambda frame: row(frame) is not None))
        assert conv is not None
        await self.command("subscribe", stream=conv)
        await self.find(lambda frame: frame["t"] == "snapshot" and frame["conv"] == conv)
        return conv

    def seen(self, conv: str) -> int:
        """Return the newest sequence number of a conversation that has come."""
        newest: int = max(
            frame["seq"]
            for frame in self.frames
            if frame["t"] in ("snapshot", "event") and frame["conv"] == conv
        )
        return newest

    async def event(
        self, conv: str, kind: str, within: float = PATIENCE, **fields: Any
    ) -> dict[str, Any]:
        """Return the conversation's first event of `kind` that has these fields."""

        def bodies(frame: dict[str, Any]) -> list[dict[str, Any]]:
            if frame["t"] == "event" and frame["conv"] == conv:
                return [frame["event"]]
            if frame["t"] == "snapshot" and frame["conv"] == conv:
                return [entry["event"] for entry in frame["events"]]
            return []

        def matches(body: dict[str, Any]) -> bool:
            return body["kind"] == kind and fields.items() <= body.items()

        frame = await self.find(lambda frame: any(map(matches, bodies(frame))), within)
        return next(body for body in bodies(frame) if matches(body))


@asynccontextmanager
async def staffed(url: str, email: str = "agent1@demo.example") -> AsyncIterator[Staff]:
    """Have an agent at the counter of the server at `url` for the length of the block."""
    headers = {"Origin": url}
    async with aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http:
        account = {"email": email, "password": PASSWORD}
        async with http.post(f"{url}/api/v1/agent/login", json=account) as response:
            response.raise_for_status()
            # By hand: the cookie is Secure, and aiohttp knows no trustworthy localhost.
            cookie = response.headers["Set-Cookie"].split(";")[0]
        async with http.post(
            f"{url}/api/v1/agent/token", json={}, headers={"Cookie": cookie}
        ) as response:
            response.raise_for_status()
            token = (await response.json())["token"]
        async with http.ws_connect(f"{url}/ws".replace("http", "ws", 1)) as socket:
            staff = Staff(socket, token)
            listening = asyncio.create_task(staff.listen())
            try:
                hello = {"t": "hello", "v": 1, "token": token, "cursors": {"inbox": None}}
                await staff.send(hello)
                await staff.find(lambda frame: frame["t"] == "welcome")
                yield staff
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
