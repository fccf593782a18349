"""What of a provider's declaration makes no sense or is not safe, in words for the operator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from server.identity.provider import BankIdConfig, OidcConfig, Provider, Token
from server.identity.signature import ALGORITHMS

__all__ = ["problems"]

_ENCRYPTION: Final = frozenset({"RSA-OAEP", "RSA-OAEP-256"})
_CONTENT: Final = frozenset({"A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"})
_PRIVATE: Final = frozenset({"d", "p", "q", "k"})  # members of a JWK that nobody else may have


def problems(provider: Provider, *, demo: bool) -> Iterator[str]:
    """Yield what makes no sense or is not safe, each as the end of a sentence."""
    if provider.demo and not demo:
        yield "is for the demo only: take it out, or start with --demo."
    for method in provider.methods:
        if not re.fullmatch(r"[A-Z]{2}", method.country):
            yield f"has the country {method.country!r} for {method.id}: use two letters, like FI."
        if not 0 < len(method.label) <= 60:
            yield f"needs a label of at most 60 characters for {method.id}."
    insecure = provider.demo and demo
    for name, address in _addresses(provider):
        parts = urlsplit(address)
        if parts.scheme not in (("https", "http") if insecure else ("https",)) or not parts.netloc:
            yield f"has {address!r} for {name}: it must be an https:// address."
    if isinstance(provider, BankIdConfig):
        yield from _bankid_problems(provider)
    else:
        yield from _oidc_problems(provider)


def _addresses(provider: Provider) -> Iterator[tuple[str, str]]:
    if isinstance(provider, BankIdConfig):
        yield "api", provider.api
        yield "autostart", provider.autostart
        return
    yield "issuer", provider.issuer
    if provider.metadata:
        yield "metadata", provider.metadata
    for name, address in msgspec.structs.asdict(provider.endpoints).items():
        if address:
            yield f"endpoints.{name}", address


def _bankid_problems(provider: BankIdConfig) -> Iterator[str]:
    if len(provider.methods) != 1:
        yield "has several methods, but BankID is one."
    for name in ("certificate", "key", "ca"):
        path: Path = getattr(provider, name)
        if not path.is_file():
            yield f"has no file {path} for {name}: put it there, readable to the server."


def _oidc_problems(provider: OidcConfig) -> Iterator[str]:
    ends = provider.endpoints
    if not provider.discovery:
        needed = {"authorization": ends.authorization, "token": ends.token}
        if provider.par:
            needed["par"] = ends.par
        if provider.userinfo is not None:
            needed["userinfo"] = ends.userinfo
        if provider.keys != "pinned":
            needed["signed_jwks" if provider.keys == "signed" else "jwks"] = (
                ends.signed_jwks if provider.keys == "signed" else ends.jwks
            )
        for name, address in needed.items():
            if not address:
                yield f"has no discovery, so it needs endpoints.{name}."
    if provider.keys == "signed" and not provider.entity_keys:
        yield (
            "has signed keys, so it needs entity_statement: the broker's, got by another way or "
            "compared with the fingerprint that the broker prints."
        )
    if provider.keys == "pinned" and not provider.pinned_keys:
        yield "has pinned keys, so it needs pinned_keys, as JSON Web Keys."
    for key in (*provider.entity_keys, *provider.pinned_keys):
        if _PRIVATE & key.keys():
            yield "has a private key among the broker's: take it out and have it replaced."
        if key.get("kty") not in ("RSA", "EC") or not isinstance(key.get("kid"), str):
            yield "has a key of the broker without kty RSA or EC, or without a kid."
    for name, token in (("id_token", provider.id_token), ("userinfo", provider.userinfo)):
        if token is not None:
            yield from _token_problems(name, token)
    if not provider.id_token.signing:
        yield "needs id_token.signing: the algorithms that the broker signs with."
    if "openid" not in provider.scope.split():
        yield "needs openid in its scope."
    if not 1 <= provider.service_max <= 200:
        yield "needs a service_max from 1 to 200."
    for claims in (provider.claims, *(one.claims for one in provider.methods if one.claims)):
        if not claims.code:
            yield "needs claims.code: where the broker gives the personal identity code."
    for method in provider.methods:
        test = set(provider.test_acrs) & {*method.acr, *method.levels}
        if test and not provider.demo:
            yield (
                f"takes test persons ({', '.join(sorted(test))} of {method.id}): "
                "use the production preset, or set demo = true and start with --demo."
            )


def _token_problems(name: str, token: Token) -> Iterator[str]:
    for words, allowed, part in (
        (token.signing, ALGORITHMS, "signing"),
        (token.encryption, _ENCRYPTION, "encryption"),
        (token.content, _CONTENT, "content"),
    ):
        if wrong := set(words) - allowed:
            yield (
                f"has {', '.join(sorted(wrong))} in {name}.{part}, which cannot be used: "
                f"choose of {', '.join(sorted(allowed))}."
            )
    if bool(token.encryption) != bool(token.content):
        yield f"needs both {name}.encryption and {name}.content, or neither."
