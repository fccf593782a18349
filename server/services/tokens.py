"""Makes and reads the short-lived tokens of WebSockets and of the API (JWT, RFC 7519).

As RFC 8725 asks: one pinned algorithm, an explicit type in the header and an audience for
each kind, a short life. A token names a session; the session's row decides whether it
still counts, so signing out works at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import jwt

from server.services.clock import Clock
from signaling.errors import Forbidden, TokenExpired
from signaling.hints import Audience

__all__ = ["FILES_LIFETIME", "IMAGES_LIFETIME", "LIFETIME", "Claims", "Tokens"]

LIFETIME: Final = 600  # seconds
_ALGORITHM: Final = "HS256"
_TYPES: Final[dict[str, Audience]] = {
    "tiski-visitor+jwt": "visitor",
    "tiski-agent+jwt": "staff",
    "tiski-expert+jwt": "expert",
}
_NAMES: Final[dict[Audience, str]] = {
    "visitor": "visitor",
    "staff": "agent",
    "expert": "expert",
}
_FILES: Final = "tiski:files"
_FILES_TYPES: Final[dict[str, Audience]] = {
    kind.replace("+jwt", "-files+jwt"): audience for kind, audience in _TYPES.items()
}
FILES_LIFETIME: Final = 3_600  # seconds
_IMAGES: Final = "tiski:images"
_IMAGES_TYPE: Final = "tiski-images+jwt"
IMAGES_LIFETIME: Final = 4_200  # seconds: a co-browsing's hour, and the start of it
_MAX_LENGTH: Final = 2_000  # characters
_NOT_GOOD: Final = "The token is not good here: get one from the API."


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says. `expires_at` in seconds since 1970."""

    audience: Audience
    person: str
    session: str
    expires_at: float


class Tokens:
    """Signs with one key; every node has the same."""

    def __init__(self, key: str, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def issue(self, audience: Audience, *, person: str, session: str) -> str:
        """Return a token that is good for `LIFETIME` seconds."""
        return self._sign(_NAMES[audience], f"tiski:{_NAMES[audience]}", person, session, LIFETIME)

    def issue_for_files(self, audience: Audience, *, person: str, session: str) -> str:
        """Return a key that lets its reader download files, and nothing else.

        It goes into addresses (`?k=`) where a browser keeps no cookies for frames.
        """
        name = f"{_NAMES[audience]}-files"
        return self._sign(name, _FILES, person, session, FILES_LIFETIME)

    def issue_for_images(self, *, person: str, cobrowse: str) -> str:
        """Return a ticket that lets a viewer's player load the pictures of a shown page."""
        return self._sign("images", _IMAGES, person, cobrowse, IMAGES_LIFETIME)

    def _sign(self, name: str, audience: str, person: str, session: str, seconds: int) -> str:
        now = self._clock() // 1000
        claims = {
            "aud": audience,
            "sub": person,
            "sid": session,
            "iat": now,
            "exp": now + seconds,
        }
        return jwt.encode(
            claims, self._key, algorithm=_ALGORITHM, headers={"typ": f"tiski-{name}+jwt"}
        )

    def read(self, token: str, *, files: bool = False) -> Claims:
        """Return what `token` says; `files`: it must be a key for files.

        Raises:
            TokenExpired: its time is over.
            Forbidden: it is not ours, or not what it seems to be.
        """
        audience = (_FILES_TYPES if files else _TYPES).get(_kind(token))
        if audience is None:
            raise Forbidden(_NOT_GOOD)
        claims = self._verify(token, _FILES if files else f"tiski:{_NAMES[audience]}")
        return Claims(audience, str(claims["sub"]), str(claims["sid"]), float(claims["exp"]))

    def read_for_images(self, ticket: str) -> tuple[str, str]:
        """Return the viewer and the co-browsing of a ticket for pictures.

        Raises:
            TokenExpired: its time is over.
            Forbidden: it is not ours, or not for pictures.
        """
        if _kind(ticket) != _IMAGES_TYPE:
            raise Forbidden(_NOT_GOOD)
        claims = self._verify(ticket, _IMAGES)
        return str(claims["sub"]), str(claims["sid"])

    def _verify(self, token: str, audience: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=audience,
                options={
                    "require": ["aud", "sub", "sid", "iat", "exp"],
                    "verify_exp": False,  # by our clock, below
                    "verify_iat": False,
                },
            )
            expires_at = float(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Forbidden(_NOT_GOOD) from None
        if expires_at * 1000 <= self._clock():
            raise TokenExpired("The token's time is over: get a new one.")
        return claims


def _kind(token: str) -> str:
    """Return the type that the token claims, which its audience must fit."""
    if len(token) > _MAX_LENGTH:
        return ""
    try:
        return str(jwt.get_unverified_header(token).get("typ", ""))
    except (jwt.PyJWTError, ValueError, TypeError):
        return ""
