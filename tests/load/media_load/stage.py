"""What every server under load has in common: a process, rooms, and people seated in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.media_load.connection import Connection
from tests.load.media_load.content import Content
from tests.load.media_load.dtls import Certificate
from tests.load.media_load.end import End
from tests.load.media_load.process import ServerProcess
from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source

__all__ = ["Room", "Stage"]


@dataclass(slots=True)
class Room:
    """People in a call: each sends one stream and takes everybody else's."""

    ends: list[End] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=list)

    def take(self, end: End, sink: Sink) -> None:
        """Let an end take a stream."""
        end.take(sink)
        self.sinks.append(sink)


class Stage(ABC):
    """A server under load."""

    name: str
    process: ServerProcess
    load = "VP8"
    """What its people send, in the words of the result."""
    most_rooms = 1000
    """More than these it cannot carry on a core."""

    def __init__(self, host: str, content: Callable[[], Content], folder: Path) -> None:
        """`host` is the address of everything; `content` makes what one person sends.

        `folder` is for the server's log and settings.
        """
        self.host = host
        self.folder = folder
        self.content = content
        self.rooms: list[Room] = []
        self._certificate = Certificate()
        self._sources = 0

    @abstractmethod
    async def start(self, core: int) -> None:
        """Start the server on a core."""

    @abstractmethod
    async def open_room(self, people: int) -> Room:
        """Seat people in a new room, connect them, let them publish and take; nothing flows yet.

        Raises:
            ConnectError: somebody could not be connected.
        """

    @abstractmethod
    async def end_rooms(self) -> None:
        """Tell the server that everybody left."""

    async def clear(self) -> None:
        """Let everybody hang up."""
        await self.end_rooms()
        for room in self.rooms:
            for end in room.ends:
                await end.aclose()
        self.rooms.clear()

    async def aclose(self) -> None:
        """Hang up and end the server."""
        try:
            if not self.process.ended:
                await self.clear()
        finally:
            await self.process.aclose()

    def end(self, room: Room) -> End:
        """Make one end of a connection."""
        end = End(Connection(self._certificate, self.host))
        room.ends.append(end)
        return end

    def source(self, room: Room, end: End, mid: str) -> Source:
        """Make what an end sends."""
        self._sources += 1
        source = Source(self._sources, end.connection, self.content(), mid)
        end.source = source
        room.sources.append(source)
        return source
