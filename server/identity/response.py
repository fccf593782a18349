"""What the browser brought back, and what the token endpoint answered: is it ours, is it one.

Pure. Sources: OpenID Connect Core 1.0 sections 3.1.2.5 to 3.1.3.3, RFC 9207 (the issuer in the
answer, against mix-up), RFC 9700 section 4.4. What the tokens then say is checked in `claims.py`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from server.identity.interface import Attempt, IdentityError
from server.identity.provider import OidcConfig

__all__ = ["Granted", "check_answer", "equal", "invalid", "read_grant"]

_MAX_CODE: Final = 4_096  # characters
_MAX_TOKEN: Final = 100_000  # characters
#: Of RFC 6749 section 4.1.2.1: the provider is in trouble, and a later try may do.
_IN_TROUBLE: Final = ("server_error", "temporarily_unavailable")


def invalid(code: str, message: str) -> IdentityError:
    """Return the error of an answer that does not hold."""
    return IdentityError("invalid", code, message)


def equal(given: object, expected: str) -> bool:
    """Say whether `given` is `expected`, in a time that does not tell how much of it is."""
    return isinstance(given, str) and hmac.compare_digest(_bytes(given), _bytes(expected))


def check_answer(
    config: OidcConfig, attempt: Attempt, answer: Mapping[str, str], *, announces_issuer: bool
) -> str:
    """Return the code to redeem from the query of the callback.

    `announces_issuer`: the provider says in its metadata that it always tells its issuer.

    Raises:
        IdentityError: there is none for this attempt.
    """
    if not equal(answer.get("state"), attempt.state):
        raise invalid("bad_state", "The answer is not to this attempt's request.")
    issuer = answer.get("iss")
    if issuer is None and announces_issuer:
        raise invalid("wrong_issuer", "The answer lacks the issuer that the provider announces.")
    if issuer is not None and issuer != config.issuer:
        raise invalid("wrong_issuer", "The answer is another provider's.")
    if error := answer.get("error"):
        raise _refusal(config, error)
    code = answer.get("code", "")
    if not code or len(code) > _MAX_CODE:
        raise invalid("missing_code", "The answer has neither a code nor an error.")
    return code


def _refusal(config: OidcConfig, error: str) -> IdentityError:
    if error in config.cancelled:
        return IdentityError("cancelled", "cancelled", "The visitor cancelled at the provider.")
    if error in _IN_TROUBLE:
        return IdentityError("unavailable", "provider_error", "The provider is in trouble.")
    return IdentityError("refused", "provider_error", "The provider refused.")


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code was redeemed for."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)  # empty when userinfo is not asked


def read_grant(config: OidcConfig, answer: Mapping[str, Any] | None) -> Granted:
    """Return the tokens of the token endpoint's answer.

    Raises:
        IdentityError: `bad_token_response`.
    """
    if answer is None:
        raise invalid("bad_token_response", "The token endpoint's answer is not a JSON object.")
    id_token = answer.get("id_token")
    if not isinstance(id_token, str) or not 0 < len(id_token) <= _MAX_TOKEN:
        raise invalid("bad_token_response", "The token endpoint gave no ID token.")
    if config.userinfo is None:
        return Granted(id_token, "")
    access_token = answer.get("access_token")
    if not isinstance(access_token, str) or not _is_bearer(access_token):
        raise invalid("bad_token_response", "The token endpoint gave no token for userinfo.")
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise invalid("bad_token_response", "The token for userinfo is not a bearer's.")
    return Granted(id_token, access_token)


def _is_bearer(token: str) -> bool:
    """Say whether it may stand in a header field as it is (RFC 6750, section 2.1)."""
    return 0 < len(token) <= _MAX_CODE and token.isascii() and token.isprintable()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
