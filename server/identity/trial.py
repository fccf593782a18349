"""Tries a login at a broker as far as that goes without a person.

    pushed:   request object ──► PAR ──► a request_uri, which is thrown away and ends by itself
    else:     request object ──► the broker's page opens; a code that nobody gave ──► invalid_grant

What is sent is what a login sends (`request.py`), so it proves the client id, the registration of
our key and the callback address. Only error words that are known are shown of what comes back.
"""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import parse_qs, urlsplit

import aiohttp

from server.identity.interface import Attempt, IdentityError
from server.identity.keys import KeyRing
from server.identity.metadata import Metadata
from server.identity.provider import MethodConfig, OidcConfig
from server.identity.report import Report
from server.identity.request import (
    assertion_claims,
    authorization_address,
    pushed_address,
    pushed_form,
    request_claims,
    token_form,
)
from server.identity.transport import TIMEOUT, Transport, parse_object
from server.services.clock import Clock

__all__ = ["Trial"]

#: What brokers answer when they do not know us or our key, at the token endpoint.
_UNKNOWN: Final = frozenset({"invalid_client", "unauthorized_client"})
#: What the words mean to an operator, in answers to a request.
_REFUSALS: Final = {
    "invalid_client": "give the broker our client's keys: see the address of our set of keys above",
    "unauthorized_client": "ask the broker to let this client id log people in with a code",
    "invalid_redirect_uri": "register the callback address above at the broker",
    "invalid_request": "register the callback address above, and compare scope and methods",
    "invalid_request_object": "compare signing_algorithm and our keys with what the broker has",
    "invalid_scope": "ask the broker to grant the scope of the preset, or set scope",
    "unmet_authentication_requirements": "ask the broker for this method, or leave it out of offer",
}


class Trial:
    """A login that nobody makes."""

    def __init__(
        self,
        config: OidcConfig,
        metadata: Metadata,
        *,
        keys: KeyRing,
        http: aiohttp.ClientSession,
        clock: Clock,
        callback: str,
        report: Report,
    ) -> None:
        self._config = config
        self._metadata = metadata
        self._keys = keys
        self._http = http
        self._transport = Transport(http)
        self._clock = clock
        self._callback = callback
        self._say = report

    async def run(self) -> None:
        """Try every method, and who we are where that does not come with it."""
        for method in self._config.methods:
            await self._request(method)
        if not self._config.par:
            await self._client()

    async def _request(self, method: MethodConfig) -> None:
        """Send a real request of a login; nobody follows it, so it ends by itself."""
        config, metadata = self._config, self._metadata
        attempt = self._attempt(method)
        now = self._clock() // 1000
        key = await self._keys.signing(self._config.signing_algorithm)
        request = key.sign(request_claims(config, method, attempt, jti=_random(), now=now))
        if not config.par:
            await self._opens(method, request)
            return
        assertion = await self._assertion()
        form = pushed_form(config, request=request, assertion=assertion)
        try:
            answer = await self._transport.post(metadata.par, form)
        except IdentityError as error:
            self._say.bad(f"{method.label}: {error}", "try the pushed request's address from here")
            return
        said = parse_object(answer.body) or {}
        if pushed_address(config, metadata.authorization, said) is not None:
            self._say.good(f"{method.label}: the broker took a signed request, and knows us.")
            return
        self._refused(method.label, answer.status, said.get("error"))

    async def _opens(self, method: MethodConfig, request: str) -> None:
        """Open the broker's page, as a browser would, and go no further."""
        endpoint = self._metadata.authorization
        address = authorization_address(self._config, endpoint, request=request)
        try:
            async with self._http.get(address, timeout=TIMEOUT, allow_redirects=False) as response:
                status, where = response.status, response.headers.get("Location", "")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            self._say.bad(f"{method.label}: the broker's page does not open.", "try it from here")
            return
        back = where.startswith(self._callback)
        error = parse_qs(urlsplit(where).query).get("error", [""])[0] if back else ""
        if status >= 400 or back:
            self._refused(method.label, status, error)
        else:
            self._say.open(f"{method.label}: the broker's page opens; a person must try the rest.")

    async def _client(self) -> None:
        """Redeem a code that nobody gave: who we are is looked at before that."""
        attempt = self._attempt(self._config.methods[0])
        code, assertion = f"tiski-check-{_random()}", await self._assertion()
        form = token_form(self._config, attempt, code=code, assertion=assertion)
        try:
            answer = await self._transport.post(self._metadata.token, form)
        except IdentityError as error:
            self._say.bad(f"Client id: {error}", "try the token address from here")
            return
        error_word = (parse_object(answer.body) or {}).get("error")
        if error_word in _UNKNOWN or answer.status in (401, 403):
            self._refused("Client id", answer.status, "invalid_client")
        elif error_word in ("invalid_grant", "invalid_request"):
            self._say.good("Client id: the broker knows us and our key.")
        else:
            self._say.open(f"Client id: the broker answers {answer.status}, which says nothing.")

    def _refused(self, what: str, status: int, error: object) -> None:
        word = error if isinstance(error, str) and error in _REFUSALS else ""
        said = f" ({word})" if word else ""
        to_do = _REFUSALS.get(word, "compare client_id, the callback address and our keys there")
        self._say.bad(f"{what}: the broker refuses with {status}{said}.", to_do)

    async def _assertion(self) -> str:
        config = self._config
        audience = config.issuer if config.assertion_audience == "issuer" else self._metadata.token
        now = self._clock() // 1000
        key = await self._keys.signing(self._config.signing_algorithm)
        return key.sign(assertion_claims(config, audience=audience, jti=_random(), now=now))

    def _attempt(self, method: MethodConfig) -> Attempt:
        return Attempt(
            id="check",
            method=method.id,
            lang="fi",
            service="Tiski",
            redirect_uri=self._callback,
            started_at=self._clock(),
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(32),
        )


def _random() -> str:
    return secrets.token_urlsafe(16)
