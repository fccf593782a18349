"""One person of the soak: a wire to the server and a connection with its media server, no browser.

Signalling as docs/protocol.md has it; media by the load client of `media_load`, sound and picture
on one connection, with the feedback that a browser gives.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Sequence
from typing import Any, Final

import aiohttp
from ulid import ULID

from tests.load.media_load.connection import Connection
from tests.load.media_load.content import Picture, Sound
from tests.load.media_load.description import Wanted, offer, read
from tests.load.media_load.dtls import Certificate
from tests.load.media_load.end import End
from tests.load.media_load.pace import Pacer
from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source

__all__ = ["HOST", "Frame", "Person", "RefusedError", "Talk"]

HOST: Final = "127.0.0.1"
ANSWER_SECONDS: Final = 15.0
CAMERA: Final = (60, 700)  # packets a second, bytes: calls are many, and pictures no news

Frame = dict[str, Any]


class RefusedError(Exception):
    """The server refused a command; the text is its code."""


class Talk:
    """What the people of one call know of each other: who sends what."""

    def __init__(self, conv: str, certificate: Certificate, tone: Sequence[bytes]) -> None:
        self.conv = conv
        self.call = ""
        self.certificate = certificate
        self.tone = tone
        self.sources: dict[tuple[str, str], Source] = {}
        """(person id, source) -> what they send."""
        self.numbers = 0


class Person:
    """Somebody in a call."""

    def __init__(self, url: str, token: str, talk: Talk, alias: str = "") -> None:
        """`alias` is the id under which an expert knows them."""
        self.talk = talk
        self.id = ""
        self.alias = alias
        self._url = url
        self._token = token
        self._http = aiohttp.ClientSession(headers={"Origin": url})
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Frame]] = {}
        self._generation = int(time.time())
        self._end: End | None = None
        self._pacer: Pacer | None = None
        self._sending: list[Wanted] = []
        self._receiving: dict[str, str] = {}  # mid -> publication
        self._negotiating = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the wire -----------------------------------------------------------------------------

    async def come(self) -> None:
        """Connect; a wire that is open is left behind."""
        await self._hang_up()
        ws = await self._http.ws_connect(f"{self._url}/ws")
        hello = {"t": "hello", "v": 1, "token": self._token, "active": True}
        await ws.send_json({**hello, "cursors": {self.talk.conv: None} if self.talk.conv else {}})
        self._ws = ws
        async with asyncio.timeout(ANSWER_SECONDS):
            async for message in ws:
                frame = json.loads(message.data)
                if frame["t"] == "welcome":
                    self.id = frame["you"]["id"]
                    self._reader = asyncio.create_task(self._read(ws))
                    return
        raise RefusedError("the wire closed before the welcome")

    async def ask(self, t: str, **fields: object) -> Frame:
        """Have a command done, or an offer answered.

        Raises:
            RefusedError: the server did not want to.
            TimeoutError: it did not answer.
        """
        assert self._ws is not None
        id_ = str(ULID())
        future = self._waiting[id_] = asyncio.get_running_loop().create_future()
        try:
            await self._ws.send_json({"t": t, "id": id_, **fields})
            async with asyncio.timeout(ANSWER_SECONDS):
                frame = await future
        finally:
            self._waiting.pop(id_, None)
        if frame["t"] == "nack":
            raise RefusedError(f"{t}: {frame['code']}")
        return frame

    async def say(self, t: str, **fields: object) -> Frame:
        """Have a command of this call done, see `ask`."""
        return await self.ask(t, conv=self.talk.conv, call=self.talk.call, **fields)

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            frame: Frame = json.loads(message.data)
            match frame["t"]:
                case "ack" | "nack" | "rtc.answer":
                    future = self._waiting.get(frame["id"])
                    if future is not None and not future.done():
                        future.set_result(frame)
                case "heartbeat":
                    await ws.send_json({"t": "beat", "active": True})
                case "rtc.publications" if frame["call"] == self.talk.call and self._end:
                    task = asyncio.create_task(self._take(frame["publications"]))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    # -- media --------------------------------------------------------------------------------

    async def publish(self) -> None:
        """Send sound and picture, on a new connection.

        Raises:
            RefusedError, ConnectError: it did not come to that.
        """
        await self._close_media()
        talk = self.talk
        end = End(Connection(talk.certificate, HOST))
        self._end = end
        made: list[Source] = []
        for content in (Sound(talk.tone), Picture(*CAMERA)):
            talk.numbers += 1
            made.append(Source(talk.numbers, end.connection, content, str(len(made))))
        voice, camera = made
        end.source = camera
        self._receiving = {}
        self._sending = [
            Wanted("0", "audio", voice.ssrc, stream=self.id),
            Wanted("1", "video", camera.ssrc, camera.rtx_ssrc, self.id),
        ]
        for name, source in (("audio", voice), ("camera", camera)):
            talk.sources[self.id, name] = talk.sources[self.alias, name] = source
        async with self._negotiating:
            answer = read(await self._offer())
        for source in made:
            source.accept(answer.line(source.mid))
        await end.connection.connect(answer, controlling=True)
        self._pacer = Pacer(made)

    async def _offer(self) -> str:
        assert self._end is not None
        self._generation += 1
        taking = [
            Wanted(mid, "audio" if mid.startswith("a") else "video") for mid in self._receiving
        ]
        lines = [*self._sending, *taking]
        answer = await self.say(
            "rtc.offer",
            generation=self._generation,
            sdp=offer(self._end.connection.local, lines, self._generation),
            send={"0": "audio", "1": "camera"},
            receive={mid: id_ for mid, id_ in self._receiving.items() if id_},
        )
        return str(answer["sdp"])

    async def _take(self, publications: Sequence[Frame]) -> None:
        """Take what the others send; somebody who leaves in between is no fault."""
        with contextlib.suppress(RefusedError, TimeoutError, LookupError, ValueError, OSError):
            async with self._negotiating:
                await self._renegotiate({one["id"]: one for one in publications})

    async def _renegotiate(self, there: dict[str, Frame]) -> None:
        end, known = self._end, set(self._receiving.values())
        if end is None:
            return
        for mid, id_ in self._receiving.items():
            if id_ not in there:
                self._receiving[mid] = ""  # the m-line stays, and takes nothing
        fresh = {}
        for id_, one in there.items():
            if id_ not in known:
                kind = "a" if one["source"] == "audio" else "v"
                mid = f"{kind}{len(self._receiving) + 2}"
                self._receiving[mid] = id_
                fresh[mid] = one
        answer = read(await self._offer())
        for mid, one in fresh.items():
            source = self.talk.sources[one["participant"], one["source"]]
            end.take(Sink(source, answer.line(mid), end.arrivals))

    @property
    def received(self) -> int:
        """How many media packets came on the present connection."""
        return sum(sink.received for sink in set(self._end.sinks.values())) if self._end else 0

    async def _close_media(self) -> None:
        if self._pacer is not None:
            self._pacer.stop()
        self._pacer = None
        end, self._end = self._end, None
        if end is not None:
            await end.aclose()

    # -- going --------------------------------------------------------------------------------

    async def vanish(self) -> None:
        """Be gone without a word: sockets close, nothing is said on them."""
        if self._ws is not None and (wire := self._ws.get_extra_info("socket")) is not None:
            # uvloop's own object cannot; the other end sees the stream end, and no close frame.
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(wire.fileno())) as twin:
                twin.shutdown(socket.SHUT_RDWR)
        await self._close_media()

    async def _hang_up(self) -> None:
        if self._ws is not None:
            await self._ws.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def aclose(self) -> None:
        """Go."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close_media()
        await self._hang_up()
        await self._http.close()
