"""A room: its participants, what each may see of the others, who speaks.

Driven by `media.server` with commands and one timer. Everything is synchronous: a command leaves
the room consistent before the next packet is read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from media.choice import choose
from media.errors import NotGranted, RoomFull
from media.interface import Grant, MediaEvents, Publication, Quality
from media.offer import parse_offer
from media.peer import Peer
from media.quality import INTERVAL
from media.recording import Recorder
from media.seat import Seat
from media.speaking import EVALUATION

if TYPE_CHECKING:
    from aiortc.rtcdtlstransport import RTCCertificate

    from media.port import MediaPort

__all__ = ["Room"]

REPORT: Final = 1.0  # seconds between RTCP reports; lip sync and losses are known by then
LIMIT: Final = 0.5  # seconds between looks at the downlinks


class Room:
    """Up to a handful of participants who may hear and see each other."""

    def __init__(
        self,
        name: str,
        port: MediaPort,
        certificate: RTCCertificate,
        events: MediaEvents,
        max_participants: int,
    ) -> None:
        self.name = name
        self.seats: dict[str, Seat] = {}
        self._port = port
        self._certificate = certificate
        self._events = events
        self._max = max_participants
        self._seen: dict[str, tuple[Publication, ...]] = {}
        self._speakers: frozenset[str] = frozenset()
        self._recorder: Recorder | None = None
        self._next_limit = self._next_report = self._next_quality = self._next_speaking = 0.0

    # -- commands ----------------------------------------------------------------------------

    def grant(self, participant: str, grant: Grant) -> None:
        """Give a participant a seat, or change what they may do.

        Raises:
            RoomFull: there is no seat left.
        """
        seat = self.seats.get(participant)
        if seat is None:
            if len(self.seats) >= self._max:
                raise RoomFull(f"the room has {self._max} participants already")
            self.seats[participant] = Seat(participant, grant)
        else:
            seat.regrant(grant)
        self._settle()

    def offer(
        self,
        participant: str,
        generation: int,
        sdp: str,
        send: Mapping[str, str],
        receive: Mapping[str, str],
    ) -> str:
        """Answer an offer; see `MediaServer.offer`."""
        seat = self.seats.get(participant)
        if seat is None:
            raise NotGranted("the participant has no seat in this room")
        offer = parse_offer(sdp)
        seat.judge(generation, offer, send, receive)
        publishers = {mid: self._publisher(publication) for mid, publication in receive.items()}
        try:
            return seat.apply(
                generation,
                offer,
                send,
                publishers,
                receive,
                [s for s in self.seats.values() if s is not seat],
                port=self._port,
                certificate=self._certificate,
                on_connected=partial(self._connected, seat),
            )
        finally:
            self._settle()

    def taken(self, participant: str, generation: int) -> None:
        """Note that a participant's browser took an answer in."""
        seat = self.seats.get(participant)
        if seat is not None:
            seat.taken(generation)

    def offer_alone(self, participant: str, generation: int, sdp: str) -> tuple[str, int, int]:
        """Answer an offer without a plan; see `MediaServer.offer_alone`."""
        seat = self.seats.get(participant)
        if seat is None:
            raise NotGranted("the participant has no seat in this room")
        send, receive = choose(parse_offer(sdp), seat.grant, self.visible(participant))
        answer = self.offer(participant, generation, sdp, send, receive)
        return answer, len(send), len(receive)

    def _publisher(self, publication: str) -> Seat | None:
        return next((s for s in self.seats.values() if s.track_of(publication)), None)

    def visible(self, participant: str) -> tuple[Publication, ...]:
        """Return what a participant may receive now, oldest publisher first."""
        seat = self.seats.get(participant)
        if seat is None:
            return ()
        return tuple(
            track.info
            for other in self.seats.values()
            for track in other.tracks.values()
            if seat.may_receive(track.info)
        )

    def leave(self, participant: str) -> None:
        """Free a participant's seat."""
        seat = self.seats.pop(participant, None)
        if seat is not None:
            seat.leave()
            self._settle()

    def close(self) -> None:
        """Free every seat; nobody is left to be told."""
        self.record(None)
        for seat in self.seats.values():
            seat.leave()
        self.seats.clear()

    def record(self, recorder: Recorder | None) -> None:
        """Have a recorder follow what is published, in the place of the one before.

        The same again: it follows whom it has to record by now.
        """
        if self._recorder is not None and self._recorder is not recorder:
            self._recorder.close()
        self._recorder = recorder
        self._follow()

    def _follow(self) -> None:
        if self._recorder is not None:
            tracks = [track for seat in self.seats.values() for track in seat.tracks.values()]
            self._recorder.follow(tracks, time.monotonic())

    def _connected(self, seat: Seat) -> None:
        seat.connected()
        self._events.participant_connected(self.name, seat.participant)

    def _settle(self) -> None:
        """Drop what is no longer there or allowed, and tell when anybody sees a difference."""
        for seat in self.seats.values():
            seat.prune()
        self._follow()
        seen = {participant: self.visible(participant) for participant in self.seats}
        before = self._seen
        self._seen = seen
        if any(now != before.get(participant, ()) for participant, now in seen.items()):
            self._events.publications_changed(self.name)

    # -- timers ------------------------------------------------------------------------------

    def tick(self, now: float, consent_timeout: float) -> None:
        """Run what is due: feedback, repair, reports, speakers, figures, consent."""
        for seat in list(self.seats.values()):
            peer = seat.peer
            if peer is not None and now - peer.heard > consent_timeout:
                self.leave(seat.participant)
                self._events.participant_lost(self.name, seat.participant)
                continue
            seat.tick(now)
        if self._recorder is not None:
            self._recorder.tick(now)
        if now >= self._next_limit:
            self._next_limit = now + LIMIT
            self._limit_bitrates(now)
        if now >= self._next_report:
            self._next_report = now + REPORT
            for seat in self.seats.values():
                seat.report(now)
        if now >= self._next_speaking:
            self._next_speaking = now + EVALUATION
            self._evaluate_speakers()
        if now >= self._next_quality:
            self._next_quality = now + INTERVAL
            for seat in self.seats.values():
                self._tell_quality(seat.participant, seat.quality(now))

    def _limit_bitrates(self, now: float) -> None:
        limits: dict[str, float] = {}
        for seat in self.seats.values():
            for publication, bitrate in seat.shares(now).items():
                limits[publication] = min(bitrate, limits.get(publication, bitrate))
        for seat in self.seats.values():
            seat.limit(limits)

    def _tell_quality(self, participant: str, quality: Quality | None) -> None:
        if quality is not None:
            self._events.quality(self.name, participant, quality)

    def _evaluate_speakers(self) -> None:
        levels: dict[str, int] = {}
        for seat in self.seats.values():
            track = seat.tracks.get("audio")
            if track is not None and track.voice.speaks():
                levels[seat.participant] = track.voice.level
        speakers = frozenset(levels)
        if speakers != self._speakers:
            self._speakers = speakers
            loudest_first = dict(sorted(levels.items(), key=lambda item: item[1]))
            self._events.speaking(self.name, loudest_first)

    @property
    def peers(self) -> list[Peer]:
        """The connections of the room."""
        return [seat.peer for seat in self.seats.values() if seat.peer is not None]
