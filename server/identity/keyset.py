"""A provider's signing keys: fetched, signed by a key that we pinned, or pinned themselves.

                         kid is unknown: fetched again, once a minute at most
    verify(token) ──► choose key ──────────────────────────────────► choose key ──► signature
                          └─ known ─────────────────────────────────────────────►

The code that a token came for is spent, so after a renewal the same token is verified again.
Sources: OpenID Connect Core 1.0 section 10.1.1 (rotation), OpenID Federation 1.0 section 5.2.1
(signed key sets), the brokers' own rules of how long keys may be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from server.identity.cached import Cached
from server.identity.interface import IdentityError
from server.identity.metadata import Directory
from server.identity.provider import OidcConfig
from server.identity.response import invalid
from server.identity.signature import choose_key, read_header, verify
from server.identity.transport import Transport, parse_object, unavailable
from server.services.clock import Clock

__all__ = ["KeySet", "read_keys", "read_signed_keys"]

Keys = tuple[Mapping[str, Any], ...]  # JWKs, RFC 7517

_MAX_KEYS: Final = 100  # of a set; more is not a key set but a flood
_KINDS: Final = {
    "plain": "application/json, application/jwk-set+json",
    "signed": "application/jwk-set+jwt, application/jwt, application/jose, text/plain",
}
#: Of a signed key set, when its entity key does not say.
_ENTITY_ALGORITHMS: Final = ("RS256", "PS256", "ES256")


class KeySet:
    """Verifies what a provider signed."""

    def __init__(
        self, config: OidcConfig, directory: Directory, transport: Transport, clock: Clock
    ) -> None:
        self._config = config
        self._directory = directory
        self._transport = transport
        self._clock = clock
        self._keys = Cached(self._fetch, clock, what="keys", provider=config.id)

    async def prepare(self) -> None:
        """Have the keys at hand, so that nobody logs in for nothing.

        Raises:
            IdentityError: `unavailable`.
        """
        await self._keys.get()

    async def verify(self, token: str, algorithms: Sequence[str]) -> dict[str, Any]:
        """Return the claims of a token that the provider signed.

        Raises:
            IdentityError: `bad_signature`, `bad_algorithm`, `unknown_key`, `unavailable`, or
                `bad_token_response`.
        """
        header = read_header(token, algorithms)
        keys = await self._keys.get()
        key = choose_key(keys, header)
        if key is None:
            key = choose_key(await self._keys.renew(keys), header)
        if key is None:
            raise invalid("unknown_key", "The token is signed by a key that the provider lacks.")
        return verify(token, key, header)

    async def _fetch(self) -> Keys:
        if self._config.keys == "pinned":
            return self._config.pinned_keys
        metadata = await self._directory.metadata()
        if self._config.keys == "signed":
            body = await self._ask(metadata.signed_jwks, _KINDS["signed"])
            return read_signed_keys(body, self._config.entity_keys, now=self._clock() / 1000)
        return read_keys(parse_object(await self._ask(metadata.jwks, _KINDS["plain"])))

    async def _ask(self, address: str, accept: str) -> bytes:
        answer = await self._transport.get(address, accept=accept)
        if answer.status != 200:
            raise unavailable("The provider's keys cannot be fetched.")
        return answer.body


def read_keys(document: Mapping[str, Any] | None) -> Keys:
    """Return the keys of a key set.

    Raises:
        IdentityError: `unavailable`: it is none.
    """
    keys = None if document is None else document.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= _MAX_KEYS:
        raise unavailable("The provider's key set is not one.")
    if not all(isinstance(key, dict) for key in keys):
        raise unavailable("The provider's key set holds what is no key.")
    return tuple(keys)


def read_signed_keys(document: bytes, entity_keys: Keys, *, now: float) -> Keys:
    """Return the keys of a key set that one of `entity_keys` signed. `now`: seconds since 1970.

    Raises:
        IdentityError: `unavailable`: it is none, its time is over, or nobody we know signed it.
    """
    try:
        token = document.decode("ascii").strip()
        header = read_header(token, _ENTITY_ALGORITHMS)
        key = choose_key(entity_keys, header)
        if key is None:
            raise unavailable("The provider's key set is not signed by a pinned entity key.")
        claims = verify(token, key, header)
    except UnicodeDecodeError:
        raise unavailable("The provider's key set is not a signed one.") from None
    except IdentityError as error:
        raise unavailable(f"The provider's key set does not hold: {error.code}.") from None
    expires_at = claims.get("exp", now + 1)
    if not isinstance(expires_at, int | float) or expires_at <= now:
        raise unavailable("The time of the provider's key set is over.")
    return read_keys(claims)
