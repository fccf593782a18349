"""One publication's packets: numbered without a break, kept for a while, given to subscribers.

Pure; `media.peer` calls `receive` with every packet of the publication, in cleartext, and the
room's timer calls `tick`. When the publisher's page is rebuilt (another SSRC, other counters)
the track goes on: sequence number, timestamp and VP8's picture id continue where they stopped,
so that no subscriber notices more than a pause.

    unbound ──bind(uplink)──► bound ──first packet──► streaming ──bind(another uplink)──► bound
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from aiortc.rtp import RtcpReceiverInfo

from media.codecs import CounterShift, starts_keyframe
from media.interface import Publication
from media.offer import Codec
from media.reception import NEVER, Reception
from media.speaking import VoiceMeter
from media.subscription import Subscription

__all__ = ["MAX_RESENT", "PADDED", "Packet", "RepairCounts", "Sink", "Tap", "Track", "Uplink"]

VIDEO_HISTORY: Final = 1024  # packets; 2 s of a 5 Mbit/s picture
AUDIO_HISTORY: Final = 64
KEYFRAME_PAUSE: Final = 0.3  # seconds between requests; an encoder's worst case is a frame or two
KEYFRAME_RETRY: Final = 0.5  # seconds until an unanswered request is repeated
PADDED: Final = 32  # newest packets that are sent again as padding, in turn
RATE_SPAN: Final = 0.5  # seconds over which the publisher's rate is measured
MAX_RESENT: Final = 128  # packets answered per request

Packet = tuple[int, int, int, bytes]
"""(sequence number, timestamp, marker, payload), in the track's own numbering."""

Tap = Callable[[int, int, int, bytes, float], None]
"""(sequence number, timestamp, marker, payload, arrival), in the track's own numbering."""


@dataclass(slots=True)
class RepairCounts:
    """How many packets were sent again, and asked for again, by all tracks together."""

    resent: int = 0
    requested: int = 0


class Uplink(Protocol):
    """The publisher's connection, as a track needs it."""

    def request_keyframe(self, ssrc: int) -> None:
        """Ask the publisher for a key frame."""

    def request_packets(self, ssrc: int, numbers: list[int]) -> None:
        """Ask the publisher for packets again."""

    def remind(self, delay: float, call: Callable[[float], None], /) -> None:
        """Call a function with the time, after so many seconds."""


class Sink(Protocol):
    """Where a track's packets go: a subscription, as far as `receive` is concerned."""

    live: bool
    flowing: bool
    loss: float

    def forward(
        self, seq: int, timestamp: int, marker: int, payload: bytes, level: int, send_time: int
    ) -> None:
        """Take a packet; `send_time` is in 1/262144 s."""


class Track:
    """The forwarding state of one publication."""

    def __init__(self, info: Publication, repair: RepairCounts) -> None:
        self.info = info
        self.repair = repair
        self.codec: Codec | None = None
        self.subscriptions: list[Sink] = []
        self.taps: list[Tap] = []
        self.voice = VoiceMeter()
        self.reception: Reception | None = None
        self.octets = 0
        self.packets = 0
        self.closed = False
        self.rate = 0.0
        """What the publisher sends lately, in bit/s."""
        self._rated: tuple[float, int] = (0.0, 0)
        self._video = info.kind == "video"
        self._uplink: Uplink | None = None
        size = VIDEO_HISTORY if self._video else AUDIO_HISTORY
        self._mask = size - 1
        self._history: list[Packet | None] = [None] * size
        self._last: Packet | None = None  # the newest packet by number
        self._last_at = 0.0
        self._retired = 0  # the SSRC before this one: its stragglers must not bring it back
        self._seq_shift = 0
        self._ts_shift = 0
        self._shift: CounterShift | None = None
        self._reminded = False
        self._keyframe_wanted = False
        self._keyframe_asked = -KEYFRAME_RETRY
        self._sr: tuple[int, float] | None = None  # (timestamp, our time when it was sampled)

    # -- binding ------------------------------------------------------------------------------

    def bind(self, uplink: Uplink, codec: Codec) -> None:
        """Take the packets of this connection from now on."""
        if uplink is not self._uplink:
            self._uplink = uplink
            self.reception = None
            self._retired = 0
            self._sr = None
        self.codec = codec

    def fits(self, codec: Codec) -> bool:
        """Tell whether the present subscribers could read this codec without negotiating."""
        old = self.codec
        if old is None:
            return True
        same_number = codec.payload_type == old.payload_type or codec.red_payload_type is None
        return codec.same_as(old) and same_number

    def subscribe(self, subscription: Sink) -> None:
        """Forward to a subscription until `unsubscribe`."""
        self.subscriptions.append(subscription)

    def unsubscribe(self, subscription: Sink) -> None:
        """Stop forwarding to a subscription."""
        if subscription in self.subscriptions:
            self.subscriptions.remove(subscription)

    def tap(self, tap: Tap) -> None:
        """Give every packet to `tap` in the clear, as it comes, until `untap`.

        It is called on the packet path and must be quick. `marker` is 0x80 or 0, with
        `codecs.RED` beside it when the payload is RED. Packets that come late or by
        retransmission come out of order, each once. A picture begins wherever the stream is:
        `want_keyframe` brings a beginning.
        """
        self.taps.append(tap)

    def untap(self, tap: Tap) -> None:
        """Stop giving packets to `tap`; nothing happens when it gets none."""
        if tap in self.taps:
            self.taps.remove(tap)

    def close(self) -> None:
        """End the publication: nothing is forwarded any more."""
        self.closed = True
        self._uplink = None
        self.codec = None
        self.reception = None
        self.subscriptions.clear()
        self.taps.clear()
        self._history, self._mask, self._last = [None], 0, None  # the most of what it holds

    # -- the packet path ----------------------------------------------------------------------

    def receive(
        self,
        ssrc: int,
        seq: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        level: int,
        now: float,
        repaired: bool,
        arrival: float | None = None,
    ) -> None:
        """Take one packet of the publisher, in their numbering, and forward it.

        `arrival` is when the network delivered it, `now` when it is forwarded.
        """
        reception, codec = self.reception, self.codec
        if codec is None:
            return
        if arrival is None:
            arrival = now
        if reception is None or reception.ssrc != ssrc:
            if repaired or ssrc == self._retired:
                return
            self._retired = 0 if reception is None else reception.ssrc
            reception = self._restart(ssrc, seq, timestamp, payload, codec, now)
        if not reception.receive(seq, timestamp, arrival, repaired):
            return
        if now >= reception.asks_at:
            self._ask_again(reception, now)
        self.packets += 1
        self.octets += len(payload)
        seq = seq + self._seq_shift & 0xFFFF
        timestamp = timestamp + self._ts_shift & 0xFFFFFFFF
        if self._shift is not None:
            payload = self._shift.apply(payload)
        packet = (seq, timestamp, marker, payload)
        self._history[seq & self._mask] = packet
        last = self._last
        if last is None or seq - last[0] & 0xFFFF < 0x8000:
            self._last = packet
            self._last_at = now
        if self._video:
            if self._keyframe_wanted and starts_keyframe(codec.name, payload):
                self._begin_keyframe()
        elif level < 128:
            self.voice.heard(level)
        if self.subscriptions:
            send_time = int(now * 262144)
            for subscription in self.subscriptions:
                if subscription.flowing:
                    subscription.forward(seq, timestamp, marker, payload, level, send_time)
        if self.taps:
            for tap in tuple(self.taps):
                tap(seq, timestamp, marker, payload, arrival)

    def _begin_keyframe(self) -> None:
        self._keyframe_wanted = False
        for subscription in self.subscriptions:
            if subscription.live:
                subscription.flowing = True

    def _restart(
        self, ssrc: int, seq: int, timestamp: int, payload: bytes, codec: Codec, now: float
    ) -> Reception:
        reception = Reception(ssrc, codec.clock_rate)
        self.reception = reception
        self._sr = None
        last = self._last
        if last is not None:
            elapsed = max(1, int((now - self._last_at) * codec.clock_rate))
            self._seq_shift = last[0] + 1 - seq
            self._ts_shift = last[1] + elapsed - timestamp
            vp8 = codec.name == "VP8"
            self._shift = CounterShift.between(last[3], payload) if vp8 else None
        if self._video and (self.subscriptions or self.taps):
            if starts_keyframe(codec.name, payload):
                self._keyframe_wanted = True  # this very packet answers
                self._keyframe_asked = now
            else:
                self.want_keyframe(now)
        return reception

    # -- repair -------------------------------------------------------------------------------

    def resend(self, subscription: Subscription, numbers: list[int], now: float) -> None:
        """Answer a subscriber who misses packets, from the history."""
        if not subscription.packets:
            return
        send_time = int(now * 262144)
        for number in numbers[:MAX_RESENT]:
            seq = subscription.original(number & 0xFFFF)
            packet = self._history[seq & self._mask]
            if packet is None or packet[0] != seq or not subscription.had(seq):
                continue  # not kept any more, or from before they might see it
            if not subscription.may_resend(number, len(packet[3]), now):
                continue
            self.repair.resent += 1
            subscription.repeat(number & 0xFFFF, packet[1], packet[2], packet[3], send_time)

    def pad(self, subscription: Subscription, octets: int, now: float) -> None:
        """Send a subscriber so many bytes: the newest packets again, and padding for the rest.

        It asks whether the way carries more; what it carries may as well repair something.
        """
        last, send_time = self._last if subscription.packets else None, int(now * 262144)
        for back in range(MAX_RESENT):
            packet = self.kept(last[0] - back % PADDED & 0xFFFF) if last is not None else None
            if packet is None or octets <= 0 or not subscription.had(packet[0]):
                break
            octets -= len(packet[3])
            number = subscription.numbered(packet[0])
            subscription.repeat(number, packet[1], packet[2], packet[3], send_time)
        subscription.fill(octets, send_time)

    def kept(self, seq: int) -> Packet | None:
        """Return a packet by its number in the track's numbering, while the history has it."""
        packet = self._history[seq & self._mask]
        return packet if packet is not None and packet[0] == seq else None

    def since(self, seq: int) -> Iterator[int]:
        """Yield the numbers from `seq` to the newest, as far as the history may have them."""
        if self._last is not None:
            newest = self._last[0]
            for back in range(min(newest - seq & 0xFFFF, self._mask), -1, -1):
                yield newest - back & 0xFFFF

    def lost_picture(self, subscription: Subscription, now: float) -> None:
        """Bring a subscriber who cannot decode any more a key frame."""
        self.want_keyframe(now)

    def prepare(self, now: float) -> None:
        """Prepare for somebody who is about to connect: a picture in one size waits for them."""

    def want_keyframe(self, now: float) -> None:
        """Ask the publisher for a key frame; requests close together become one."""
        if not self._video:
            return
        self._keyframe_wanted = True
        if now - self._keyframe_asked >= KEYFRAME_PAUSE:
            self._ask_keyframe(now)

    def _ask_keyframe(self, now: float) -> None:
        if self._uplink is not None and self.reception is not None:
            self._keyframe_asked = now
            self._uplink.request_keyframe(self.reception.ssrc)

    def _ask_again(self, reception: Reception, now: float) -> None:
        numbers = reception.due(now)
        if not self._video or self._uplink is None:
            return
        if numbers:
            self.repair.requested += len(numbers)
            self._uplink.request_packets(reception.ssrc, numbers)
        if reception.asks_at < NEVER and not self._reminded:
            # A tick comes late for a picture that stands still meanwhile.
            self._reminded = True
            self._uplink.remind(reception.asks_at - now, self._on_reminder)

    def _on_reminder(self, now: float) -> None:
        self._reminded = False
        if self.reception is not None and self.reception.asks_at < NEVER:
            self._ask_again(self.reception, now)

    def tick(self, now: float) -> None:
        """Repeat what the publisher has not answered, and see how much they send."""
        since, octets = self._rated
        if now - since >= RATE_SPAN:
            rate = 8 * (self.octets - octets) / (now - since) if since else 0.0
            self.rate = rate if not rate or not self.rate else (self.rate + rate) / 2
            self._rated = (now, self.octets)
        reception = self.reception
        if reception is None:
            return
        if reception.gap:
            reception.gap = False
            self.want_keyframe(now)
        if self._keyframe_wanted and now - self._keyframe_asked >= KEYFRAME_RETRY:
            self._ask_keyframe(now)

    def report(self, now: float) -> RtcpReceiverInfo | None:
        """Return the report block for the publisher; None before the first packet.

        For sound it tells the worst loss on the whole way: Opus adds forward error correction
        only when its receivers lose packets, and those are behind us.
        """
        block = self.reception.report(now) if self.reception is not None else None
        if block is not None and not self._video:
            beyond = max((s.loss for s in self.subscriptions), default=0.0)
            block.fraction_lost = max(block.fraction_lost, int(256 * beyond))
        return block

    # -- clock --------------------------------------------------------------------------------

    def sampled(self, timestamp: int, at: float) -> None:
        """Note from a sender report that the publisher's `timestamp` was sampled at `at`."""
        self._sr = (timestamp, at)

    def timestamp_for(self, subscription: Subscription, now: float) -> int | None:
        """Return what a subscriber's timestamp is at `now`; None while it is not known."""
        return self.timestamp_at(now)

    def timestamp_at(self, now: float) -> int | None:
        """Return the track's timestamp for `now`; None before the publisher's first report."""
        if self._sr is None or self.codec is None:
            return None
        timestamp, at = self._sr
        return timestamp + self._ts_shift + int((now - at) * self.codec.clock_rate) & 0xFFFFFFFF
