"""Opens what a provider encrypted for us, and hands on what is signed within.

Anybody can encrypt to our key, so decryption proves nothing; it must be demanded all the same
where it was agreed, and the algorithms are those of the configuration (RFC 7516, RFC 8725). What
is within goes to `keyset.py`, which takes nothing but a signed token (RFC 7519, section 5.2).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.registry import HeaderParameter

from server.identity.provider import Token
from server.identity.response import invalid
from server.identity.transport import parse_object

__all__ = ["DecryptionKey", "Opened", "open_token"]

_ENCRYPTED_PARTS: Final = 5  # of the compact form, RFC 7516 section 3.1


class DecryptionKey(Protocol):
    """One of our own keys."""

    @property
    def kid(self) -> str: ...

    @property
    def private(self) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A signed token, and the header that it was encrypted with; empty when it was not."""

    token: str = field(repr=False)
    header: dict[str, Any] = field(repr=False)


def open_token(token: str, keys: Sequence[DecryptionKey], expected: Token) -> Opened:
    """Return what should be a signed token: what is in `token` if encryption is expected.

    Raises:
        IdentityError: `not_encrypted`, `cannot_decrypt`.
    """
    parts = token.count(".") + 1
    if not expected.encryption:
        if parts == _ENCRYPTED_PARTS:
            raise invalid("cannot_decrypt", "The token is encrypted, which was not agreed.")
        return Opened(token, {})
    if parts != _ENCRYPTED_PARTS:
        raise invalid("not_encrypted", "The token is not encrypted, which was agreed.")
    opened = _decrypt(token, keys, expected)
    signed = (opened.plaintext or b"").decode("ascii", "replace")
    return Opened(signed, dict(opened.protected))


def _decrypt(token: str, keys: Sequence[DecryptionKey], expected: Token) -> jwe.CompactEncryption:
    """Try the keys that the header may mean. Every failure looks the same to the sender."""
    registry = jwe.JWERegistry(
        header_registry={name: _replicated(name) for name in ("iss", "sub", "aud")},
        algorithms=[*expected.encryption, *expected.content],
        # Members that are not understood are to be ignored (RFC 7516, section 4); `crit` is
        # looked at all the same. `zip` is understood, and refused: DEF is not in `algorithms`.
        strict_check_header=False,
    )
    for key in _candidates(token, keys):
        try:
            return jwe.decrypt_compact(token, _jose(key), registry=registry)
        except (JoseError, ValueError, TypeError, KeyError, AssertionError, RecursionError):
            continue
    raise invalid("cannot_decrypt", "The token cannot be decrypted by our keys as agreed.")


def _candidates(token: str, keys: Sequence[DecryptionKey]) -> Sequence[DecryptionKey]:
    """Return the key that the header names; all when it names none of ours."""
    head = token.partition(".")[0]
    try:
        header = parse_object(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        header = None
    if header is None:  # its members are about to be asked for
        return ()
    return [key for key in keys if key.kid == header.get("kid")] or keys


def _jose(key: DecryptionKey) -> RSAKey | ECKey:
    private = key.private
    if isinstance(private, rsa.RSAPrivateKey):
        return RSAKey(private, private, {"use": "enc"})
    return ECKey(private, private, {"use": "enc"})


def _replicated(name: str) -> HeaderParameter:
    return HeaderParameter(f"The claim {name} (RFC 7519, section 5.3)", _anything)


def _anything(_: object) -> None:
    """Accept it here: it is compared with the claim when that is known."""
