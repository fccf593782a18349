"""Keep the owner's faults out of the media path: events are told, and what they raise is logged.

Used by `media.server` around the `MediaEvents` it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from media.interface import MediaEvents, Quality

__all__ = ["GuardedEvents"]

log = structlog.get_logger(__name__)


class GuardedEvents:
    """A `MediaEvents` that never raises."""

    def __init__(self, events: MediaEvents) -> None:
        self._events = events

    def publications_changed(self, room: str) -> None:
        """Pass on."""
        _tell("publications_changed", lambda: self._events.publications_changed(room))

    def participant_connected(self, room: str, participant: str) -> None:
        """Pass on."""
        _tell(
            "participant_connected", lambda: self._events.participant_connected(room, participant)
        )

    def participant_lost(self, room: str, participant: str) -> None:
        """Pass on."""
        _tell("participant_lost", lambda: self._events.participant_lost(room, participant))

    def speaking(self, room: str, levels: Mapping[str, int]) -> None:
        """Pass on."""
        _tell("speaking", lambda: self._events.speaking(room, levels))

    def quality(self, room: str, participant: str, quality: Quality) -> None:
        """Pass on."""
        _tell("quality", lambda: self._events.quality(room, participant, quality))


def _tell(event: str, call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:
        log.exception("media.event_handler_fault", handler=event)
