"""The clock that services are given: UTC milliseconds. Tests give their own."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock", "system_clock"]

Clock = Callable[[], int]


def system_clock() -> int:
    """Return the time now in UTC milliseconds since 1970."""
    return time.time_ns() // 1_000_000
