"""Makes experts' links and lets one expert in by each.

A link's secret is in the fragment of its address, so no server log or Referer sees it,
and is kept hashed. It works once, for an hour; who used it keeps a cookie, so that a
reload brings them back to their seat while it lasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.audience import seat_of
from server.domain.commands import Actor, CreateInvite, EndInvite, JoinExpert
from server.domain.text import clean_line
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.secrets import hashed, new_id, new_secret
from server.services.tokens import Tokens
from server.store import invites, people, timeline
from server.store.conversations import load
from server.store.database import Database
from server.store.invites import Invite
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import InviteState, Person, Scope

__all__ = ["LIFETIME", "Inspected", "Invites", "LinkDead", "Seated"]

log = structlog.get_logger(__name__)

LIFETIME: Final = 3_600_000  # ms that a link works
SESSION: Final = 12 * 3_600  # seconds that the expert's cookie lasts; the seat may end earlier
_MAX_NAME: Final = 60  # characters


class LinkDead(Exception):  # noqa: N818 — an answer, not a failure
    """The link or the seat does not work any more: used, revoked, expired, left, …"""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a link says of itself before it is used; nothing but the outcome when it is dead."""

    outcome: str
    site_name: str | None = None
    scope: list[Scope] | None = None
    by_name: str | None = None


@dataclass(frozen=True, slots=True)
class Seated:
    """An expert with a seat. `cookie` only when it was just taken."""

    token: str
    files_key: str
    conversation: str
    scope: list[Scope]
    you: Person
    cookie: str | None = None


class Invites:
    """Experts' links and sessions."""

    def __init__(
        self, db: Database, conversations: Conversations, tokens: Tokens, clock: Clock
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._tokens = tokens
        self._clock = clock

    async def create(
        self, who: Principal, conv: str, scope: list[Scope]
    ) -> tuple[InviteState, str]:
        """Make a link; return it and its secret, which is told only now."""
        if not scope:
            raise Refusal("bad_frame", "Allow the expert at least one thing.")
        secret, key = new_secret(), new_id()
        expires_at = self._clock() + LIFETIME
        allowed = [kind for kind in get_args(Scope) if kind in scope]
        new = Invite(key, conv, who.site, allowed, who.person.name, expires_at, "open", None)

        async def keep(tx: AsyncConnection) -> None:
            await invites.add(tx, new, hashed(secret))

        command = CreateInvite(key, tuple(allowed), expires_at)
        record = await self._conversations.act(
            conv, command, Actor(who.person, "staff"), keep, site=who.site
        )
        log.info("invite made", conversation=conv, invite=key)
        return next(i for i in record.state.invites if i.id == key), secret

    async def revoke(self, who: Principal, key: str) -> None:
        """Take a link back; one that was used already is not affected."""
        async with self._db.read() as tx:
            found = await invites.by_id(tx, key)
        if found is None or found.site != who.site:
            raise Refusal("not_found", "There is no such link.")

        async def end(tx: AsyncConnection) -> None:
            await invites.end(tx, key, "revoked")

        await self._conversations.act(
            found.conversation, EndInvite(key), Actor(who.person, "staff"), end, site=who.site
        )

    async def inspect(self, secret: str) -> Inspected:
        """Return what the link would do."""
        async with self._db.read() as tx:
            found = await invites.by_secret(tx, hashed(secret))
            if found is None:
                return Inspected("unknown")
            outcome = self._outcome(found)
            if outcome != "open":
                return Inspected(outcome)
            row = await load(tx, found.conversation)
            if row is None or row.record.state.state == "closed":
                return Inspected("revoked")
            site = await people.site_by_id(tx, found.site)
        name = None if site is None else site.name
        return Inspected("open", name, found.scope, found.by_name)

    def _outcome(self, found: Invite) -> str:
        if found.outcome == "open" and found.expires_at <= self._clock():
            return "expired"
        return found.outcome

    async def redeem(self, secret: str, name: str) -> Seated:
        """Take the seat of the link.

        Raises:
            LinkDead: it does not work, or somebody was first.
            Refusal: the name is not good.
        """
        name = clean_line(name, _MAX_NAME, "the name")
        if not name:
            raise Refusal("bad_text", "Tell your name, so that the agent knows who comes.")
        async with self._db.read() as tx:
            found = await invites.by_secret(tx, hashed(secret))
        if found is None:
            raise LinkDead("unknown")
        if (outcome := self._outcome(found)) != "open":
            raise LinkDead(outcome)
        expert = Person(id=new_id(), role="expert", name=name)
        cookie = new_secret()

        async def take(tx: AsyncConnection) -> None:
            if not await invites.use(tx, found.id, expert, hashed(cookie)):
                raise LinkDead("used")

        try:
            await self._conversations.act(
                found.conversation, JoinExpert(found.id), Actor(expert, "expert"), take
            )
        except Refusal as refusal:
            if refusal.code != "not_found":
                raise
            raise LinkDead(await self._now(found.id)) from None
        log.info("expert joined", conversation=found.conversation, invite=found.id)
        return self._seated(found, expert, cookie)

    async def _now(self, key: str) -> str:
        """Return how a link stands that worked a moment ago."""
        async with self._db.read() as tx:
            found = await invites.by_id(tx, key)
        outcome = "unknown" if found is None else self._outcome(found)
        return "revoked" if outcome == "open" else outcome

    async def resume(self, cookie: str) -> Seated:
        """Return the expert's seat after a reload.

        Raises:
            LinkDead: the seat has ended (`left`, `removed`, `closed`), or there never was one.
        """
        async with self._db.read() as tx:
            found = await invites.by_session(tx, hashed(cookie))
            if found is None or found.expert is None:
                raise LinkDead("unknown")
            row = await load(tx, found.conversation)
            if row is None:
                raise LinkDead("unknown")
            if seat_of(row.record.state, found.expert.id) is None:
                reason = await timeline.left_reason(tx, found.conversation, found.expert.id)
                raise LinkDead(reason or "left")
        return self._seated(found, found.expert, None)

    def _seated(self, found: Invite, expert: Person, cookie: str | None) -> Seated:
        return Seated(
            token=self._tokens.issue("expert", person=expert.id, session=found.id),
            files_key=self._tokens.issue_for_files("expert", person=expert.id, session=found.id),
            conversation=found.conversation,
            scope=found.scope,
            you=expert,
            cookie=cookie,
        )
