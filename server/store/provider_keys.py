"""Reads and writes our own keys towards brokers. What is in them is sealed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.identity_tables import provider_key

__all__ = ["ProviderKey", "Use", "add", "every", "forget", "retire"]

#: "sig" signs what we say, "enc" is what others encrypt to, "entity" signs our set of keys.
Use = Literal["sig", "enc", "entity"]


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A row. `id` is the kid; `retired_at` is when it is published no more, if that is known."""

    id: str
    use: Use
    algorithm: str
    sealed: bytes = field(repr=False)
    created_at: int
    active_at: int
    retired_at: int | None


async def every(tx: AsyncConnection) -> list[ProviderKey]:
    """Return all keys in the order in which they come into use."""
    rows = await tx.execute(
        select(provider_key).order_by(provider_key.c.active_at, provider_key.c.id)
    )
    return [
        ProviderKey(
            row.id,
            row.use,
            row.algorithm,
            row.sealed,
            row.created_at,
            row.active_at,
            row.retired_at,
        )
        for row in rows
    ]


async def add(tx: AsyncConnection, new: ProviderKey) -> None:
    await tx.execute(
        insert(provider_key).values(
            id=new.id,
            use=new.use,
            algorithm=new.algorithm,
            sealed=new.sealed,
            created_at=new.created_at,
            active_at=new.active_at,
            retired_at=new.retired_at,
        )
    )


async def retire(tx: AsyncConnection, ids: Collection[str], at: int) -> None:
    """Say until when keys are published; one that ends sooner already is left."""
    await tx.execute(
        update(provider_key)
        .where(
            provider_key.c.id.in_(ids),
            provider_key.c.retired_at.is_(None) | (provider_key.c.retired_at > at),
        )
        .values(retired_at=at)
    )


async def forget(tx: AsyncConnection, ids: Collection[str]) -> None:
    """Delete keys for good."""
    await tx.execute(delete(provider_key).where(provider_key.c.id.in_(ids)))
