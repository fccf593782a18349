"""Verifies signed tokens by keys that we chose: never by what the token brings along.

Pure. PyJWT does the mathematics; here is what RFC 8725 asks besides: the algorithm is pinned by
the configuration and fits the key's type (so no `none`, no HS256 keyed with a public key), and
headers that name keys (`jwk`, `jku`, `x5u`, `x5c`) are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt
import msgspec

from server.identity.response import invalid

__all__ = ["ALGORITHMS", "Header", "choose_key", "read_header", "verify"]

#: What keys sign by these; any other algorithm is never accepted, whatever a configuration says.
_KEY_TYPES: Final = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
}
ALGORITHMS: Final = frozenset(_KEY_TYPES)
_MIN_RSA_BITS: Final = 2_048  # RFC 7518, section 3.3
_BITS_PER_CHARACTER: Final = 6  # of base64url


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says about its signature: which of our algorithms and of their keys."""

    algorithm: str
    kid: str | None


def read_header(token: str, algorithms: Sequence[str]) -> Header:
    """Return the header of a signed token; nothing in it is believed yet.

    Raises:
        IdentityError: `bad_signature`: not a signed token at all; `bad_algorithm`: not by one of
            `algorithms`.
    """
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise invalid("bad_signature", "The token is not a signed one.") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in algorithms or algorithm not in _KEY_TYPES:
        raise invalid("bad_algorithm", "The token is signed by another algorithm than agreed.")
    return Header(algorithm, kid if isinstance(kid, str) else None)


def choose_key(keys: Iterable[Mapping[str, Any]], header: Header) -> Mapping[str, Any] | None:
    """Return the one key (JWK) that `header` means, or None.

    A token without `kid` is fine only where there is no choice (OpenID Connect Core, 10.1).
    """
    fitting = [key for key in keys if _fits(key, header.algorithm)]
    if header.kid is not None:
        fitting = [key for key in fitting if key.get("kid") == header.kid]
    return fitting[0] if len(fitting) == 1 else None


def verify(token: str, key: Mapping[str, Any], header: Header) -> dict[str, Any]:
    """Return the claims of a token that `key` signed.

    Raises:
        IdentityError: `bad_signature`; `bad_token_response`: what was signed is no JSON object.
    """
    try:
        public = jwt.PyJWK.from_dict(dict(key), header.algorithm)
        signed = jwt.PyJWS().decode(token, public, algorithms=[header.algorithm])
    except (jwt.PyJWTError, ValueError, TypeError):
        raise invalid("bad_signature", "The token is not signed by the provider's key.") from None
    try:
        return msgspec.json.decode(signed, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise invalid("bad_token_response", "The token holds no JSON object.") from None


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    kind, curve = _KEY_TYPES[algorithm]
    return (
        key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kind != "RSA" or _is_long(key.get("n")))
    )


def _is_long(modulus: object) -> bool:
    return isinstance(modulus, str) and len(modulus) * _BITS_PER_CHARACTER >= _MIN_RSA_BITS
