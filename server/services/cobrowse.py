"""The application as the relay of co-browsing sees it (`signaling.cobrowse.backend`).

Whether a page is shown, and to whom, is the conversation's state; here are the way in (one
sharer, by a token that turns at each use), leases, the pages that are counted, the audit log,
and the rules of sites. What was shown is kept nowhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.access import access
from server.domain.audience import seat_of
from server.domain.rules import Rules, clean_rules, version_of
from server.domain.text import clean_page
from server.services.audit import Audit, Deed
from server.services.clock import Clock
from server.services.secrets import hashed, new_secret
from server.store import cobrowses, people
from server.store.cobrowses import Row
from server.store.conversations import load
from server.store.database import Database
from signaling.backend import Principal
from signaling.cobrowse.backend import Opened, Operation, Terms
from signaling.errors import Refusal
from signaling.events import CobrowseState, ConversationState, Page

__all__ = ["CobrowseService"]

log = structlog.get_logger(__name__)

#: ms after which the grant of one who does not look any more ends; a reload is shorter.
_CONTROLLER_AWAY: Final = 5_000

Authenticate = Callable[[str, str | None], Awaitable[Principal]]


class CobrowseService:
    """Who may share and see a page, and what is kept of it."""

    def __init__(
        self, db: Database, authenticate: Authenticate, audit: Audit, clock: Clock
    ) -> None:
        self._db = db
        self._authenticate = authenticate
        self._audit = audit
        self._clock = clock

    async def authenticate(self, token: str, origin: str | None) -> Principal:
        """Return whose `token` it is."""
        return await self._authenticate(token, origin)

    # --- the sharer -------------------------------------------------------------------------------

    async def share(
        self, who: Principal, cobrowse: str, resume: str | None, page: Page | None
    ) -> Opened:
        """Let the visitor's browser in as the one sharer, and turn its token.

        A page that is left before it has the new token leaves the next one with the old, so
        that works until the new one has been used.

        Raises:
            Refusal: `no_cobrowse`, or `forbidden`: not the visitor's, a page that is not the
                site's or of another origin than before, not the newest token.
        """
        shown = _page(page)
        fresh = new_secret()

        async def job(tx: AsyncConnection) -> Opened:
            row, state, on = await _on(tx, cobrowse, lock=True)
            if who.audience != "visitor" or state.visitor.id != who.person.id:
                raise Refusal("forbidden", "Only the visitor shows their page.")
            origin = _origin(shown)
            site = await people.site_by_id(tx, row.site)
            if site is None or origin not in site.origins or row.origin not in (None, origin):
                raise Refusal("forbidden", "The page is not one that this may be shown from.")
            used = None if resume is None else hashed(resume)
            if not _fits(row, used):
                raise Refusal("forbidden", "The token was used: the page is shown elsewhere.")
            await cobrowses.turn(
                tx, row.id, origin=origin, used=used, resume=hashed(fresh), now=self._clock()
            )
            await self._show(tx, row, who.person.id, shown)
            return Opened(row.conversation, on, fresh)

        opened = await self._db.run(job)
        log.info("page shared", conversation=opened.conv, cobrowse=cobrowse)
        return opened

    async def page_shown(self, cobrowse: str, page: Page) -> None:
        """Count and audit a page that is shown; one that has ended by now is passed over.

        Raises:
            Refusal: `forbidden`: the page is of another origin than the sharer's.
        """
        shown = _page(page)

        async def job(tx: AsyncConnection) -> None:
            row = await cobrowses.load(tx, cobrowse, lock=True)
            if row is None:
                return
            if _origin(shown) != row.origin:
                raise Refusal("forbidden", "The page is of another origin.")
            conversation = await load(tx, row.conversation)
            if conversation is not None:
                visitor = conversation.record.state.visitor.id
                await self._show(tx, row, visitor, shown)

        await self._db.run(job)

    async def _show(self, tx: AsyncConnection, row: Row, visitor: str, page: Page) -> None:
        path = urlsplit(page.url).path or "/"
        if path == row.path:
            return
        await cobrowses.add_page(tx, row.id, path)
        await self._audit.add(tx, row.site, visitor, "cobrowse.page", f"{row.id} {path}")

    async def renew(self, cobrowses_here: Sequence[str]) -> None:
        """Note that the sharers of these are connected here."""
        if not cobrowses_here:
            return

        async def job(tx: AsyncConnection) -> None:
            await cobrowses.renew(tx, cobrowses_here, self._clock())

        await self._db.run(job)

    async def sharer_left(self, cobrowse: str) -> None:
        """Begin the time within which the sharer must be back."""
        await self.renew([cobrowse])

    # --- viewers ----------------------------------------------------------------------------------

    async def view(self, who: Principal, cobrowse: str) -> Opened:
        """Let somebody see, and audit it.

        Raises:
            Refusal: `no_cobrowse`, `not_found`, or `forbidden`: the visitor, or an expert who
                is not admitted or whose link does not allow it.
        """

        async def job(tx: AsyncConnection) -> Opened:
            row, state, on = await _on(tx, cobrowse, lock=True)
            access(state, row.site, who)
            if not _may_view(state, who):
                raise Refusal("forbidden", "The page is not for you to see.")
            if _controls(on, who) and row.controller_due is not None:
                await cobrowses.set_controller_due(tx, row.id, None)
            await self._audit.add(tx, row.site, who.person.id, "cobrowse.view", row.id)
            return Opened(row.conversation, on)

        opened = await self._db.run(job)
        log.info("page viewed", conversation=opened.conv, cobrowse=cobrowse, by=who.person.id)
        return opened

    async def terms(self, cobrowse: str, viewers: Sequence[Principal]) -> Terms:
        """Return what holds now, and who of `viewers` may view on."""
        async with self._db.read() as tx:
            try:
                row, state, on = await _on(tx, cobrowse)
            except Refusal:
                return Terms(None)
            allowed = set()
            for who in viewers:
                if who.site == row.site and _may_view(state, who) and await self._lives(tx, who):
                    allowed.add(who.person.id)
        return Terms(on, frozenset(allowed))

    async def _lives(self, tx: AsyncConnection, who: Principal) -> bool:
        """Tell whether the sign-in of a viewer has not ended; an expert's is their seat."""
        if who.audience != "staff":
            return True
        return await people.agent_by_session(tx, self._clock(), key=who.session) is not None

    async def viewer_left(self, who: Principal, cobrowse: str) -> None:
        """Audit that somebody stopped seeing; the grant of one who stays away ends."""

        async def job(tx: AsyncConnection) -> None:
            row = await cobrowses.load(tx, cobrowse, lock=True)
            if row is None:
                return
            conversation = await load(tx, row.conversation)
            on = None if conversation is None else conversation.record.state.cobrowse
            if on is not None and _controls(on, who):
                due = self._clock() + _CONTROLLER_AWAY
                await cobrowses.set_controller_due(tx, row.id, due)
            await self._audit.add(tx, row.site, who.person.id, "cobrowse.leave", row.id)

        await self._db.run(job)

    async def operated(self, cobrowse: str, done: Sequence[Operation]) -> None:
        """Audit operations, in their order: which node and what became of it, never a value."""

        async def job(tx: AsyncConnection) -> None:
            site = await cobrowses.site_of(tx, cobrowse)
            if site is None:
                return
            deeds = [
                Deed(one.person, f"cobrowse.{one.op}", f"{cobrowse} node {one.node} {one.code}")
                for one in done
            ]
            await self._audit.add_all(tx, site, deeds)

        await self._db.run(job)

    # --- rules ------------------------------------------------------------------------------------

    async def rules(self, site: str) -> tuple[str, Rules]:
        """Return the rules of a site with their version."""
        async with self._db.read() as tx:
            kept = await cobrowses.rules_of_site(tx, site)
        return version_of(kept), kept

    async def set_rules(self, who: Principal, rules: Rules) -> tuple[str, Rules]:
        """Put `rules` in the place of those of `who`'s site; return them cleaned.

        Raises:
            BadRules: one of them cannot be.
            Refusal: `forbidden`: not a supervisor.
        """
        if who.audience != "staff" or who.person.role != "supervisor":
            raise Refusal("forbidden", "Only a supervisor changes the rules.")
        kept = clean_rules(rules)
        version = version_of(kept)
        async with self._db.write() as tx:
            await cobrowses.set_rules(tx, who.site, kept)
            await self._audit.add(tx, who.site, who.person.id, "cobrowse.rules", version)
        log.info("co-browsing rules changed", site=who.site, by=who.person.id)
        return version, kept


async def _on(
    tx: AsyncConnection, cobrowse: str, *, lock: bool = False
) -> tuple[Row, ConversationState, CobrowseState]:
    """Return a co-browsing that is on, with its conversation."""
    row = await cobrowses.load(tx, cobrowse, lock=lock)
    conversation = None if row is None else await load(tx, row.conversation)
    if row is not None and conversation is not None:
        state = conversation.record.state
        if state.cobrowse is not None and state.cobrowse.id == row.id:
            return row, state, state.cobrowse
    raise Refusal("no_cobrowse", "The page is not shown any more.")


def _page(page: Page | None) -> Page:
    shown = None if page is None else clean_page(page)
    if shown is None:
        raise Refusal("forbidden", "Say which page is shown.")
    return shown


def _origin(page: Page) -> str:
    parts = urlsplit(page.url)
    usual = {"http": 80, "https": 443}[parts.scheme]
    where = parts.netloc
    return f"{parts.scheme}://{where.removesuffix(f':{usual}')}"


def _fits(row: cobrowses.Row, used: str | None) -> bool:
    """Compare in constant time. The first sharer has no token, as there has been none."""
    if used is None:
        return row.resume is None
    newest = hmac.compare_digest(row.resume or "", used)
    before = hmac.compare_digest(row.resume_before or "", used)
    return newest or before


def _may_view(state: ConversationState, who: Principal) -> bool:
    match who.audience:
        case "visitor":
            return False
        case "staff":
            return True
        case "expert":
            seat = seat_of(state, who.person.id)
            return seat is not None and seat.status == "admitted" and "cobrowse" in seat.scope


def _controls(on: CobrowseState, who: Principal) -> bool:
    return on.grant is not None and on.grant.agent.id == who.person.id
