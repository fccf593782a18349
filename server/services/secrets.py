"""Makes the random secrets of cookies and links, and what is stored of them.

256 random bits cannot be guessed, so SHA-256 is enough at rest (a slow hash is for
passwords: `server/services/passwords.py`).
"""

from __future__ import annotations

import hashlib
import secrets

from ulid import ULID

__all__ = ["hashed", "new_id", "new_secret"]


def new_secret() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return what is stored of `secret`; a cookie may hold any bytes (PEP 383)."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def new_id() -> str:
    """Return a fresh ULID."""
    return str(ULID())
