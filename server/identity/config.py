"""The providers of bank ID, read from the operator's file (`TISKI_IDENTITY`) at the start.

    presets.toml ──┐
                   ├─merge─► convert (types) ─► check (sense) ─► OidcConfig | BankIdConfig
    operator.toml ─┘

What is known of a broker is data in `presets.toml`; the operator's file names a preset and gives
what is theirs alone, and may say otherwise about anything. docs/identity.md describes both. The
names are those of OpenID Connect Core 1.0, RFC 9126 (PAR), RFC 9101 (request objects) and the
Finnish Trust Network's profile (Traficom recommendation 213/2023 S).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from signaling.identity import Level

__all__ = [
    "BankIdConfig",
    "Claims",
    "Endpoints",
    "MethodConfig",
    "OidcConfig",
    "ProviderConfig",
    "SigningAlgorithm",
    "Token",
    "load_providers",
]

SigningAlgorithm = Literal["RS256", "PS256", "ES256"]
Jwk = Mapping[str, Any]  # RFC 7517


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: unknown words in it are mistakes."""


class MethodConfig(_Part, frozen=True, kw_only=True):
    """What a visitor chooses. `id` is `<provider>.<method>`."""

    id: str
    label: str
    country: str  # ISO 3166-1 alpha-2, of the codes it proves
    #: What it is worth when the answer carries no acr (`levels` is empty); else the lowest that
    #: `levels` has.
    level: Level
    acr: tuple[str, ...] = ()  # asked for as acr_values; empty: none is asked for
    #: Every acr that an answer may carry and what it is worth; any other is `wrong_acr`. Empty:
    #: the broker gives none, or none that says anything.
    levels: Mapping[str, Level] = {}
    parameters: Mapping[str, str] = {}  # more of the request, like ftn_idp_id
    claims: Claims | None = None  # where this method differs from the provider's


class Claims(_Part, frozen=True, kw_only=True):
    """Where the answer says who it is. Of `code` and `name` the first that is there counts."""

    code: tuple[str, ...]
    name: tuple[str, ...] = ("name",)
    given: tuple[str, ...] = ("given_name",)  # with `family`, where there is no `name`
    family: tuple[str, ...] = ("family_name",)
    country: str = ""  # the claim with the code's country, which must be the method's


class Endpoints(_Part, frozen=True, kw_only=True):
    """Addresses. With discovery: only those that are set here instead of what is published."""

    authorization: str = ""
    token: str = ""
    par: str = ""
    userinfo: str = ""
    jwks: str = ""
    signed_jwks: str = ""


class Token(_Part, frozen=True, kw_only=True):
    """How an ID token or a userinfo answer is protected, by JOSE names.

    Anything not listed is refused: `not_encrypted`, `bad_algorithm`.
    """

    signing: tuple[str, ...] = ()  # empty, userinfo only: bare JSON over TLS
    encryption: tuple[str, ...] = ()  # key management; empty: not encrypted
    content: tuple[str, ...] = ()  # content encryption; empty with `encryption`


class ProviderConfig(_Part, frozen=True, kw_only=True):
    """What every provider has. `id` is in addresses, in methods and in the log."""

    id: str
    preset: str
    sites: tuple[str, ...] = ()  # keys; empty: all
    demo: bool = False  # refused outside demo mode
    methods: tuple[MethodConfig, ...]


class OidcConfig(ProviderConfig, frozen=True, kw_only=True):
    """A broker of OpenID Connect."""

    kind: Literal["oidc"] = "oidc"
    issuer: str
    discovery: bool = True  # metadata is fetched from <issuer>/.well-known/openid-configuration
    metadata: str = ""  # the metadata's address where it is another
    endpoints: Endpoints = Endpoints()
    #: "plain": the JWKS is fetched and believed for TLS's sake. "signed": it is a JWT that one of
    #: `entity_keys` signed. "pinned": `pinned_keys` are all there are, nothing is fetched.
    keys: Literal["plain", "signed", "pinned"] = "plain"
    entity_keys: tuple[Jwk, ...] = ()
    pinned_keys: tuple[Jwk, ...] = ()

    client_id: str
    signing_algorithm: SigningAlgorithm = "RS256"  # of our assertions and request objects
    assertion_audience: Literal["issuer", "token_endpoint"] = "issuer"
    par: bool = False  # requests are pushed; without it they go as `request` in the address
    scope: str = "openid"
    prompt: str = "login"  # empty: not sent
    parameters: Mapping[str, str] = {}  # more of every request
    claims_request: Mapping[str, Any] = {}  # the `claims` parameter; empty: not sent
    service_parameter: str = ""  # carries the shop's name; empty: the broker takes none
    service_max: int = 40  # characters of it

    id_token: Token
    userinfo: Token | None = None  # None: not asked
    aud_list_with_azp: bool = False  # aud may be a list of more than us, if azp is us
    acr_claim: str = "acr"
    auth_time: bool = True  # it must be there and not before the start
    claims: Claims
    cancelled: tuple[str, ...] = ("access_denied",)  # errors that mean the visitor cancelled
    test_acrs: tuple[str, ...] = ()  # `test_level` outside demo mode


class BankIdConfig(ProviderConfig, frozen=True, kw_only=True):
    """Swedish BankID itself. It has exactly one method."""

    kind: Literal["bankid"] = "bankid"
    api: str  # like https://appapi2.bankid.com/rp/v6.0
    certificate: Path  # PEM: our certificate and its chain
    key: Path  # PEM, without a passphrase
    ca: Path  # PEM: who signed the API's certificate
    autostart: str = "https://app.bankid.com/"
    requirement: Mapping[str, Any] = {}


def load_providers(path: Path, *, demo: bool) -> tuple[OidcConfig | BankIdConfig, ...]:
    """Read the operator's file.

    Raises:
        server.config.ConfigError: what to mend, in one sentence.
    """
    raise NotImplementedError
