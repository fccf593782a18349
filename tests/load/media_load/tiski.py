"""Tiski's media server under load, in a process of its own (`tiski_process`)."""

from __future__ import annotations

import asyncio

import msgspec

from tests.load.media_load.description import Wanted, offer, read
from tests.load.media_load.end import End
from tests.load.media_load.process import ROOT, ServerProcess
from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source
from tests.load.media_load.stage import Room, Stage

__all__ = ["Answer", "Request", "Tiski"]

SETTLE = 0.2  # seconds for the server to forget people who left


class Request(msgspec.Struct):
    """What the bench wants of `tiski_process`."""

    do: str
    room: str = ""
    who: str = ""
    host: str = ""
    receive: list[str] = []
    sdp: str = ""
    generation: int = 0
    take: dict[str, str] = {}


class Answer(msgspec.Struct):
    """What came of it."""

    sdp: str = ""
    publications: dict[str, str] = {}
    """Publication id -> whose."""
    error: str = ""


class Tiski(Stage):
    """Rooms of one `MediaServer`: everybody has one connection, for both ways."""

    name = "tiski"
    where = ROOT
    """The folder that holds the `media` to run."""

    async def start(self, core: int) -> None:
        """Start the server on a core."""
        self._names = 0
        module = "tests.load.media_load.tiski_process"
        self.process = await ServerProcess.python(
            module, core, self.folder / f"{self.name}.log", self.where
        )
        await self._ask(Request("start", host=self.host))

    async def _ask(self, request: Request) -> Answer:
        answer = await self.process.ask(request, Answer)
        if answer.error:
            raise RuntimeError(f"{request.do}: {answer.error}\n{self.process.log()}")
        return answer

    async def open_room(self, people: int) -> Room:
        """Seat people: each publishes with a first offer and takes the others with a second."""
        room = Room()
        self._names += 1
        name = f"room-{self._names}"
        everybody = [f"p{index}" for index in range(people)]
        for who in everybody:
            others = [other for other in everybody if other != who]
            await self._ask(Request("grant", name, who, receive=others))
        ends = {who: self.end(room) for who in everybody}
        sources = {who: self.source(room, end, "0") for who, end in ends.items()}
        for who, end in ends.items():
            sdp = offer(end.connection.local, [_sending(sources[who])], 1)
            answer = await self._ask(Request("offer", name, who, sdp=sdp, generation=1))
            remote = read(answer.sdp)
            sources[who].accept(remote.line("0"))
            await end.connection.connect(remote, controlling=True)
        for who in everybody:
            await self._take_others(room, name, who, ends[who], sources)
        self.rooms.append(room)
        return room

    async def _take_others(
        self, room: Room, name: str, who: str, end: End, sources: dict[str, Source]
    ) -> None:
        visible = (await self._ask(Request("visible", name, who))).publications
        mids = {str(index + 1): id_ for index, id_ in enumerate(visible)}
        lines = [_sending(sources[who])]
        lines += [Wanted(mid, sources[who].content.kind) for mid in mids]
        sdp = offer(end.connection.local, lines, 2)
        request = Request("offer", name, who, sdp=sdp, generation=2, take=mids)
        remote = read((await self._ask(request)).sdp)
        for mid, id_ in mids.items():
            source = sources[visible[id_]]
            room.take(end, Sink(source, remote.line(mid), end.arrivals))

    async def end_rooms(self) -> None:
        """Tell the server that everybody left."""
        await self._ask(Request("close"))
        await asyncio.sleep(SETTLE)


def _sending(source: Source) -> Wanted:
    rtx = source.rtx_ssrc if source.content.kind == "video" else 0
    return Wanted("0", source.content.kind, source.ssrc, rtx, f"s{source.number}")
