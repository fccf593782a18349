"""The process of MediaRelay in the bench.

What aiortc's examples do to let people hear each other: a peer connection takes a track, a relay
hands it on, other peer connections send it.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec
import uvloop
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from tests.load.media_load.relay import Answer, Request


class Desk:
    """Does what is asked."""

    def __init__(self) -> None:
        self._relay = MediaRelay()
        self._tracks: dict[str, MediaStreamTrack] = {}
        self._taking: dict[str, RTCPeerConnection] = {}
        self._connections: list[RTCPeerConnection] = []

    def _connection(self) -> RTCPeerConnection:
        made = RTCPeerConnection()
        self._connections.append(made)
        return made

    async def handle(self, request: Request) -> str:
        """Do one request; return the description it makes."""
        match request.do:
            case "publish":
                connection = self._connection()
                connection.on("track", lambda track: self._tracks.update({request.who: track}))
                offer = RTCSessionDescription(request.sdp, "offer")
                await connection.setRemoteDescription(offer)
                await connection.setLocalDescription(await connection.createAnswer())
                return connection.localDescription.sdp
            case "subscribe":
                connection = self._taking[request.who] = self._connection()
                for other in request.others:
                    connection.addTrack(self._relay.subscribe(self._tracks[other]))
                await connection.setLocalDescription(await connection.createOffer())
                return connection.localDescription.sdp
            case "start-taking":
                answer = RTCSessionDescription(request.sdp, "answer")
                await self._taking[request.who].setRemoteDescription(answer)
            case "close":
                await self.aclose()
        return ""

    async def aclose(self) -> None:
        """Close everybody's connections."""
        await asyncio.gather(*(connection.close() for connection in self._connections))
        self._connections.clear()
        self._tracks.clear()
        self._taking.clear()


async def main() -> None:
    """Answer requests until there are no more."""
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    desk = Desk()
    try:
        while line := await reader.readline():
            try:
                answer = Answer(await desk.handle(msgspec.json.decode(line, type=Request)))
            except Exception as error:
                answer = Answer(error=repr(error))
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        await desk.aclose()


if __name__ == "__main__":
    uvloop.run(main())
