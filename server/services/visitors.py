"""Opens and resumes the sessions of visitors.

A visitor is known by a cookie on our origin, and where a browser keeps no cookies for
frames, by a resume secret that the loader keeps on the shop's own origin. Nothing is made
before the visitor acts (`create`). The resume secret rotates at each use; the one before
works until the next rotation, because an answer can be lost on its way. One address makes
so many visitors a minute and no more, an office with many people included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.services.clock import Clock
from server.services.secrets import hashed, new_id, new_secret
from server.services.throttle import Limit, count, network
from server.services.tokens import Tokens
from server.store import conversations, people
from server.store.database import Database
from signaling.backend import Bus, Principal
from signaling.events import Person, Visitor
from signaling.hints import SessionEnded, encode, person_topic

__all__ = ["LIFETIME", "OpenVisitor", "Visitors"]

LIFETIME: Final = 180 * 86_400  # seconds; renewed by use
_NEW: Final = Limit(30, 60_000)  # visitors made by one address


@dataclass(frozen=True, slots=True)
class OpenVisitor:
    """A session as its browser gets it. `cookie` None: it has the right one already."""

    token: str
    files_key: str
    cookie: str | None
    resume: str
    visitor: Visitor
    session: str
    site: str
    conversation: str | None


class Visitors:
    """The sessions of visitors."""

    def __init__(self, db: Database, bus: Bus, tokens: Tokens, clock: Clock) -> None:
        self._db = db
        self._bus = bus
        self._tokens = tokens
        self._clock = clock

    async def session(
        self,
        site: str,
        *,
        cookie: str | None,
        resume: str | None,
        create: bool,
        address: str | None = None,
    ) -> OpenVisitor | None:
        """Return the visitor's session on a site, a new one when asked, or None.

        `address`: who asks; None is not counted.

        Raises:
            TooManyAttempts: `address` has made many new ones just now.
        """
        now = self._clock()
        expires_at = now + LIFETIME * 1000
        fresh, fresh_resume = new_secret(), new_secret()
        async with self._db.write() as tx:
            known = None
            by_cookie = False
            if cookie:
                known = await people.visitor_by_session(tx, now, secret=hashed(cookie))
                by_cookie = known is not None and known.site == site
            if not by_cookie and resume:
                known = await people.visitor_by_session(tx, now, resume=hashed(resume))
            if known is not None and known.site == site:
                secret = None if by_cookie else fresh
                if by_cookie and resume and hashed(resume) == known.resume:
                    fresh_resume = resume  # not needed, so not used up: several tabs keep it
                await people.rotate_visitor_session(
                    tx,
                    known.id,
                    secret=None if secret is None else hashed(secret),
                    resume=hashed(fresh_resume),
                    expires_at=expires_at,
                )
                session, visitor = known.id, known.visitor
            elif create:
                source = None if address is None else network(address)
                if source is not None:
                    await count(tx, {f"visitor:{source}": _NEW}, now)
                secret, session, visitor = fresh, new_id(), Visitor(id=new_id())
                await people.add_visitor(tx, visitor, site, now)
                await people.open_visitor_session(
                    tx,
                    key=session,
                    visitor_id=visitor.id,
                    secret=hashed(fresh),
                    resume=hashed(fresh_resume),
                    now=now,
                    expires_at=expires_at,
                )
            else:
                return None
            conversation = await conversations.latest(tx, visitor.id)
        token = self._tokens.issue("visitor", person=visitor.id, session=session)
        files_key = self._tokens.issue_for_files("visitor", person=visitor.id, session=session)
        return OpenVisitor(
            token, files_key, secret, fresh_resume, visitor, session, site, conversation
        )

    async def by_cookie(self, cookie: str) -> Principal | None:
        """Return the visitor of a cookie."""
        async with self._db.read() as tx:
            known = await people.visitor_by_session(tx, self._clock(), secret=hashed(cookie))
        if known is None:
            return None
        person = Person(known.visitor.id, "visitor", known.visitor.name)
        return Principal(person, "visitor", known.site, known.id, float("inf"))

    async def end(self, cookie: str) -> None:
        """Forget the browser of a visitor; their conversations stay with the shop."""
        async with self._db.write() as tx:
            known = await people.visitor_by_session(tx, self._clock(), secret=hashed(cookie))
            if known is None:
                return
            await people.end_visitor_session(tx, known.id)
        topic = person_topic(known.visitor.id)
        await self._bus.publish(topic, encode(SessionEnded(session=known.id)))
