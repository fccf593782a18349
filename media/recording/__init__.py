"""Recording of calls: what is heard of tracks, written as it comes, sealed, without decoding.

    track ──tap──► recorder ──queue──► writer's thread: order ─► frames ─► matroska ─► sealed file

`Recorder` is for whoever runs rooms; `SealedReader` and `read_track` for whoever reads later.
"""

from __future__ import annotations

from media.recording.recorder import Recorder, Take
from media.recording.sealed import Damaged, SealedReader, SealedWriter
from media.recording.trackfile import TrackInfo, Written, read_info

__all__ = [
    "Damaged",
    "Recorder",
    "SealedReader",
    "SealedWriter",
    "Take",
    "TrackInfo",
    "Written",
    "read_info",
]
