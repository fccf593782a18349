"""Where a provider is: its published metadata, or the addresses that the configuration gives.

Discovery is OpenID Connect Discovery 1.0. The issuer is pinned by the configuration: metadata
that names another is refused (mix-up, RFC 9700 section 4.4), and addresses are https, unless the
issuer itself is plain http, which only demo mode allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from server.identity.cached import Cached
from server.identity.provider import OidcConfig
from server.identity.response import invalid
from server.identity.transport import Transport, parse_object, unavailable
from server.services.clock import Clock

__all__ = ["Directory", "Metadata", "read_metadata", "static_metadata"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The addresses of a provider; empty where it has none or none is needed."""

    authorization: str
    token: str
    par: str
    userinfo: str
    jwks: str
    signed_jwks: str
    announces_issuer: bool  # RFC 9207: answers always have `iss`


class Directory:
    """Knows a provider's metadata."""

    def __init__(self, config: OidcConfig, transport: Transport, clock: Clock) -> None:
        self._config = config
        self._transport = transport
        self._published = Cached(self._fetch, clock, what="metadata", provider=config.id)

    async def metadata(self) -> Metadata:
        """Return it.

        Raises:
            IdentityError: `unavailable`, `wrong_issuer`.
        """
        if not self._config.discovery:
            return static_metadata(self._config)
        return await self._published.get()

    async def _fetch(self) -> Metadata:
        well_known = f"{self._config.issuer.rstrip('/')}/.well-known/openid-configuration"
        answer = await self._transport.get(
            self._config.metadata or well_known, accept="application/json"
        )
        if answer.status != 200:
            raise unavailable("The provider's metadata cannot be fetched.")
        return read_metadata(self._config, parse_object(answer.body))


def static_metadata(config: OidcConfig) -> Metadata:
    """Return what the configuration alone says.

    Raises:
        IdentityError: `unavailable`: something is missing.
    """
    return _checked(config, {}, announces_issuer=False)


def read_metadata(config: OidcConfig, published: Mapping[str, Any] | None) -> Metadata:
    """Return what published metadata says; addresses of the configuration come first.

    Raises:
        IdentityError: `wrong_issuer`, `unavailable`.
    """
    if published is None:
        raise unavailable("The provider's metadata is not a JSON object.")
    if published.get("issuer") != config.issuer:
        raise invalid("wrong_issuer", "The metadata is another issuer's than the configured one.")
    announces = published.get("authorization_response_iss_parameter_supported") is True
    return _checked(config, published, announces_issuer=announces)


def _checked(
    config: OidcConfig, published: Mapping[str, Any], *, announces_issuer: bool
) -> Metadata:
    ours = config.endpoints

    def address(configured: str, name: str, *, needed: bool) -> str:
        value = configured or published.get(name, "")
        if not needed:
            return ""
        if not isinstance(value, str) or not _is_good(value, config.issuer):
            raise unavailable(f"The provider's {name} is missing or not an https address.")
        return value

    return Metadata(
        authorization=address(ours.authorization, "authorization_endpoint", needed=True),
        token=address(ours.token, "token_endpoint", needed=True),
        par=address(ours.par, "pushed_authorization_request_endpoint", needed=config.par),
        userinfo=address(ours.userinfo, "userinfo_endpoint", needed=config.userinfo is not None),
        jwks=address(ours.jwks, "jwks_uri", needed=config.keys == "plain"),
        signed_jwks=address(ours.signed_jwks, "signed_jwks_uri", needed=config.keys == "signed"),
        announces_issuer=announces_issuer,
    )


def _is_good(address: str, issuer: str) -> bool:
    """Say whether `address` may be asked: https, or plain http where the issuer is too."""
    try:
        parts = urlsplit(address)
        plain = parts.scheme == "http" and urlsplit(issuer).scheme == "http"
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        (parts.scheme == "https" or plain)
        and bool(parts.hostname)
        and port_is_one
        and parts.username is None
        and not parts.fragment
        and address.isascii()
        and address.isprintable()
        and " " not in address
    )
