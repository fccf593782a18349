"""Tries a provider's configuration, step by step, without anybody logging in.

    file ─► our keys ─► our set of keys as the world sees it ─► metadata ─► their keys
         ─► what both can do ─► a signed request ─► our client id ─► clocks

Each step says ✓ or ✗, and at ✗ what to do. A step that needs one before it that failed is left
out. What proves nothing without a person is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import jwt

from server.config import ConfigError
from server.identity.bankid import BankId
from server.identity.interface import Attempt, IdentityError, Order
from server.identity.keys import KeyRing, Lifetime, stages
from server.identity.keyset import read_keys, read_signed_keys
from server.identity.metadata import Metadata, read_metadata, static_metadata
from server.identity.provider import BankIdConfig, Jwk, OidcConfig, Provider
from server.identity.report import Report
from server.identity.transport import TIMEOUT, Answer, Transport, parse_object
from server.identity.trial import Trial
from server.identity.vault import VaultError
from server.services.clock import Clock

__all__ = ["Check", "redirect_uri"]

_DAY: Final = 86_400_000  # ms
_OLD: Final = 400  # days that a key may be in use: docs/identity.md says once a year
_SKEW: Final = 5.0  # seconds that clocks may differ; brokers allow 30 to 60
_NO_ORDER: Final = "bankid_invalidParameters"  # what BankID says to an order it does not know
_SIGNED_KEYS: Final = "application/jwk-set+jwt, application/jwt, application/jose, text/plain"


def redirect_uri(public_url: str, provider: str) -> str:
    """Return the callback address of a provider, as it is registered there."""
    return f"{public_url}/identity/callback/{provider}"


class Check:
    """The steps of one provider."""

    def __init__(
        self,
        provider: Provider,
        *,
        keys: KeyRing,
        http: aiohttp.ClientSession,
        clock: Clock,
        public_url: str,
        sites: Iterable[str],
        report: Report,
    ) -> None:
        self._provider = provider
        self._keys = keys
        self._http = http
        self._transport = Transport(http)
        self._clock = clock
        self._public_url = public_url
        self._sites = set(sites)
        self._say = report

    async def run(self) -> None:
        """Do all steps."""
        provider = self._provider
        self._say.head(f"{provider.id} ({provider.preset})")
        labels = ", ".join(f"{one.label} {one.country} {one.level}" for one in provider.methods)
        self._say.good(f"The file says what is needed: {labels}.")
        if unknown := sorted(set(provider.sites) - self._sites):
            self._say.bad(
                f"There is no site {', '.join(unknown)}.", "take it out of sites, or add it"
            )
        try:
            if isinstance(provider, BankIdConfig):
                await self._bankid(provider)
            else:
                await self._oidc(provider)
        except VaultError as error:
            self._say.bad(str(error), "without its keys nobody can be identified")

    # --- OpenID Connect -----------------------------------------------------------------------

    async def _oidc(self, config: OidcConfig) -> None:
        await self._own_keys(config)
        await self._published_keys(config)
        published, metadata = await self._metadata(config)
        if metadata is None:
            return
        await self._their_keys(config, metadata)
        if published is not None:
            self._in_common(config, published)
        await self._clocks(metadata.signed_jwks or metadata.jwks or metadata.token)
        await Trial(
            config,
            metadata,
            keys=self._keys,
            http=self._http,
            clock=self._clock,
            callback=redirect_uri(self._public_url, config.id),
            report=self._say,
        ).run()

    async def _own_keys(self, config: OidcConfig) -> None:
        await self._keys.signed_jwks(config.signing_algorithm)  # makes what is not there yet
        now = self._clock()
        lives = await self._keys.lifetimes()
        for use, words in (("sig", "to sign"), ("enc", "to decrypt"), ("entity", "of the set")):
            active = [life for life in lives if life.use == use and stages(life, now) == "active"]
            said = ", ".join(f"{life.kid[:12]}… {_age(life, now)}" for life in active)
            newest = max((life.active_at for life in active), default=now)
            if use != "entity" and now - newest > _OLD * _DAY:
                self._say.bad(f"Our key {words} is old: {said}.", "run `tiski identity rotate`")
            else:
                self._say.good(f"Our key {words}: {said}.")

    async def _published_keys(self, config: OidcConfig) -> None:
        """Fetch our own set of keys as the broker would."""
        ours = await self._keys.public_jwks(config.signing_algorithm)
        address = f"{self._public_url}/identity/jwks/{config.id}"
        to_do = (
            "start the server with the same TISKI_IDENTITY and let the proxy pass /identity/; "
            "brokers that are given keys by hand do not need it"
        )
        try:
            answer = await self._transport.get(address, accept="application/jwk-set+json")
            signed = await self._transport.get(f"{address}/signed", accept=_SIGNED_KEYS)
        except IdentityError:
            self._say.bad(f"Nothing answers at {address}.", to_do)
            return
        if (answer.status, signed.status) != (200, 200):
            self._say.bad(f"{address} answers {answer.status} and {signed.status} (signed).", to_do)
            return
        shown = (parse_object(answer.body) or {}).get("keys")
        if _kids(shown) != _kids(ours["keys"]):
            self._say.bad(
                f"{address} shows other keys than this database has.",
                "give this command the server's settings: TISKI_DATABASE_URL, TISKI_PUBLIC_URL",
            )
            return
        self._say.good(f"Our set of keys is at {address} and, signed, at {address}/signed.")
        self._say.good(f"Our callback address: {redirect_uri(self._public_url, config.id)}.")

    async def _metadata(self, config: OidcConfig) -> tuple[dict[str, Any] | None, Metadata | None]:
        published = None
        try:
            if config.discovery:
                address = config.metadata or (
                    f"{config.issuer.rstrip('/')}/.well-known/openid-configuration"
                )
                answer = await self._transport.get(address, accept="application/json")
                published = parse_object(answer.body) if answer.status == 200 else None
                if published is None:
                    raise IdentityError("unavailable", "unavailable", f"{address} is no metadata.")
                metadata = read_metadata(config, published)
                self._say.good(f"Metadata: the issuer is {config.issuer}, its addresses are sound.")
            else:
                metadata = static_metadata(config)
                self._say.good("Addresses: those of the preset, as this broker publishes none.")
        except IdentityError as error:
            to_do = "compare issuer with the broker's documents, and try the address from here"
            self._say.bad(f"Metadata: {error}", to_do)
            return published, None
        return published, metadata

    async def _their_keys(self, config: OidcConfig, metadata: Metadata) -> None:
        try:
            keys, more = await self._read_keys(config, metadata)
        except IdentityError as error:
            to_do = (
                "get the broker's newest entity statement, compare its fingerprint with what the "
                "broker prints, and put it in the place of the old one"
                if config.keys == "signed"
                else "try the address of the broker's keys from here"
            )
            self._say.bad(f"The broker's keys: {error}", to_do)
            return
        usable = [key for key in keys if key.get("use", "sig") == "sig" and _fits(key, config)]
        if not usable:
            self._say.bad(
                f"None of the broker's {len(keys)} keys signs by "
                f"{', '.join(config.id_token.signing)}.",
                "set id_token.signing to what the broker signs with",
            )
            return
        self._say.good(f"The broker's keys: {len(usable)} to verify with{more}.")

    async def _read_keys(self, config: OidcConfig, metadata: Metadata) -> tuple[Sequence[Jwk], str]:
        if config.keys == "pinned":
            return config.pinned_keys, ", pinned in the file"
        if config.keys == "plain":
            answer = await self._fetched(metadata.jwks, "application/json")
            return read_keys(parse_object(answer.body)), ""
        answer = await self._fetched(metadata.signed_jwks, _SIGNED_KEYS)
        now = self._clock() / 1000
        keys = read_signed_keys(answer.body, tuple(config.entity_keys), now=now)
        claims = jwt.decode(answer.body.decode().strip(), options={"verify_signature": False})
        ends = claims.get("exp")
        left = f", good for {_span(ends - now)}" if isinstance(ends, int | float) else ""
        return keys, f", signed by a pinned entity key{left}"

    async def _fetched(self, address: str, accept: str) -> Answer:
        answer = await self._transport.get(address, accept=accept)
        if answer.status != 200:
            raise IdentityError("unavailable", "unavailable", f"{address} answers {answer.status}.")
        return answer

    def _in_common(self, config: OidcConfig, published: Mapping[str, Any]) -> None:
        """Compare what we want with what the broker says it can do, where it says so."""
        ours: list[tuple[str, str, Iterable[str]]] = [
            ("token_endpoint_auth_methods_supported", "client authentication", ["private_key_jwt"]),
            (
                "token_endpoint_auth_signing_alg_values_supported",
                "signing_algorithm",
                [config.signing_algorithm],
            ),
            (
                "request_object_signing_alg_values_supported",
                "signing_algorithm",
                [config.signing_algorithm],
            ),
            ("code_challenge_methods_supported", "PKCE", ["S256"]),
        ]
        for name, token in (("id_token", config.id_token), ("userinfo", config.userinfo)):
            if token is not None:
                ours += [
                    (f"{name}_signing_alg_values_supported", name, token.signing),
                    (f"{name}_encryption_alg_values_supported", name, token.encryption),
                    (f"{name}_encryption_enc_values_supported", name, token.content),
                ]
        asked = {acr for method in config.methods for acr in method.acr}
        missing = [
            f"{what} ({', '.join(wanted)})"
            for member, what, wanted in ours
            if (theirs := _listed(published, member)) and wanted and not theirs & set(wanted)
        ]
        if missing:
            self._say.bad(
                f"The broker does not do {'; '.join(dict.fromkeys(missing))}.",
                "ask the broker what your client is set to, and say so in the file",
            )
        else:
            self._say.good("Algorithms: both sides have the same.")
        known = _listed(published, "acr_values_supported")
        if known and (strange := sorted(asked - known)):
            self._say.open(f"The broker's metadata does not list the acr {', '.join(strange)}.")
        scopes = _listed(published, "scopes_supported")
        if scopes and (strange := sorted(set(config.scope.split()) - scopes)):
            self._say.open(f"The broker's metadata does not list the scope {', '.join(strange)}.")
        claims = _listed(published, "claims_supported")
        if config.auth_time and claims and "auth_time" not in claims:
            self._say.open(
                "The broker's metadata does not list auth_time, without which logins fail."
            )

    async def _clocks(self, address: str) -> None:
        try:
            async with self._http.get(address, timeout=TIMEOUT, allow_redirects=False) as response:
                date = response.headers.get("Date", "")
            theirs = parsedate_to_datetime(date).timestamp()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            self._say.open("Clocks: the broker does not say what time it is.")
            return
        skew = self._clock() / 1000 - theirs
        if abs(skew) > _SKEW + 1:  # a Date has whole seconds
            side = "ahead of" if skew > 0 else "behind"
            self._say.bad(
                f"Clocks: ours is {abs(skew):.0f} s {side} the broker's.",
                "keep this machine's time by NTP",
            )
        else:
            self._say.good("Clocks: ours and the broker's agree.")

    # --- BankID --------------------------------------------------------------------------------

    async def _bankid(self, config: BankIdConfig) -> None:
        """Ask for an order that does not exist: an error of BankID's own says that we got in."""
        to_do = "check api, certificate, key and ca, and that this machine may connect there"
        try:
            bankid = BankId(config, self._clock)
        except ConfigError as error:
            self._say.bad(str(error), "put a pair that belongs together there")
            return
        order = Order(
            reference="00000000-0000-0000-0000-000000000000",
            autostart="",
            qr_token="",
            qr_secret="",
            started_at=self._clock(),
        )
        try:
            await bankid.collect(self._no_attempt(config), order)
        except IdentityError as error:
            if error.code != _NO_ORDER:
                self._say.bad(f"BankID: {error}", to_do)
            else:
                self._say.good(
                    "BankID lets us in by our certificate, and knows no order, as it must."
                )
        else:
            self._say.bad(
                "BankID knows an order that nobody made.", "check api: it is not BankID's"
            )
        finally:
            await bankid.aclose()

    def _no_attempt(self, config: BankIdConfig) -> Attempt:
        return Attempt("check", config.methods[0].id, "sv", "Tiski", "", self._clock(), "", "", "")


def _kids(keys: object) -> set[object]:
    found = keys if isinstance(keys, list) else []
    return {key.get("kid") for key in found if isinstance(key, dict)}


def _fits(key: Jwk, config: OidcConfig) -> bool:
    """May it verify by one of the algorithms that we take?"""
    algorithm = key.get("alg")
    if algorithm is not None:
        return algorithm in config.id_token.signing
    family = {"RSA": ("RS", "PS"), "EC": ("ES",)}.get(str(key.get("kty")), ())
    return any(name.startswith(family) for name in config.id_token.signing) if family else False


def _listed(published: Mapping[str, Any], member: str) -> set[str]:
    value = published.get(member)
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


def _age(life: Lifetime, now: int) -> str:
    return f"since {_span((now - life.active_at) / 1000)}"


def _span(seconds: float) -> str:
    if seconds >= 2 * 86_400:
        return f"{seconds / 86_400:.0f} days"
    return f"{seconds / 3600:.0f} hours" if seconds >= 3600 else f"{seconds / 60:.0f} minutes"
