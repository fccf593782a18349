"""A client of the protocol over a real socket, for tests."""

import asyncio
import contextlib
import json

import aiohttp

from signaling import messages
from signaling.messages import Ack, Bye, Event, Nack, Snapshot
from tests.signaling.fakes import decode

PATIENCE = 5.0  # seconds until a test that waits for something fails


class Client:
    """One WebSocket. `hear` returns the next frame of a type and keeps none of the others."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.heard: list = []

    async def say(self, frame) -> None:
        data = frame if isinstance(frame, str) else json.dumps(frame)
        await self.ws.send_str(data)

    async def hello(self, token="visitor:v", cursors=None, **more) -> messages.Welcome:
        await self.say({"t": "hello", "v": 1, "token": token, "cursors": cursors or {}, **more})
        return await self.hear(messages.Welcome)

    async def hear(self, *types):
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.ws.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise ConnectionError(f"closed with {self.ws.close_code} before {types}")
                frame = decode(message.data)
                self.heard.append(frame)
                if isinstance(frame, types):
                    return frame

    async def send(self, conv, text, id_=None) -> Ack | Nack:
        id_ = id_ or text
        await self.say({"t": "message.send", "id": id_, "conv": conv, "text": text})
        while True:
            answer = await self.hear(Ack, Nack)
            if answer.id == id_:
                return answer

    async def closed(self) -> int | None:
        """Read to the end; return the close code."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self.hear(Bye)
        return self.ws.close_code


class Timeline:
    """What a client has of one conversation; fails on a gap or a duplicate."""

    def __init__(self) -> None:
        self.cursor: tuple[str, int] | None = None
        self.texts: list[str] = []

    def take(self, frame) -> None:
        match frame:
            case Snapshot():
                self.cursor = (frame.epoch, frame.seq)
                self.texts = [one.event.text for one in frame.events]
            case Event():
                assert self.cursor is not None
                assert frame.prev == self.cursor[1], "a gap or a duplicate"
                self.cursor = (frame.epoch, frame.seq)
                self.texts.append(frame.event.text)
