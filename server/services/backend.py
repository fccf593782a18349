"""The application as the gateway sees it (`signaling.backend.Backend`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from server.domain.audience import seat_of
from server.services.call_figures import CallFigures
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.desks import Desks
from server.services.presence import Presence, for_visitors
from server.services.reading import Reading
from server.services.standing import Standing
from server.services.tokens import Claims, Tokens
from server.store import invites, people
from server.store.conversations import load
from server.store.database import Database
from signaling import messages
from signaling.backend import Command, Cursor, Principal
from signaling.errors import Refusal, Superseded
from signaling.events import Person
from signaling.messages import (
    Ack,
    Availability,
    Desk,
    Event,
    InboxChanges,
    InboxSnapshot,
    QueuePlace,
    Snapshot,
)

__all__ = ["ApplicationBackend"]

#: Kind of command, outcome, seconds.
Observe = Callable[[str, str, float], None]


def _unobserved(_kind: str, _outcome: str, _seconds: float) -> None:
    """Take no notice."""


class ApplicationBackend:
    """Joins the services under the gateway's protocol."""

    def __init__(
        self,
        db: Database,
        tokens: Tokens,
        conversations: Conversations,
        reading: Reading,
        presence: Presence,
        desks: Desks,
        standing: Standing,
        clock: Clock,
        observe: Observe | None = None,
        call_figures: CallFigures | None = None,
    ) -> None:
        """Join the services; `observe` is told of each command and how long it took."""
        self._db = db
        self._tokens = tokens
        self._conversations = conversations
        self._reading = reading
        self._presence = presence
        self._desks = desks
        self._standing = standing
        self._clock = clock
        self._observe = observe or _unobserved
        self._call_figures = call_figures or CallFigures(db, reading, clock)

    async def authenticate(self, token: str, origin: str | None) -> Principal:
        """Return whose `token` it is, if its session still lives.

        `origin` is the gateway's to check; a token is never in a cookie, so a foreign page
        has none.
        """
        del origin
        return await self._principal(self._tokens.read(token))

    async def file_reader(self, key: str) -> Principal:
        """Return whose key for downloading files it is."""
        return await self._principal(self._tokens.read(key, files=True))

    async def _principal(self, claims: Claims) -> Principal:
        now = self._clock()
        conv = None
        async with self._db.read() as tx:
            match claims.audience:
                case "visitor":
                    browser = await people.visitor_by_session(tx, now, key=claims.session)
                    if browser is None or browser.visitor.id != claims.person:
                        raise Superseded("The session was ended.")
                    person = Person(claims.person, "visitor", browser.visitor.name)
                    site = browser.site
                case "staff":
                    signed_in = await people.agent_by_session(tx, now, key=claims.session)
                    if signed_in is None or signed_in[1].id != claims.person:
                        raise Superseded("The session was ended: sign in again.")
                    person, site = signed_in[1].person, signed_in[1].site
                case "expert":
                    seat = await invites.by_id(tx, claims.session)
                    if seat is None or seat.expert is None or seat.expert.id != claims.person:
                        raise Superseded("The link does not work any more.")
                    person, site, conv = seat.expert, seat.site, seat.conversation
                    row = await load(tx, conv)
                    if row is None or seat_of(row.record.state, person.id) is None:
                        raise Superseded("The expert's seat has ended.")
        return Principal(person, claims.audience, site, claims.session, claims.expires_at, conv)

    async def execute(self, who: Principal, command: Command) -> Ack:
        began, outcome = time.perf_counter(), "internal"
        try:
            match command:
                case messages.RejectOffer():
                    await self._desks.reject(who, command.task, command.fence)
                    ack = Ack(id=command.id)
                case messages.TellFigures():
                    ack = await self._call_figures.take(who, command)
                case _:
                    ack = await self._conversations.execute(who, command)
            outcome = "ok"
        except Refusal as refusal:
            outcome = refusal.code
            raise
        finally:
            kind = str(command.__struct_config__.tag)
            self._observe(kind, outcome, time.perf_counter() - began)
        return ack

    async def open_conversation(
        self, who: Principal, conv: str, cursor: Cursor | None
    ) -> Snapshot | list[Event]:
        return await self._reading.open_conversation(who, conv, cursor)

    async def open_inbox(
        self, who: Principal, cursor: Cursor | None
    ) -> InboxSnapshot | InboxChanges:
        return await self._reading.open_inbox(who, cursor)

    async def read_conversation(
        self, who: Principal, conv: str, after: int
    ) -> Snapshot | list[Event]:
        return await self._reading.read_conversation(who, conv, after)

    async def read_inbox(self, who: Principal, after: int) -> InboxChanges | None:
        return await self._reading.read_inbox(who, after)

    async def heads(self, asked: Sequence[tuple[Principal, Sequence[str]]]) -> list[dict[str, int]]:
        return await self._reading.heads(asked)

    async def access(self, who: Principal, conv: str) -> None:
        await self._reading.access(who, conv)

    async def availability(self, who: Principal) -> Availability:
        known = await self._presence.availability(who.site)
        return known if who.audience == "staff" else for_visitors(known)

    async def standing(self, who: Sequence[Principal]) -> list[Desk | QueuePlace | None]:
        return await self._standing.standing(who)

    async def renew(self, visitors: Sequence[Principal], online: bool) -> None:
        await self._standing.renew(visitors, online)

    async def touch(self, who: Principal, online: bool) -> None:
        await self._presence.touch(who, online)
