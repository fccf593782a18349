"""Says which addresses on the internet may be fetched from on behalf of a page that is shown.

A page names what its pictures are; a hostile one would name what only we can reach (server-side
request forgery). So hosts are those that the site has, and addresses are public ones, whatever
notation or translation hides them: IPv4 in IPv6 (RFC 4291 section 2.5.5), NAT64 (RFC 6052,
RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult, urlsplit

__all__ = ["Unreachable", "hosts_of", "is_public", "target"]

MAX_ADDRESS: Final = 4_000  # characters
_USUAL: Final = {"http": 80, "https": 443}
_NAT64: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
#: Never fetched from, though not all of it is called private (RFC 6890 and its registry).
_CLOSED: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers' translation
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
    )
)

Host = tuple[str, int]


class Unreachable(ValueError):  # noqa: N818 — the name says what it is
    """An address that is not fetched."""


def is_public(text: str) -> bool:
    """Tell whether an IP address is one of the public internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(str(inner))
    if any(address.version == net.version and address in net for net in _CLOSED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _COMPATIBLE or any(address in net for net in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def hosts_of(origins: Iterable[str], assets: Iterable[str]) -> frozenset[Host]:
    """Return where pictures of a site may come from.

    `origins`: the site's (`https://shop.example`). `assets`: other hosts (`cdn.example`, with
    `:port` when it is not a usual one).
    """
    hosts: set[Host] = set()
    for origin in origins:
        parts = urlsplit(origin)
        if parts.hostname is not None and parts.scheme in _USUAL:
            hosts.add((parts.hostname, parts.port or _USUAL[parts.scheme]))
    for asset in assets:
        name, _, port = asset.partition(":")
        hosts |= {(name, int(port))} if port else {(name, usual) for usual in _USUAL.values()}
    return frozenset(hosts)


def target(address: str, hosts: frozenset[Host]) -> str:
    """Return `address` without its fragment when it is one of `hosts`.

    Raises:
        Unreachable: it is another host, no HTTP, or cannot be read.
    """
    if len(address) > MAX_ADDRESS or any(char <= " " or char == "\\" for char in address):
        raise Unreachable("The address cannot be read.")
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "", parts.port or _USUAL.get(parts.scheme, 0))
    except ValueError:
        raise Unreachable("The address cannot be read.") from None
    if parts.scheme not in _USUAL or parts.username is not None or parts.password is not None:
        raise Unreachable("Only http and https, without a name or password.")
    if host not in hosts:
        raise Unreachable("The site has no pictures there.")
    return _whole(parts)


def _whole(parts: SplitResult) -> str:
    return parts._replace(fragment="", path=parts.path or "/").geturl()
