"""One track forwarded to one participant: their SSRC, their numbering, their reports.

Pure: `forward` writes a packet straight to where it is sealed and sent from; `media.track` calls
it per packet. RFC 3550 (RTP, sender reports), RFC 4588 (RTX), RFC 8285 (extensions).

    idle ──go()──► live (video: until a key frame starts) ──► flowing ──► the object is dropped
"""

from __future__ import annotations

import secrets
import struct
from typing import Final, Protocol

from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo, RtcpSrPacket

from media.codecs import RED, red_primary
from media.estimate import Estimate
from media.layers import Splice
from media.offer import ABS_SEND_TIME, AUDIO_LEVEL, TRANSPORT_CC, Codec, Section
from media.rtp import seq_delta

__all__ = ["Outgoing", "Subscription"]

RESEND_PAUSE: Final = 0.02  # seconds; a second request within it was sent before the answer came
REPAIR_BURST: Final = 500_000  # bytes sent again at once; a second of a 4 Mbit/s picture
ENVELOPE: Final = 20  # bytes of header around a payload
HISTORY_MASK: Final = 0x3FF
REORDER_WINDOW: Final = 2000  # packets after the start in which older ones must be refused
OSN: Final = struct.Struct("!H")
PADDED_BIT: Final = 0x20  # of the first octet
PADDING: Final = bytes(254) + b"\xff"  # the most there is; its last octet is its length

BARE: Final = struct.Struct("!BBHII")
"""The fixed header: V/P/X/CC, M/PT, sequence number, timestamp, SSRC."""
ONE_WORD: Final = struct.Struct("!BBHIIHHI")
TWO_WORDS: Final = struct.Struct("!BBHIIHHII")
ONE_BYTE_FORM: Final = 0xBEDE  # what the extension block begins with; then its length in words
SEND_TIME_WORD: Final = 0x02000000  # beside its id: three bytes
SEND_TIME_MASK: Final = 0xFFFFFF
NUMBER_WORD: Final = 0x01000000  # two bytes, and one of padding


class Outgoing(Protocol):
    """The participant's connection, as a subscription needs it."""

    view: memoryview
    end: int
    """Where in `view` a packet is to be written; there is room for one."""

    def add(self, size: int) -> None:
        """Seal and send the packet of `size` bytes that was written at `end`."""


class Subscription:
    """The sending end of one track towards one participant."""

    __slots__ = (
        "_estimate",
        "_first",
        "_header",
        "_level",
        "_out",
        "_red",
        "_repairs",
        "_resent",
        "_rtx_seq",
        "_send_time",
        "_shift",
        "_waits",
        "codec",
        "flowing",
        "jitter_ms",
        "live",
        "loss",
        "mid",
        "octets",
        "packets",
        "payload_type",
        "repeated",
        "rtt_ms",
        "rtx_ssrc",
        "ssrc",
    )

    def __init__(
        self,
        section: Section,
        codec: Codec,
        published: Codec,
        out: Outgoing,
        estimate: Estimate | None = None,
    ) -> None:
        """Start idle.

        `codec` is the participant's numbering of the codec that the publisher calls `published`.
        `estimate` numbers the packets of a participant who tells when each came.
        """
        self.mid = section.mid
        self.codec = codec
        self.payload_type = codec.payload_type
        self.ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.rtx_ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.live = False
        """Whether the participant can receive."""
        self.flowing = False
        """Whether packets go out: for a picture not before a key frame."""
        self.packets = 0
        self.octets = 0
        self.repeated = 0
        self.loss = 0.0
        self.jitter_ms = 0.0
        self.rtt_ms: float | None = None
        self._out = out
        self._waits = section.kind == "video"
        # RED names the codec inside it by the publisher's number.
        same = codec.payload_type == published.payload_type
        self._red = codec.red_payload_type if same else None
        self._shift = 0
        self._first = 0
        self._rtx_seq = secrets.randbelow(0x4000)
        self._resent: dict[int, float] = {}
        self._repairs = -REPAIR_BURST
        number = section.extensions.get(TRANSPORT_CC, 0)
        self._estimate = estimate if number else None
        send_time = section.extensions.get(ABS_SEND_TIME, 0)
        level = section.extensions.get(AUDIO_LEVEL, 0) if section.kind == "audio" else 0
        self._send_time = send_time << 28 | SEND_TIME_WORD if send_time else 0
        self._level = level << 28  # one byte; then two of padding
        if self._estimate is not None:
            self._send_time = number << 28 | NUMBER_WORD
        self._header = TWO_WORDS if level else ONE_WORD if self._send_time else BARE

    def go(self) -> None:
        """Start to flow: the participant's connection is up."""
        self.live = True
        self.flowing = not self._waits

    def _number(self, seq: int) -> int:
        """Return the number of a packet here, or -1 when it is from before the start."""
        if not self.packets:
            # Starting low keeps the first wrap far: before it SRTP's rollover counter is known
            # to both ends even when the first packets are lost (RFC 3711 section 3.3.1).
            self._first = seq
            self._shift = secrets.randbelow(0x4000) - seq
        elif not self.had(seq):
            return -1
        return seq + self._shift & 0xFFFF

    def had(self, seq: int) -> bool:
        """Tell whether a packet of the track, in its numbering, is not from before the start.

        What the track keeps is younger than the window in which that must be asked.
        """
        return self.packets >= REORDER_WINDOW or seq_delta(seq, self._first) >= 0

    def forward(
        self, seq: int, timestamp: int, marker: int, payload: bytes, level: int, send_time: int
    ) -> None:
        """Send a packet of the track on, unless it is from before this subscription's start.

        `marker` is 0x80 or 0, with `RED` beside it; `level` is the audio level's octet;
        `send_time` is in 1/262144 s.
        """
        if self.packets < REORDER_WINDOW:
            number = self._number(seq)
            if number < 0:
                return
        else:
            number = seq + self._shift & 0xFFFF
        second = marker | self.payload_type
        if marker & RED:
            if self._red is None:
                payload = red_primary(payload)
                second = marker & 0x80 | self.payload_type
            else:
                second = marker & 0x80 | self._red
        self.packets += 1
        self.octets += len(payload)
        self._send(second, number, timestamp, self.ssrc, payload, level, send_time)

    def _send(
        self,
        second: int,
        number: int,
        timestamp: int,
        ssrc: int,
        payload: bytes | bytearray,
        level: int,
        send_time: int,
        *,
        padding: bool = False,
    ) -> None:
        out, header = self._out, self._header
        view, start = out.view, out.end
        at = start + header.size
        estimate = self._estimate
        if estimate is None:
            # Without a send time its word stays zero, which is padding.
            word = self._send_time and self._send_time | send_time & SEND_TIME_MASK
        else:
            size = header.size + len(payload)
            word = self._send_time | estimate.number(size, send_time) << 8
        if header is ONE_WORD:
            header.pack_into(
                view, start, 0x90, second, number, timestamp, ssrc, ONE_BYTE_FORM, 1, word
            )
        elif header is BARE:
            header.pack_into(view, start, 0x80, second, number, timestamp, ssrc)
        else:
            sound = self._level | level << 16
            header.pack_into(
                view, start, 0x90, second, number, timestamp, ssrc, ONE_BYTE_FORM, 2, word, sound
            )
        end = at + len(payload)
        view[at:end] = payload
        if padding:
            view[start] |= PADDED_BIT
        out.add(end - start)

    def original(self, number: int) -> int:
        """Return the track's number of a packet that we numbered."""
        return number - self._shift & 0xFFFF

    def numbered(self, seq: int) -> int:
        """Return our number of a packet that was forwarded."""
        return seq + self._shift & 0xFFFF

    def may_resend(self, number: int, octets: int, now: float) -> bool:
        """Tell whether a packet asked for again may go, and note that it does.

        Each byte sent allows for one sent again, now or later, up to a burst: that repairs any
        loss that leaves something to see, and a request cannot fetch many times its size for long.
        """
        if now - self._resent.get(number, -1.0) < RESEND_PAUSE:
            return False
        repairs = max(self._repairs, self.octets - REPAIR_BURST) + octets + ENVELOPE
        if repairs > self.octets:
            return False
        self._repairs = repairs
        if len(self._resent) > HISTORY_MASK:
            self._resent = {n: at for n, at in self._resent.items() if now - at < RESEND_PAUSE}
        self._resent[number] = now
        self.repeated += 1
        return True

    def repeat(
        self, number: int, timestamp: int, marker: int, payload: bytes, send_time: int
    ) -> None:
        """Send a packet once more: as RTX when negotiated, else as it was."""
        repair = self.codec.rtx_payload_type
        payload_type = self.payload_type
        if marker & RED:
            if repair is None and self._red is not None:
                payload_type = self._red
            else:  # RTX is of the codec itself
                payload = red_primary(payload)
            marker &= 0x80
        if repair is None:
            second = marker | payload_type
            self._send(second, number, timestamp, self.ssrc, payload, 127, send_time)
            return
        self._rtx_seq = self._rtx_seq + 1 & 0xFFFF
        body = OSN.pack(number) + payload
        second = marker | repair
        self._send(second, self._rtx_seq, timestamp, self.rtx_ssrc, body, 127, send_time)

    def fill(self, octets: int, send_time: int) -> None:
        """Send so many bytes of padding among the repairs, if there are such; RFC 3550 section 5.1.

        Among the packets themselves each would be one that the decoder waits for.
        """
        repair = self.codec.rtx_payload_type
        if repair is None:
            return
        for _ in range(0, octets, len(PADDING)):
            self._rtx_seq = self._rtx_seq + 1 & 0xFFFF
            self._send(
                repair, self._rtx_seq, 0, self.rtx_ssrc, PADDING, 127, send_time, padding=True
            )

    def sender_report(self, timestamp: int, now: float) -> RtcpSrPacket | None:
        """Return a report saying that `timestamp` was sampled at `now`; None before we sent."""
        if not self.packets:
            return None
        return RtcpSrPacket(
            ssrc=self.ssrc,
            sender_info=RtcpSenderInfo(
                ntp_timestamp=int(now * 4294967296) & 0xFFFFFFFFFFFFFFFF,
                rtp_timestamp=timestamp & 0xFFFFFFFF,
                packet_count=self.packets & 0xFFFFFFFF,
                octet_count=self.octets & 0xFFFFFFFF,
            ),
        )

    def reported(self, report: RtcpReceiverInfo, now: float) -> None:
        """Take the participant's report on what they received."""
        self.loss = report.fraction_lost / 256
        self.jitter_ms = 1000 * report.jitter / self.codec.clock_rate
        if report.lsr:
            trip = (int(now * 65536) - report.lsr - report.dlsr) & 0xFFFFFFFF
            if trip < 0x80000000:
                self.rtt_ms = trip / 65.536


class LayeredSubscription(Subscription):
    """The sending end of a publication in layers towards one participant."""

    __slots__ = ("asked_at", "chosen", "splice")

    def __init__(
        self,
        section: Section,
        codec: Codec,
        published: Codec,
        out: Outgoing,
        estimate: Estimate | None = None,
    ) -> None:
        """Start idle, on no layer."""
        super().__init__(section, codec, published, out, estimate)
        self.splice = Splice(lambda a, b: None)
        self.chosen = False
        """Whether anybody has chosen a layer; until then the first that comes is taken."""
        self.asked_at = 0.0

    def pass_on(
        self, number: int, timestamp: int, marker: int, payload: bytes | bytearray, send_time: int
    ) -> None:
        """Send a packet under the number that the splice gave it."""
        self.packets += 1
        self.octets += len(payload)
        second = marker & 0x80 | self.payload_type
        self._send(second, number, timestamp, self.ssrc, payload, 0, send_time)
