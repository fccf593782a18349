"""A trial: people in rooms of some servers, and load on one server after the other.

All servers stay up with everybody connected; each round gives every server one window, in an order
that turns, so that what else the machine does hits all alike. Figures are medians over the rounds.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from tests.load.media_load.account import Figures, Window, kernel_drops
from tests.load.media_load.pace import Pacer
from tests.load.media_load.sink import Sink
from tests.load.media_load.stage import Stage

__all__ = ["LoadError", "Trial"]

SILENCE: Final = 0.4  # seconds without a packet: nothing is on its way, or will be repaired
MOST_SILENCES: Final = 20  # a server that goes on sending by itself is not waited for
FLOW_SECONDS: Final = 5.0
RETRIES: Final = 5  # windows beyond the rounds, for those in which the load was late


class LoadError(Exception):
    """The load could not be what it claims, so nothing can be said of the server."""


class Trial:
    """Rooms of a size on several servers.

    `windows` has every good window's figures by the server's name, `bytes_per_call` how much its
    memory grew per room until the end, when it has kept all that it keeps for repair.
    """

    def __init__(
        self, stages: Sequence[Stage], rooms: int, people: int, say: Callable[[str], None]
    ) -> None:
        self.stages = list(stages)
        self.rooms = rooms
        self.people = people
        self.windows: dict[str, list[Figures]] = {stage.name: [] for stage in stages}
        self.bytes_per_call: dict[str, int] = {}
        self._say = say
        self._before: dict[str, int] = {}

    async def open(self) -> None:
        """Seat everybody, on every server."""
        for stage in self.stages:
            await stage.open_room(self.people)  # what comes with the first call is no call's
            await stage.clear()
            self._before[stage.name] = stage.process.resident()
            for _ in range(min(self.rooms, stage.most_rooms)):
                await stage.open_room(self.people)
            self._say(f"{stage.name}: {len(stage.rooms)} x {self.people} people, {_ciphers(stage)}")

    async def close(self) -> None:
        """Let everybody hang up."""
        for stage in self.stages:
            await stage.clear()

    async def run(self, rounds: int, seconds: float, warm: float) -> None:
        """Measure `rounds` windows of each server.

        Raises:
            LoadError: the load was not what it claims, again and again.
        """
        for round_ in range(rounds):
            turn = round_ % len(self.stages)
            for stage in self.stages[turn:] + self.stages[:turn]:
                await self._round(stage, seconds, warm)
        for stage in self.stages:
            self._check_feedback(stage)
            grown = stage.process.resident() - self._before[stage.name]
            self.bytes_per_call[stage.name] = grown // len(stage.rooms)

    async def _round(self, stage: Stage, seconds: float, warm: float) -> None:
        for _ in range(1 + RETRIES):
            figures = await self.window(stage, seconds, warm)
            kept = "" if figures.delivered_as_claimed else "  (thrown away)"
            self._say(f"{stage.name:6} {_line(figures)}{kept}")
            if not kept:
                self.windows[stage.name].append(figures)
                return
        raise LoadError(
            f"The load on {stage.name} was not what it claims, {1 + RETRIES} times: sent "
            f"{figures.sent} of {figures.claimed:.0f} packets, bursts {figures.late_p99_ms:.1f} ms "
            f"late (p99), {figures.dropped} datagrams not read in time. Is the machine busy?"
        )

    async def window(self, stage: Stage, seconds: float, warm: float) -> Figures:
        """Load one server for a while and measure."""
        sources = [source for room in stage.rooms for source in room.sources]
        sinks = [sink for room in stage.rooms for sink in room.sinks]
        ports = [end.connection.port for room in stage.rooms for end in room.ends]
        rate = sum(source.content.rate for source in sources)
        window = Window(sources, sinks)
        gc.collect()
        gc.disable()  # this process's own pauses are not the server's
        pacer = Pacer(sources)
        try:
            await self._flowing(stage)
            await asyncio.sleep(warm)
            pacer.late.clear()
            window.begin(time.monotonic_ns(), stage.process.processor_ns(), kernel_drops(ports))
            await asyncio.sleep(seconds)
            window.end(time.monotonic_ns(), stage.process.processor_ns())
        finally:
            pacer.stop()
            gc.enable()
        await _silence(sinks)
        return window.figures(rate, pacer.late, kernel_drops(ports))

    async def _flowing(self, stage: Stage) -> None:
        """Wait until everybody gets everything.

        Raises:
            LoadError: something does not flow.
        """
        sinks = [sink for room in stage.rooms for sink in room.sinks]
        before = [sink.received for sink in sinks]
        deadline = time.monotonic() + FLOW_SECONDS
        while any(sink.received == then for sink, then in zip(sinks, before, strict=True)):
            if time.monotonic() > deadline:
                still = sum(s.received == then for s, then in zip(sinks, before, strict=True))
                raise LoadError(f"{stage.name}: {still} of {len(sinks)} streams do not flow")
            await asyncio.sleep(0.05)

    def _check_feedback(self, stage: Stage) -> None:
        heard: Counter[str] = Counter()
        silent = 0
        for room in stage.rooms:
            for end in room.ends:
                heard += end.heard
                heard["packets of unknown streams"] += end.unknown
                heard["packets not authentic"] += end.connection.rejected
                silent += end.source is not None and not end.heard["rr"]
        self._say(f"{stage.name}: heard {dict(+heard)}")
        video = stage.rooms[0].sources[0].content.kind == "video"
        if silent or (video and not heard["transport-cc"]):
            raise LoadError(
                f"{stage.name} gives no feedback: {silent} people without receiver reports, "
                f"{heard['transport-cc']} transport-wide messages"
            )


async def _silence(sinks: Sequence[Sink]) -> None:
    before = -1
    for _ in range(MOST_SILENCES):
        came = sum(sink.received for sink in sinks)
        if came == before:
            return
        before = came
        await asyncio.sleep(SILENCE)


def _ciphers(stage: Stage) -> str:
    found = {end.connection.dtls.profile.decode() for room in stage.rooms for end in room.ends}
    return ", ".join(sorted(found))


def _line(figures: Figures) -> str:
    return (
        f"{figures.processor_us:6.1f} us/packet  core {figures.server_share:4.0%}  "
        f"{figures.forwarded} forwarded  p50 {figures.latency_p50_ms:.2f}  "
        f"p99 {figures.latency_p99_ms:.2f} ms  lost {figures.lost} doubled {figures.doubled} "
        f"repaired {figures.repaired} changed {figures.foreign}  late {figures.late_p99_ms:.1f} ms"
    )
