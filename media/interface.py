"""What the media server and the code around it say to each other: settings, grants, events.

Pure data. `MediaServer` takes `MediaConfig` and `Grant`, and calls a `MediaEvents`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

__all__ = [
    "KIND_OF_SOURCE",
    "Grant",
    "Kind",
    "MediaConfig",
    "MediaEvents",
    "MediaStats",
    "Publication",
    "Quality",
]

Kind = Literal["audio", "video"]

KIND_OF_SOURCE: Final[Mapping[str, Kind]] = {
    "audio": "audio",
    "camera": "video",
    "screen": "video",
    "screen-audio": "audio",
}


@dataclass(frozen=True, slots=True)
class MediaConfig:
    """Settings of one media server."""

    host: str = "0.0.0.0"  # noqa: S104 - peers come from anywhere; only checked pairs are heard
    port: int = 0
    """The one port; 0 takes any free one, `MediaServer.port` tells which."""
    announce: tuple[str, ...] = ()
    """Addresses put in answers (NAT 1:1); empty means every address of this machine."""
    tcp: bool = True
    """Whether browsers without UDP may come by TCP, on the same port number."""
    tcp_announce: tuple[tuple[str, int], ...] = ()
    """Addresses and ports beside those that lead to our TCP port (another's 443)."""
    max_participants: int = 5
    consent_timeout: float = 15.0
    """Seconds of silence after which a participant is gone (RFC 7675 asks for at most 30)."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A track that a participant sends. The id stays the same when their page is rebuilt."""

    id: str
    participant: str
    source: str

    @property
    def kind(self) -> Kind:
        """Tell whether it is sound or picture."""
        return KIND_OF_SOURCE[self.source]


@dataclass(frozen=True, slots=True)
class Grant:
    """What one participant may do in the room: sources to send, and to take from each other."""

    publish: frozenset[str]
    receive: Mapping[str, frozenset[str]]
    """Participant id of the publisher -> sources that may be received."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well one participant's connection does, over the last two seconds."""

    loss_up: float
    """Per cent of what they send that is lost before us, repaired packets included."""
    loss_down: float
    """Per cent of what we send that is lost before them, as their reports say."""
    jitter_ms: float
    """The worst interarrival jitter of either direction (RFC 3550, section 6.4.1)."""
    rtt_ms: float | None
    """Round trip to the participant; None before their first report on something we sent."""
    up_kbps: float
    down_kbps: float
    score: int
    """1 (unusable) to 5 (good)."""


@dataclass(frozen=True, slots=True)
class MediaStats:
    """Counters since the start, and what is there now."""

    rooms: int
    participants: int
    connected: int
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    dropped: Mapping[str, int]
    """Datagrams thrown away, by reason."""
    retransmitted: int
    """Packets sent again because a receiver asked."""
    requested: int
    """Packets asked for again from a sender."""


class MediaEvents(Protocol):
    """What the media server tells its owner. Called on the loop's thread; must not block."""

    def publications_changed(self, room: str) -> None:
        """Say that what somebody in the room may receive has changed: they should offer again."""

    def participant_connected(self, room: str, participant: str) -> None:
        """Say that a participant's connection is up and encrypted (again after a rebuild)."""

    def participant_lost(self, room: str, participant: str) -> None:
        """Say that a participant was silent too long and has been removed."""

    def speaking(self, room: str, levels: Mapping[str, int]) -> None:
        """Give who speaks now: participant -> level in -dBov (0 loud, 127 silent), loudest first.

        Called when the set of speakers changes, at most four times a second; an empty mapping
        means that nobody speaks.
        """

    def quality(self, room: str, participant: str, quality: Quality) -> None:
        """Give a participant's figures, every two seconds while they are connected."""
