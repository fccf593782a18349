"""A participant without a browser: offers, and sends connectivity checks by UDP or TCP by hand."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from aioice import stun

from media import Grant, MediaServer, Quality
from media.framing import framed

OFFER = (Path(__file__).parents[1] / "data" / "sdp" / "chromium-156.sdp").read_bytes().decode()
ROOM = "r"


class Silent:
    """`MediaEvents` of tests that look elsewhere."""

    def __init__(self) -> None:
        self.lost: list[str] = []

    def publications_changed(self, room: str) -> None: ...

    def participant_connected(self, room: str, participant: str) -> None: ...

    def participant_lost(self, room: str, participant: str) -> None:
        self.lost.append(participant)

    def speaking(self, room: str, levels: Mapping[str, int]) -> None: ...

    def quality(self, room: str, participant: str, quality: Quality) -> None: ...


class Checker:
    """What a participant knows of the server after its answer, and the checks it makes of it."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.ufrag = _line(answer, "a=ice-ufrag:")
        self.password = _line(answer, "a=ice-pwd:")

    def check(self, *, nominate: bool = False, password: str | None = None) -> bytes:
        """Write a connectivity check (RFC 8445 section 7.2.2)."""
        message = stun.Message(
            stun.Method.BINDING,
            stun.Class.REQUEST,
            attributes={"USERNAME": f"{self.ufrag}:{_line(OFFER, 'a=ice-ufrag:')}", "PRIORITY": 1},
        )
        message.attributes["ICE-CONTROLLING"] = 7
        if nominate:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity((password or self.password).encode())
        return bytes(message)


def _line(sdp: str, prefix: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith(prefix))[len(prefix) :]


def candidates(answer: str) -> list[str]:
    """Return the candidates of the first m-line."""
    return re.findall(r"^a=candidate:(.*)$", answer.partition("\nm=")[2].partition("\nm=")[0], re.M)


async def admitted(server: MediaServer, participant: str = "a") -> Checker:
    """Give somebody a seat and answer their offer."""
    server.grant(ROOM, participant, Grant(frozenset({"audio", "camera"}), {}))
    sends = {"0": "audio", "1": "camera"}
    return Checker(await server.offer(ROOM, participant, 1, OFFER, sends, {}))


class Stream:
    """A TCP connection to the media port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.sent = 0

    def send(self, datagram: bytes) -> None:
        """Send a frame."""
        self.raw(framed(datagram))

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sent += len(data)
        self.writer.write(data)

    async def receive(self) -> bytes:
        """Return the next frame's datagram."""
        async with asyncio.timeout(5):
            (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            return await self.reader.readexactly(size)

    async def ended(self) -> bytes:
        """Return what still comes before the server closes."""
        async with asyncio.timeout(5):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def connected(server: MediaServer) -> AsyncIterator[Stream]:
    """Connect to the media port for the length of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Stream(reader, writer)
    finally:
        writer.transport.abort()
