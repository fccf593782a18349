"""Our own keys towards brokers: made when first needed, sealed, rotated with an overlap.

    created ─2 min─► published ─────► active ─────────────► (next one active) ─24 h─► retired
                                      signs; its set of                               no longer
                                      keys is signed by it                            published
    an encryption key decrypts from the first, and for 7 days after it was retired; then gone

The two minutes let every node know a key before a broker can use it: nodes read the table once
a minute. Brokers read ours at least daily; those that were given a copy by hand have to be told
before a new one signs, so nothing rotates by itself: `tiski identity rotate`. One RSA pair suits
RS256 and PS256. An entity key signs the set of keys (OpenID Federation 1.0, section 5.2.1) and is
what a broker was given by another way: it stays until it is replaced by name.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from joserfc.jwk import ECKey, RSAKey

from server.identity.provider import SigningAlgorithm
from server.identity.vault import PROVIDER_KEY, Vault
from server.services.clock import Clock
from server.store import provider_keys
from server.store.database import Database
from server.store.provider_keys import ProviderKey, Use

__all__ = [
    "OVERLAP",
    "DecryptionKey",
    "KeyRing",
    "Lifetime",
    "SigningKey",
    "stages",
]

log = structlog.get_logger(__name__)

OVERLAP: Final = 24 * 3_600_000  # ms; OP and others keep our keys for a day at most
_DECRYPTS: Final = 7 * 24 * 3_600_000  # ms after it was retired
_WARM: Final = 120_000  # ms before a new key is shown; more than _STALE
_STALE: Final = 60_000  # ms that a node believes what it read
_SIGNED_FOR: Final = 24 * 3_600_000  # ms that a signed set of keys is good
_BITS: Final = 2048  # what every broker takes; M72B asks for no more
_SOON: Final = 5 * 60_000  # ms; clocks of brokers that are behind ours

Family = Literal["RSA", "EC"]
PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What we sign with now."""

    kid: str
    algorithm: SigningAlgorithm
    private: PrivateKey = field(repr=False)

    def sign(self, claims: Mapping[str, Any], *, kind: str = "JWT") -> str:
        """Return `claims` as a signed token of the type `kind` (RFC 7515)."""
        headers = {"kid": self.kid, "typ": kind}
        return jwt.encode(dict(claims), self.private, self.algorithm, headers)


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """What was encrypted for us opens with this."""

    kid: str
    private: PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A key as it may be listed: nothing of it is secret."""

    kid: str
    use: Use
    family: str
    created_at: int
    published_at: int
    active_at: int
    retired_at: int | None


@dataclass(frozen=True, slots=True)
class _Key:
    """An opened row."""

    life: Lifetime
    pair: RSAKey | ECKey = field(repr=False)

    @property
    def public(self) -> dict[str, Any]:
        use = "enc" if self.life.use == "enc" else "sig"
        return {**self.pair.as_dict(private=False), "kid": self.life.kid, "use": use}

    @property
    def private(self) -> PrivateKey:
        key = self.pair.private_key
        if key is None:
            raise TypeError("A key of ours has no private part.")
        return key


def stages(life: Lifetime, now: int) -> str:
    """Return where a key is in its life, as one word."""
    if life.retired_at is not None and now >= life.retired_at:
        return "retired"
    if now >= life.active_at:
        return "active"
    return "published" if now >= life.published_at else "new"


def _over(life: Lifetime, now: int) -> bool:
    """Is it good for nothing any more?"""
    if life.retired_at is None:
        return False
    return now >= life.retired_at + (_DECRYPTS if life.use == "enc" else 0)


def _chosen(keys: Sequence[_Key], use: Use, family: Family, now: int) -> _Key | None:
    """Return the newest that is active; keys come in the order of `active_at`.

    Where none is, it is the first to come: a node whose clock is ahead has just made it.
    """
    live = [
        key
        for key in keys
        if (key.life.use, key.life.family) == (use, family) and stages(key.life, now) != "retired"
    ]
    active = [key for key in live if stages(key.life, now) == "active"]
    return active[-1] if active else next(iter(live), None)


def _family(algorithm: SigningAlgorithm) -> Family:
    return "EC" if algorithm == "ES256" else "RSA"


class KeyRing:
    """Our keys, the same on every node. `address`: our public origin, who we are as an entity."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, address: str) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._address = address
        self._keys: list[_Key] = []
        self._read_at: int | None = None
        self._reading = asyncio.Lock()

    async def signing(self, algorithm: SigningAlgorithm) -> SigningKey:
        """Return the key that signs now."""
        key = await self._one("sig", _family(algorithm))
        return SigningKey(key.life.kid, algorithm, key.private)

    async def decrypting(self) -> list[DecryptionKey]:
        """Return every key that something may have been encrypted to, the newest first."""
        await self._one("enc", "RSA")
        now = self._clock()
        return [
            DecryptionKey(key.life.kid, key.private)
            for key in reversed(self._keys)
            if key.life.use == "enc" and not _over(key.life, now)
        ]

    async def public_jwks(self, algorithm: SigningAlgorithm) -> dict[str, Any]:
        """Return our set of keys (RFC 7517) for a broker that wants `algorithm`."""
        family = _family(algorithm)
        in_use = [await self._one("sig", family), await self._one("enc", "RSA")]
        now = self._clock()
        wanted = [(key.life.use, key.life.family) for key in in_use]
        shown = [
            key
            for key in self._keys
            if (key.life.use, key.life.family) in wanted
            and (stages(key.life, now) in ("active", "published") or key in in_use)
        ]
        # Some take the first of each kind: that is the one in use, not the one to come.
        shown.sort(key=lambda key: (key not in in_use, -key.life.active_at))
        return {"keys": [key.public for key in shown]}

    async def signed_jwks(self, algorithm: SigningAlgorithm) -> str:
        """Return our set of keys as a token that the entity key signed."""
        keys = await self.public_jwks(algorithm)
        signer = await self._entity()
        now = self._clock()
        claims = {
            "iss": self._address,
            "sub": self._address,
            "iat": (now - _SOON) // 1000,
            "exp": (now + _SIGNED_FOR) // 1000,
            **keys,
        }
        return signer.sign(claims, kind="jwk-set+jwt")

    async def statement(self, metadata: Mapping[str, Any], *, days: int) -> str:
        """Return our entity statement: who we are and our entity keys, signed by the newest.

        It is what a broker is given by another way (OpenID Federation 1.0, section 3).
        """
        signer = await self._entity()
        now = self._clock()
        shown = [
            key.public
            for key in self._keys
            if key.life.use == "entity" and stages(key.life, now) != "retired"
        ]
        claims = {
            "iss": self._address,
            "sub": self._address,
            "iat": now // 1000,
            "exp": now // 1000 + days * 86_400,
            "jwks": {"keys": shown},
            "metadata": {"openid_relying_party": dict(metadata)},
        }
        return signer.sign(claims, kind="entity-statement+jwt")

    async def lifetimes(self) -> list[Lifetime]:
        """Return the keys that there are, without making any."""
        await self._read()
        return [key.life for key in self._keys]

    async def rotate(
        self, *, lead: int = OVERLAP, now: bool = False, entity: bool = False
    ) -> list[Lifetime]:
        """Make a new key in the place of each that is in use, and return the new ones.

        They are shown soon and come into use after `lead` ms; the old ones are shown for a day
        more. `now`: the old ones were stolen, so the new are used and the old withdrawn at once;
        what was encrypted to them before still opens. `entity`: the entity key alone, else all
        but that.
        """
        at = self._clock()
        active = at if now else at + max(lead, _WARM)
        until = at if now else active + OVERLAP
        async with self._db.read() as tx:
            rows = await provider_keys.every(tx)
        kinds = dict.fromkeys((r.use, r.algorithm) for r in rows if (r.use == "entity") == entity)
        made = [await self._make(use, family, at, active) for use, family in kinds]
        async with self._db.start() as tx:
            rows = await provider_keys.every(tx)
            await provider_keys.forget(tx, [row.id for row in rows if _over(_lifetime(row), at)])
            turned = [row.id for row in rows if (row.use, row.algorithm) in kinds]
            await provider_keys.retire(tx, turned, until)
            for new in made:
                await provider_keys.add(tx, new)
        self._read_at = None
        log.info("keys rotated", keys=len(made), now=now)
        return [_lifetime(row) for row in made]

    async def _entity(self) -> SigningKey:
        key = await self._one("entity", "RSA")
        return SigningKey(key.life.kid, "RS256", key.private)

    async def _one(self, use: Use, family: Family) -> _Key:
        """Return the key in use; the first is made here, once for all nodes."""
        await self._read()
        if (key := _chosen(self._keys, use, family, self._clock())) is not None:
            return key
        at = self._clock()
        new = await self._make(use, family, at, at)
        async with self._db.start() as tx:
            rows = await provider_keys.every(tx)
            others = [row for row in rows if (row.use, row.algorithm) == (use, family)]
            if all(stages(_lifetime(row), at) == "retired" for row in others):
                await provider_keys.add(tx, new)
                log.info("key made", kid=new.id, use=use)
        self._read_at = None
        await self._read()
        key = _chosen(self._keys, use, family, self._clock())
        if key is None:
            raise RuntimeError(f"No {use} key is in use although one was just made.")
        return key

    async def _make(self, use: Use, family: str, at: int, active: int) -> ProviderKey:
        pair = await asyncio.to_thread(_generate, family)
        kid = pair.thumbprint()
        data = json.dumps(pair.as_dict(private=True)).encode()
        sealed = self._vault.seal(data, PROVIDER_KEY, kid)
        return ProviderKey(kid, use, family, sealed, at, active, None)

    async def _read(self) -> None:
        """Read the table, once a minute."""
        async with self._reading:
            now = self._clock()
            if self._read_at is not None and 0 <= now - self._read_at < _STALE:
                return
            async with self._db.read() as tx:
                rows = await provider_keys.every(tx)
            known = {key.life.kid: key for key in self._keys}
            keys = []
            for row in rows:
                life = _lifetime(row)
                if not _over(life, now):
                    before = known.get(row.id)
                    pair = before.pair if before is not None else self._open(row)
                    keys.append(_Key(life, pair))
            self._keys = keys
            self._read_at = now

    def _open(self, row: ProviderKey) -> RSAKey | ECKey:
        data = json.loads(self._vault.open(row.sealed, PROVIDER_KEY, row.id))
        return ECKey.import_key(data) if row.algorithm == "EC" else RSAKey.import_key(data)


def _generate(family: str) -> RSAKey | ECKey:
    if family == "EC":
        return ECKey.generate_key("P-256", private=True)
    return RSAKey.generate_key(_BITS, private=True)


def _lifetime(row: ProviderKey) -> Lifetime:
    published = min(row.active_at, row.created_at + _WARM)
    return Lifetime(
        row.id,
        row.use,
        row.algorithm,
        row.created_at,
        published,
        row.active_at,
        row.retired_at,
    )
