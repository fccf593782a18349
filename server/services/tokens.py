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

__all__ = ["FILES_LIFETIME", "LIFETIME", "Claims", "Tokens"]

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
_MAX_LENGTH: Final = 2_000  # characters


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
        try:
            if len(token) > _MAX_LENGTH:
                raise jwt.InvalidTokenError
            kind = str(jwt.get_unverified_header(token).get("typ", ""))
            audience = (_FILES_TYPES if files else _TYPES).get(kind)
            if audience is None:
                raise jwt.InvalidTokenError
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=_FILES if files else f"tiski:{_NAMES[audience]}",
                options={
                    "require": ["aud", "sub", "sid", "iat", "exp"],
                    "verify_exp": False,  # by our clock, below
                    "verify_iat": False,
                },
            )
            found = Claims(audience, str(claims["sub"]), str(claims["sid"]), float(claims["exp"]))
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Forbidden("The token is not good here: get one from the API.") from None
        if found.expires_at * 1000 <= self._clock():
            raise TokenExpired("The token's time is over: get a new one.")
        return found
