"""The media server: rooms on one port. What the rest of the application talks to.

An asyncio shell around `Room`: it owns the port, the certificate and one timer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import structlog

from media.adapter import new_certificate
from media.errors import NotGranted
from media.guard import GuardedEvents
from media.interface import Grant, MediaConfig, MediaEvents, MediaStats, Publication
from media.peer import PeerState
from media.port import MediaPort
from media.recording import Recorder
from media.room import Room

__all__ = ["MediaServer"]

log = structlog.get_logger(__name__)

TICK: Final = 0.05  # seconds; a lost packet is asked for again after 60 ms


class MediaServer:
    """Forwards the participants' tracks to each other, as the grants say.

    Use on one event loop, from one thread: `start`, then commands, then `aclose`.
    """

    def __init__(self, config: MediaConfig, events: MediaEvents) -> None:
        self._config = config
        self._events = GuardedEvents(events)
        self._port = MediaPort(config)
        self._certificate = new_certificate()
        self._rooms: dict[str, Room] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The port, for UDP and TCP, once started."""
        return self._port.number

    async def start(self) -> None:
        """Open the port.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        await self._port.open()
        self._timer = asyncio.get_running_loop().call_later(TICK, self._tick)
        log.info("media.started", port=self._port.number, addresses=self._port.addresses)

    async def aclose(self) -> None:
        """Close every room and the port. Safe to call twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for name in list(self._rooms):
            self.close_room(name)
        await self._port.aclose()

    def grant(self, room: str, participant: str, grant: Grant) -> None:
        """Give a participant a seat in a room, or change what they may do, at once.

        The room is made when it is not there.

        Raises:
            RoomFull: the room has all its participants.
        """
        existing = self._rooms.get(room)
        if existing is None:
            existing = Room(
                room,
                self._port,
                self._certificate,
                self._events,
                self._config.max_participants,
            )
            self._rooms[room] = existing
        existing.grant(participant, grant)

    async def offer(
        self,
        room: str,
        participant: str,
        generation: int,
        sdp: str,
        send: Mapping[str, str],
        receive: Mapping[str, str],
    ) -> str:
        """Answer a participant's offer; the answer holds every candidate.

        `send` maps the mids that the client sends on to sources, `receive` the mids that it
        takes to publication ids. An m-line that is in neither, or whose publication is gone, or
        that the grant does not allow, is answered inactive. A new ice-ufrag restarts ICE; another
        peer connection (its page was rebuilt) takes the old one's place, its publications go on.

        Raises:
            NotGranted: the participant has no seat.
            StaleGeneration: a later generation was answered already.
            BadOffer: the offer cannot be answered; see its code.
        """
        found = self._rooms.get(room)
        if found is None:
            raise NotGranted("the participant has no seat in this room")
        return found.offer(participant, generation, sdp, send, receive)

    def taken(self, room: str, participant: str, generation: int) -> None:
        """Learn that a participant's browser took in the answer of this generation.

        On a connection that is up, what is new in an answer flows from then on, or 0.25 s after it.
        """
        found = self._rooms.get(room)
        if found is not None:
            found.taken(participant, generation)

    async def offer_alone(
        self, room: str, participant: str, generation: int, sdp: str
    ) -> tuple[str, int, int]:
        """Answer an offer whose maker does not say what its m-lines carry: see `media.choice`.

        Returns the answer, and how many m-lines send and take something.

        Raises:
            NotGranted, StaleGeneration, BadOffer: as `offer`.
        """
        found = self._rooms.get(room)
        if found is None:
            raise NotGranted("the participant has no seat in this room")
        return found.offer_alone(participant, generation, sdp)

    def visible(self, room: str, participant: str) -> tuple[Publication, ...]:
        """Return what a participant may receive now."""
        found = self._rooms.get(room)
        return found.visible(participant) if found else ()

    def record(self, room: str, recorder: Recorder | None) -> None:
        """Have a recorder follow a room, in the place of the one before, which is closed.

        A room that is not there closes the recorder: there is nothing to record.
        """
        found = self._rooms.get(room)
        if found is not None:
            found.record(recorder)
        elif recorder is not None:
            recorder.close()

    def leave(self, room: str, participant: str) -> None:
        """Take a participant out of a room; nothing happens when they are not there."""
        found = self._rooms.get(room)
        if found is not None:
            found.leave(participant)
            self._forget_if_empty(found)

    def close_room(self, room: str) -> None:
        """End a room for everybody."""
        found = self._rooms.pop(room, None)
        if found is not None:
            found.close()

    def stats(self) -> MediaStats:
        """Return the counters."""
        peers = [peer for room in self._rooms.values() for peer in room.peers]
        port = self._port
        dropped = dict(port.dropped)
        overflowed = port.udp.overflowed if port.udp is not None else 0
        if overflowed:
            dropped["receive-buffer-full"] = overflowed
        ways = [way for way in (port.udp, port.tcp) if way is not None]
        return MediaStats(
            rooms=len(self._rooms),
            participants=sum(len(room.seats) for room in self._rooms.values()),
            connected=sum(peer.state is PeerState.CONNECTED for peer in peers),
            packets_in=sum(way.packets_in for way in ways),
            packets_out=sum(way.packets_out for way in ways),
            bytes_in=sum(way.bytes_in for way in ways),
            bytes_out=sum(way.bytes_out for way in ways),
            dropped=dropped,
            retransmitted=port.repair.resent,
            requested=port.repair.requested,
        )

    def _forget_if_empty(self, room: Room) -> None:
        if not room.seats:
            room.close()
            self._rooms.pop(room.name, None)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK, self._tick)
        now = time.monotonic()
        for room in list(self._rooms.values()):
            try:
                room.tick(now, self._config.consent_timeout)
            except Exception:
                # A fault in one room must not stop the others' timers.
                log.exception("media.room_fault", room=room.name)
            self._forget_if_empty(room)
