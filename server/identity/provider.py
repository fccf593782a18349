"""The providers of bank ID, as the presets and the operator's file declare them.

`config.py` reads them, `sense.py` refuses what is not safe. The names are those of OpenID Connect
Core 1.0, RFC 9126 (PAR), RFC 9101 (request objects) and the Finnish Trust Network's profile
(Traficom recommendation 213/2023 S).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec

from signaling.identity import Level

__all__ = [
    "TEST_ACRS",
    "BankIdConfig",
    "Claims",
    "Endpoints",
    "Jwk",
    "MethodConfig",
    "OidcConfig",
    "Part",
    "Provider",
    "ProviderConfig",
    "SigningAlgorithm",
    "Token",
]

SigningAlgorithm = Literal["RS256", "PS256", "ES256"]
Jwk: TypeAlias = Mapping[str, Any]  # RFC 7517
#: What the Finnish Trust Network answers for test persons (Traficom 213/2023 S).
TEST_ACRS: Final = (
    "http://ftn.ficora.fi/2017/loatest2",
    "http://ftn.ficora.fi/2017/loatest3",
)


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: unknown words in it are mistakes."""


class MethodConfig(Part, frozen=True, kw_only=True):
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


class Claims(Part, frozen=True, kw_only=True):
    """Where the answer says who it is. Of `code` and `name` the first that is there counts."""

    code: tuple[str, ...]
    name: tuple[str, ...] = ("name",)
    given: tuple[str, ...] = ("given_name",)  # with `family`, where there is no `name`
    family: tuple[str, ...] = ("family_name",)
    country: str = ""  # the claim with the code's country, which must be the method's


class Endpoints(Part, frozen=True, kw_only=True):
    """Addresses. With discovery: only those that are set here instead of what is published."""

    authorization: str = ""
    token: str = ""
    par: str = ""
    userinfo: str = ""
    jwks: str = ""
    signed_jwks: str = ""


class Token(Part, frozen=True, kw_only=True):
    """How an ID token or a userinfo answer is protected, by JOSE names.

    Anything not listed is refused: `not_encrypted`, `bad_algorithm`.
    """

    signing: tuple[str, ...] = ()  # empty, userinfo only: bare JSON over TLS
    encryption: tuple[str, ...] = ()  # key management; empty: not encrypted
    content: tuple[str, ...] = ()  # content encryption; empty with `encryption`


class ProviderConfig(Part, frozen=True, kw_only=True):
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
    test_acrs: tuple[str, ...] = TEST_ACRS  # `test_level` unless a method's `levels` has them


class BankIdConfig(ProviderConfig, frozen=True, kw_only=True):
    """Swedish BankID itself. It has exactly one method."""

    kind: Literal["bankid"] = "bankid"
    api: str  # like https://appapi2.bankid.com/rp/v6.0
    certificate: Path  # PEM: our certificate and its chain
    key: Path  # PEM, without a passphrase
    ca: Path  # PEM: who signed the API's certificate
    autostart: str = "https://app.bankid.com/"
    requirement: Mapping[str, Any] = {}


Provider: TypeAlias = OidcConfig | BankIdConfig
