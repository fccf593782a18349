"""Takes a shop's word for who its customer is.

The shop's server signs it: a JWT (RFC 7519) by HS256 with the site's secret, for an hour at
most. Without a signature anybody could say to be anybody. As RFC 8725 asks, the algorithm is
pinned, the audience names the site, and everything in it is bounded. A token is never logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import jwt
import structlog
from jwt.exceptions import InvalidSubjectError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Actor, IdentifyVisitor
from server.domain.text import clean_email, clean_line
from server.identity.vault import CUSTOMERS, Vault
from server.services.clock import Clock
from server.services.conversations import Conversations
from server.services.secrets import new_secret
from server.store import conversations, people
from server.store.database import Database
from server.store.people import Site
from signaling.errors import Refusal
from signaling.events import Person, Visitor

__all__ = [
    "BadIdentify",
    "Customer",
    "Customers",
    "open_secret",
    "replace_secret",
    "sign",
    "verify",
]

log = structlog.get_logger(__name__)

LIFETIME: Final = 3_600  # seconds
_ALGORITHM: Final = "HS256"
_AHEAD: Final = 60  # seconds that the shop's clock may be ahead of ours
_MAX_TOKEN: Final = 4_096  # characters
_MAX_ID: Final = 120
_MAX_NAME: Final = 80
_MAX_SEEN: Final = 1_000  # characters of a name or address that are looked at


@dataclass(frozen=True, slots=True)
class Customer:
    """Who a shop says that its customer is. `name` and `email` empty: it did not say."""

    id: str
    name: str = ""
    email: str = ""


class BadIdentify(Exception):  # noqa: N818 — answered as it is
    """A token proves nothing. `why`: a stable word; the message says what the shop mends."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class Customers:
    """The customers of sites, as their shops sign them."""

    def __init__(
        self, db: Database, vault: Vault, conversations: Conversations, clock: Clock
    ) -> None:
        self._db = db
        self._vault = vault
        self._conversations = conversations
        self._clock = clock

    async def read(self, site: Site, token: str) -> Customer:
        """Return who `token` says the visitor is.

        Raises:
            BadIdentify: it proves nothing, and why.
        """
        async with self._db.read() as tx:
            secret = await open_secret(tx, self._vault, site.id)
        try:
            if secret is None:
                raise BadIdentify(
                    "no_secret",
                    f"This site has no secret for identify: run `tiski site secret {site.key}`.",
                )
            return verify(token, site=site.key, secret=secret, now=self._clock())
        except BadIdentify as error:
            log.info("identify refused", site=site.key, why=error.why)
            raise

    async def tell(self, visitor: Visitor, customer: Customer) -> None:
        """Tell the visitor's open conversation, unless it knows."""
        async with self._db.read() as tx:
            conv = await conversations.latest(tx, visitor.id, live=True)
            row = None if conv is None else await conversations.load(tx, conv)
        if row is None or row.record.state.visitor.customer == customer.id:
            return
        command = IdentifyVisitor(customer.id, customer.name, customer.email)
        actor = Actor(Person(visitor.id, "visitor", visitor.name), "visitor")
        await self._conversations.act(row.id, command, actor)


async def open_secret(tx: AsyncConnection, vault: Vault, site: str) -> str | None:
    """Return the secret of a site; None: it has none.

    Raises:
        VaultError: it cannot be opened.
    """
    sealed = await people.identify_of_site(tx, site)
    return None if sealed is None else vault.open(sealed, CUSTOMERS, site).decode()


async def replace_secret(tx: AsyncConnection, vault: Vault, site: str) -> str:
    """Give a site a new secret, in the place of the one before, and return it."""
    secret = new_secret()
    await people.set_identify(tx, site, vault.seal(secret.encode(), CUSTOMERS, site))
    return secret


def sign(customer: Customer, *, site: str, secret: str, now: int) -> str:
    """Return what a shop's server would send of its customer; `now` in UTC milliseconds."""
    claims = {
        "aud": _audience(site),
        "sub": customer.id,
        "name": customer.name,
        "email": customer.email,
        "iat": now // 1000,
        "exp": now // 1000 + LIFETIME,
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def verify(token: str, *, site: str, secret: str, now: int) -> Customer:
    """Return whom a token of the site with this key names; `now` in UTC milliseconds.

    Raises:
        BadIdentify: it proves nothing, and why.
    """
    claims = _claims(token, _audience(site), secret)
    _check_times(claims, now / 1000)
    return Customer(_id(claims["sub"]), _name(claims.get("name")), _email(claims.get("email")))


def _audience(site: str) -> str:
    return f"tiski:{site}"


def _claims(token: str, audience: str, secret: str) -> dict[str, Any]:
    if len(token) > _MAX_TOKEN:
        raise BadIdentify("too_long", f"The token is longer than {_MAX_TOKEN} characters.")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=audience,
            options={
                "require": ["aud", "sub", "iat", "exp"],
                "strict_aud": True,
                "verify_exp": False,  # by our clock, in `_check_times`
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.MissingRequiredClaimError as error:
        raise BadIdentify("missing_claim", f"The token has no `{error.claim}`.") from None
    except jwt.InvalidAudienceError:
        raise BadIdentify("wrong_audience", f"The token's `aud` must be {audience!r}.") from None
    except jwt.InvalidAlgorithmError:
        raise BadIdentify("bad_algorithm", f"Sign the token with {_ALGORITHM}.") from None
    except InvalidSubjectError:
        raise BadIdentify("bad_subject", _SUBJECT) from None
    except jwt.InvalidSignatureError:
        raise BadIdentify(
            "bad_signature", "The token is not signed with this site's secret: see `tiski site`."
        ) from None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise BadIdentify("not_a_token", "This is no JWT that can be read.") from None
    return claims


def _check_times(claims: dict[str, Any], now: float) -> None:
    begins, ends = _time(claims, "iat"), _time(claims, "exp")
    if begins > now + _AHEAD or _time(claims, "nbf", begins) > now + _AHEAD:
        raise BadIdentify("from_future", "The token is of the future: set the server's clock.")
    if ends <= now:
        raise BadIdentify("expired", "The token's time is over: sign one for each page.")
    if ends > begins + LIFETIME:
        raise BadIdentify("too_lasting", f"Let `exp` be at most {LIFETIME} s after `iat`.")


def _time(claims: dict[str, Any], name: str, default: float = 0) -> float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise BadIdentify("bad_time", f"The token's `{name}` must be seconds since 1970.")
    return value


_SUBJECT: Final = f"The token's `sub` must be the customer's id, 1 to {_MAX_ID} characters."


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_ID or not value.isprintable():
        raise BadIdentify("bad_subject", _SUBJECT)
    return value


def _name(value: Any) -> str:
    """Return the name, cut where it is long: a name is no reason to know nobody."""
    text = " ".join(_text(value, "name").split())[:_MAX_NAME]
    return clean_line(text, _MAX_NAME, "the name")


def _email(value: Any) -> str:
    try:
        return clean_email(_text(value, "email"))
    except Refusal:
        raise BadIdentify("bad_email", "The token's `email` must be an address.") from None


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MAX_SEEN:
        raise BadIdentify(f"bad_{name}", f"The token's `{name}` must be text, or left out.")
    return value
