"""aiortc's MediaRelay under load, in a process of its own (`relay_process`).

It forwards what it has decoded, encoded again for each receiver. Pictures of full size would take
a fifth of a core for each stream, so its people send sound: real Opus, 50 packets a second, in two
rooms. What is told of it is therefore its cheapest case.
"""

from __future__ import annotations

import asyncio

import msgspec

from tests.load.media_load.description import Wanted, answer, offer, read
from tests.load.media_load.process import ServerProcess
from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source
from tests.load.media_load.stage import Room, Stage

__all__ = ["Answer", "Relay", "Request"]

SETTLE = 0.5  # seconds for the server to forget people who left


class Request(msgspec.Struct):
    """What the bench wants of `relay_process`."""

    do: str
    who: str = ""
    sdp: str = ""
    others: list[str] = []


class Answer(msgspec.Struct):
    """What came of it."""

    sdp: str = ""
    error: str = ""


class Relay(Stage):
    """Rooms of one process with aiortc: everybody has a connection for each way."""

    name = "relay"
    load = "Opus, 50 packets a second"
    most_rooms = 2

    async def start(self, core: int) -> None:
        """Start the server on a core."""
        self._names = 0
        module = "tests.load.media_load.relay_process"
        self.process = await ServerProcess.python(module, core, self.folder / "relay.log")
        await self._ask(Request("start"))

    async def _ask(self, request: Request) -> str:
        said = await self.process.ask(request, Answer)
        if said.error:
            raise RuntimeError(f"{request.do}: {said.error}\n{self.process.log()}")
        return said.sdp

    async def open_room(self, people: int) -> Room:
        """Seat people: each publishes on one connection and takes the others on a second."""
        room = Room()
        sources: dict[str, Source] = {}
        for _ in range(people):
            self._names += 1
            who = f"p{self._names}"
            end = self.end(room)
            source = sources[who] = self.source(room, end, "0")
            line = Wanted("0", source.content.kind, source.ssrc, stream=who)
            sdp = offer(end.connection.local, [line], 1)
            remote = read(await self._ask(Request("publish", who, sdp)))
            source.accept(remote.line("0"))
            await end.connection.connect(remote, controlling=True)
        for who in sources:
            await self._subscribe(room, who, {k: s for k, s in sources.items() if k != who})
        self.rooms.append(room)
        return room

    async def _subscribe(self, room: Room, who: str, others: dict[str, Source]) -> None:
        remote = read(await self._ask(Request("subscribe", who, others=list(others))))
        end = self.end(room)
        for source, line in zip(others.values(), remote.lines, strict=True):
            room.take(end, Sink(source, line, end.arrivals))
        await self._ask(Request("start-taking", who, answer(end.connection.local, remote)))
        await end.connection.connect(remote, controlling=False)

    async def end_rooms(self) -> None:
        """Tell the server that everybody left."""
        await self._ask(Request("close"))
        await asyncio.sleep(SETTLE)
