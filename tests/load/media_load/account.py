"""A window of load and its figures: what was sent, what came, what it cost, how long it took.

Pure, but for the kernel's counters of dropped datagrams. The cost is the server's processor time
over the window, divided by the datagrams that the receivers counted in it; losses and doubles are
counted by the numbers in the packets, after the network has fallen silent and repair had its time.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source

__all__ = ["Figures", "Summary", "Window", "kernel_drops", "percentile", "summary"]


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of sorted values, 0 of none; `share` in 0..1."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def kernel_drops(ports: Iterable[int]) -> int:
    """Count the datagrams that the kernel dropped before these local UDP ports read them."""
    wanted = set(ports)
    dropped = 0
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) in wanted:
            dropped += int(fields[-1])
    return dropped


@dataclass(frozen=True, slots=True)
class Figures:
    """One window's."""

    claimed: float
    """Packets that the sources were to send."""
    sent: int
    forwarded: int
    """Datagrams that the receivers counted."""
    expected: int
    """Packets that should have come: each sent one to each of its receivers."""
    lost: int
    doubled: int
    foreign: int
    repaired: int
    processor_us: float
    """Of the server, for each forwarded packet."""
    server_share: float
    """Of its core, 0..1."""
    latency_p50_ms: float
    latency_p99_ms: float
    latencies: int
    late_p99_ms: float
    """How late the load sent its bursts."""
    dropped: int
    """Datagrams that the load was too slow to read."""

    @property
    def delivered_as_claimed(self) -> bool:
        """Whether the load did what it says: else the server is not what was measured."""
        return (
            abs(self.sent - self.claimed) <= 0.02 * self.claimed
            and self.late_p99_ms <= LATE_MS
            and not self.dropped
        )


LATE_MS = 10.0
"""A burst that late runs into the next but two, and the server would see another shape."""


@dataclass(slots=True)
class Window:
    """A window being measured. The clock and the processor time are given, in ns."""

    sources: Sequence[Source]
    sinks: Sequence[Sink]
    drops: int = 0
    _begun: int = 0
    _processor: int = 0
    _took: int = 0
    _used: int = 0
    _first: dict[int, int] = field(default_factory=dict)
    _end: dict[int, int] = field(default_factory=dict)
    _before: tuple[int, int, int] = (0, 0, 0)
    _forwarded: int = 0

    def begin(self, now: int, processor: int, drops: int) -> None:
        """Begin."""
        self._begun, self._processor, self.drops = now, processor, drops
        self._first = {source.number: source.packets for source in self.sources}
        self._before = self._counts()
        for sink in self.sinks:
            sink.latencies.clear()

    def end(self, now: int, processor: int) -> None:
        """End; what is still on its way may come, until `figures`."""
        self._took, self._used = now - self._begun, processor - self._processor
        self._end = {source.number: source.packets for source in self.sources}
        self._forwarded = self._counts()[0] - self._before[0]

    def _counts(self) -> tuple[int, int, int]:
        return (
            sum(sink.received for sink in self.sinks),
            sum(sink.foreign for sink in self.sinks),
            sum(sink.repaired for sink in self.sinks),
        )

    def figures(self, rate: float, late: Sequence[float], drops: int) -> Figures:
        """Return the figures: `rate` packets a second were claimed, `late` in seconds."""
        _, foreign, repaired = self._counts()
        sent = sum(self._end[n] - self._first[n] for n in self._end)
        expected = lost = doubled = 0
        latencies: list[int] = []
        for sink in self.sinks:
            number = sink.source.number
            expected += self._end[number] - self._first[number]
            latencies += sink.latencies
            if sink.source.content.stamped:
                lost += sink.missing(self._first[number], self._end[number])
                doubled += sink.doubled(self._first[number], self._end[number])
        if not all(sink.source.content.stamped for sink in self.sinks):
            lost = max(0, expected - self._forwarded)
        latencies.sort()
        return Figures(
            claimed=rate * self._took / 1e9,
            sent=sent,
            forwarded=self._forwarded,
            expected=expected,
            lost=lost,
            doubled=doubled,
            foreign=foreign - self._before[1],
            repaired=repaired - self._before[2],
            processor_us=self._used / 1000 / max(1, self._forwarded),
            server_share=self._used / self._took,
            latency_p50_ms=percentile(latencies, 0.5) / 1e6,
            latency_p99_ms=percentile(latencies, 0.99) / 1e6,
            latencies=len(latencies),
            late_p99_ms=percentile(sorted(late), 0.99) * 1000,
            dropped=drops - self.drops,
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one server over all its windows: medians, and the share lost of all."""

    cpu_us_per_packet: float
    cpu_us_least: float
    cpu_us_most: float
    latency_p50_ms: float
    latency_p99_ms: float
    loss: float
    doubled: int
    windows: int


def summary(windows: Sequence[Figures]) -> Summary:
    """Put windows together."""
    costs = [w.processor_us for w in windows]
    return Summary(
        cpu_us_least=round(min(costs), 2),
        cpu_us_most=round(max(costs), 2),
        cpu_us_per_packet=round(statistics.median(costs), 2),
        latency_p50_ms=round(statistics.median(w.latency_p50_ms for w in windows), 3),
        latency_p99_ms=round(statistics.median(w.latency_p99_ms for w in windows), 3),
        loss=round(sum(w.lost for w in windows) / max(1, sum(w.expected for w in windows)), 6),
        doubled=sum(w.doubled for w in windows),
        windows=len(windows),
    )
