"""What a broker is asked: the request object, how we prove who we are, where the browser goes.

Pure. Sources: OpenID Connect Core 1.0 section 3.1.2.1, RFC 9101 (request objects), RFC 9126
(pushed requests), RFC 7636 (PKCE), RFC 7523 (client assertions), and for the Finnish names
Traficom's recommendation 213/2023 S. Nothing that matters ever stands in an address alone: it
is in the request object, which is signed. Times here are seconds since 1970, as in every JWT.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from server.identity.interface import Attempt
from server.identity.provider import MethodConfig, OidcConfig

__all__ = [
    "assertion_claims",
    "authorization_address",
    "challenge",
    "pushed_address",
    "pushed_form",
    "request_claims",
    "token_form",
]

_REQUEST_LIFETIME: Final = 300  # seconds; it is used at once, but clocks differ
_ASSERTION_LIFETIME: Final = 120  # seconds
_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MAX_REQUEST_URI: Final = 1_024  # characters


def challenge(verifier: str) -> str:
    """Return the PKCE code challenge of `verifier` by S256 (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def request_claims(
    config: OidcConfig, method: MethodConfig, attempt: Attempt, *, jti: str, now: int
) -> dict[str, Any]:
    """Return the claims of the request object.

    It has no `sub`: with it, it would pass for a client assertion (RFC 9101, section 4). What
    the configuration adds never replaces what protects the attempt.
    """
    claims: dict[str, Any] = {**config.parameters, **method.parameters}
    if config.service_parameter:
        claims.setdefault(config.service_parameter, _cut(attempt.service, config.service_max))
    if config.claims_request:
        claims["claims"] = config.claims_request
    if method.acr:
        claims["acr_values"] = " ".join(method.acr)
    if config.prompt:
        claims["prompt"] = config.prompt
    claims |= {
        "iss": config.client_id,
        "aud": config.issuer,
        "iat": now,
        "exp": now + _REQUEST_LIFETIME,
        "jti": jti,
        "client_id": config.client_id,
        "response_type": "code",
        "redirect_uri": attempt.redirect_uri,
        "scope": config.scope,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge(attempt.verifier),
        "code_challenge_method": "S256",
        "ui_locales": attempt.lang,
    }
    return claims


def assertion_claims(config: OidcConfig, *, audience: str, jti: str, now: int) -> dict[str, Any]:
    """Return the claims that authenticate us as the client (private_key_jwt)."""
    return {
        "iss": config.client_id,
        "sub": config.client_id,
        "aud": audience,
        "jti": jti,
        "iat": now,
        "exp": now + _ASSERTION_LIFETIME,
    }


def pushed_form(config: OidcConfig, *, request: str, assertion: str) -> dict[str, str]:
    """Return the form that pushes a request object (RFC 9126, section 3)."""
    return {"client_id": config.client_id, "request": request, **_authentication(assertion)}


def token_form(
    config: OidcConfig, attempt: Attempt, *, code: str, assertion: str
) -> dict[str, str]:
    """Return the form that redeems a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": attempt.redirect_uri,
        "client_id": config.client_id,
        "code_verifier": attempt.verifier,
        **_authentication(assertion),
    }


def authorization_address(config: OidcConfig, endpoint: str, *, request: str) -> str:
    """Return where to send the browser with the request object itself."""
    return _with_query(endpoint, {"client_id": config.client_id, "request": request})


def pushed_address(config: OidcConfig, endpoint: str, answer: Mapping[str, Any]) -> str | None:
    """Return where to send the browser after a push, or None when the answer is no answer."""
    match answer.get("request_uri"):
        case str(name) if 0 < len(name) <= _MAX_REQUEST_URI and name.isprintable():
            return _with_query(endpoint, {"client_id": config.client_id, "request_uri": name})
        case _:
            return None


def _authentication(assertion: str) -> dict[str, str]:
    return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion}


def _with_query(endpoint: str, query: Mapping[str, str]) -> str:
    return endpoint + ("&" if "?" in endpoint else "?") + urlencode(query)


def _cut(name: str, length: int) -> str:
    """Return the shop's name as a broker takes it: one line, not too long."""
    return " ".join(name.split())[:length].rstrip()
