"""One stream that the load sends: RTP with a browser's header extensions, RTX, sender reports.

Driven by the clock of `pace`; sends through its connection. RFC 3550, RFC 4588 (RTX), RFC 8285
(one-byte extensions), RFC 8843 section 15 (the mid is sent until the receiver has reported).
"""

from __future__ import annotations

import secrets
import struct
import time
from collections import deque
from typing import Final

from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket

from tests.load.media_load.connection import Connection
from tests.load.media_load.content import Content, fill
from tests.load.media_load.description import ABS_SEND_TIME, MID, TRANSPORT_CC, RemoteLine

__all__ = ["Source"]

HEADER: Final = struct.Struct("!BBHII")
HISTORY: Final = 512  # packets kept for retransmission
LOG: Final = 8192  # packets whose time of sending is known
NTP_EPOCH: Final = 2_208_988_800  # seconds from 1900 to 1970
KEY_PAUSE: Final = 0.3  # seconds; an encoder does not make key frames faster


class Source:
    """The sending end of one stream."""

    def __init__(self, number: int, connection: Connection, content: Content, mid: str) -> None:
        self.number = number
        self.connection = connection
        self.content = content
        self.mid = mid
        self.ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.rtx_ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.packets = 0
        """Packets sent so far; the stamp of the next holds this number."""
        self.resent = 0
        self.key_frames = 0
        self.octets = 0
        self.loud_at: deque[int] = deque(maxlen=64)
        """When sound began after silence, in ns."""
        self._payload_type = self._rtx_type = -1
        self._extension = b""
        self._slots: dict[str, int] = {}
        self._extensions: dict[str, int] = {}
        self._mid_wanted = True
        self._seq = secrets.randbelow(0x4000)
        self._rtx_seq = secrets.randbelow(0x4000)
        self._wide = 0
        self._timestamp = secrets.randbits(31)
        self._begun = 0
        self._key_wanted = True
        self._key_at = 0.0
        self._was_loud = False
        self._history: dict[int, tuple[int, int, bytes]] = {}
        self._sent_at = [0] * LOG

    def accept(self, line: RemoteLine) -> None:
        """Take from the server's answer what may be sent.

        Raises:
            ValueError: the answer does not take this stream.
        """
        name = "VP8" if self.content.kind == "video" else "opus"
        self._payload_type = line.payload_type(name)
        if self._payload_type < 0 or line.direction not in ("recvonly", "sendrecv"):
            raise ValueError(f"the server does not take {name}: {line}")
        self._rtx_type = line.rtx_type(self._payload_type)
        self._extensions = line.extensions
        self._lay_out()

    def _lay_out(self) -> None:
        body = bytearray()
        self._slots.clear()
        for uri, size in ((ABS_SEND_TIME, 3), (TRANSPORT_CC, 2)):
            number = self._extensions.get(uri)
            if number:
                body.append(number << 4 | size - 1)
                self._slots[uri] = 16 + len(body)
                body += bytes(size)
        number = self._extensions.get(MID)
        if number and self._mid_wanted:
            mid = self.mid.encode()
            body.append(number << 4 | len(mid) - 1)
            body += mid
        body += bytes(-len(body) & 3)
        self._extension = struct.pack("!HH", 0xBEDE, len(body) // 4) + body if body else b""

    # -- out ----------------------------------------------------------------------------------

    def send(self, begun: int) -> None:
        """Send the next burst; `begun` (ns) is when its picture was taken."""
        key = self._key_wanted and time.monotonic() - self._key_at > KEY_PAUSE
        if key:
            self._key_wanted = False
            self._key_at = time.monotonic()
            self.key_frames += 1
        self._timestamp = self._timestamp + self.content.step & 0xFFFFFFFF
        self._begun = begun
        burst = self.content.burst(key=key)
        last = len(burst) - 1
        first = self.packets
        packets = []
        for index, (body, size) in enumerate(burst):
            marker = 0x80 if index == last and self.content.kind == "video" else 0
            packets.append(self._packet(body, size, marker, begun))
        for number, at in enumerate(self.connection.send_burst(packets), first):
            self._sent_at[number % LOG] = at

    def sent_at(self, number: int) -> int:
        """Return when a packet left, in ns of the system clock."""
        return self._sent_at[number % LOG]

    def _packet(self, body: bytes, size: int, marker: int, at: int) -> bytes:
        if self.content.stamped:
            body = fill(body, size - 12 - len(self._extension), self.number, self.packets)
        else:
            self._listen(body, at)
        seq = self._seq = self._seq + 1 & 0xFFFF
        self.packets += 1
        self.octets += len(body)
        self._history[seq] = (self._timestamp, marker, body)
        self._history.pop(seq - HISTORY & 0xFFFF, None)
        header = self._header(marker | self._payload_type, seq, self._timestamp, self.ssrc, at)
        return header + body

    def _header(self, second: int, seq: int, timestamp: int, ssrc: int, at: int) -> bytes:
        if not self._extension:
            return HEADER.pack(0x80, second, seq, timestamp, ssrc)
        header = bytearray(HEADER.pack(0x90, second, seq, timestamp, ssrc))
        header += self._extension
        where = self._slots.get(ABS_SEND_TIME)
        if where is not None:
            header[where : where + 3] = ((at << 18) // 1_000_000_000 & 0xFFFFFF).to_bytes(3, "big")
        where = self._slots.get(TRANSPORT_CC)
        if where is not None:
            self._wide = self._wide + 1 & 0xFFFF
            header[where : where + 2] = self._wide.to_bytes(2, "big")
        return bytes(header)

    def _listen(self, packet: bytes, at: int) -> None:
        loud = len(packet) > 60
        if loud and not self._was_loud:
            self.loud_at.append(at)
        self._was_loud = loud

    def report(self, now: int) -> bytes:
        """Return a sender report at `now` (ns); empty before the first packet."""
        if not self.packets:
            return b""
        since = (now - self._begun) * self.content.clock_rate // 1_000_000_000
        info = RtcpSenderInfo(
            ntp_timestamp=(now << 32) // 1_000_000_000 + (NTP_EPOCH << 32) & 0xFFFFFFFFFFFFFFFF,
            rtp_timestamp=self._timestamp + since & 0xFFFFFFFF,
            packet_count=self.packets & 0xFFFFFFFF,
            octet_count=self.octets & 0xFFFFFFFF,
        )
        return bytes(RtcpSrPacket(ssrc=self.ssrc, sender_info=info))

    # -- what the server asks -----------------------------------------------------------------

    def want_key_frame(self) -> None:
        """Begin the next frame anew."""
        self._key_wanted = True

    def reported(self) -> None:
        """Take a receiver report: the mid need not be sent any more."""
        if self._mid_wanted:
            self._mid_wanted = False
            self._lay_out()

    def resend(self, numbers: list[int]) -> None:
        """Send lost packets again, as RTX if the server knows it."""
        for number in numbers:
            kept = self._history.get(number)
            if kept is None:
                continue
            timestamp, marker, body = kept
            self.resent += 1
            at = time.time_ns()
            if self._rtx_type < 0:
                header = self._header(marker | self._payload_type, number, timestamp, self.ssrc, at)
                self.connection.send_rtp(header + body)
                continue
            seq = self._rtx_seq = self._rtx_seq + 1 & 0xFFFF
            header = self._header(marker | self._rtx_type, seq, timestamp, self.rtx_ssrc, at)
            self.connection.send_rtp(header + number.to_bytes(2, "big") + body)
