"""Opens and resumes the sessions of visitors.

A visitor is known by a cookie on our origin, and where a browser keeps no cookies for
frames, by a resume secret that the loader keeps on the shop's own origin. Nothing is made
before the visitor acts (`create`). The resume secret rotates at each use; the one before
works until the next rotation, because an answer can be lost on its way. One address makes
so many visitors a minute and no more, an office with many people included.

A visitor whom the shop identifies (`customers.py`) goes on as the same visitor. When the shop
names another customer than before, the browser has changed hands: the session ends, and what
was said in it stays with the one who said it. Visitors are never made one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from server.services.clock import Clock
from server.services.customers import Customer
from server.services.secrets import hashed, new_id, new_secret
from server.services.throttle import Limit, count, network
from server.services.tokens import Tokens
from server.store import conversations, people
from server.store.database import Database
from server.store.people import Session
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


@dataclass(frozen=True, slots=True)
class _Held:
    """A session within its transaction. `secret` None: the browser's cookie is right."""

    session: str
    visitor: Visitor
    secret: str | None
    resume: str


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
        customer: Customer | None = None,
    ) -> OpenVisitor | None:
        """Return the visitor's session on a site, a new one when asked, or None.

        `address`: who asks; None is not counted. `customer`: who the shop says that it is.

        Raises:
            TooManyAttempts: `address` has made many new ones just now.
        """
        ended: Session | None = None
        async with self._db.write() as tx:
            known, by_cookie = await self._known(tx, site, cookie, resume)
            if known is not None and customer is not None:
                visitor = await _identified(tx, known.visitor, customer)
                if visitor is None:
                    await people.end_visitor_session(tx, known.id)
                    known, ended = None, known
                else:
                    known = replace(known, visitor=visitor)
            held: _Held | None = None
            if known is not None:
                held = await self._resumed(tx, known, resume if by_cookie else None, by_cookie)
            elif create:
                held = await self._opened(tx, site, address, customer)
            conversation = None
            if held is not None:
                conversation = await conversations.latest(tx, held.visitor.id)
        if ended is not None:
            await self._tell_ended(ended)
        if held is None:
            return None
        whose = {"person": held.visitor.id, "session": held.session}
        return OpenVisitor(
            token=self._tokens.issue("visitor", **whose),
            files_key=self._tokens.issue_for_files("visitor", **whose),
            cookie=held.secret,
            resume=held.resume,
            visitor=held.visitor,
            session=held.session,
            site=site,
            conversation=conversation,
        )

    async def _known(
        self, tx: AsyncConnection, site: str, cookie: str | None, resume: str | None
    ) -> tuple[Session | None, bool]:
        """Return the browser's session on the site, and whether its cookie is right."""
        now = self._clock()
        known = None
        if cookie:
            known = await people.visitor_by_session(tx, now, secret=hashed(cookie))
        if known is not None and known.site == site:
            return known, True
        if resume:
            known = await people.visitor_by_session(tx, now, resume=hashed(resume))
        return (known if known is not None and known.site == site else None), False

    async def _resumed(
        self, tx: AsyncConnection, known: Session, resume: str | None, by_cookie: bool
    ) -> _Held:
        """Renew a session. `resume`: a secret that came beside the right cookie."""
        secret = None if by_cookie else new_secret()
        fresh_resume = new_secret()
        if resume and hashed(resume) == known.resume:
            fresh_resume = resume  # not needed, so not used up: several tabs keep it
        await people.rotate_visitor_session(
            tx,
            known.id,
            secret=None if secret is None else hashed(secret),
            resume=hashed(fresh_resume),
            expires_at=self._clock() + LIFETIME * 1000,
        )
        return _Held(known.id, known.visitor, secret, fresh_resume)

    async def _opened(
        self, tx: AsyncConnection, site: str, address: str | None, customer: Customer | None
    ) -> _Held:
        now = self._clock()
        source = None if address is None else network(address)
        if source is not None:
            await count(tx, {f"visitor:{source}": _NEW}, now)
        visitor = Visitor(id=new_id())
        if customer is not None:
            visitor = _as(visitor, customer)
        secret = new_secret()
        held = _Held(new_id(), visitor, secret, new_secret())
        await people.add_visitor(tx, visitor, site, now)
        await people.open_visitor_session(
            tx,
            key=held.session,
            visitor_id=visitor.id,
            secret=hashed(secret),
            resume=hashed(held.resume),
            now=now,
            expires_at=now + LIFETIME * 1000,
        )
        return held

    async def by_cookie(self, cookie: str) -> Principal | None:
        """Return the visitor of a cookie."""
        async with self._db.read() as tx:
            known = await people.visitor_by_session(tx, self._clock(), secret=hashed(cookie))
        if known is None:
            return None
        person = Person(known.visitor.id, "visitor", known.visitor.name)
        return Principal(person, "visitor", known.site, known.id, float("inf"))

    async def end(self, site: str, *, cookie: str | None, resume: str | None) -> None:
        """Forget the browser of a visitor; their conversations stay with the shop."""
        async with self._db.write() as tx:
            known, _ = await self._known(tx, site, cookie, resume)
            if known is None:
                return
            await people.end_visitor_session(tx, known.id)
        await self._tell_ended(known)

    async def _tell_ended(self, session: Session) -> None:
        topic = person_topic(session.visitor.id)
        await self._bus.publish(topic, encode(SessionEnded(session=session.id)))


async def _identified(tx: AsyncConnection, visitor: Visitor, customer: Customer) -> Visitor | None:
    """Return the visitor as the customer; None: it is another customer's session."""
    locked = await people.lock_visitor(tx, visitor.id) or visitor
    if locked.customer:
        return locked if locked.customer == customer.id else None
    visitor = _as(locked, customer)
    await people.set_customer(tx, visitor)
    return visitor


def _as(visitor: Visitor, customer: Customer) -> Visitor:
    """Return the visitor as the customer: what the shop does not say stays as it was typed."""
    return msgspec.structs.replace(
        visitor,
        name=customer.name or visitor.name,
        email=customer.email or visitor.email,
        kind="identified",
        customer=customer.id,
    )
