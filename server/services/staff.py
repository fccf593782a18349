"""Signs staff in and out, and keeps guessing slow.

Failed sign-ins are counted: five for one account or twenty from one address within fifteen
minutes, then nobody is let in there until the oldest of them is that old. Success forgets
the account's count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import delete, select

from server.services.audit import Audit
from server.services.clock import Clock
from server.services.passwords import Passwords
from server.services.presence import Presence
from server.services.secrets import hashed, new_id, new_secret
from server.services.throttle import LONGEST, Limit, count, network
from server.services.tokens import Tokens
from server.store import people
from server.store.database import Database
from server.store.people import Agent
from server.store.tables import attempt, meta
from signaling.backend import Bus
from signaling.hints import SessionEnded, encode, person_topic

__all__ = ["LIFETIME", "BadCredentials", "SignedIn", "Staff"]

log = structlog.get_logger(__name__)

LIFETIME: Final = 14 * 86_400  # seconds that a sign-in lasts
_PER_ACCOUNT: Final = Limit(5, LONGEST)
_PER_ADDRESS: Final = Limit(20, LONGEST)
_MAX_PASSWORD: Final = 256  # characters; hashing more is a way to waste our time


class BadCredentials(Exception):  # noqa: N818 — an answer, not a failure
    """The account does not exist or the password is wrong: not said which."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new sign-in: the cookie's secret and who it is."""

    secret: str
    agent: Agent


class Staff:
    """The sign-ins of agents and supervisors."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        passwords: Passwords,
        tokens: Tokens,
        presence: Presence,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._db = db
        self._bus = bus
        self._passwords = passwords
        self._tokens = tokens
        self._presence = presence
        self._audit = audit
        self._clock = clock

    async def sign_in(self, email: str, password: str, address: str) -> SignedIn:
        """Check a password and open a session.

        Raises:
            BadCredentials: it is not right.
            TooManyAttempts: too many were not right lately.
        """
        now = self._clock()
        account = f"account:{hashed(email.strip().lower())}"
        source = f"address:{network(address) or address}"
        keys = {account: _PER_ACCOUNT, source: _PER_ADDRESS}
        async with self._db.write() as tx:
            # One sign-in counts at a time, and before the slow check: parallel guesses count too.
            await tx.execute(select(meta.c.key).where(meta.c.key == "sign_in").with_for_update())
            await count(tx, keys, now)
            agent = await people.agent_by_email(tx, email)
        fits = len(password) <= _MAX_PASSWORD
        stored = None if agent is None else agent.password
        right = await self._passwords.verify(stored, password if fits else "")
        if agent is None or not right or not fits:
            log.info("sign-in refused", address=address)
            raise BadCredentials
        secret, session = new_secret(), new_id()
        rehashed = (
            await self._passwords.hash(password)
            if self._passwords.outdated(agent.password)
            else None
        )
        async with self._db.write() as tx:
            await tx.execute(
                delete(attempt).where(
                    (attempt.c.key == account) | ((attempt.c.key == source) & (attempt.c.at == now))
                )
            )
            if rehashed is not None:
                await people.set_password(tx, agent.id, rehashed)
            await people.open_agent_session(
                tx,
                key=session,
                agent_id=agent.id,
                secret=hashed(secret),
                now=now,
                expires_at=now + LIFETIME * 1000,
            )
            await self._audit.add(tx, agent.site, agent.id, "signed_in", session)
        log.info("signed in", agent=agent.id)
        return SignedIn(secret, agent)

    async def by_cookie(self, secret: str) -> tuple[str, Agent] | None:
        """Return the session and agent of a cookie."""
        async with self._db.read() as tx:
            return await people.agent_by_session(tx, self._clock(), secret=hashed(secret))

    def token(self, agent: Agent, session: str) -> str:
        """Return a token for the WebSocket and the API."""
        return self._tokens.issue("staff", person=agent.id, session=session)

    def files_key(self, agent: Agent, session: str) -> str:
        """Return a key for downloading files."""
        return self._tokens.issue_for_files("staff", person=agent.id, session=session)

    async def sign_out(self, agent: Agent, session: str, *, everywhere: bool) -> None:
        """End this session, or all of the agent's; open connections close at once."""
        ended = None if everywhere else session
        async with self._db.write() as tx:
            await people.end_agent_sessions(tx, agent.id, ended)
            action = "signed_out_everywhere" if everywhere else "signed_out"
            await self._audit.add(tx, agent.site, agent.id, action, session)
        await self._bus.publish(person_topic(agent.id), encode(SessionEnded(session=ended)))
        await self._presence.tell(agent.site)
        log.info("signed out", agent=agent.id, everywhere=everywhere)
