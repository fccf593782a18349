"""What a verified ID token (and userinfo) says, and whether it may be believed.

Pure: the signature has been checked before, time is an argument. Sources: OpenID Connect Core
1.0 sections 2, 3.1.3.7 and 5.3.2; RFC 7519 section 5.3; RFC 8725. `sub` is a broker's own,
often for one time only, so nobody is recognised by it: it only ties userinfo to the ID token.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from server.identity.codes import BadCode, normalise
from server.identity.interface import Attempt, Evidence
from server.identity.provider import TEST_ACRS, Claims, MethodConfig, OidcConfig
from server.identity.response import equal, invalid
from signaling.identity import Level

__all__ = ["LEEWAY", "LOGIN_LEEWAY", "check_header", "check_id_token", "check_userinfo", "evidence"]

LEEWAY: Final = 60  # seconds that the provider's clock may differ
#: Seconds that a login may seem to be before its start. A person needs longer than that to log
#: in, so honest clocks pass; a session of before does not.
LOGIN_LEEWAY: Final = 5
_MAX_NAME: Final = 120  # characters


def check_id_token(
    config: OidcConfig, attempt: Attempt, claims: Mapping[str, Any], *, now: float
) -> None:
    """Check that the token is the provider's, for us, for this attempt and of now.

    `now`: seconds since 1970.

    Raises:
        IdentityError: it is not.
    """
    if claims.get("iss") != config.issuer:
        raise invalid("wrong_issuer", "The ID token is another provider's.")
    _check_audience(config, claims)
    if not equal(claims.get("nonce"), attempt.nonce):
        raise invalid("wrong_nonce", "The ID token is not of this attempt.")
    if (expires_at := _time(claims, "exp")) is None or expires_at + LEEWAY <= now:
        raise invalid("token_expired", "The ID token's time is over; compare the clocks.")
    if (issued_at := _time(claims, "iat")) is None or issued_at - LEEWAY > now:
        raise invalid("token_from_future", "The ID token is of later; compare the clocks.")
    if (not_before := _time(claims, "nbf")) is not None and not_before - LEEWAY > now:
        raise invalid("token_from_future", "The ID token is for later; compare the clocks.")
    if config.auth_time:
        _check_login(attempt, claims, now)


def _check_audience(config: OidcConfig, claims: Mapping[str, Any]) -> None:
    audience = claims.get("aud")
    names = audience if isinstance(audience, list) else [audience]
    if config.client_id not in names:
        raise invalid("wrong_audience", "The ID token is for another client.")
    if len(names) > 1 and not config.aud_list_with_azp:
        raise invalid("wrong_audience", "The ID token is for other clients too.")
    authorized = claims.get("azp")
    if authorized is None and len(names) > 1:
        raise invalid("wrong_azp", "The ID token is for many, and does not say who asked.")
    if authorized is not None and authorized != config.client_id:
        raise invalid("wrong_azp", "Another client asked for the ID token.")


def _check_login(attempt: Attempt, claims: Mapping[str, Any], now: float) -> None:
    """Check that the person was asked for this attempt: single sign-on does not count."""
    logged_in_at = _time(claims, "auth_time")
    if logged_in_at is None or logged_in_at + LOGIN_LEEWAY < attempt.started_at / 1000:
        raise invalid(
            "stale_login", "The person logged in before the attempt, or nobody says when."
        )
    if logged_in_at - LEEWAY > now:
        raise invalid("token_from_future", "The person logs in later; compare the clocks.")


def check_userinfo(
    config: OidcConfig, id_token: Mapping[str, Any], userinfo: Mapping[str, Any]
) -> None:
    """Check that userinfo is about the person of the ID token.

    Raises:
        IdentityError: it is not.
    """
    subject = id_token.get("sub")
    if not isinstance(subject, str) or not subject or not equal(userinfo.get("sub"), subject):
        raise invalid("wrong_subject", "Userinfo is about somebody else.")
    if userinfo.get("iss", config.issuer) != config.issuer:
        raise invalid("wrong_issuer", "Userinfo is another provider's.")
    audience = userinfo.get("aud", config.client_id)
    if config.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise invalid("wrong_audience", "Userinfo is for another client.")


def check_header(header: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """Check what an encryption header repeats of the claims within (RFC 7519, section 5.3).

    Raises:
        IdentityError: it says another thing.
    """
    for name, code in (
        ("iss", "wrong_issuer"),
        ("aud", "wrong_audience"),
        ("sub", "wrong_subject"),
    ):
        if name in header and header[name] != claims.get(name):
            raise invalid(code, f"The header's {name} is not the token's.")


def evidence(
    config: OidcConfig,
    method: MethodConfig,
    attempt: Attempt,
    id_token: Mapping[str, Any],
    userinfo: Mapping[str, Any],
    *,
    now: int,
) -> Evidence:
    """Return what checked claims prove. `now`: UTC milliseconds.

    Level and time are the ID token's alone; of who it is, it comes first where both speak.

    Raises:
        IdentityError: `wrong_acr`, `test_level`, `no_code`, `bad_code`.
    """
    level = _level(config, method, id_token)
    claims = {**userinfo, **id_token}
    where = method.claims or config.claims
    if where.country and claims.get(where.country) != method.country:
        raise invalid("bad_code", "The code is of another country than the method's.")
    code = _text(claims, where.code)
    if not code:
        raise invalid("no_code", "The answer has no personal identity code: is the scope granted?")
    try:
        code = normalise(method.country, code)
    except BadCode as error:
        raise invalid("bad_code", f"The personal identity code is not one: {error}.") from None
    return Evidence(
        country=method.country,
        code=code,
        name=_name(where, claims),
        level=level,
        method=method.label,
        at=_asked_at(attempt, id_token, now),
    )


def _level(config: OidcConfig, method: MethodConfig, claims: Mapping[str, Any]) -> Level:
    acr = claims.get(config.acr_claim)
    if _is_test(config, acr) and not config.demo:
        raise invalid("test_level", "The identity is one of tests: use the production service.")
    if not method.levels:
        return method.level
    level = method.levels.get(acr) if isinstance(acr, str) else None
    if level is None:
        raise invalid("wrong_acr", "The person was identified in another way than was asked for.")
    return level


def _is_test(config: OidcConfig, acr: object) -> bool:
    """Say whether it is a level of tests: the network's always are, whatever is configured."""
    return acr in config.test_acrs or acr in TEST_ACRS


def _asked_at(attempt: Attempt, claims: Mapping[str, Any], now: int) -> int:
    """Return when the bank asked, kept within what we saw ourselves: clocks differ."""
    stated = _time(claims, "auth_time")
    return now if stated is None else max(attempt.started_at, min(int(stated * 1000), now))


def _name(where: Claims, claims: Mapping[str, Any]) -> str:
    """Return the person's name in one line, or nothing when nobody says it."""
    name = _text(claims, where.name)
    if not name:
        name = f"{_text(claims, where.given)} {_text(claims, where.family)}"
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(printable.split())[:_MAX_NAME].rstrip()


def _text(claims: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = claims.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    """Return a NumericDate, or None when there is none that is one."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and abs(seconds) < 1e11 else None
