"""What the receiver of one RTP stream keeps: order, losses to ask for again, report figures.

Pure; `media.track` calls `receive` per packet, `due` when it is time, `report` from its timer.
RFC 3550 appendices A.1, A.3 and A.8; RFC 4585 section 6.2.1 (NACK).
"""

from __future__ import annotations

from typing import Final

from aiortc.rtp import RtcpReceiverInfo

from media.rtp import seq_delta

__all__ = ["NEVER", "Reception"]

MAX_GAP: Final = 1000  # packets; beyond it the sender jumped, and nothing can be repaired
MAX_MISSING: Final = 256  # packets asked for at once; more is an outage, for a key frame to heal
MAX_AGE: Final = 1.0  # seconds that a lost packet is still worth having
FEW: Final = 8  # packets; so many may be missing after a silence that was none of the network's
MAX_REQUESTS: Final = 8
# Seconds, four times, then doubled until 0.24, as the round trip upstream is unknown; a sender to
# whom it is longer knows that, and answers once.
FIRST_RETRY: Final = 0.06
STEADY: Final = 3  # requests before the time between them begins to double
LAST_RETRY: Final = 0.24
NEVER: Final = float("inf")


class _Missing:
    __slots__ = ("at", "requests", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.at = since
        self.requests = 0


class Reception:
    """The receiving state of one SSRC."""

    __slots__ = (
        "_base",
        "_clock_rate",
        "_expected_prior",
        "_heard",
        "_last_transit",
        "_last_ts",
        "_missing",
        "_next",
        "_received",
        "_received_prior",
        "_sr_at",
        "_sr_ntp",
        "asks_at",
        "gap",
        "highest",
        "jitter",
        "lost_fraction",
        "ssrc",
    )

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self.highest = -1
        """The highest extended sequence number received."""
        self.jitter = 0.0
        """Interarrival jitter in timestamp units."""
        self.lost_fraction = 0.0
        """Share of packets lost in the last interval between reports, 0..1."""
        self.gap = False
        """Set when packets were lost that cannot be asked for; the reader clears it."""
        self.asks_at = NEVER
        """When lost packets are to be asked for: `due` tells which."""
        self._clock_rate = clock_rate
        self._heard = NEVER  # when a new timestamp came last
        self._base = 0
        self._received = 0
        self._expected_prior = 0
        self._received_prior = 0
        self._last_transit = 0
        self._last_ts = -1
        self._next = -1  # the number of a packet that comes in order
        self._missing: dict[int, _Missing] = {}
        self._sr_ntp = 0
        self._sr_at = 0.0

    def receive(self, seq: int, timestamp: int, now: float, repaired: bool = False) -> bool:
        """Count a packet; False when it came before, or is too old to matter.

        `repaired` packets came by retransmission: they fill the gap but stay counted as lost,
        so that the sender's report shows the path as it is (RFC 4588 section 5.3).
        """
        if seq == self._next and not repaired:
            self._next = seq + 1 & 0xFFFF
            self.highest += 1
            self._received += 1
            if timestamp != self._last_ts:
                self._measure(timestamp, now)
            return True
        if self.highest < 0:
            if repaired:
                return False
            self._base = self.highest = seq
            self._next = seq + 1 & 0xFFFF
            self._received = 1
            return True
        delta = seq_delta(seq, self.highest & 0xFFFF)
        if delta == 0:
            return False
        if delta < 0:
            late = self._missing.pop(self.highest + delta, None)
            if late is None:
                return False
            if not repaired:
                self._received += 1
            return True
        if repaired:  # ahead of the stream itself: the stream's own packet will tell
            return False
        if delta > 1:
            self._lose(self.highest + 1, self.highest + delta, now)
        self.highest += delta
        self._next = seq + 1 & 0xFFFF
        self._received += 1
        if timestamp != self._last_ts:
            self._measure(timestamp, now)
        return True

    def _lose(self, first: int, end: int, now: float) -> None:
        late = now - self._heard > MAX_AGE and end - first > FEW
        if late or end - first > MAX_GAP or len(self._missing) + end - first > MAX_MISSING:
            self._missing.clear()
            self.asks_at = NEVER
            self.gap = True
            return
        self.asks_at = now
        for seq in range(first, end):
            self._missing[seq] = _Missing(now)

    def _measure(self, timestamp: int, now: float) -> None:
        # Once per timestamp: further packets of one frame say nothing of jitter.
        transit = int(now * self._clock_rate) - timestamp & 0xFFFFFFFF
        if self._last_ts >= 0:
            change = (transit - self._last_transit + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            self.jitter += (abs(change) - self.jitter) / 16
        self._last_ts = timestamp
        self._last_transit = transit
        self._heard = now

    def due(self, now: float) -> list[int]:
        """Return the sequence numbers to ask for now, oldest first; forget the hopeless."""
        wanted: list[int] = []
        hopeless: list[int] = []
        self.asks_at = NEVER
        for seq, entry in self._missing.items():
            if now - entry.since > MAX_AGE or entry.requests >= MAX_REQUESTS:
                hopeless.append(seq)
                continue
            if now >= entry.at:
                entry.at = now + min(FIRST_RETRY * 2 ** max(0, entry.requests - STEADY), LAST_RETRY)
                entry.requests += 1
                wanted.append(seq & 0xFFFF)
            self.asks_at = min(self.asks_at, entry.at)
        for seq in hopeless:
            del self._missing[seq]
        if hopeless:
            self.gap = True
        return wanted

    def sender_report(self, ntp: int, now: float) -> None:
        """Note a sender report, so that the sender can compute its round trip."""
        self._sr_ntp = ntp >> 16 & 0xFFFFFFFF
        self._sr_at = now

    def report(self, now: float) -> RtcpReceiverInfo | None:
        """Return the report block since the last one; None before the first packet."""
        if self.highest < 0:
            return None
        expected = self.highest - self._base + 1
        interval = expected - self._expected_prior
        lost = interval - (self._received - self._received_prior)
        self._expected_prior, self._received_prior = expected, self._received
        self.lost_fraction = lost / interval if interval > 0 and lost > 0 else 0.0
        total = max(-0x800000, min(expected - self._received, 0x7FFFFF))
        delay = int((now - self._sr_at) * 65536) if self._sr_at else 0
        return RtcpReceiverInfo(
            ssrc=self.ssrc,
            fraction_lost=min(255, int(self.lost_fraction * 256)),
            packets_lost=total,
            highest_sequence=self.highest & 0xFFFFFFFF,
            jitter=int(self.jitter) & 0xFFFFFFFF,
            lsr=self._sr_ntp if self._sr_at else 0,
            dlsr=delay & 0xFFFFFFFF,
        )
