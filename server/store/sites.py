"""Reads and writes which way a site's calls may go."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.paths import MediaPolicy
from server.store.tables import site

__all__ = ["media_policy", "set_media_policy"]

_policy: Final = select(site.c.media_policy).where(site.c.id == bindparam("site"))


async def media_policy(tx: AsyncConnection, key: str) -> MediaPolicy:
    """Return which way the calls of a site may go."""
    kept: MediaPolicy | None = (await tx.execute(_policy, {"site": key})).scalar_one_or_none()
    return kept or "server"


async def set_media_policy(tx: AsyncConnection, key: str, policy: MediaPolicy) -> None:
    await tx.execute(update(site).where(site.c.id == key).values(media_policy=policy))
