"""Lets outside sources and players into calls by token: what WHIP and WHEP clients ask for.

A supervisor makes a token for the call that is on: to publish or to play, with the label by which
everybody in the call will see it, for a limited time to begin. Its holder is one guest, with one
connection: another POST takes the place of the one before. A guest is a member of the call
(`server/domain/guests.py`), so that its coming and going is in the conversation for all to see,
and ends with the call.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from media import BadOffer
from media.offer import parse_offer
from server.domain.commands import Actor, ConnectGuest, EndGuest
from server.domain.text import clean_line
from server.services.audit import Audit
from server.services.calls import MediaCalls
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.departments import supervise
from server.services.secrets import hashed, new_id, new_secret
from server.services.throttle import Limit, count
from server.store import conversations as rows
from server.store import guests
from server.store.database import Database
from server.store.guests import Guest, GuestKind
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import MediaKind, Person
from signaling.messages import Offer

__all__ = ["MAX_LIFETIME", "Guests", "Listed", "Session", "TokenRefused"]

log = structlog.get_logger(__name__)

MAX_LIFETIME: Final = 24 * 60  # minutes in which a token may begin
_MAX_LABEL: Final = 60  # characters
_MAX_TOKENS: Final = 20  # of one call, alive or not
_CONNECTIONS: Final = Limit(most=20, window=60_000)  # each writes to the audit log
_NO_TOKEN: Final = "The token is not valid here, or not any more."  # noqa: S105


class TokenRefused(Refusal):
    """The token does not open this."""

    def __init__(self) -> None:
        super().__init__("forbidden", _NO_TOKEN)


class _Superseded(Exception):  # noqa: N818 — not a failure
    """A newer connection has the session's place: that one stays."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A token of the call that is on, as staff sees it."""

    id: str
    kind: GuestKind
    label: str
    by_name: str
    created_at: int
    expires_at: int
    revoked: bool
    connected: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A guest's connection: the name of its resource, and the answer to its offer."""

    guest: str
    name: str
    answer: str


class Guests:
    """Tokens and sessions of guests."""

    def __init__(
        self,
        db: Database,
        conversations: Conversations,
        calls: MediaCalls,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._calls = calls
        self._audit = audit
        self._clock = clock

    # --- staff ------------------------------------------------------------------------------

    async def create(
        self, who: Principal, conv: str, kind: GuestKind, label: str, minutes: int
    ) -> tuple[Listed, str, str]:
        """Make a token; return it, its call and its secret, which is told only now.

        Raises:
            Refusal: `forbidden`, `not_found`, `no_call`, `call_full`, `bad_text`.
        """
        supervise(who)
        label = clean_line(label, _MAX_LABEL, "the label")
        if not label:
            raise Refusal("bad_text", "Give it a label, so that everybody sees what it is.")
        if not 1 <= minutes <= MAX_LIFETIME:
            raise Refusal("bad_frame", f"A token begins within 1 to {MAX_LIFETIME} minutes.")
        secret, now = new_secret(), self._clock()

        async def job(tx: AsyncConnection) -> Guest:
            call = await self._call(tx, who, conv)
            if len(await guests.of_call(tx, conv, call)) >= _MAX_TOKENS:
                raise Refusal("call_full", f"A call has at most {_MAX_TOKENS} tokens.")
            new = Guest(
                id=new_id(),
                conversation=conv,
                site=who.site,
                call=call,
                kind=kind,
                label=label,
                by_name=who.person.name,
                created_at=now,
                expires_at=now + minutes * 60_000,
            )
            await guests.add(tx, new, hashed(secret))
            thing = f"{conv} {new.id} {kind}"
            await self._audit.add(tx, who.site, who.person.id, "guest_made", thing)
            return new

        new = await self._db.run(job)
        log.info("guest token made", conversation=conv, guest=new.id, kind=kind)
        return _listed(new, frozenset()), new.call, secret

    async def listed(self, who: Principal, conv: str) -> Sequence[Listed]:
        """Return the tokens of the call that is on.

        Raises:
            Refusal: `forbidden`, `not_found`, `no_call`.
        """
        supervise(who)
        async with self._db.read() as tx:
            call = await self._call(tx, who, conv)
            row = await rows.load(tx, conv)
            found = await guests.of_call(tx, conv, call)
        state = None if row is None else row.record.state.call
        here = frozenset(m.person.id for m in state.members) if state is not None else frozenset()
        return [_listed(one, here) for one in found]

    async def revoke(self, who: Principal, key: str) -> None:
        """Take a token back; its guest leaves the call at once.

        Raises:
            Refusal: `forbidden`, `not_found`.
        """
        supervise(who)
        found = await self._by_id(key)
        if found is None or found.site != who.site:
            raise Refusal("not_found", "There is no such token.")

        async def end(tx: AsyncConnection) -> None:
            if await guests.revoke(tx, key, self._clock()):
                thing = f"{found.conversation} {key}"
                await self._audit.add(tx, who.site, who.person.id, "guest_revoked", thing)

        await self._conversations.act(
            found.conversation, EndGuest(key, "removed"), Actor(who.person, "staff"), end
        )
        log.info("guest token revoked", conversation=found.conversation, guest=key)

    async def _call(self, tx: AsyncConnection, who: Principal, conv: str) -> str:
        row = await rows.load(tx, conv)
        if row is None or row.site != who.site:
            raise Refusal("not_found", "There is no such conversation.")
        if row.record.state.call is None:
            raise Refusal("no_call", "Start the call first.")
        return row.record.state.call.id

    # --- guests -----------------------------------------------------------------------------

    async def known(self, secret: str, call: str, kind: GuestKind) -> Guest:
        """Return whose token this is.

        Raises:
            TokenRefused: it opens nothing, or not this.
        """
        async with self._db.read() as tx:
            found = await guests.by_secret(tx, hashed(secret))
        if (
            found is None
            or found.revoked_at is not None
            or (found.call, found.kind) != (call, kind)
        ):
            raise TokenRefused
        return found

    async def connect(self, guest: Guest, sdp: str) -> Session:
        """Let a guest in, and answer its offer.

        Raises:
            TokenRefused: the token is too old to begin.
            TooManyAttempts: it connects again and again.
            BadOffer: the offer is none, or has nothing for its token.
            Refusal: `no_call`, `call_full`, `forbidden` in a private call; `unavailable`.
        """
        if guest.expires_at <= self._clock():
            raise TokenRefused
        media = _media(guest.kind, sdp)
        person = Person(id=guest.id, role="guest", name=guest.label)
        name = new_secret()

        async def begin(tx: AsyncConnection) -> None:
            await count(tx, {f"guest.{guest.id}": _CONNECTIONS}, self._clock())
            if not await guests.begin(tx, guest.id, hashed(name)):
                raise TokenRefused
            thing = f"{guest.conversation} {guest.id} {guest.kind}"
            await self._audit.add(tx, guest.site, guest.id, "guest_connected", thing)

        command = ConnectGuest(guest.call, media)
        await self._conversations.act(guest.conversation, command, Actor(person, "staff"), begin)
        generation = self._clock() // 1000
        offer = Offer(
            id=name[:26],
            conv=guest.conversation,
            call=guest.call,
            generation=generation,
            sdp=sdp,
            send={},
            receive={},
        )
        try:
            answer = await self._calls.bring(guest.id, offer, alone=True)
        except Refusal:
            await self._leave(guest, name)
            raise
        log.info("guest connected", conversation=guest.conversation, guest=guest.id)
        return Session(guest.id, name, answer.sdp)

    async def has(self, guest: Guest, name: str) -> bool:
        """Tell whether this is the session that the guest has."""
        now = await self._by_id(guest.id)
        return now is not None and now.session == hashed(name)

    async def disconnect(self, guest: Guest, name: str) -> bool:
        """End a guest's session; False when it is not the one that it has."""
        return await self._leave(guest, name)

    async def _leave(self, guest: Guest, name: str) -> bool:
        async def end(tx: AsyncConnection) -> None:
            if not await guests.end(tx, guest.id, hashed(name)):
                raise _Superseded
            thing = f"{guest.conversation} {guest.id}"
            await self._audit.add(tx, guest.site, guest.id, "guest_left", thing)

        person = Person(id=guest.id, role="guest", name=guest.label)
        # Refused: the conversation has gone on without it.
        with contextlib.suppress(Refusal, _Superseded):
            await self._conversations.act(
                guest.conversation, EndGuest(guest.id, "left"), Actor(person, "staff"), end
            )
            return True
        return False

    async def _by_id(self, key: str) -> Guest | None:
        async with self._db.read() as tx:
            return await guests.by_id(tx, key)


def _media(kind: GuestKind, sdp: str) -> tuple[MediaKind, ...]:
    """Return what a guest sends by its offer; nothing, if it plays.

    Raises:
        BadOffer: there is nothing in it for its token.
    """
    offer = parse_offer(sdp)
    lines = [section for section in offer.sections if section.usable and section.codecs]
    if kind == "play":
        if not any(section.takes for section in lines):
            raise BadOffer("nothing-to-take", "the offer takes nothing that is sent here")
        return ()
    sent = {section.kind for section in lines if section.sends}
    if not sent:
        raise BadOffer("nothing-to-send", "the offer sends nothing that can be taken here")
    kinds: tuple[MediaKind, ...] = ("audio", "video")
    return tuple(one for one in kinds if one in sent)


def _listed(one: Guest, here: frozenset[str]) -> Listed:
    return Listed(
        one.id,
        one.kind,
        one.label,
        one.by_name,
        one.created_at,
        one.expires_at,
        one.revoked_at is not None,
        one.id in here,
    )
