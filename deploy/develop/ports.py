"""Look before the long work whether the server will get its ports."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.develop.failures import SetupError

__all__ = ["PORTS", "Port", "check_ports"]


@dataclass(frozen=True)
class Port:
    """A port of the server: the variable that sets it, what it is when unset, what it is for."""

    variable: str
    default: int
    purpose: str
    kind: socket.SocketKind = socket.SOCK_STREAM


PORTS = (
    Port("TISKI_PORT", 8080, "console and API"),
    Port("TISKI_SHOP_PORT", 8081, "demo shop"),
    Port("TISKI_MEDIA_PORT", 8082, "voice and video, UDP", socket.SOCK_DGRAM),
    Port("TISKI_PLAYER_PORT", 8083, "co-browsing player"),
)


def check_ports(environ: Mapping[str, str] = os.environ) -> None:
    """Raise `SetupError` for a port that is no number, is named twice or is taken."""
    named: dict[int, Port] = {}
    for port in PORTS:
        number = _number(port, environ)
        other = named.get(number)
        if other is not None and other.kind == port.kind:
            raise SetupError(f"{other.variable} and {port.variable} are both {number}; change one.")
        named[number] = port
    taken = [(number, port) for number, port in named.items() if not _free(number, port.kind)]
    if not taken:
        return
    lines = [
        f"Port {number} ({port.purpose}) is taken by another program." for number, port in taken
    ]
    avoid = set(named)
    settings = []
    for number, port in taken:
        instead = next(
            n for n in range(number + 10, 65536) if n not in avoid and _free(n, port.kind)
        )
        avoid.add(instead)
        settings.append(f"{port.variable}={instead}")
    lines.append(f"Stop it, or take other ports: {' '.join(settings)} make run")
    raise SetupError("\n".join(lines))


def _number(port: Port, environ: Mapping[str, str]) -> int:
    text = environ.get(port.variable) or str(port.default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SetupError(f"{port.variable}={text} is not a port; give a number from 1 to 65535.")
    return int(text)


def _free(number: int, kind: socket.SocketKind) -> bool:
    # Both addresses: a listener on either would take our visitors or refuse us.
    for address in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - a look, nothing is served
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, number))
            except OSError:
                return False
    return True
