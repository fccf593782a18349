"""The process of Tiski's media server in the bench.

The media server as the product runs it (uvloop, its settings of the garbage collector), told by
lines of JSON on standard input what the product's rooms would tell it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Mapping

import msgspec
import structlog
import uvloop

from media import Grant, MediaConfig, MediaServer, Quality
from tests.load.media_load.tiski import Answer, Request

SOURCES = frozenset({"audio", "camera"})


class Quiet:
    """Hears the media server's events, of which the bench needs none."""

    def publications_changed(self, room: str) -> None:
        """Ignore it: the bench knows when to look."""

    def participant_connected(self, room: str, participant: str) -> None:
        """Ignore it."""

    def participant_lost(self, room: str, participant: str) -> None:
        """Ignore it."""

    def speaking(self, room: str, levels: Mapping[str, int]) -> None:
        """Ignore it."""

    def quality(self, room: str, participant: str, quality: Quality) -> None:
        """Ignore it."""


class Desk:
    """Does what is asked."""

    def __init__(self) -> None:
        self._server: MediaServer | None = None
        self._rooms: set[str] = set()

    async def handle(self, request: Request) -> Answer:
        """Do one request."""
        if request.do == "start":
            self._server = MediaServer(MediaConfig(host=request.host), Quiet())
            await self._server.start()
            return Answer()
        assert self._server is not None
        match request.do:
            case "grant":
                self._rooms.add(request.room)
                grant = Grant(SOURCES, dict.fromkeys(request.receive, SOURCES))
                self._server.grant(request.room, request.who, grant)
            case "offer":
                source = "audio" if "m=audio" in request.sdp else "camera"
                arguments = (request.generation, request.sdp, {"0": source}, request.take)
                return Answer(await self._server.offer(request.room, request.who, *arguments))
            case "visible":
                found = self._server.visible(request.room, request.who)
                return Answer(publications={p.id: p.participant for p in found})
            case "close":
                for room in self._rooms:
                    self._server.close_room(room)
                self._rooms.clear()
        return Answer()

    async def aclose(self) -> None:
        """Stop the server."""
        if self._server is not None:
            await self._server.aclose()


async def main() -> None:
    """Answer requests until there are no more."""
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    desk = Desk()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    try:
        while line := await reader.readline():
            try:
                answer = await desk.handle(msgspec.json.decode(line, type=Request))
            except Exception as error:
                structlog.get_logger().exception("bench.refused")
                answer = Answer(error=repr(error))
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
            sys.stdout.buffer.flush()
    finally:
        await desk.aclose()


if __name__ == "__main__":
    uvloop.run(main())
