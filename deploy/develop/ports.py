"""Look before the long work whether the server will get its ports."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from deploy.develop.failures import SetupError

__all__ = ["PORTS", "Port", "check_ports"]


BOTH = (socket.SOCK_DGRAM, socket.SOCK_STREAM)


@dataclass(frozen=True)
class Port:
    """A port of the server: the variable that sets it, what it is when unset, what it is for."""

    variable: str
    default: int
    purpose: str
    kinds: tuple[socket.SocketKind, ...] = (socket.SOCK_STREAM,)
    bank: bool = False  # only with the demo's own bank, not with a TISKI_IDENTITY of one's own


PORTS = (
    Port("TISKI_PORT", 8080, "console and API"),
    Port("TISKI_SHOP_PORT", 8081, "demo shop"),
    Port(
        "TISKI_MEDIA_PORT",
        8082,
        "voice and video, UDP and TCP",
        (socket.SOCK_DGRAM, socket.SOCK_STREAM),
    ),
    Port("TISKI_PLAYER_PORT", 8083, "co-browsing player"),
    Port("TISKI_BANK_PORT", 8084, "demo bank", bank=True),
    Port("TISKI_BANKID_PORT", 8085, "demo BankID", bank=True),
    Port("TISKI_BANKID_APP_PORT", 8086, "demo BankID's app", bank=True),
)


def check_ports(environ: Mapping[str, str] = os.environ) -> dict[str, int]:
    """Return each port by its variable.

    Raises:
        SetupError: one is no number, is named twice or is taken.
    """
    named: dict[int, Port] = {}
    own_identity = bool(environ.get("TISKI_IDENTITY"))
    for port in PORTS:
        if port.bank and own_identity:
            continue
        number = _number(port, environ)
        other = named.get(number)
        if other is not None and set(other.kinds) & set(port.kinds):
            raise SetupError(f"{other.variable} and {port.variable} are both {number}; change one.")
        named[number] = port
    taken = [(number, port) for number, port in named.items() if not _free(number, port.kinds)]
    if not taken:
        return {port.variable: number for number, port in named.items()}
    lines = [
        f"Port {number} ({port.purpose}) is taken by another program." for number, port in taken
    ]
    avoid = set(named)
    settings = []
    for number, port in taken:
        instead = next(
            n for n in range(number + 10, 65536) if n not in avoid and _free(n, port.kinds)
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


def _free(number: int, kinds: tuple[socket.SocketKind, ...]) -> bool:
    # Both addresses: a listener on either would take our visitors or refuse us.
    addresses = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - a look, nothing is served
    for address, kind in product(addresses, kinds):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, number))
            except OSError:
                return False
    return True
