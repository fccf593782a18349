"""A relying party and a provider who face each other, and one attempt between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from server.identity.interface import Attempt, Evidence, IdentityError
from server.identity.keys import DecryptionKey, SigningKey
from server.identity.provider import Claims, MethodConfig, OidcConfig, SigningAlgorithm, Token
from server.identity.relying_party import RelyingParty
from tests.identity.rogue import Lies, Provider, public_jwk, rsa_key, serving

CODE = "131052-900W"  # of the 900 series, which no person has
PERSON = {"personal_identity_code": CODE, "name": "Test Customer One"}
STARTED = 1_790_000_000_000
ACR = "http://ftn.ficora.fi/2017/loa2"
HIGH = "http://ftn.ficora.fi/2017/loa3"
ENCRYPTED = Token(signing=("RS256",), encryption=("RSA-OAEP-256",), content=("A256GCM",))
SIGNED = Token(signing=("RS256",))
BARE = Token()
METHOD = MethodConfig(
    id="broker.bank",
    label="Bank",
    country="FI",
    level="substantial",
    acr=(ACR,),
    levels={ACR: "substantial", HIGH: "high"},
)


@dataclass
class Clock:
    """Time stands until it is moved. UTC milliseconds."""

    now: int = STARTED

    def __call__(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


@dataclass
class OurKeys:
    """Our keys, made once for all tests."""

    signs: rsa.RSAPrivateKey = field(default_factory=lambda: rsa_key("ours-sig"))
    decrypts: list[DecryptionKey] = field(default_factory=lambda: [our_key("ours-enc")])

    async def signing(self, algorithm: SigningAlgorithm) -> SigningKey:
        return SigningKey("ours-sig", algorithm, self.signs)

    async def decrypting(self) -> list[DecryptionKey]:
        return self.decrypts


def our_key(name: str) -> DecryptionKey:
    return DecryptionKey(name, rsa_key(name))


def config_for(issuer: str, **changes: Any) -> OidcConfig:
    """Return a configuration with everything switched on."""
    plain = OidcConfig(
        id="broker",
        preset="oidc",
        methods=(METHOD,),
        issuer=issuer,
        client_id="shop",
        signing_algorithm="PS256",
        par=True,
        service_parameter="ftn_spname",
        id_token=ENCRYPTED,
        claims=Claims(code=("personal_identity_code",)),
        cancelled=("access_denied", "cancel"),
    )
    return msgspec.structs.replace(plain, **changes)


def attempt_at(started: int = STARTED, name: str = "one") -> Attempt:
    return Attempt(
        id=f"attempt-{name}",
        method="broker.bank",
        lang="fi",
        service="Demo  Shop\nwith a name that is longer than forty characters",
        redirect_uri="https://chat.example/identity/callback/broker",
        started_at=started,
        state=f"state-of-{name}",
        nonce=f"nonce-of-{name}",
        verifier=f"verifier-of-{name}-that-has-at-least-43-characters",
    )


@dataclass
class Stage:
    """What a test drives. Lies are told by `provider`."""

    clock: Clock
    provider: Provider
    party: RelyingParty
    http: aiohttp.ClientSession
    ours: OurKeys
    attempt: Attempt = field(default_factory=attempt_at)

    @property
    def lies(self) -> Lies:
        return self.provider.lies

    async def answer(self) -> dict[str, str]:
        """Begin, let the person log in for twenty seconds, and return the callback's query."""
        address = await self.party.begin(self.attempt)
        self.clock.move(20)
        return self.provider.login(address)

    async def prove(self) -> Evidence:
        return await self.party.finish(self.attempt, await self.answer())

    async def refused(self) -> str:
        """Return the code that the whole way ends with."""
        with pytest.raises(IdentityError) as raised:
            await self.prove()
        return raised.value.code

    def claiming(self, **claims: Any) -> None:
        """Have the ID token say these; None takes a claim out."""
        self.lies.claims = lambda said: {
            name: value for name, value in {**said, **claims}.items() if value is not None
        }


@asynccontextmanager
async def stage(
    *,
    encrypts: bool = True,
    userinfo_as: Literal["json", "signed", "encrypted"] = "json",
    timeout: float = 5.0,
    configured: Callable[[Provider], dict[str, Any]] = lambda _: {},
    **changes: Any,
) -> AsyncIterator[Stage]:
    """Set both up. `changes`: of the configuration; `configured`: those that need the provider."""
    clock, ours = Clock(), OurKeys()
    provider = Provider(
        clock=clock,
        client="shop",
        client_keys=[public_jwk(ours.signs, "ours-sig", alg="PS256")],
        encryption_key=rsa_key("ours-enc").public_key(),
        person=dict(PERSON),
        encrypts=encrypts,
        userinfo_as=userinfo_as,
    )
    async with (
        serving(provider),
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        config = config_for(provider.issuer, **changes, **configured(provider))
        limit = aiohttp.ClientTimeout(total=timeout)
        party = RelyingParty(config, ours, http, clock, timeout=limit)
        yield Stage(clock, provider, party, http, ours)
