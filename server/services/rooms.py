"""The calls whose rooms are on this node: joins the state in SQL with the media server.

SQL says who is in a call and what they may do (`signaling/calls.py` makes it a plan); this
grants it to the media server and tells members what the media server sees. A hint on the
bus brings a change at once; a slow look in SQL finds what a lost hint did not tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import msgspec
import structlog

from media import Grant, MediaConfig, MediaError, MediaServer, MediaStats, Quality, fill
from server.domain.commands import SYSTEM, Actor, LoseParticipant
from server.domain.paths import MediaPolicy, Stage
from server.domain.recording import recorded
from server.services.call_figures import CallFigures
from server.services.callroom import CallRoom
from server.services.conversations import Conversations
from server.services.paths import Paths
from server.services.placement import Placement
from server.services.taping import Taping
from server.services.watching import Watch
from server.store import conversations as rows
from server.store import sites
from server.store.database import Database
from signaling import hints
from signaling.backend import Bus
from signaling.calls import NOTHING
from signaling.errors import Refusal
from signaling.events import ConversationState
from signaling.messages import (
    Answer,
    AnswerTaken,
    CallQuality,
    NackCode,
    Offer,
    Publications,
    Speaking,
)

__all__ = ["Rooms"]

log = structlog.get_logger(__name__)

TICK: Final = 1.0  # seconds between looks at everything below
RENEW: Final = 2.0  # seconds between renewals of leases
RECHECK: Final = 5.0  # seconds between looks in SQL for what a lost hint did not tell
ABSENT: Final = 30.0  # seconds a member may take to bring media, and to come back on a new node
SCORES: Final = 2.0  # seconds between quality reports to members

_CODES: Final[dict[str, NackCode]] = {
    "BadOffer": "bad_offer",
    "RoomFull": "call_full",
    "NotGranted": "not_in_call",
    "StaleGeneration": "stale_generation",
}


class Rooms:
    """The media server of this node and its rooms. `start`, `run` in a task, `aclose`."""

    def __init__(
        self,
        config: MediaConfig,
        db: Database,
        conversations: Conversations,
        placement: Placement,
        bus: Bus,
        taping: Taping,
        figures: CallFigures,
        now: Callable[[], float] = time.monotonic,
        *,
        direct: bool = True,
    ) -> None:
        """Prepare; `start` begins. `direct`: sites may let two browsers go their own way."""
        self._media = MediaServer(config, self)
        self._db = db
        self._conversations = conversations
        self._placement = placement
        self._bus = bus
        self._taping = taping
        taping.record = self._media.record
        self._figures = figures
        self._now = now
        self._direct = direct
        self._paths = Paths(bus, lambda person, frame: self._send(person, frame, None), now)
        self._rooms: dict[str, CallRoom] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False
        self.others: Callable[[str, str, Quality], None] = lambda *_: None

    @property
    def media(self) -> MediaServer:
        """The media server, for rooms that are no calls; `others` is told what it sees there."""
        return self._media

    @property
    def port(self) -> int:
        """The media port, once started."""
        return self._media.port

    def stats(self) -> MediaStats:
        """Return the media server's counters."""
        return self._media.stats()

    def paths(self) -> Mapping[Stage, int]:
        """Return how many calls take which way."""
        return self._paths.stages()

    def has(self, call: str) -> bool:
        """Tell whether the room of `call` is open here."""
        return call in self._rooms

    async def start(self) -> None:
        """Open the media port and say that this node takes rooms.

        Raises:
            OSError: the port is taken.
        """
        await self._media.start()
        await self._placement.renew(0)

    async def drain(self) -> None:
        """Take no new rooms; those that are here go on."""
        self._draining = True
        await self._placement.renew(self._load, accepting=False)

    async def aclose(self) -> None:
        """End everything: the members of what is left go to another node."""
        for room in list(self._rooms.values()):
            self._forget(room)
            await room.watch.keep()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._taping.aclose()
        await self._media.aclose()
        await self._placement.leave()

    async def offer(self, person: str, offer: Offer, *, alone: bool = False) -> Answer:
        """Answer the offer of a member of the call; `alone`: of one that follows no plan of ours.

        Raises:
            Refusal: `no_call`, `not_in_call`, `bad_offer`; `unavailable`: nobody sends anything
                that a player could take.
        """
        room = self._rooms.get(offer.call) or self._open(offer.call, offer.conv)
        async with room.lock:
            await self._refresh(room)
            if room.closed:
                raise Refusal("no_call", "The call is over.")
            if person not in room.plans:
                raise Refusal("not_in_call", "Join the call first.")
            visible = self._media.visible(offer.call, person) if offer.spare else ()
            filled = fill(offer.spare, offer.receive.values(), visible)
            receive = offer.receive | {mid: one.id for mid, one in filled.items()}
            try:
                if alone:
                    sdp = await self._offer_alone(person, offer)
                else:
                    sdp = await self._media.offer(
                        offer.call, person, offer.generation, offer.sdp, offer.send, receive
                    )
            except MediaError as error:
                raise Refusal(_CODES[type(error).__name__], error.message) from error
            room.receiving[person] = frozenset(receive.values())
            room.told.pop(person, None)
        self._tell_publications(room)
        return Answer(
            id=offer.id,
            conv=offer.conv,
            call=offer.call,
            generation=offer.generation,
            sdp=sdp,
            filled={mid: room.info(one, person) for mid, one in filled.items()},
        )

    async def _offer_alone(self, person: str, offer: Offer) -> str:
        sdp, sends, takes = await self._media.offer_alone(
            offer.call, person, offer.generation, offer.sdp
        )
        if sends or takes:
            return sdp
        if self._media.visible(offer.call, person):
            raise Refusal("bad_offer", "Nothing of the offer can be taken or given.")
        raise Refusal("unavailable", "Nobody sends anything now.", temporary=True, retry_after=5)

    # --- the state in SQL -------------------------------------------------------------------

    def _open(self, call: str, conv: str) -> CallRoom:
        watch = Watch(self._figures, self._placement.node, call, conv)
        room = self._rooms[call] = CallRoom(call, conv, watch)

        def heard(data: bytes) -> None:
            hint = hints.decode(data)
            if isinstance(hint, hints.ConversationHint) and hint.call:
                self._refresh_soon(room)

        def said(data: bytes) -> None:
            with contextlib.suppress(msgspec.DecodeError):  # of another release
                match hints.decode(data):
                    case hints.CallSaid(person=person, frame=AnswerTaken() as told):
                        if told.conv == conv:
                            self._media.taken(call, person, told.generation)

        room.listening += [
            self._bus.subscribe(hints.conversation_topic(conv), heard),
            self._bus.subscribe(hints.call_topic(call), said),
        ]
        self._paths.open(call, conv)
        log.info("room opened", call=call)
        return room

    def _refresh_soon(self, room: CallRoom) -> None:
        if not room.stale and not room.closed:
            room.stale = True
            self._spawn(self._refresh_alone(room))

    async def _refresh_alone(self, room: CallRoom) -> None:
        async with room.lock:
            await self._refresh(room)
        self._tell_publications(room)

    async def _refresh(self, room: CallRoom) -> None:
        """Grant what SQL says now."""
        room.stale = False  # before the look: what comes during it asks for another
        room.checked_at = self._now()
        async with self._db.read() as tx:
            row = await rows.load(tx, room.conv)
            way: MediaPolicy = "server"
            if row is not None and self._direct:
                way = await sites.media_policy(tx, row.site)
        state = None if row is None else row.record.state
        if row is None or state is None or state.call is None or state.call.id != room.call:
            if not room.closed:
                self._forget(room)
                await self._placement.release(room.call)
                await room.watch.keep()
            return
        if not room.closed:
            room.watch.members(row.site, state)
            self._grant(room, state)
            self._paths.decide(room.call, way, state)
            await self._tape(room, state)

    async def _tape(self, room: CallRoom, state: ConversationState) -> None:
        await self._taping.follow(room.call, room.conv, recorded(state))
        if room.closed:  # while its take began
            self._taping.leave(room.call)

    def _grant(self, room: CallRoom, state: ConversationState) -> None:
        before = room.plans
        room.follow(state)
        for person in before.keys() - room.plans.keys():
            self._media.leave(room.call, person)
        for person, its in room.plans.items():
            if person in room.guests and its.receive and before.get(person) == NOTHING:
                self._media.leave(room.call, person)  # it offers once: let it come anew
                room.absent[person] = self._now()
            if person not in before:
                room.absent[person] = self._now()
            if before.get(person) != its:
                self._media.grant(room.call, person, Grant(its.publish, its.receive))

    def _forget(self, room: CallRoom) -> None:
        room.closed = True
        room.deafen()
        self._paths.close(room.call)
        self._rooms.pop(room.call, None)
        self._taping.leave(room.call)
        self._media.close_room(room.call)
        log.info("room closed", call=room.call)

    # --- what the media server tells (`media.MediaEvents`) ----------------------------------

    def publications_changed(self, room: str) -> None:
        """Tell the members who see a difference."""
        if (found := self._rooms.get(room)) is not None:
            self._tell_publications(found)

    def participant_connected(self, room: str, participant: str) -> None:
        """Note that a member's media came."""
        if (found := self._rooms.get(room)) is not None:
            found.absent.pop(participant, None)
            self._paths.connected(room, participant)

    def participant_lost(self, room: str, participant: str) -> None:
        """Take a member who was silent too long out of the call."""
        if (found := self._rooms.get(room)) is not None:
            self._lose(found, participant)

    def speaking(self, room: str, levels: Mapping[str, int]) -> None:
        """Tell each member who of those they hear is speaking."""
        found = self._rooms.get(room)
        if found is None:
            return
        for person in found.plans:
            heard = found.as_perceived(levels, person)
            self._send(person, Speaking(call=room, levels=heard), f"speaking.{room}")

    def quality(self, room: str, participant: str, quality: Quality) -> None:
        """Collect the scores, and tell them to the members together."""
        found = self._rooms.get(room)
        if found is None:
            self.others(room, participant, quality)
            return
        found.watch.look(participant, quality)
        found.scores[participant] = quality.score
        if self._now() < found.scores_due:
            return
        found.scores_due = self._now() + SCORES * 0.9
        for person in found.plans:
            scores = found.as_perceived(found.scores, person)
            self._send(person, CallQuality(call=room, scores=scores), f"quality.{room}")

    def _tell_publications(self, room: CallRoom) -> None:
        now = self._now()
        for person in room.plans.keys() - room.guests:  # guests hear of nothing, and offer once
            infos = room.news(person, self._media.visible(room.call, person), now)
            if infos is not None:
                frame = Publications(conv=room.conv, call=room.call, publications=infos)
                self._send(person, frame, None)

    def _send(self, person: str, frame: msgspec.Struct, key: str | None) -> None:
        hint = hints.FrameHint(frame=hints.raw(frame), key=key)
        self._spawn(self._bus.publish(hints.person_topic(person), hints.encode(hint)))

    def _lose(self, room: CallRoom, person: str) -> None:
        room.absent[person] = self._now()  # until it is done, the sweep tries again
        room.receiving.pop(person, None)
        self._spawn(self._take_out(room, person))

    async def _take_out(self, room: CallRoom, person: str) -> None:
        log.info("participant lost", call=room.call)
        command = LoseParticipant(call=room.call, person=person)
        with contextlib.suppress(Refusal):  # the conversation has gone on without them
            await self._conversations.act(room.conv, command, Actor(SYSTEM, "staff"))
        self._refresh_soon(room)

    # --- time -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep leases and look after rooms, until cancelled."""
        renew = 0.0
        while True:
            try:
                if self._now() >= renew:
                    renew = self._now() + RENEW
                    await self._keep_leases()
                    await self._taping.renew()
                self._sweep()
            except Exception:
                log.exception("rooms were not looked after")
            await asyncio.sleep(TICK)

    @property
    def _load(self) -> int:
        return sum(len(room.plans) for room in self._rooms.values())

    async def _keep_leases(self) -> None:
        before = set(self._rooms)
        mine = await self._placement.renew(self._load, accepting=not self._draining)
        for call in before - mine:
            if (room := self._rooms.get(call)) is not None:
                # This node was silent too long, or the room is being opened by a late offer.
                log.warning("room is elsewhere now", call=call)
                self._forget(room)
        for orphan in await self._placement.orphans():
            if not self._draining and await self._placement.adopt(orphan):
                self._refresh_soon(self._open(orphan.call, orphan.conv))

    def _sweep(self) -> None:
        now = self._now()
        for room in list(self._rooms.values()):
            # Who is recorded and takes their consent back does not wait for a hint that is lost.
            if now >= room.checked_at + RECHECK or self._taping.takes(room.call):
                self._refresh_soon(room)
            for person, since in list(room.absent.items()):
                if now >= since + ABSENT:
                    self._lose(room, person)
            self._tell_publications(room)
            if room.watch.due(now):
                self._spawn(room.watch.keep())
        self._paths.tick()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work on a room failed", exc_info=error)
