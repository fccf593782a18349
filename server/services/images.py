"""Lets the players of those who see a page load its pictures, and nobody else.

A ticket names the viewer and the co-browsing, for as long as one may last. Where pictures may
come from is looked up behind it, so a supervisor's change holds within half a minute, and
nothing is fetched for a co-browsing that has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from server.domain.reachable import Host, hosts_of
from server.services.clock import Clock
from server.services.fetching import AT_ONCE, Fetcher, NoPicture, Picture
from server.services.tokens import Tokens
from server.store import cobrowses, people
from server.store.database import Database
from signaling.backend import Principal
from signaling.cobrowse.backend import CobrowseBackend
from signaling.errors import Refusal

__all__ = ["Images"]

_AT_ONCE: Final = 6  # fetches of one ticket
_WAITING: Final = 200  # fetches of one ticket that may wait for others
_KEPT: Final = 30_000  # ms that a site's hosts are remembered


class _Line:
    """The fetches of one ticket: a few at once, the others in order."""

    def __init__(self) -> None:
        self.gate = asyncio.Semaphore(_AT_ONCE)
        self.inside = 0


class Images:
    """The image proxy: who may fetch what through it."""

    def __init__(
        self,
        db: Database,
        viewing: CobrowseBackend,
        tokens: Tokens,
        fetcher: Fetcher,
        clock: Clock,
    ) -> None:
        self._db = db
        self._viewing = viewing
        self._tokens = tokens
        self._fetcher = fetcher
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._all = asyncio.Semaphore(AT_ONCE)
        self._hosts: dict[str, tuple[int, frozenset[Host]]] = {}

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
            row = await cobrowses.load(tx, cobrowse)
            site = None if row is None else await people.site_by_id(tx, row.site)
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
            return await self._fetcher.fetch(address, hosts)

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
