"""Hashes and checks passwords with argon2id (RFC 9106), off the event loop.

One check takes tens of milliseconds and 64 MiB on purpose; at most two run at once, so
that a flood of sign-ins cannot take the machine.
"""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["Passwords"]

_AT_ONCE: Final = 2


class Passwords:
    """The password hasher of one process."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use the library's recommended parameters, or those of `hasher`."""
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return what is stored of `password`."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether `password` is right. None (no such account) takes as long as any."""
        if stored is None:
            if self._decoy is None:
                self._decoy = await self.hash("nobody has this password")
            await self._check(self._decoy, password)
            return False
        return await self._check(stored, password)

    def outdated(self, stored: str) -> bool:
        """Tell whether `stored` was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def _check(self, stored: str, password: str) -> bool:
        async with self._slots:
            try:
                return await asyncio.to_thread(self._hasher.verify, stored, password)
            except (VerificationError, InvalidHashError):
                return False
