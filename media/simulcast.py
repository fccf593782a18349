"""A publication that is sent in several sizes at once, and its subscribers, each on one of them.

Pure. Every size is a `Track` of its own (its SSRC, history, losses, key frames) which forwards to
one `_Feed`; that gives each packet to the `Splice` of every subscriber who is on this size or
wants it. A publication in one size is a plain `Track`, and none of this is in its way.
RFC 8853 (simulcast), RFC 8851 (rid).

    publisher ─► layer's track ─► feed ─► splice of each subscriber ─► sealed and sent
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aiortc.rtp import RtcpReceiverInfo

from media.codecs import Marks, marks_of
from media.interface import Publication
from media.layers import NOTHING, TOP, Splice
from media.offer import Codec
from media.subscription import LayeredSubscription, Subscription
from media.track import (
    MAX_RESENT,
    PADDED,
    Packet,
    RepairCounts,
    Sink,
    Tap,
    Track,
    Uplink,
)

__all__ = ["Option", "Simulcast"]

SILENT: Final = 0.6  # seconds without a packet, after which a layer is not sent any more
SPAN: Final = 0.5  # seconds over which a layer's rates are measured
ASK_AGAIN: Final = 0.5  # seconds until a key frame that did not bring the switch is wanted again
FRESH: Final = 0.5  # seconds for which a key frame is a beginning for who comes after it
TICKS: Final = 262144  # of a send time, per second


class Option(NamedTuple):
    """What a subscriber may be given."""

    layer: int
    temporal: int
    rate: float
    """What it costs, in bit/s."""


class _Feed:
    """What one layer's track forwards to."""

    live = True
    flowing = True
    loss = 0.0

    def __init__(self, publication: Simulcast, layer: int) -> None:
        self.layer = layer
        self.octets = [0] * (TOP + 1)
        """Bytes so far, by temporal layer."""
        self.rates: tuple[float, ...] = ()
        """Bit/s up to each temporal layer; empty while nothing is sent."""
        self.heard = -SILENT
        self.key = NOTHING
        """The number of the newest key frame's first packet."""
        self.key_at = -FRESH
        self._publication = publication
        self._counted = list(self.octets)
        self._counted_at = 0.0

    def forward(
        self, seq: int, timestamp: int, marker: int, payload: bytes, level: int, send_time: int
    ) -> None:
        publication, layer, now = self._publication, self.layer, send_time / TICKS
        marks = marks_of(publication.codec_name, payload)
        self.octets[marks.temporal] += len(payload)
        self.heard = now
        if marks.key and marks.starts:
            self.key, self.key_at = seq, now
        for subscription in publication.subscribed:
            splice = subscription.splice
            if splice.layer != layer and splice.target != layer:
                if subscription.chosen or splice.target != NOTHING:
                    continue
                splice.want(layer, TOP)
                if subscription.live and not marks.key:
                    publication.lost_picture(subscription, now)
            if subscription.live:
                self._give(subscription, seq, timestamp, marker, payload, marks, send_time)
        for tap, splice in publication.tapped.items():
            number = splice.take(layer, seq, timestamp, marks, now)
            if number >= 0 and splice.stretch is not None and not splice.hollow:
                stretch = splice.stretch
                changed = bytes(stretch.rewrite(payload, marks))
                tap(number, stretch.timestamp(timestamp), marker, changed, now)

    def _give(
        self,
        subscription: LayeredSubscription,
        seq: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        marks: Marks,
        send_time: int,
    ) -> None:
        splice = subscription.splice
        number = splice.take(self.layer, seq, timestamp, marks, send_time / TICKS)
        if number >= 0 and splice.stretch is not None:
            stretch = splice.stretch
            changed = b"" if splice.hollow else stretch.rewrite(payload, marks)
            subscription.pass_on(number, stretch.timestamp(timestamp), marker, changed, send_time)

    def replay(self, subscription: LayeredSubscription, now: float) -> None:
        """Give a subscriber what came since the newest key frame, as if it came now."""
        track = self._publication.layers[self.layer]
        for seq in track.since(self.key):
            packet = track.kept(seq)
            if packet is not None:
                marks = marks_of(self._publication.codec_name, packet[3])
                self._give(subscription, *packet, marks, int(now * TICKS))

    def measure(self, now: float) -> None:
        """See what is sent lately, by temporal layer."""
        elapsed = now - self._counted_at
        if now - self.heard > SILENT or not self._counted_at:
            self.rates = ()
        elif elapsed >= SPAN:
            before = self.rates or (0.0,) * len(self.octets)
            total, found = 0.0, []
            for octets, counted, old in zip(self.octets, self._counted, before, strict=True):
                total += 8 * (octets - counted) / elapsed
                found.append((old + total) / 2 if old else total)
            self.rates = tuple(found)
        else:
            return
        self._counted, self._counted_at = list(self.octets), now


class Simulcast(Track):
    """The forwarding state of one publication in several sizes."""

    def __init__(self, info: Publication, repair: RepairCounts, rids: tuple[str, ...]) -> None:
        super().__init__(info, repair)
        self.rids = rids
        self.layers = tuple(Track(info, repair) for _ in rids)
        self.subscribed: list[LayeredSubscription] = []
        self.tapped: dict[Tap, Splice] = {}
        self.codec_name = ""
        self._best = len(rids) - 1
        self._feeds = tuple(_Feed(self, index) for index in range(len(rids)))
        for track, feed in zip(self.layers, self._feeds, strict=True):
            track.subscribe(feed)

    # -- binding ------------------------------------------------------------------------------

    def bind(self, uplink: Uplink, codec: Codec) -> None:
        """Take the packets of this connection from now on."""
        super().bind(uplink, codec)
        self.codec_name = codec.name
        for layer in self.layers:
            layer.bind(uplink, codec)

    def subscribe(self, subscription: Sink) -> None:
        """Forward to a subscription until `unsubscribe`."""
        if not isinstance(subscription, LayeredSubscription):
            raise TypeError("a publication in layers takes subscriptions to layers")
        subscription.splice = Splice(self._align)
        self.subscribed.append(subscription)

    def unsubscribe(self, subscription: Sink) -> None:
        """Stop forwarding to a subscription."""
        if isinstance(subscription, LayeredSubscription) and subscription in self.subscribed:
            self.subscribed.remove(subscription)

    def tap(self, tap: Tap) -> None:
        """Give the best layer's packets to `tap` in the clear, as one stream, until `untap`."""
        self.tapped[tap] = Splice(self._align)
        self._raise_taps()

    def untap(self, tap: Tap) -> None:
        """Stop giving packets to `tap`; nothing happens when it gets none."""
        self.tapped.pop(tap, None)

    def close(self) -> None:
        """End the publication: nothing is forwarded any more."""
        super().close()
        for layer in self.layers:
            layer.close()
        self.subscribed.clear()
        self.tapped.clear()

    def _align(self, first: int, second: int) -> int | None:
        a, b = self.layers[first].timestamp_at(0.0), self.layers[second].timestamp_at(0.0)
        return None if a is None or b is None else a - b

    # -- choice -------------------------------------------------------------------------------

    def options(self) -> list[Option]:
        """Return what is sent now, the cheapest first.

        A smaller size comes before fewer frames: who cannot have the large picture sees the
        small one move and lips follow the sound. Only the smallest is given with fewer frames.
        """
        sent = [
            Option(feed.layer, TOP, feed.rates[-1])
            for feed in self._feeds
            if feed.rates and feed.rates[-1] > 0
        ]
        sent.sort(key=lambda option: option.rate)
        if not sent:
            return []
        least = sent[0]
        steps = {
            rate: Option(least.layer, temporal, rate)
            for temporal, rate in reversed(list(enumerate(self._feeds[least.layer].rates[:TOP])))
            if 0 < rate < least.rate
        }
        return [*sorted(steps.values(), key=lambda option: option.rate), *sent]

    def choose(
        self,
        subscription: LayeredSubscription,
        layer: int,
        temporal: int,
        now: float,
        *,
        rush: bool,
    ) -> None:
        """Give a subscriber this layer from its next key frame on.

        In a `rush` the present one ends at once, as the way cannot take it.
        """
        splice = subscription.splice
        subscription.chosen = True
        if (layer, temporal) == (splice.target, splice.temporal_target):
            return
        splice.want(layer, temporal)
        if not splice.settled:
            if rush:
                splice.pause()
            self._ask(subscription, now)

    def _ask(self, subscription: LayeredSubscription, now: float) -> None:
        target = subscription.splice.target
        if target != NOTHING:
            subscription.asked_at = now
            self.layers[target].want_keyframe(now)

    def prepare(self, now: float) -> None:
        """Ask for a key frame for who is about to connect, of the smallest size that is sent.

        The encoder takes as long as their handshake does.
        """
        for feed in self._feeds:
            if now - feed.heard < SILENT:
                self.layers[feed.layer].want_keyframe(now)
                return

    @staticmethod
    def _waits(subscription: LayeredSubscription) -> bool:
        splice = subscription.splice
        anything = splice.target == NOTHING and not subscription.chosen
        return subscription.live and (anything or not splice.settled)

    def _begin(self, subscription: LayeredSubscription, now: float) -> bool:
        """Begin with a key frame that came a moment ago; tell whether there is one."""
        splice = subscription.splice
        if splice.layer != NOTHING:
            return False
        for feed in self._feeds:
            if now - feed.key_at < FRESH and splice.target in (NOTHING, feed.layer):
                splice.want(feed.layer, splice.temporal_target)
                feed.replay(subscription, now)
                return splice.settled
        return False

    def _raise_taps(self) -> None:
        if not self.tapped:
            return
        options = self.options()
        if options:  # a pause says nothing of what comes after it
            self._best = options[-1].layer
        for splice in self.tapped.values():
            splice.want(self._best, TOP)

    # -- repair -------------------------------------------------------------------------------

    def resend(self, subscription: Subscription, numbers: list[int], now: float) -> None:
        """Answer a subscriber who misses packets, from the histories of the layers."""
        if not isinstance(subscription, LayeredSubscription):
            return
        for number in numbers[:MAX_RESENT]:
            self._resend(subscription, number & 0xFFFF, now)

    def _resend(self, subscription: LayeredSubscription, number: int, now: float) -> None:
        packet = self._packet(subscription, number)
        if packet is None:
            return
        _, timestamp, marker, payload = packet
        if subscription.may_resend(number, len(payload), now):
            self.repair.resent += 1
            subscription.repeat(number, timestamp, marker, payload, int(now * TICKS))

    def _packet(self, subscription: LayeredSubscription, number: int) -> Packet | None:
        """Return a packet by its number at the subscriber, as it is for them."""
        traced = subscription.splice.trace(number)
        if traced is None:
            return None
        stretch, seq = traced
        packet = self.layers[stretch.layer].kept(seq)
        if packet is None:
            return None
        _, timestamp, marker, payload = packet
        marks = marks_of(self.codec_name, payload)
        changed = bytes(stretch.rewrite(payload, marks)) if stretch.keeps(marks) else b""
        return number, stretch.timestamp(timestamp), marker, changed

    def pad(self, subscription: Subscription, octets: int, now: float) -> None:
        """Send a subscriber so many bytes: the newest packets again, and padding for the rest."""
        if not isinstance(subscription, LayeredSubscription):
            return
        last, send_time = subscription.splice.newest, int(now * TICKS)
        for back in range(MAX_RESENT):
            number = last - back % PADDED & 0xFFFF
            packet = self._packet(subscription, number)
            if packet is None or octets <= 0:
                break
            octets -= len(packet[3])
            subscription.repeat(number, packet[1], packet[2], packet[3], send_time)
        subscription.fill(octets, send_time)

    def lost_picture(self, subscription: Subscription, now: float) -> None:
        """Bring a subscriber who cannot decode any more a key frame of their layer."""
        if isinstance(subscription, LayeredSubscription):
            splice = subscription.splice
            if splice.layer != NOTHING:
                self.layers[splice.layer].want_keyframe(now)
            elif splice.target != NOTHING:
                self._ask(subscription, now)

    def want_keyframe(self, now: float) -> None:
        """Ask for what the subscribers wait for: a key frame of each layer that is wanted."""
        for subscription in self.subscribed:
            if self._waits(subscription) and not self._begin(subscription, now):
                self._ask(subscription, now)
        for splice in self.tapped.values():
            self.layers[splice.target].want_keyframe(now)

    def tick(self, now: float) -> None:
        """Repeat what the publisher has not answered, and see what is sent."""
        for layer in self.layers:
            layer.tick(now)
        for feed in self._feeds:
            feed.measure(now)
        for subscription in self.subscribed:
            if (
                subscription.live
                and not subscription.splice.settled
                and now - subscription.asked_at > ASK_AGAIN
            ):
                self._ask(subscription, now)
        if self.tapped:
            self._raise_taps()
            for splice in self.tapped.values():
                if not splice.settled:
                    self.layers[splice.target].want_keyframe(now)

    def report(self, now: float) -> RtcpReceiverInfo | None:
        """Return nothing: each layer reports on its own stream."""
        return None

    # -- clock --------------------------------------------------------------------------------

    def timestamp_for(self, subscription: Subscription, now: float) -> int | None:
        """Return what a subscriber's timestamp is at `now`; None while it is not known."""
        if isinstance(subscription, LayeredSubscription):
            return self._timestamp(subscription.splice, now)
        return None

    def timestamp_at(self, now: float) -> int | None:
        """Return the timestamp at `now` of what taps are given; None while it is not known."""
        return next((self._timestamp(splice, now) for splice in self.tapped.values()), None)

    def _timestamp(self, splice: Splice, now: float) -> int | None:
        layer = splice.last_layer
        return None if layer == NOTHING else splice.timestamp(self.layers[layer].timestamp_at(now))
