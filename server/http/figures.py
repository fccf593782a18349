"""Figures for Prometheus: of the WebSocket endpoints, of commands, of the media server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from media import MediaStats
from server.domain.paths import Stage
from server.services.tally import QueueStats
from signaling.cobrowse.gateway import CobrowseStats
from signaling.doctor import Figures as CallFigures
from signaling.gateway import GatewayStats

__all__ = ["Figures"]

_STATES: Final = ("available", "away", "not_responding", "offline")
_SETUPS: Final = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)


class Figures:
    """The registry of one process. Names begin with `tiski_`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Tasks())
        self._commands = Histogram(
            "tiski_command_seconds",
            "Commands from arrival to COMMIT, by kind and outcome (ok, or why it was refused)",
            labelnames=("kind", "outcome"),
            buckets=_SECONDS,
            registry=self.registry,
        )

        self._setups = Histogram(
            "tiski_call_setup_seconds",
            "From the wish to be in a call to the connection, as browsers tell, by path",
            labelnames=("path",),
            buckets=_SETUPS,
            registry=self.registry,
        )
        self._scores = Histogram(
            "tiski_call_quality",
            "How well connections of calls did, a look every two seconds: 1 (unusable) to 5 (good)",
            buckets=(1, 2, 3, 4, 5),
            registry=self.registry,
        )

    def connected(self, figures: CallFigures) -> None:
        """Count a connection of a call, by the first report of its browser."""
        if figures.setup is not None:
            self._setups.labels(figures.path or "unknown").observe(figures.setup / 1000)

    def scored(self, score: int) -> None:
        """Count a look of the media server at a connection."""
        self._scores.observe(score)

    def command(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a command that was carried out or refused."""
        self._commands.labels(kind, outcome).observe(seconds)

    def watch(
        self,
        connections: Callable[[], GatewayStats],
        cobrowse: Callable[[], CobrowseStats],
        queue: Callable[[], QueueStats],
        media: Callable[[], MediaStats] | None,
        paths: Callable[[], Mapping[Stage, int]] | None = None,
    ) -> None:
        """Ask these for counters whenever somebody scrapes."""
        self.registry.register(_Connections(connections))
        self.registry.register(_Cobrowse(cobrowse))
        self.registry.register(_Queue(queue))
        if media is not None:
            self.registry.register(_Media(media))
        if paths is not None:
            self.registry.register(_Paths(paths))


class _Tasks(Collector):
    def collect(self) -> Iterator[Metric]:
        try:
            tasks = len(asyncio.all_tasks())
        except RuntimeError:  # asked at the registration too, when no loop need run
            tasks = 0
        yield _gauge("tasks", "asyncio tasks that are not done", tasks)


class _Connections(Collector):
    def __init__(self, stats: Callable[[], GatewayStats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        stats = self._stats()
        yield _gauge("connections", "WebSockets open now", stats.connections)
        yield _counter("connections_accepted", "WebSockets whose hello was good", stats.accepted)
        closed = CounterMetricFamily(
            "tiski_connections_closed", "WebSockets closed, by code", labels=["code"]
        )
        for code, count in stats.closed.items():
            closed.add_metric([str(code)], count)
        yield closed


class _Cobrowse(Collector):
    def __init__(self, stats: Callable[[], CobrowseStats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        stats = self._stats()
        yield _gauge("cobrowse_sharers", "Browsers that show their page now", stats.sharers)
        yield _gauge("cobrowse_viewers", "Browsers that see one now", stats.viewers)
        yield _counter("cobrowse_bytes", "Bytes of recordings sent to viewers", stats.relayed)
        dropped = CounterMetricFamily(
            "tiski_cobrowse_dropped", "Frames of sharers that did not pass", labels=["reason"]
        )
        for reason, count in stats.dropped.items():
            dropped.add_metric([reason], count)
        yield dropped
        closed = CounterMetricFamily(
            "tiski_cobrowse_closed", "Co-browsing WebSockets closed, by code", labels=["code"]
        )
        for code, count in stats.closed.items():
            closed.add_metric([str(code)], count)
        yield closed


class _Queue(Collector):
    def __init__(self, stats: Callable[[], QueueStats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        stats = self._stats()
        yield _gauge("queue_waiting", "Conversations that wait for somebody", stats.waiting)
        yield _gauge("queue_longest_seconds", "How long the first has waited", stats.longest / 1000)
        agents = GaugeMetricFamily("tiski_agents", "Agents, by state", labels=["state"])
        for state in _STATES:
            agents.add_metric([state], stats.agents.get(state, 0))
        yield agents
        offers = CounterMetricFamily(
            "tiski_offers", "Offers to agents: made, and what became of them", labels=["outcome"]
        )
        for outcome, count in stats.offers.items():
            offers.add_metric([outcome], count)
        yield offers


class _Media(Collector):
    def __init__(self, stats: Callable[[], MediaStats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        stats = self._stats()
        yield _gauge("media_rooms", "Calls on this node", stats.rooms)
        yield _gauge("media_participants", "People in them", stats.participants)
        yield _gauge("media_connected", "Of those, with a transport", stats.connected)
        for way, packets, octets in (
            ("in", stats.packets_in, stats.bytes_in),
            ("out", stats.packets_out, stats.bytes_out),
        ):
            yield _counter(f"media_packets_{way}", f"Media packets {way}", packets)
            yield _counter(f"media_bytes_{way}", f"Media bytes {way}", octets)
        yield _counter("media_retransmitted", "Packets sent again on NACK", stats.retransmitted)
        yield _counter("media_requested", "Packets asked for again", stats.requested)
        dropped = CounterMetricFamily(
            "tiski_media_dropped", "Datagrams thrown away, by reason", labels=["reason"]
        )
        for reason, count in stats.dropped.items():
            dropped.add_metric([reason], count)
        yield dropped


class _Paths(Collector):
    def __init__(self, stages: Callable[[], Mapping[Stage, int]]) -> None:
        self._stages = stages

    def collect(self) -> Iterator[Metric]:
        calls = GaugeMetricFamily(
            "tiski_media_calls", "Calls on this node, by the way that media take", labels=["path"]
        )
        for stage, count in self._stages().items():
            calls.add_metric([stage.value], count)
        yield calls


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tiski_{name}", words, value=value)


def _counter(name: str, words: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"tiski_{name}", words, value=value)
