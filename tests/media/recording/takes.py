"""Takes, written as the recorder writes them."""

from __future__ import annotations

from pathlib import Path

from media.recording.compose import TrackJob
from media.recording.sealed import SealedWriter, file_key
from media.recording.trackfile import TrackFile, TrackInfo
from tests.media.recording.encoded import Packet

KEY = bytes(range(32))


def record(
    folder: Path, name: str, who: str, codec: str, packets: list[Packet], begins: float
) -> TrackJob:
    """Write a file of packets that begin `begins` seconds after the take's start."""
    folder.mkdir(parents=True, exist_ok=True)
    source = "audio" if codec == "opus" else "camera"
    rate = 48_000 if codec == "opus" else 90_000

    def create() -> SealedWriter:
        return SealedWriter((folder / name).open("xb", buffering=0), file_key(KEY, name))

    file = TrackFile(name, TrackInfo(who, source, codec), rate, 50.0, create)
    for packet in packets:
        now = 50.0 + begins + packet.at
        file.heard(
            packet.seq, packet.timestamp, packet.marker, packet.payload, now, packet.timestamp
        )
        file.tick(now)
    file.close(now)
    return TrackJob(name, source, codec)
