"""Reads the providers of bank ID from the operator's file (`TISKI_IDENTITY`) at the start.

    presets.toml ──┐
                   ├─merge─► types ─► sense ─► OidcConfig | BankIdConfig
    operator.toml ─┘

What is known of a broker is data in `presets.toml`; the operator's file names a preset and gives
what is theirs alone, and may say otherwise about anything. docs/identity.md describes both.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from server.config import ConfigError
from server.identity.provider import (
    BankIdConfig,
    Claims,
    Endpoints,
    MethodConfig,
    OidcConfig,
    Part,
    Provider,
    ProviderConfig,
    Token,
)
from server.identity.sense import problems
from server.identity.statements import read_statement

__all__ = [
    "BankIdConfig",
    "Claims",
    "Endpoints",
    "MethodConfig",
    "OidcConfig",
    "Provider",
    "ProviderConfig",
    "Token",
    "load_providers",
]

_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")  # of a provider or method; columns hold 40
#: Words that the reading of the file itself understands.
_OF_THE_FILE: Final = ("offer", "method", "entity_statement", "entity_statement_sha256")
_EXAMPLE: Final = "docs/identity.md has an example for each broker."
_T = TypeVar("_T")


class _File(Part, frozen=True, kw_only=True):
    """The operator's file, or presets.toml: tables by the provider's id or the preset's name."""

    provider: dict[str, dict[str, Any]]


def load_providers(path: Path, *, demo: bool) -> tuple[Provider, ...]:
    """Read the operator's file; files that it names are relative to its folder.

    Raises:
        ConfigError: what to mend, in one sentence.
    """
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"TISKI_IDENTITY: {path} cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    where = str(path)
    tables = _typed(where, read, _File).provider
    if not tables:
        raise ConfigError(f"{where} names no provider: begin with [provider.NAME]. {_EXAMPLE}")
    return tuple(
        _provider(f"{where}: provider.{name}", name, table, path.parent, demo=demo)
        for name, table in tables.items()
    )


@cache
def _presets() -> Mapping[str, dict[str, Any]]:
    text = resources.files("server.identity").joinpath("presets.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, Any]] = {}
    for name, table in tomllib.loads(text).items():  # one that is based on another comes after it
        base = tables[table.pop("based_on")] if "based_on" in table else {}
        tables[name] = _merged(base, table)
    return tables


def _provider(
    where: str, name: str, table: dict[str, Any], folder: Path, *, demo: bool
) -> Provider:
    if not _WORD.fullmatch(name):
        raise ConfigError(f"{where}: a name is lower-case letters, digits and hyphens, at most 40.")
    known = _presets()
    preset = known.get(str(table.get("preset")))
    if preset is None:
        raise ConfigError(f"{where} needs a preset, one of: {', '.join(known)}.")
    merged = _merged(preset, table)
    merged["id"] = name
    merged["methods"] = list(_methods(where, name, merged, preset, table))
    for word in ("offer", "method"):  # read by `_methods`
        merged.pop(word, None)
    _add_statement(where, merged, folder)
    for word in ("certificate", "key", "ca"):
        if isinstance(merged.get(word), str):
            merged[word] = str(folder / Path(merged[word]).expanduser())
    provider: Provider = (
        _typed(where, merged, BankIdConfig)
        if merged.get("kind") == "bankid"
        else _typed(where, merged, OidcConfig)
    )
    for problem in problems(provider, demo=demo):
        raise ConfigError(f"{where} {problem}")
    return provider


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with what `over` says instead; tables are merged, lists are not."""
    merged = dict(base)
    for key, value in over.items():
        before = base.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(before, value)
        else:
            merged[key] = value
    return merged


def _methods(
    where: str, name: str, merged: dict[str, Any], preset: dict[str, Any], table: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the methods that are offered, in their order: those named, or the preset's and more."""
    known = merged.get("method", {})
    offer = table.get("offer")
    if offer is None:
        offer = list(preset.get("offer", ()))
        own = table.get("method", {})
        offer += [word for word in own if word not in preset.get("method", {})]
    if not isinstance(known, dict) or not isinstance(offer, list) or not offer:
        raise ConfigError(
            f"{where} offers no method: add [{where.rpartition(' ')[2]}.method.NAME]."
        )
    for word in offer:
        if not isinstance(word, str) or not isinstance(known.get(word), dict):
            raise ConfigError(f"{where} offers {word!r}, but the methods are {', '.join(known)}.")
        if not _WORD.fullmatch(word):
            raise ConfigError(f"{where}.method.{word}: use lower-case letters, digits, hyphens.")
        method = {**known[word], "id": f"{name}.{word}"}
        _typed(f"{where}.method.{word}", method, MethodConfig)  # complains with its name
        yield method


def _add_statement(where: str, merged: dict[str, Any], folder: Path) -> None:
    """Put the keys of an entity statement where they belong."""
    name = merged.pop("entity_statement", None)
    digest = merged.pop("entity_statement_sha256", "")
    if name is None:
        return
    if not isinstance(name, str) or not isinstance(digest, str):
        raise ConfigError(f"{where} needs entity_statement as the name of a file.")
    keys = read_statement(folder / Path(name).expanduser(), digest)
    merged["entity_keys"] = [*merged.get("entity_keys", ()), *keys]


def _typed(where: str, value: object, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(value, kind, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where} {_said(str(error), kind)}") from None


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise msgspec.ValidationError("Expected `str`")


def _said(error: str, kind: type) -> str:
    """Return msgspec's complaint in words of the file."""
    what, _, place = error.partition(" - at `$")
    at = place.rstrip("`").lstrip(".")
    if found := re.fullmatch(r"Object missing required field `(\w+)`", what):
        return f"needs {at + '.' if at else ''}{found[1]}. {_EXAMPLE}"
    if found := re.fullmatch(r"Object contains unknown field `(.+)`", what):
        near = difflib.get_close_matches(found[1], [*_words(kind)], 1)
        hint = f"did you mean {near[0]}?" if near else "take it out, or see docs/identity.md."
        return f"has {at + '.' if at else ''}{found[1]}, which means nothing here: {hint}"
    return f"has a wrong {at or 'table'} ({what[0].lower()}{what[1:]}): see docs/identity.md."


def _words(kind: type) -> Iterator[str]:
    """Yield what may be written in a provider's table and the tables in it."""
    yield from _OF_THE_FILE
    for part in (kind, MethodConfig, Claims, Endpoints, Token):
        yield from (field.name for field in msgspec.structs.fields(part))
