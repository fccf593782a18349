"""One track forwarded to one participant: their SSRC, their numbering, their reports.

Pure: `write` puts a packet into the outgoing buffer, `media.track` calls it per packet and the
peer seals and sends. RFC 3550 (RTP, sender reports), RFC 4588 (RTX), RFC 8285 (extensions).

    idle ──go()──► waiting (video: until a key frame starts) ──► flowing ──► the object is dropped
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable
from typing import Final

from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo, RtcpSrPacket

from media.codecs import RED, red_primary
from media.offer import ABS_SEND_TIME, AUDIO_LEVEL, Codec, Section
from media.rtp import FIXED_HEADER, seq_delta

__all__ = ["Subscription"]

RESEND_PAUSE: Final = 0.02  # seconds; a second request within it was sent before the answer came
HISTORY_MASK: Final = 0x3FF
REORDER_WINDOW: Final = 2000  # packets after the start in which older ones must be refused
OSN: Final = struct.Struct("!H")


class Subscription:
    """The sending end of one track towards one participant."""

    __slots__ = (
        "_ast_at",
        "_extension",
        "_first",
        "_header_end",
        "_level_at",
        "_red",
        "_resent",
        "_rtx_seq",
        "_shift",
        "codec",
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
        "send",
        "ssrc",
        "waiting",
    )

    def __init__(
        self, section: Section, codec: Codec, published: Codec, send: Callable[[int], None]
    ) -> None:
        """Start idle. `send` seals and sends that many bytes of the outgoing buffer.

        `codec` is the participant's numbering of the codec that the publisher calls `published`.
        """
        self.mid = section.mid
        self.codec = codec
        self.send = send
        self.payload_type = codec.payload_type
        self.ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.rtx_ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.live = False
        self.waiting = section.kind == "video"
        """Whether a key frame must come before anything is sent."""
        self.packets = 0
        self.octets = 0
        self.repeated = 0
        self.loss = 0.0
        self.jitter_ms = 0.0
        self.rtt_ms: float | None = None
        # RED names the codec inside it by the publisher's number.
        same = codec.payload_type == published.payload_type
        self._red = codec.red_payload_type if same else None
        self._shift = 0
        self._first = 0
        self._rtx_seq = secrets.randbelow(0x4000)
        self._resent: dict[int, float] = {}
        self._lay_out_extensions(section)

    def _lay_out_extensions(self, section: Section) -> None:
        body = bytearray()
        self._ast_at = self._level_at = 0
        send_time = section.extensions.get(ABS_SEND_TIME)
        level = section.extensions.get(AUDIO_LEVEL) if section.kind == "audio" else None
        if send_time:
            body.append(send_time << 4 | 2)
            self._ast_at = 16 + len(body)
            body += bytes(3)
        if level:
            body.append(level << 4)
            self._level_at = 16 + len(body)
            body += bytes(1)
        body += bytes(-len(body) & 3)
        self._extension = struct.pack("!HH", 0xBEDE, len(body) // 4) + body if body else b""
        self._header_end = 12 + len(self._extension)

    def go(self) -> None:
        """Start to flow: the participant's connection is up."""
        self.live = True

    def _number(self, seq: int) -> int:
        """Return the number of a packet here, or -1 when it is from before the start."""
        if not self.packets:
            # Starting low keeps the first wrap far: before it SRTP's rollover counter is known
            # to both ends even when the first packets are lost (RFC 3711 section 3.3.1).
            self._first = seq
            self._shift = secrets.randbelow(0x4000) - seq
        elif self.packets < REORDER_WINDOW and seq_delta(seq, self._first) < 0:
            return -1
        return seq + self._shift & 0xFFFF

    def write(
        self,
        out: memoryview,
        seq: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        level: int,
        send_time: int,
    ) -> int:
        """Put a packet into `out`; return its size, 0 when it is not for this subscription.

        `marker` is 0x80 or 0, with `RED` beside it; `level` is the audio level's octet;
        `send_time` 24 bits of 6.18 fixed-point seconds.
        """
        number = self._number(seq)
        if number < 0:
            return 0
        second = marker | self.payload_type
        if marker & RED:
            if self._red is None:
                payload = red_primary(payload)
                second = marker & 0x80 | self.payload_type
            else:
                second = marker & 0x80 | self._red
        self.packets += 1
        self.octets += len(payload)
        return self._put(out, second, number, timestamp, self.ssrc, payload, level, send_time)

    def _put(
        self,
        out: memoryview,
        second: int,
        number: int,
        timestamp: int,
        ssrc: int,
        payload: bytes,
        level: int,
        send_time: int,
    ) -> int:
        at = self._header_end
        if at == 12:
            FIXED_HEADER.pack_into(out, 0, 0x80, second, number, timestamp, ssrc)
        else:
            FIXED_HEADER.pack_into(out, 0, 0x90, second, number, timestamp, ssrc)
            out[12:at] = self._extension
            if self._ast_at:
                where = self._ast_at
                out[where] = send_time >> 16
                out[where + 1] = send_time >> 8 & 0xFF
                out[where + 2] = send_time & 0xFF
            if self._level_at:
                out[self._level_at] = level
        end = at + len(payload)
        out[at:end] = payload
        return end

    def original(self, number: int) -> int:
        """Return the track's number of a packet that we numbered."""
        return number - self._shift & 0xFFFF

    def may_resend(self, number: int, now: float) -> bool:
        """Tell whether a packet asked for again may go, and note that it does."""
        if now - self._resent.get(number, -1.0) < RESEND_PAUSE:
            return False
        if len(self._resent) > HISTORY_MASK:
            self._resent = {n: at for n, at in self._resent.items() if now - at < RESEND_PAUSE}
        self._resent[number] = now
        self.repeated += 1
        return True

    def write_again(
        self,
        out: memoryview,
        number: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        send_time: int,
    ) -> int:
        """Put a packet into `out` once more: as RTX when negotiated, else as it was."""
        repair = self.codec.rtx_payload_type
        if repair is None:
            second = marker | self.payload_type
            return self._put(out, second, number, timestamp, self.ssrc, payload, 127, send_time)
        self._rtx_seq = self._rtx_seq + 1 & 0xFFFF
        body = OSN.pack(number) + payload
        return self._put(
            out, marker | repair, self._rtx_seq, timestamp, self.rtx_ssrc, body, 127, send_time
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
