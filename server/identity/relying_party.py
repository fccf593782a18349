"""A broker of OpenID Connect: sends a visitor's browser there, and checks what it brings back.

    begin   metadata, keys ──► request object, signed ──► pushed (PAR) ──► where the browser goes
    finish  the callback's query ──► code ──► tokens ──► decrypted ──► signature ──► claims
                ──► userinfo, the same way ──► Evidence

What is asked and what is believed is decided in pure modules (`request.py`, `response.py`,
`signature.py`, `claims.py`); this is the shell that fetches and waits. Nothing of what the
provider sends is logged or put into an error.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import aiohttp

from server.identity.claims import check_header, check_id_token, check_userinfo, evidence
from server.identity.decrypt import DecryptionKey, open_token
from server.identity.interface import Attempt, Evidence, Method
from server.identity.keyset import KeySet
from server.identity.metadata import Directory, Metadata
from server.identity.provider import MethodConfig, OidcConfig, SigningAlgorithm, Token
from server.identity.request import (
    assertion_claims,
    authorization_address,
    pushed_address,
    pushed_form,
    request_claims,
    token_form,
)
from server.identity.response import Granted, check_answer, invalid, read_grant
from server.identity.transport import TIMEOUT, Answer, Transport, parse_object, unavailable
from server.services.clock import Clock

__all__ = ["Keys", "RelyingParty", "SigningKey"]

_LIMIT: Final = 25.0  # seconds for the whole of one step: a person waits for it
_JTI_BYTES: Final = 16


class SigningKey(Protocol):
    """Our own key for assertions and request objects."""

    def sign(self, claims: Mapping[str, Any]) -> str: ...


class Keys(Protocol):
    """Our own keys (`KeyRing`), as far as they are needed here."""

    async def signing(self, algorithm: SigningAlgorithm) -> SigningKey: ...

    async def decrypting(self) -> Sequence[DecryptionKey]: ...


class RelyingParty:
    """Implements `Redirecting` for one configured broker."""

    def __init__(
        self,
        config: OidcConfig,
        keys: Keys,
        http: aiohttp.ClientSession,
        clock: Clock,
        *,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        """Make it. `http` stays its owner's; it should keep no cookies."""
        self._config = config
        self._ours = keys
        self._clock = clock
        self._transport = Transport(http, timeout=timeout)
        self._directory = Directory(config, self._transport, clock)
        self._theirs = KeySet(config, self._directory, self._transport, clock)
        self._methods = {method.id: method for method in config.methods}

    @property
    def id(self) -> str:
        return self._config.id

    @property
    def methods(self) -> tuple[Method, ...]:
        return tuple(
            Method(method.id, method.label, "redirect", method.country, method.level)
            for method in self._config.methods
        )

    async def begin(self, attempt: Attempt) -> str:
        """Return the address to send the browser to; the request is signed, and pushed if agreed.

        Raises:
            IdentityError: `unavailable`, or `wrong_issuer` of its metadata.
        """
        try:
            async with asyncio.timeout(_LIMIT):
                return await self._begin(attempt)
        except TimeoutError:
            raise unavailable("The provider did not answer in time.") from None

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Evidence:
        """Redeem and check what the browser brought back to the callback (its query).

        Raises:
            IdentityError: it proves nothing, and why.
        """
        try:
            async with asyncio.timeout(_LIMIT):
                return await self._finish(attempt, answer)
        except TimeoutError:
            raise unavailable("The provider did not answer in time.") from None

    async def _begin(self, attempt: Attempt) -> str:
        config, method = self._config, self._method(attempt)
        metadata = await self._directory.metadata()
        await self._theirs.prepare()
        claims = request_claims(config, method, attempt, jti=_jti(), now=self._now())
        request = await self._sign(claims)
        if not config.par:
            return authorization_address(config, metadata.authorization, request=request)
        form = pushed_form(config, request=request, assertion=await self._assertion(metadata))
        answer = await self._transport.post(metadata.par, form)
        pushed = parse_object(answer.body) if answer.status in (200, 201) else None
        address = pushed_address(config, metadata.authorization, pushed or {})
        if address is None:
            raise unavailable("The provider refused the request: try `tiski identity check`.")
        return address

    async def _finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Evidence:
        config, method = self._config, self._method(attempt)
        metadata = await self._directory.metadata()
        code = check_answer(config, attempt, answer, announces_issuer=metadata.announces_issuer)
        granted = await self._redeem(metadata, attempt, code)
        claims = await self._read(granted.id_token, config.id_token)
        check_id_token(config, attempt, claims, now=self._clock() / 1000)
        userinfo: dict[str, Any] = {}
        if config.userinfo is not None:
            userinfo = await self._userinfo(metadata, granted, config.userinfo)
            check_userinfo(config, claims, userinfo)
        return evidence(config, method, attempt, claims, userinfo, now=self._clock())

    async def _redeem(self, metadata: Metadata, attempt: Attempt, code: str) -> Granted:
        form = token_form(
            self._config, attempt, code=code, assertion=await self._assertion(metadata)
        )
        answer = await self._transport.post(metadata.token, form)
        _check_status(answer, "The provider refused the code.")
        return read_grant(self._config, parse_object(answer.body))

    async def _userinfo(
        self, metadata: Metadata, granted: Granted, expected: Token
    ) -> dict[str, Any]:
        bare = not expected.signing and not expected.encryption
        accept = "application/json" if bare else "application/jwt"
        answer = await self._transport.get(
            metadata.userinfo, accept=accept, token=granted.access_token
        )
        _check_status(answer, "The provider refused to give userinfo.")
        if not bare:
            return await self._read(_text(answer.body), expected)
        if (userinfo := parse_object(answer.body)) is None:
            raise invalid("bad_token_response", "Userinfo is not a JSON object.")
        return userinfo

    async def _read(self, token: str, expected: Token) -> dict[str, Any]:
        """Return the claims of a token that is protected as was agreed."""
        keys = await self._ours.decrypting() if expected.encryption else ()
        opened = open_token(token, keys, expected)
        claims = await self._theirs.verify(opened.token, expected.signing)
        check_header(opened.header, claims)
        return claims

    async def _assertion(self, metadata: Metadata) -> str:
        issuer = self._config.assertion_audience == "issuer"
        audience = self._config.issuer if issuer else metadata.token
        return await self._sign(
            assertion_claims(self._config, audience=audience, jti=_jti(), now=self._now())
        )

    async def _sign(self, claims: dict[str, Any]) -> str:
        """Sign as type JWT: some brokers' libraries take no other, not even RFC 9101's own."""
        return (await self._ours.signing(self._config.signing_algorithm)).sign(claims)

    def _method(self, attempt: Attempt) -> MethodConfig:
        method = self._methods.get(attempt.method)
        if method is None:  # the configuration was changed meanwhile
            raise unavailable("The provider does not have this method any more.")
        return method

    def _now(self) -> int:
        return self._clock() // 1000


def _check_status(answer: Answer, message: str) -> None:
    if answer.status >= 500:
        raise unavailable("The provider is in trouble.")
    if answer.status != 200:
        raise invalid("bad_token_response", message)


def _text(body: bytes) -> str:
    """Return the body as a token; one that is none is found out when it is read."""
    return body.decode("ascii", "replace").strip()


def _jti() -> str:
    return secrets.token_urlsafe(_JTI_BYTES)
