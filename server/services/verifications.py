"""Takes a visitor to the bank and back: the only way to a proof of identity.

    start ──handle──► go ──cookie, state──► (the bank) ──► callback ──► conclude | fail
      └──order (BankID)──► collected by `services/collecting.py` ──► conclude | fail

Only the visitor's own session starts an attempt. What binds the answer to it: a handle that
works once, posted by our own page; a cookie that is set in the browser that goes, and must be
in the one that comes back (RFC 9700 section 4.7); a state that works once; nonce and PKCE
verifier, which the vault derives, so nothing of them is stored.

Nothing holds a transaction while the bank is asked. The result is one transaction: person,
proof, event and outcome, or nothing of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.access import access
from server.domain.commands import Actor, AnyCommand, FailIdentity, FinishIdentity, OpenIdentity
from server.domain.identity import LIFETIME, at_least
from server.domain.text import known_lang
from server.identity.interface import Attempt, Evidence, IdentityError, Method, Order, Redirecting
from server.identity.providers import Providers
from server.identity.qr import qr_text
from server.identity.vault import ORDER, Vault
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.journey import Going, Progress, Returned, Started, return_address
from server.services.secrets import hashed, new_id, new_secret
from server.services.throttle import Limit, count, network
from server.store import attempts, conversations, people
from server.store.attempts import Row, Way
from server.store.database import Database
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.events import IdentityProof, Person
from signaling.identity import FailureReason

__all__ = ["COOKIE", "COOKIE_LIFETIME", "Keeper", "Verifications"]

log = structlog.get_logger(__name__)

COOKIE: Final = "__Host-tiski-bank-"  # and the attempt's id
COOKIE_LIFETIME: Final = LIFETIME // 1000  # seconds
_COLLECT_EVERY: Final = 2_000  # ms; BankID asks for no more
_PER_VERIFICATION: Final = Limit(10, 15 * 60_000)
_PER_ADDRESS: Final = Limit(60, 15 * 60_000)
_MAX_STATE: Final = 256  # characters; ours have 43


class _Late(Exception):  # noqa: N818 — an answer, not a failure
    """Nobody waits for the result any more."""


class Keeper(Protocol):
    """Who keeps persons and proofs."""

    async def keep(
        self, tx: AsyncConnection, *, site: str, conv: str, verification: str, evidence: Evidence
    ) -> bool:
        """Keep a proof in the caller's transaction; tell whether it is of somebody else."""
        ...


class Verifications:
    """The attempts of visitors."""

    def __init__(
        self,
        db: Database,
        conversations: Conversations,
        providers: Providers,
        keeper: Keeper,
        vault: Vault,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._keeper = keeper
        self._vault = vault
        self._clock = clock
        self._public_url = public_url
        self.providers = providers

    async def methods(self, who: Principal) -> list[Method]:
        """Return what the visitors of the site may choose."""
        async with self._db.read() as tx:
            site = await people.site_by_id(tx, who.site)
        return [] if site is None else self.providers.methods(site.key)

    # --- the visitor's frame ----------------------------------------------------------------------

    async def start(
        self,
        who: Principal,
        *,
        conv: str,
        verification: str,
        method: str,
        way: Way,
        lang: str,
        return_url: str | None,
        address: str,
    ) -> Started:
        """Make an attempt; an earlier one of the request is superseded.

        `address`: the visitor's IP.

        Raises:
            Refusal: not the visitor, no such request or method, a foreign address to return to.
            TooManyAttempts: of this request, or from this network.
        """
        if who.audience != "visitor":
            raise Refusal("forbidden", "Only the visitor proves who they are.")
        async with self._db.read() as tx:
            site = await people.site_by_id(tx, who.site)
        chosen = None if site is None else self.providers.method(site.key, method)
        if site is None or chosen is None:
            raise Refusal("not_found", "This way is not offered: get the list again.")
        back = None if return_url is None else return_address(return_url, site.origins)
        if chosen.kind == "redirect" and (way == "none" or (way == "same" and back is None)):
            raise Refusal("bad_frame", "Say how the visitor goes to the bank, and returns.")
        now, handle = self._clock(), None if chosen.kind == "bankid" else new_secret()
        new = Row(
            id=new_id(),
            verification=verification,
            conversation=conv,
            site=who.site,
            visitor=who.person.id,
            provider=method.partition(".")[0],
            method=method,
            lang=known_lang(lang),
            way="none" if chosen.kind == "bankid" else way,
            started_at=now,
            expires_at=now + LIFETIME,
            return_url=back,
        )

        async def prepare(tx: AsyncConnection, row: conversations.Row) -> AnyCommand:
            access(row.record.state, row.site, who)
            asked = row.record.state.verification
            if asked is None or asked.id != verification:
                raise Refusal("no_verification", "This request is over.")
            if not at_least(chosen.level, asked.level):
                raise Refusal("identity_needed", "This way proves too little: choose another.")
            await count(tx, _limits(verification, address), now)
            return OpenIdentity(verification, new.id, method)

        async def keep(tx: AsyncConnection) -> None:
            await attempts.add(tx, new, None if handle is None else hashed(handle))

        await self._conversations.act_on(conv, prepare, Actor(who.person, "visitor"), keep)
        log.info("identity attempt begun", attempt=new.id, provider=new.provider)
        if chosen.kind == "bankid":
            await self._order(new, address)
        return Started(new.id, chosen.kind, handle)

    async def _order(self, row: Row, address: str) -> None:
        provider = self.providers.ordering(row.provider)
        try:
            if provider is None:
                raise IdentityError("unavailable", "unavailable", "The provider is gone.")
            attempt = await self.attempt_of(row)
            back = row.return_url or f"{self._public_url}/identity/back"
            order = await provider.order(attempt, address, back)
            sealed = self._vault.seal(msgspec.json.encode(order), ORDER, row.id)
            due_at = self._clock() + _COLLECT_EVERY
            await self._db.run(lambda tx: attempts.keep_order(tx, row.id, sealed, due_at))
        except Exception as error:
            await self._failed(row, error)

    async def progress(self, who: Principal, key: str) -> Progress:
        """Return how the visitor's attempt stands.

        Raises:
            Refusal: `not_found`, or `forbidden` to anybody else than visitors.
        """
        row = await self._mine(who, key)
        match row.outcome:
            case "verified":
                return Progress("verified")
            case None:
                order = self.order_of(row)
                if order is None:
                    return Progress("pending")
                qr = qr_text(order, self._clock())
                return Progress("pending", hint=row.hint, qr=qr, autostart=order.autostart)
            case "superseded" | "ended":
                return Progress("failed", "cancelled")
            case reason:
                return Progress("failed", reason)

    async def cancel(self, who: Principal, key: str) -> None:
        """End the visitor's attempt; they may make another. One that is over stays as it is."""
        row = await self._mine(who, key)
        await self.fail(row, IdentityError("cancelled", "cancelled"))

    async def _mine(self, who: Principal, key: str) -> Row:
        if who.audience != "visitor":
            raise Refusal("forbidden", "Only the visitor proves who they are.")
        async with self._db.read() as tx:
            row = await attempts.by_id(tx, key)
        if row is None or row.visitor != who.person.id or row.site != who.site:
            raise Refusal("not_found", "There is no such attempt.")
        return row

    # --- the browser that goes and comes back -----------------------------------------------------

    async def go(self, handle: str) -> Going | None:
        """Use a handle: ask the bank where to send the browser. None: it does not work (any more).

        The cookie has to be set with the answer.
        """
        state, cookie = new_secret(), new_secret()

        async def redeem(tx: AsyncConnection) -> Row | None:
            return await attempts.redeem(
                tx, hashed(handle), state=hashed(state), cookie=hashed(cookie), now=self._clock()
            )

        row = await self._db.run(redeem)
        if row is None:
            return None
        try:
            provider = self._redirecting(row)
            address = await provider.begin(await self.attempt_of(row, state))
        except Exception as error:
            await self._failed(row, error)
            return Going(row.lang, return_url=_back(row))
        return Going(row.lang, row.id, cookie, address)

    async def callback(
        self, provider: str, answer: Mapping[str, str], cookies: Mapping[str, str]
    ) -> Returned:
        """Take what the bank sent the browser back with, and say what the browser is told.

        First of all: is it the browser that went? If not, nothing happens to the attempt, or
        anybody could end another's by a link.
        """
        state = answer.get("state", "")
        row = await self._by_state(state)
        if row is None or row.provider != provider:
            # The address is anybody's: what is not ours in it is not repeated.
            known = provider if self.providers.redirecting(provider) else "unknown"
            log.info("identity callback refused", provider=known, code="bad_state")
            return Returned("unknown")
        if row.cookie is None:
            code = "superseded" if row.outcome == "superseded" else "used_state"
            log.info("identity callback refused", attempt=row.id, provider=provider, code=code)
            late = row.outcome in ("superseded", "ended", "expired")
            return Returned("late" if late else "used", row.lang)
        cookie = hashed(cookies.get(COOKIE + row.id, ""))
        if not hmac.compare_digest(cookie, row.cookie):
            log.info(
                "identity callback refused", attempt=row.id, provider=provider, code="wrong_browser"
            )
            return Returned("wrong_browser")
        if not await self._db.run(lambda tx: attempts.claim(tx, row.id, cookie, self._clock())):
            log.info("identity callback refused", attempt=row.id, provider=provider, code="expired")
            return Returned("late", row.lang, return_url=_back(row))
        return await self._finish(row, state, answer)

    async def _by_state(self, state: str) -> Row | None:
        if not 0 < len(state) <= _MAX_STATE:
            return None
        async with self._db.read() as tx:
            return await attempts.by_state(tx, hashed(state))

    async def _finish(self, row: Row, state: str, answer: Mapping[str, str]) -> Returned:
        try:
            evidence = await self._redirecting(row).finish(
                await self.attempt_of(row, state), answer
            )
            kept = await self.conclude(row, evidence)
        except Exception as error:
            reason = await self._failed(row, error)
            return Returned("failed", row.lang, reason, _back(row))
        return Returned("verified" if kept else "late", row.lang, return_url=_back(row))

    def _redirecting(self, row: Row) -> Redirecting:
        provider = self.providers.redirecting(row.provider)
        if provider is None:
            raise IdentityError("unavailable", "unavailable", "The provider is gone.")
        return provider

    # --- ends -------------------------------------------------------------------------------------

    async def attempt_of(self, row: Row, state: str = "") -> Attempt:
        """Return an attempt as its provider knows it, with the secrets that only we can make."""
        async with self._db.read() as tx:
            site = await people.site_by_id(tx, row.site)
        return Attempt(
            id=row.id,
            method=row.method,
            lang=row.lang,
            service="" if site is None else site.name,
            redirect_uri=f"{self._public_url}/identity/callback/{row.provider}",
            started_at=row.started_at,
            state=state,
            nonce=self._vault.derive("identity nonce", row.id),
            verifier=self._vault.derive("identity verifier", row.id),
        )

    def order_of(self, row: Row) -> Order | None:
        """Return the BankID order of an attempt."""
        if row.order is None:
            return None
        return msgspec.json.decode(self._vault.open(row.order, ORDER, row.id), type=Order)

    async def conclude(self, row: Row, evidence: Evidence) -> bool:
        """Keep what was proven, and say so: all in one transaction.

        Return false and keep nothing when nobody waits for it any more.

        Raises:
            IdentityError: `level_too_low`.
        """

        async def prepare(tx: AsyncConnection, conv: conversations.Row) -> AnyCommand:
            asked = conv.record.state.verification
            current = await attempts.by_id(tx, row.id)
            if (
                asked is None
                or asked.id != row.verification
                or asked.attempt != row.id
                or current is None
                or current.outcome is not None
            ):
                raise _Late
            if not at_least(evidence.level, asked.level):
                raise IdentityError("invalid", "level_too_low", "The bank proved too little.")
            changed = await self._keeper.keep(
                tx,
                site=row.site,
                conv=row.conversation,
                verification=row.verification,
                evidence=evidence,
            )
            proof = IdentityProof(
                verification=row.verification,
                at=evidence.at,
                name=evidence.name,
                method=evidence.method,
                level=evidence.level,
            )
            return FinishIdentity(row.id, proof, changed)

        actor = _visitor(row)
        try:
            await self._conversations.act_on(row.conversation, prepare, actor)
        except _Late:
            log.info("identity came late", attempt=row.id, provider=row.provider)
            return False
        log.info("identity verified", attempt=row.id, provider=row.provider)
        return True

    async def _failed(self, row: Row, error: Exception) -> FailureReason:
        """Note how an attempt ended, though it was we who broke; return why, for the visitor."""
        if not isinstance(error, IdentityError):
            log.exception("identity attempt broke", attempt=row.id, provider=row.provider)
            error = IdentityError("unavailable", "unavailable")
        await self.fail(row, error)
        return error.reason

    async def fail(self, row: Row, error: IdentityError) -> None:
        """Note how an attempt ended; one that is over already stays as it is."""
        log.info("identity attempt failed", attempt=row.id, provider=row.provider, code=error.code)
        command = FailIdentity(row.verification, row.id, error.reason, error.code)
        await self._conversations.act(row.conversation, command, _visitor(row))


def _visitor(row: Row) -> Actor:
    return Actor(Person(id=row.visitor, role="visitor"), "visitor")


def _back(row: Row) -> str | None:
    """Return where the browser goes afterwards: with a window of the bank's own, nowhere."""
    return row.return_url if row.way == "same" else None


def _limits(verification: str, address: str) -> dict[str, Limit]:
    limits = {f"identity:{verification}": _PER_VERIFICATION}
    if (known := network(address)) is not None:
        limits[f"identity-from:{known}"] = _PER_ADDRESS
    return limits
