"""Ports of 127.0.0.1 for servers under test.

A port that the kernel gives (port 0) is of its range for outgoing connections, so a client
elsewhere may take it between the probe and the server's own bind. These lie below that range
(`ip_local_port_range` begins at 32768), are free for TCP and UDP, and none is given twice.
"""

import random
import socket
from typing import Final

__all__ = ["free_port"]

_RANGE: Final = range(10_081, 32_000)  # browsers open nothing at 10080 (Fetch, bad ports)
_given: set[int] = set()


def free_port() -> int:
    """Return a port that nobody uses, for TCP or UDP.

    Raises:
        OSError: none was found.
    """
    for _ in range(1_000):
        port = random.choice(_RANGE)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise OSError("No free port of 127.0.0.1 was found.")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
