"""Our public keys, for the brokers: plain, and signed by the entity key.

Sources: RFC 7517 (JWK Set), OpenID Federation 1.0 section 5.2.1 (signed_jwks_uri). Anybody may
read them; nothing of who asks matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web

from server.http.failures import ApiError
from server.identity.keys import KeyRing
from server.identity.provider import OidcConfig, Provider

__all__ = ["KeyRoutes"]

_CACHE: Final = "public, max-age=3600"  # far below the day that an old key is still shown


class KeyRoutes:
    """The routes of our keys, one set for each provider of OpenID Connect."""

    def __init__(self, providers: Sequence[Provider], keys: KeyRing) -> None:
        self._providers = {one.id: one for one in providers if isinstance(one, OidcConfig)}
        self._keys = keys

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/identity/jwks/{provider}", self.plain),
            web.get("/identity/jwks/{provider}/signed", self.signed),
        ]

    async def plain(self, request: web.Request) -> web.StreamResponse:
        keys = await self._keys.public_jwks(self._config(request).signing_algorithm)
        return _answer(msgspec.json.encode(keys), "application/jwk-set+json")

    async def signed(self, request: web.Request) -> web.StreamResponse:
        token = await self._keys.signed_jwks(self._config(request).signing_algorithm)
        return _answer(token.encode("ascii"), "application/jwk-set+jwt")

    def _config(self, request: web.Request) -> OidcConfig:
        config = self._providers.get(request.match_info["provider"])
        if config is None:
            raise ApiError(404, "not_found", "There is no such provider.")
        return config


def _answer(body: bytes, kind: str) -> web.Response:
    return web.Response(body=body, content_type=kind, headers={"Cache-Control": _CACHE})
