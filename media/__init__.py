"""The media server: rooms on one UDP port, forwarded without decoding.

`MediaServer` is the way in; see docs/media.md.
"""

from media.choice import fill
from media.errors import BadOffer, MediaError, NotGranted, RoomFull, StaleGeneration
from media.interface import (
    Grant,
    MediaConfig,
    MediaEvents,
    MediaStats,
    Publication,
    Quality,
)
from media.recording import Recorder, Take
from media.server import MediaServer

__all__ = [
    "BadOffer",
    "Grant",
    "MediaConfig",
    "MediaError",
    "MediaEvents",
    "MediaServer",
    "MediaStats",
    "NotGranted",
    "Publication",
    "Quality",
    "Recorder",
    "RoomFull",
    "StaleGeneration",
    "Take",
    "fill",
]
