"""What one participant's downlink carries, from their reports of when our packets arrived.

Pure; `media.peer` asks for a `number` per packet (the transport-wide extension) and hands over
the transport-wide feedback; `media.seat` asks for `padding` every tick. Ideas: delay as the first
sign of a full link, the rate that arrives as its measure (draft-ietf-rmcat-gcc-02), a queue
measured from the least delay seen (RFC 6817), short bursts of padding that ask whether there is
more (what browsers do as senders, and what brings a picture back in seconds).

    steady ──queue or heavy loss──► cut to less than what arrives ──queue gone──► steady
       └──more is wanted──► probing ──the queue stayed──► more, and ask on soon
                               └──it grew──► as before, and ask later
"""

from __future__ import annotations

from collections import deque
from operator import sub
from typing import Final, NamedTuple

from media.feedback import TICK

__all__ = ["PROBE_TIME", "START", "Estimate"]

START: Final = 800_000.0  # bit/s; a middle layer and sound, until the first probe tells
UNIT: Final = 1 / 262144  # seconds, of send times
LEAST: Final = 150_000.0  # bit/s; sound and the smallest picture at few frames
SOUND_ONLY: Final = 60_000.0  # bit/s; for a way that is found full at LEAST
MOST: Final = 20_000_000.0  # bit/s; nothing of ours needs more
REMEMBERED: Final = 4096  # packets; 10 s of a room of five
QUEUE_HIGH: Final = 0.08  # seconds of queue that are no jitter any more
QUEUE_SEVERE: Final = 0.2  # seconds that no busy machine explains
QUEUE_LOW: Final = 0.03
HEAVY_LOSS: Final = 0.15  # more than radio links lose by themselves
CUT: Final = 0.85  # of what arrives, so that the queue empties
MILD_CUT: Final = 0.7  # of the estimate at most, while neither queue nor loss is severe
REACTION: Final = 0.3  # seconds, and the queue's, until a cut can be seen in the reports
GROWTH: Final = 0.08  # per second, while what is sent fills the estimate
FULL: Final = 0.75  # of the estimate
SPAN: Final = 0.3  # seconds over which arrivals are averaged
REPORTS: Final = 64  # in such a span; browsers send up to twenty a second
LOSS_SPAN: Final = 0.5
LOSS_PACKETS: Final = 60  # fewer make chance look like a full link
LATELY: Final = 0.15  # seconds whose least delay is the queue's: some packets escape all jitter
FORGET: Final = 5.0  # seconds; the least delay of the last one or two such spans is the path's
PROBE_TIME: Final = 0.15
PROBE_BURST: Final = 0.1  # seconds of the probe's rate that are sent at once, at most
PROBE_STEP: Final = 2.0  # times the estimate at most: more would fill the queue of a narrow link
PROBE_QUEUE: Final = 0.025
PROBE_WAIT: Final = 1.0  # seconds until a probe's packets must have been reported
AGAIN: Final = 0.2  # seconds between probes that succeed
LATER: Final = 1.0  # seconds after one that failed, doubled up to
LATEST: Final = 4.0
CALM: Final = 1.5  # seconds after a cut without probes
TRIAL: Final = 4.0  # seconds after a probe in which a cut means that it was wrong
WRONG: Final = 2.0  # seconds without probes then, doubled up to
WRONGEST: Final = 8.0
DOUBT: Final = 1.3  # times as much is asked for by the probes after such a one
FORGIVEN: Final = 30.0  # seconds without a cut, after which that starts anew


class _Report(NamedTuple):
    at: float
    """When the newest packet arrived, on the receiver's clock."""
    octets: int
    delay: float
    """The least delay of its packets, less an unknown constant."""


class _Probe(NamedTuple):
    rate: float
    since: float
    first: int
    last: int
    """The packets from `first` up to `last`; -1 while it runs."""
    tail: int
    """The first packet of the last burst: it meets the queue that the others made."""
    took: float


class Estimate:
    """The estimate of one downlink."""

    __slots__ = (
        "_base",
        "_base_at",
        "_base_before",
        "_grown_at",
        "_held_until",
        "_loss_at",
        "_lost",
        "_next_probe",
        "_number",
        "_octets",
        "_probe",
        "_probe_lost",
        "_probe_octets",
        "_probe_pause",
        "_probe_sent",
        "_raised_at",
        "_received",
        "_reports",
        "_sizes",
        "_tail_delay",
        "_ticked_at",
        "_times",
        "_wrong",
        "arriving",
        "cut_at",
        "hoped",
        "loss",
        "queue",
        "rate",
    )

    def __init__(self, now: float) -> None:
        self.rate = START
        """What the downlink carries, in bit/s."""
        self.queue = 0.0
        """Seconds that packets wait on the way, beyond the path's own delay."""
        self.loss = 0.0
        """The share of packets lost lately, 0..1."""
        self.arriving = 0.0
        """What arrives, in bit/s."""
        self.cut_at = -LATEST
        """When the link was last found full."""
        self.hoped = 0.0
        """Bit/s up to which it grows without proof; for a way that cannot be probed."""
        self._times = [0] * REMEMBERED
        self._sizes = [0] * REMEMBERED
        self._number = 0
        self._octets = 0  # sent since the last look at the padding
        self._reports: deque[_Report] = deque(maxlen=REPORTS)
        self._base = self._base_before = float("inf")
        self._base_at = now
        self._lost = self._received = 0
        self._loss_at = now
        self._held_until = self._grown_at = now
        self._probe: _Probe | None = None
        self._probe_octets = self._probe_lost = self._probe_sent = 0
        self._tail_delay = float("inf")
        self._ticked_at = now
        self._probe_pause = LATER
        self._raised_at = -TRIAL
        self._wrong = WRONG
        self._next_probe = now + AGAIN

    @property
    def heard(self) -> bool:
        """Whether the participant reports at all."""
        return bool(self._reports)

    def number(self, size: int, send_time: int) -> int:
        """Return the transport-wide number of a packet of `size` bytes.

        It is sent at `send_time`, in 1/262144 s.
        """
        number = self._number
        at = number & REMEMBERED - 1
        self._times[at] = send_time
        self._sizes[at] = size
        self._octets += size
        self._number = number + 1 & 0xFFFF
        return number

    # -- reports ------------------------------------------------------------------------------

    def reported(self, base: int, arrivals: list[int], now: float) -> None:
        """Take one feedback message, as `media.feedback.read_feedback` returns it."""
        probe, count = self._probe, len(arrivals)
        age, first = self._number - 1 - base & 0xFFFF, base & REMEMBERED - 1
        sizes = self._sizes[first : first + count]
        if (
            probe is None
            and count <= age + 1 <= REMEMBERED
            and min(arrivals) >= 0
            and len(sizes) == count
            and all(sizes)
        ):
            # All came, each for the first time: the rule, ten times a second for everybody.
            self._sizes[first : first + count] = bytes(count)
            self._received += count
            sent = [time * UNIT for time in self._times[first : first + count]]
            least = min(map(sub, [tick * TICK for tick in arrivals], sent))
            self._measure(_Report(max(arrivals) * TICK, sum(sizes), least), now)
        else:
            self._read(base, arrivals, now)
        self._judge(now)
        if probe is not None:
            self._judge_probe(probe, base + count - 1 & 0xFFFF, now)

    def _read(self, base: int, arrivals: list[int], now: float) -> None:
        newest, sizes, times = self._number - 1, self._sizes, self._times
        octets = last = 0
        least = float("inf")
        probe = self._probe
        for index, tick in enumerate(arrivals):
            number = base + index & 0xFFFF
            if newest - number & 0xFFFF >= REMEMBERED:
                continue
            at = number & REMEMBERED - 1
            size = sizes[at]
            if not size:
                continue
            in_probe = probe is not None and _within(number, probe)
            if tick < 0:
                self._lost += 1
                self._probe_lost += in_probe
                continue
            sizes[at] = 0
            self._received += 1
            octets += size
            last = max(last, tick)
            delay = tick * TICK - times[at] * UNIT
            least = min(least, delay)
            if in_probe and probe is not None:
                self._probe_octets += size
                if _after(number, probe.tail):
                    self._tail_delay = min(self._tail_delay, delay)
        if octets:
            self._measure(_Report(last * TICK, octets, least), now)

    def _measure(self, report: _Report, now: float) -> None:
        reports = self._reports
        if reports and abs(report.at - reports[-1].at) > 60.0:
            reports.clear()  # the receiver's clock starts anew
            self._base = self._base_before = float("inf")
        reports.append(report)
        while len(reports) > 2 and not 0.0 <= report.at - reports[1].at < SPAN:
            reports.popleft()
        span = report.at - reports[0].at
        if span > SPAN / 3:
            self.arriving = 8 * (sum(r.octets for r in reports) - reports[0].octets) / span
        if now - self._base_at > FORGET:
            self._base_at, self._base_before, self._base = now, self._base, float("inf")
        self._base = min(self._base, report.delay)
        lately = min(r.delay for r in reports if report.at - r.at < LATELY)
        self.queue = lately - min(self._base, self._base_before)
        told = self._lost + self._received
        if now - self._loss_at > LOSS_SPAN and told >= LOSS_PACKETS:
            self.loss = self._lost / told
            self._lost = self._received = 0
            self._loss_at = now

    def _judge(self, now: float) -> None:
        if self.queue > QUEUE_HIGH or self.loss > HEAVY_LOSS:
            if self._probe is not None:
                self._fail(now)  # the queue is the probe's
            if now >= self._held_until and self.arriving:
                self._cut()
                if now - self.cut_at > FORGIVEN:
                    self._wrong = WRONG
                self.cut_at = self._grown_at = now
                self._held_until = now + REACTION + max(0.0, self.queue)
                self.loss = 0.0
                self._lost = self._received = 0
                self._loss_at = now
                pause = CALM
                if now - self._raised_at < TRIAL:
                    pause = self._wrong
                    self._wrong = min(WRONGEST, 2 * self._wrong)
                self._later(now, pause)
        elif self.queue < QUEUE_LOW:
            elapsed = min(now - self._grown_at, SPAN)
            self._grown_at = now
            hopes = self.rate < self.hoped and now - self.cut_at > TRIAL
            if hopes or self.arriving > FULL * self.rate:
                grown = max(self.arriving, self.rate * (1 + GROWTH * elapsed))
                self.rate = min(MOST, grown)

    def _cut(self) -> None:
        rate = CUT * self.arriving
        severe = self.queue > QUEUE_SEVERE or self.loss > HEAVY_LOSS
        if not severe:
            rate = max(rate, MILD_CUT * self.rate)
        least = SOUND_ONLY if severe and self.rate <= LEAST else LEAST
        self.rate = min(self.rate, max(least, rate))

    # -- probes -------------------------------------------------------------------------------

    def padding(self, wanted: float, now: float) -> int:
        """Return how many bytes to send now beyond the media, to see whether `wanted` fits.

        Called every tick, late or not; `wanted` is in bit/s, 0 when nothing more is.
        """
        sent, self._octets = self._octets, 0
        tick, self._ticked_at = now - self._ticked_at, now
        probe = self._probe
        if probe is None:
            if wanted <= self.rate or now < self._next_probe or self.queue > QUEUE_LOW:
                return 0
            if not self._reports or now < self._held_until:
                return 0
            doubt = DOUBT if self._wrong > WRONG and now - self.cut_at < FORGIVEN else 1.0
            rate = min(doubt * wanted, PROBE_STEP * self.rate)
            self._probe = _Probe(rate, now, self._number, -1, self._number, PROBE_TIME)
            self._probe_octets = self._probe_lost = self._probe_sent = 0
            self._tail_delay = float("inf")
            return self._burst(rate, 0.0, tick)
        if probe.last >= 0:
            if now - probe.since > PROBE_TIME + PROBE_WAIT:
                self._fail(now)
            return 0
        elapsed = now - probe.since
        self._probe_sent += sent
        if self.queue > QUEUE_HIGH:
            self._fail(now)
            return 0
        if elapsed >= PROBE_TIME - 0.01:
            last = self._number - 1 & 0xFFFF
            self._probe = probe._replace(last=last, took=max(PROBE_TIME, elapsed))
            return 0
        self._probe = probe._replace(tail=self._number)
        return self._burst(probe.rate, elapsed, tick)

    def _burst(self, rate: float, elapsed: float, tick: float) -> int:
        """Return how many bytes a probe lacks until the next tick, if that takes as long."""
        lacking = int(rate / 8 * (elapsed + tick)) - self._probe_sent
        return max(0, min(lacking, int(rate / 8 * PROBE_BURST)))

    def _judge_probe(self, probe: _Probe, told: int, now: float) -> None:
        if probe is not self._probe or probe.last < 0 or not _after(told, probe.last):
            return
        waited = self._tail_delay - min(self._base, self._base_before)
        packets = probe.last - probe.first + 1 & 0xFFFF
        lost = self._probe_lost
        if waited < PROBE_QUEUE and lost <= 2 + HEAVY_LOSS * packets and packets > lost:
            self._probe = None
            octets = self._probe_octets * packets / (packets - lost)
            self.rate = max(self.rate, min(probe.rate, 8 * octets / probe.took))
            if now - self._raised_at > TRIAL and now - self.cut_at > TRIAL:
                self._probe_pause = LATER
            self._raised_at = self._grown_at = now
            self._next_probe = now + AGAIN
        else:
            self._fail(now)

    def _fail(self, now: float) -> None:
        self._held_until = max(self._held_until, now + REACTION + max(0.0, self.queue))
        self._later(now, self._probe_pause)

    def _later(self, now: float, pause: float) -> None:
        """Give up the probe, if one runs, and wait longer before the next but one."""
        self._probe = None
        self._next_probe = max(self._next_probe, now + pause)
        self._probe_pause = min(LATEST, 2 * self._probe_pause)


def _after(number: int, other: int) -> bool:
    """Tell whether a number is `other` or one after it."""
    return number - other & 0xFFFF < 0x8000


def _within(number: int, probe: _Probe) -> bool:
    return _after(number, probe.first) and (probe.last < 0 or _after(probe.last, number))
