"""One participant of a room: their grant, their connection, what they publish and take.

Driven by `media.room`. `answer` is one step: the offer is judged as a whole before anything
changes, then applied without a pause, so that a refused offer leaves the call as it was.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from media.adaptation import Adaptation
from media.answer import Identity, Inactive, Receive, Send, answer
from media.choice import agree
from media.downlink import ENOUGH, SOUND
from media.errors import BadOffer, StaleGeneration
from media.intake import Intake
from media.interface import KIND_OF_SOURCE, Grant, Publication, Quality
from media.offer import RID, Codec, Offer, Section
from media.peer import Peer, PeerState
from media.quality import QualityMeter
from media.simulcast import Simulcast
from media.subscription import LayeredSubscription, Subscription
from media.track import Track

if TYPE_CHECKING:
    from aiortc.rtcdtlstransport import RTCCertificate

    from media.port import MediaPort

__all__ = ["Seat"]

TAKEN_IN: Final = 0.25  # seconds after an answer, when nobody tells that it was taken in
UNLIMITED: Final = 3  # times that the end of a limit is told: reports may be lost

Decisions = dict[str, Receive | Send | Inactive]


class Seat:
    """A participant's place in a room."""

    def __init__(self, participant: str, grant: Grant) -> None:
        self.participant = participant
        self.grant = grant
        self.generation = -1
        self.peer: Peer | None = None
        self.tracks: dict[str, Track] = {}
        """Source -> what the participant publishes now."""
        self.subscriptions: dict[str, tuple[Track, Subscription]] = {}
        """Mid -> what the participant takes now."""
        self.decodes: tuple[Codec, ...] = ()
        """The video codecs of the participant's last offer."""
        self._adaptation = Adaptation()
        self._untold: dict[str, float] = {}  # mids of answers that may not be in place: flow when
        self._told_limits = -1
        self._meter = QualityMeter()
        self._ids: dict[str, str] = {}
        self._stream = secrets.token_hex(8)

    # -- what is seen ------------------------------------------------------------------------

    def may_receive(self, publication: Publication) -> bool:
        """Tell whether the grant lets this participant have a publication."""
        if publication.participant == self.participant:
            return False
        return publication.source in self.grant.receive.get(publication.participant, frozenset())

    def stream_of(self, source: str) -> str:
        """Return the stream that a source belongs to: what is to be played in sync."""
        return f"{self._stream}-screen" if source.startswith("screen") else self._stream

    def publication(self, source: str) -> Publication:
        """Return the publication of a source; its id lasts as long as the seat."""
        name = self._ids.setdefault(source, secrets.token_hex(8))
        return Publication(name, self.participant, source)

    # -- offer and answer --------------------------------------------------------------------

    def judge(
        self,
        generation: int,
        offer: Offer,
        send: Mapping[str, str],
        receive: Mapping[str, str],
    ) -> None:
        """Refuse an offer that makes no sense, before it changes anything.

        Raises:
            StaleGeneration: a later offer was answered already.
            BadOffer: codes `mid-unknown`, `mid-conflict`, `source-unknown`, `source-twice`.
        """
        if generation < self.generation:
            raise StaleGeneration(f"generation {self.generation} was answered already")
        for mid in (*send, *receive):
            if offer.section(mid) is None:
                raise BadOffer("mid-unknown", "send or receive names a mid that is not offered")
        if send.keys() & receive.keys():
            raise BadOffer("mid-conflict", "one m-line cannot both send and receive")
        if not KIND_OF_SOURCE.keys() >= set(send.values()):
            raise BadOffer("source-unknown", "send names a source that does not exist")
        if len(set(send.values())) != len(send):
            raise BadOffer("source-twice", "send names a source twice")

    def apply(
        self,
        generation: int,
        offer: Offer,
        send: Mapping[str, str],
        receive: Mapping[str, Seat | None],
        publications: Mapping[str, str],
        others: Iterable[Seat],
        *,
        port: MediaPort,
        certificate: RTCCertificate,
        on_connected: Callable[[], None],
    ) -> str:
        """Take over an offer that was judged, and return the answer.

        `receive` maps a mid to the seat that publishes what it asks for (None when there is
        none), `publications` the same mid to the publication's id.
        """
        self.generation = generation
        peer = self._connection(offer, port, certificate, on_connected)
        self.decodes = next((s.codecs for s in offer.sections if s.kind == "video"), self.decodes)
        decisions: Decisions = {s.mid: Inactive() for s in offer.sections if s.codecs}
        self._publish(offer, send, peer, others, decisions, port)
        self._take(offer, receive, publications, peer, decisions)
        peer.answers += 1
        identity = Identity(
            fingerprints=[f for f in certificate.getFingerprints() if f.algorithm == "sha-256"],
            credentials=peer.ice.credentials,
            addresses=port.addresses,
            port=port.number,
            session_id=peer.session_id,
            version=peer.answers,
            tcp=port.streams,
        )
        return answer(offer, decisions, identity)

    def _connection(
        self,
        offer: Offer,
        port: MediaPort,
        certificate: RTCCertificate,
        on_connected: Callable[[], None],
    ) -> Peer:
        now = time.monotonic()
        peer = self.peer
        if (
            peer is not None
            and peer.session == offer.session
            and peer.state in (PeerState.CHECKING, PeerState.CONNECTED)
        ):
            if offer.ufrag != peer.ice.remote_ufrag:
                peer.restart(offer)
            return peer
        if peer is not None:
            self._drop_subscriptions(set())
            peer.close()
        self.peer = Peer(
            port, certificate, offer, now, on_connected=on_connected, label=self.participant
        )
        return self.peer

    def _publish(
        self,
        offer: Offer,
        send: Mapping[str, str],
        peer: Peer,
        others: Iterable[Seat],
        decisions: Decisions,
        port: MediaPort,
    ) -> None:
        published: set[str] = set()
        intake = Intake()
        for mid, source in send.items():
            section = offer.section(mid)
            if (
                section is None
                or not section.usable
                or not section.sends
                or section.kind != KIND_OF_SOURCE[source]
                or source not in self.grant.publish
            ):
                continue
            codec = agree(section, [seat.decodes for seat in others])
            if codec is None:
                continue
            rids = section.rids if RID in section.extensions else ()
            track = self._bound(source, codec, rids, peer, port)
            intake.add(section, track, codec)
            published.add(source)
            decisions[mid] = Receive(codec, rids)
        peer.route(intake)
        for source in self.tracks.keys() - published:
            self.tracks.pop(source).close()

    def _bound(
        self, source: str, codec: Codec, rids: tuple[str, ...], peer: Peer, port: MediaPort
    ) -> Track:
        """Return the source's track, which takes what this connection sends from now on."""
        track = self.tracks.get(source)
        same = rids == (track.rids if isinstance(track, Simulcast) else ())
        if track is not None and not (same and track.fits(codec)):
            # Another browser took the seat, with a codec that the subscribers' answers do not
            # name, or other sizes: to them it is another publication.
            self.tracks.pop(source).close()
            self._ids.pop(source, None)
            track = None
        if track is None:
            info = self.publication(source)
            track = Simulcast(info, port.repair, rids) if rids else Track(info, port.repair)
            self.tracks[source] = track
        track.bind(peer.control, codec)
        return track

    def _take(
        self,
        offer: Offer,
        receive: Mapping[str, Seat | None],
        publications: Mapping[str, str],
        peer: Peer,
        decisions: Decisions,
    ) -> None:
        wanted: dict[str, tuple[Section, Seat, Track, Codec, Codec]] = {}
        for mid, publisher in receive.items():
            section = offer.section(mid)
            track = publisher.track_of(publications[mid]) if publisher else None
            if section is None or publisher is None or track is None or track.codec is None:
                continue
            codec = section.codec_like(track.codec)
            if (
                codec is not None
                and section.usable
                and section.takes
                and section.kind == track.info.kind
                and self.may_receive(track.info)
            ):
                wanted[mid] = (section, publisher, track, codec, track.codec)
        kept = {
            mid
            for mid, (track, subscription) in self.subscriptions.items()
            if mid in wanted and wanted[mid][2] is track and wanted[mid][3] == subscription.codec
        }
        self._drop_subscriptions(kept)
        for mid, (section, publisher, track, codec, published) in wanted.items():
            if mid not in kept:
                kind = LayeredSubscription if isinstance(track, Simulcast) else Subscription
                subscription = kind(section, codec, published, peer.burst, peer.control.downlink)
                self.subscriptions[mid] = (track, subscription)
                peer.control.outlets[subscription.ssrc] = (track, subscription)
                peer.control.outlets[subscription.rtx_ssrc] = (track, subscription)
                track.subscribe(subscription)
                now = time.monotonic()
                track.prepare(now)
                if peer.state is PeerState.CONNECTED:
                    self._untold[mid] = now + TAKEN_IN
            subscription = self.subscriptions[mid][1]
            decisions[mid] = Send(
                codec,
                track.info.id,
                publisher.stream_of(track.info.source),
                subscription.ssrc,
                subscription.rtx_ssrc,
            )

    def track_of(self, publication: str) -> Track | None:
        """Return the track with this publication id, when it is published now."""
        return next((t for t in self.tracks.values() if t.info.id == publication), None)

    # -- changes from outside ----------------------------------------------------------------

    def connected(self) -> None:
        """Let everything flow: the connection is up."""
        for track, subscription in self.subscriptions.values():
            self._flow(track, subscription)

    def taken(self, generation: int) -> None:
        """Let flow what the newest answer began: the browser has taken it in.

        Before that it throws away what comes.
        """
        if generation != self.generation:
            return
        for mid in self._untold:
            track, subscription = self.subscriptions[mid]
            if subscription.live:  # for too long already: the beginning may be lost
                track.lost_picture(subscription, time.monotonic())
            else:
                self._flow(track, subscription)
        self._untold.clear()

    @staticmethod
    def _flow(track: Track, subscription: Subscription) -> None:
        subscription.go()
        track.want_keyframe(time.monotonic())

    def regrant(self, grant: Grant) -> None:
        """Take a new grant; what it no longer allows stops at once."""
        self.grant = grant
        for source in self.tracks.keys() - grant.publish:
            self.tracks.pop(source).close()
        self.prune()

    def prune(self) -> None:
        """Drop the subscriptions that lost their publication or their permission."""
        kept = {
            mid
            for mid, (track, _) in self.subscriptions.items()
            if not track.closed and self.may_receive(track.info)
        }
        self._drop_subscriptions(kept)

    def _drop_subscriptions(self, kept: set[str]) -> None:
        for mid in self.subscriptions.keys() - kept:
            track, subscription = self.subscriptions.pop(mid)
            self._untold.pop(mid, None)
            track.unsubscribe(subscription)
            if self.peer is not None:
                self.peer.control.outlets.pop(subscription.ssrc, None)
                self.peer.control.outlets.pop(subscription.rtx_ssrc, None)

    def leave(self) -> None:
        """Give up the seat."""
        self._drop_subscriptions(set())
        for source in list(self.tracks):
            self.tracks.pop(source).close()
        if self.peer is not None:
            self.peer.close()
            self.peer = None

    # -- timers ------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Run the short timers: feedback and repair."""
        if self.peer is not None:
            self.peer.tick(now)
        for track in self.tracks.values():
            track.tick(now)
        for mid, deadline in self._untold.items():
            track, subscription = self.subscriptions[mid]
            if now >= deadline and not subscription.live:
                self._flow(track, subscription)
        if self.peer is not None and self.peer.state is PeerState.CONNECTED:
            self._adaptation.tick(self.subscriptions, self.peer.control, now)

    def report(self, now: float) -> None:
        """Send RTCP reports."""
        if self.peer is not None and self.peer.state is PeerState.CONNECTED:
            self.peer.control.report(self.streams, now)

    def shares(self, now: float) -> dict[str, float]:
        """Return what this participant can take of each picture now: publication id -> bit/s.

        Empty while nothing limits them.
        """
        peer = self.peer
        if peer is None or peer.state is not PeerState.CONNECTED:
            return {}
        return self._adaptation.shares(self.subscriptions, peer.control, now)

    def limit(self, limits: Mapping[str, float]) -> None:
        """Tell the publisher's browser what its receivers can take of its pictures."""
        streams = self.streams
        tracks = {stream.info.id: stream.info for stream in streams}
        # A browser keeps to the last limit that it was told: that there is none is told as well.
        limited = not tracks.keys().isdisjoint(limits)
        self._told_limits = UNLIMITED if limited else max(-1, self._told_limits - 1)
        if self.peer is None or not tracks or self._told_limits < 0:
            return
        total = sum(
            limits.get(name, ENOUGH) if info.kind == "video" else SOUND
            for name, info in tracks.items()
        )
        ssrcs = [stream.reception.ssrc for stream in streams if stream.reception]
        self.peer.control.limit_bitrate(total, ssrcs)

    @property
    def streams(self) -> list[Track]:
        """What comes from the participant now, each size of a picture by itself."""
        tracks = self.tracks.values()
        found = [s for t in tracks for s in (t.layers if isinstance(t, Simulcast) else (t,))]
        return [stream for stream in found if stream.reception is not None]

    def quality(self, now: float) -> Quality | None:
        """Return the figures since the last call; None when not connected."""
        peer = self.peer
        if peer is None or peer.state is not PeerState.CONNECTED:
            return None
        return self._meter.measure(
            now,
            peer.octets_in,
            peer.octets_out,
            self.streams,
            [s for _, s in self.subscriptions.values()],
        )
