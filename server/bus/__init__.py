"""What tells other nodes that something happened: hints, never the truth (SQL is).

Both implement `signaling.backend.Bus`.
"""

from __future__ import annotations

from server.bus.memory import MemoryBus
from server.bus.redis import RedisBus

__all__ = ["MemoryBus", "RedisBus"]
