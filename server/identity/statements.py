"""Reads a broker's entity statement from a file: the keys that sign its set of keys.

A statement is signed by a key that is in it, which proves only that it is whole. It is believed
because the operator was given it by another way, or compared its SHA-256 with what the broker
prints (OpenID Federation 1.0, section 3; the brokers' own guides). So it is never fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jwt

from server.config import ConfigError

__all__ = ["read_statement"]

_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
_MAX_SIZE: Final = 256 * 1024  # bytes


def read_statement(path: Path, sha256: str = "") -> list[dict[str, Any]]:
    """Return the entity keys of the statement at `path`; `sha256`: what the file must have.

    Raises:
        ConfigError: it cannot be believed, and why.
    """
    try:
        data = path.read_bytes()[: _MAX_SIZE + 1]
    except OSError as error:
        raise ConfigError(
            f"The entity statement {path} cannot be read: {error.strerror}."
        ) from None
    wanted = "".join(sha256.split()).replace(":", "").lower()
    if wanted and hashlib.sha256(data).hexdigest() != wanted:
        raise ConfigError(
            f"The entity statement {path} is not the one of entity_statement_sha256: get it again, "
            "and the fingerprint from the broker's newest guide."
        )
    try:
        token = data.decode("ascii").strip()
        claims = jwt.decode(token, options={"verify_signature": False})
        keys = _keys(claims)
        header = jwt.get_unverified_header(token)
        own = next(key for key in keys if key.get("kid") == header.get("kid"))
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
        jwt.decode(token, jwt.PyJWK.from_dict(own).key, list(_ALGORITHMS), options=options)
    except (UnicodeDecodeError, jwt.PyJWTError, StopIteration, ValueError, TypeError):
        raise ConfigError(
            f"{path} is no entity statement that is signed by a key of its own: get it again."
        ) from None
    if claims.get("iss") != claims.get("sub"):
        raise ConfigError(f"The entity statement {path} is about somebody else than its issuer.")
    return keys


def _keys(claims: Mapping[str, Any]) -> list[dict[str, Any]]:
    jwks = claims.get("jwks")
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise ValueError("no keys")
    return keys
