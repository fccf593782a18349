"""Fetches the pictures and fonts of a page that is shown to staff.

The player may load nothing from outside, so that a hostile page can neither tell who looks
at it nor reach what the staff's browsers reach. Here its pictures are fetched without cookies
or referrer, from the site's own hosts, and only from public addresses: each socket is made
for an address that was looked at, so a name that changes its address between the look and
the connection (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver

from server.domain.pictures import HEAD, picture_type
from server.domain.reachable import Host, Unreachable, hosts_of, is_public, target
from server.services.clock import Clock
from server.services.tokens import Tokens
from server.store import cobrowses, people
from server.store.database import Database
from signaling.backend import Principal
from signaling.cobrowse.backend import CobrowseBackend
from signaling.errors import Refusal

__all__ = ["Images", "NoPicture", "Picture"]

log = structlog.get_logger(__name__)

MAX_SIZE: Final = 5 * 1024 * 1024  # bytes
TIMEOUT: Final = 10.0  # seconds for the whole, redirects included
_REDIRECTS: Final = 3
_AT_ONCE: Final = 6  # fetches of one ticket
_WAITING: Final = 200  # fetches of one ticket that may wait for others
_ALL: Final = 48  # fetches of this process: what is held in memory at most, times MAX_SIZE
_KEPT: Final = 30_000  # ms that a site's hosts are remembered
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


class _Line:
    """The fetches of one ticket: a few at once, the others in order."""

    def __init__(self) -> None:
        self.gate = asyncio.Semaphore(_AT_ONCE)
        self.inside = 0


class Images:
    """The image proxy."""

    def __init__(
        self,
        db: Database,
        viewing: CobrowseBackend,
        tokens: Tokens,
        clock: Clock,
        *,
        private: frozenset[Host] = frozenset(),
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Make the proxy; `private`: addresses that may be fetched from though not public."""
        self._db = db
        self._viewing = viewing
        self._tokens = tokens
        self._clock = clock
        self._private = private
        self._resolver = resolver
        self._http: aiohttp.ClientSession | None = None
        self._lines: dict[str, _Line] = {}
        self._all = asyncio.Semaphore(_ALL)
        self._hosts: dict[str, tuple[int, frozenset[Host]]] = {}

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    # --- who may --------------------------------------------------------------------------------

    async def ticket(self, who: Principal, cobrowse: str) -> str:
        """Return what lets the player of `who` load the pictures of a shown page.

        Raises:
            Refusal: `no_cobrowse`, or `forbidden`: it is not theirs to see.
        """
        terms = await self._viewing.terms(cobrowse, [who])
        if terms.state is None:
            raise Refusal("no_cobrowse", "The page is not shown any more.")
        if who.person.id not in terms.viewers:
            raise Refusal("forbidden", "The page is not for you to see.")
        return self._tokens.issue_for_images(person=who.person.id, cobrowse=cobrowse)

    async def _hosts_for(self, cobrowse: str) -> frozenset[Host]:
        now = self._clock()
        kept = self._hosts.get(cobrowse)
        if kept is not None and now - kept[0] < _KEPT:
            return kept[1]
        async with self._db.read() as tx:
            key = await cobrowses.site_of(tx, cobrowse)
            site = None if key is None else await people.site_by_id(tx, key)
            rules = None if site is None else await cobrowses.rules_of_site(tx, site.id)
        hosts: frozenset[Host] = frozenset()
        if site is not None and rules is not None:
            hosts = hosts_of(site.origins, rules.assets)
        old = [known for known, (at, _) in self._hosts.items() if now - at >= _KEPT]
        for known in old:
            del self._hosts[known]
        self._hosts[cobrowse] = (now, hosts)
        return hosts

    # --- fetching -------------------------------------------------------------------------------

    async def fetch(self, ticket: str, address: str) -> Picture:
        """Return the picture or font at `address`.

        Raises:
            ConnectionRefused: the ticket is no good, or its time is over.
            NoPicture: it is not one that may be fetched, or not one at all.
        """
        viewer, cobrowse = self._tokens.read_for_images(ticket)
        hosts = await self._hosts_for(cobrowse)
        async with self._turn(f"{cobrowse} {viewer}"):
            try:
                async with asyncio.timeout(TIMEOUT):
                    return await self._follow(address, hosts)
            except TimeoutError:
                raise NoPicture(504, "The picture did not come in time.") from None
            except Unreachable as error:
                raise NoPicture(403, str(error)) from None
            except (aiohttp.ClientError, OSError, ValueError) as error:
                log.debug("picture failed", why=type(error).__name__)
                raise NoPicture(502, "The picture cannot be fetched.") from None

    @contextlib.asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        line = self._lines.setdefault(key, _Line())
        if line.inside >= _WAITING:
            raise NoPicture(429, "Too many pictures at once.")
        line.inside += 1
        try:
            async with line.gate, self._all:
                yield
        finally:
            line.inside -= 1
            if line.inside == 0:
                self._lines.pop(key, None)

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
                limit=_ALL,
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
