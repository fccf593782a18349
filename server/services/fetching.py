"""Fetches one picture or font for somebody else, without being led anywhere else.

Only from the hosts it is given, and only from public addresses: each socket is made for an
address that was looked at, so a name that changes its address between the look and the
connection (DNS rebinding) gains nothing. Redirects pass the same checks. Nothing of ours goes
along: no cookies, no referrer, no credentials.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver

from server.domain.pictures import HEAD, picture_type
from server.domain.reachable import Host, Unreachable, is_public, target

__all__ = ["AT_ONCE", "MAX_SIZE", "Fetcher", "NoPicture", "Picture"]

log = structlog.get_logger(__name__)

MAX_SIZE: Final = 5 * 1024 * 1024  # bytes
AT_ONCE: Final = 48  # fetches of a process: times MAX_SIZE is what is held in memory at most
_TIMEOUT: Final = 10.0  # seconds for the whole, redirects included
_REDIRECTS: Final = 3
_HEADERS: Final = {
    "Accept": "image/*,font/*;q=0.9",
    "Accept-Encoding": "identity",  # what unpacks to gigabytes is not unpacked
    "User-Agent": "Tiski (pictures of a shown page)",
}


class NoPicture(Exception):  # noqa: N818 — said as it is
    """There is nothing to show; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or font, and what it is."""

    kind: str
    data: bytes


class Fetcher:
    """The client of the image proxy."""

    def __init__(
        self,
        *,
        private: frozenset[Host] = frozenset(),
        resolver: AbstractResolver | None = None,
        timeout: float = _TIMEOUT,
    ) -> None:
        """Make it; `private`: IP addresses and ports that count as public."""
        self._private = private
        self._resolver = resolver
        self._timeout = timeout
        self._http: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    async def fetch(self, address: str, hosts: frozenset[Host]) -> Picture:
        """Return the picture or font at `address`, which must be on one of `hosts`.

        Raises:
            NoPicture: it is not one that may be fetched, or not one at all.
        """
        try:
            async with asyncio.timeout(self._timeout):
                return await self._follow(address, hosts)
        except TimeoutError:
            raise NoPicture(504, "The picture did not come in time.") from None
        except Unreachable as error:
            raise NoPicture(403, str(error)) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            log.debug("picture failed", why=type(error).__name__)
            raise NoPicture(502, "The picture cannot be fetched.") from None

    async def _follow(self, address: str, hosts: frozenset[Host]) -> Picture:
        for _ in range(_REDIRECTS + 1):
            where = target(address, hosts)
            async with self._session().get(where, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    address = urljoin(where, response.headers.get("Location", ""))
                    continue
                if response.status != 200:
                    raise NoPicture(404, "There is no picture.")
                return await _read(response)
        raise NoPicture(502, "The picture is moved too often.")

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            connector = aiohttp.TCPConnector(
                limit=AT_ONCE,
                resolver=self._resolver,
                socket_factory=self._socket,
                use_dns_cache=False,
            )
            self._http = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                auto_decompress=False,
                trust_env=False,
                max_line_size=8_190,
                max_field_size=8_190,
            )
        return self._http

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for one address that a name has, if it may be connected to."""
        family, kind, protocol, _, place = info
        host, port = str(place[0]), int(place[1])
        if not is_public(host) and (host, port) not in self._private:
            raise PermissionError("not a public address")
        return socket.socket(family, kind, protocol)


async def _read(response: aiohttp.ClientResponse) -> Picture:
    if (response.content_length or 0) > MAX_SIZE:
        raise NoPicture(413, "The picture is too large.")
    if _packed(response.headers):
        raise NoPicture(415, "The picture came packed.")
    data = bytearray()
    kind: str | None = None
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > MAX_SIZE:
            raise NoPicture(413, "The picture is too large.")
        if kind is None and len(data) >= HEAD:
            kind = _kind(data)
    return Picture(kind or _kind(data), bytes(data))


def _packed(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Encoding", "identity").lower() not in ("", "identity")


def _kind(data: bytearray) -> str:
    kind = picture_type(bytes(data[:HEAD]))
    if kind is None:
        raise NoPicture(415, "It is no picture and no font.")
    return kind
