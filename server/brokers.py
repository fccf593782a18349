"""`tiski identity …`: try the providers' configuration, list and rotate our keys.

tiski identity check [PROVIDER]
tiski identity keys [--json PROVIDER]
tiski identity rotate [--lead HOURS | --now] [--entity]
tiski identity statement PROVIDER --organization NAME
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable, Coroutine
from typing import Any, Final

import aiohttp
import msgspec

from server import logs
from server.config import ConfigError, Settings
from server.identity.check import Check, redirect_uri
from server.identity.config import OidcConfig, Provider, load_providers
from server.identity.keys import KeyRing, stages
from server.identity.report import Report
from server.identity.vault import open_vault
from server.opening import opened
from server.services.audit import Audit
from server.services.clock import system_clock
from server.store import people
from server.store.database import Database

__all__ = ["add_commands"]

_HOUR: Final = 3_600_000  # ms
_YEARS: Final = 10  # that an entity statement holds, as the brokers' own do
_Run = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of `tiski identity`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, run: _Run, words: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = actions.add_parser(name, help=words)
        added.set_defaults(run=run)
        added.add_argument("--demo", action="store_true", help="as `tiski serve --demo` reads it")
        return added

    check = action("check", _check, "try the providers without logging in; 1 if one fails")
    check.add_argument("provider", nargs="?", help="only this one")
    keys = action("keys", _keys, "list our keys towards brokers")
    keys.add_argument("--json", metavar="PROVIDER", help="print the set of keys for a provider")
    rotate = action("rotate", _rotate, "make new keys in the place of those in use")
    when = rotate.add_mutually_exclusive_group()
    when.add_argument(
        "--lead", type=_hours, default=24, metavar="HOURS", help="until the new are used: 24"
    )
    when.add_argument("--now", action="store_true", help="at once: the old were stolen")
    rotate.add_argument("--entity", action="store_true", help="the entity key instead")
    statement = action("statement", _statement, "print our entity statement for a broker")
    statement.add_argument("provider")
    statement.add_argument("--organization", required=True, metavar="NAME", help="your company")


def _hours(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 24 * 90:
        raise argparse.ArgumentTypeError("hours from 1 to 2160")
    return int(text)


def _line(text: str) -> None:
    print(text, flush=True)  # noqa: T201 — this is what the command is for


def _ring(settings: Settings, db: Database) -> KeyRing:
    return KeyRing(db, open_vault(settings), system_clock, settings.public_url)


def _providers(settings: Settings) -> tuple[Provider, ...]:
    if settings.identity is None:
        raise ConfigError("TISKI_IDENTITY is not set: docs/identity.md says what to put there.")
    return load_providers(settings.identity, demo=settings.demo)


def _broker(settings: Settings, name: str) -> OidcConfig:
    found = [one for one in _providers(settings) if isinstance(one, OidcConfig)]
    for provider in found:
        if provider.id == name:
            return provider
    raise ConfigError(f"There is no broker {name} (there are: {_names(found)}).")


def _names(providers: list[OidcConfig] | tuple[Provider, ...]) -> str:
    return ", ".join(one.id for one in providers) or "none"


async def _check(settings: Settings, arguments: argparse.Namespace) -> int:
    logs.set_up(json=settings.log_json, level="error")  # the lines here say it all
    report = Report(_line)
    try:
        providers = _providers(settings)
    except ConfigError as error:
        report.bad(str(error), "mend the file and try again")
        return 1
    wanted = [one for one in providers if arguments.provider in (None, one.id)]
    if not wanted:
        raise ConfigError(
            f"There is no provider {arguments.provider} (there are: {_names(providers)})."
        )
    jar = aiohttp.DummyCookieJar()
    async with opened(settings) as db, aiohttp.ClientSession(cookie_jar=jar) as http:
        async with db.read() as tx:
            sites = [site.key for site in await people.sites(tx)]
        keys = _ring(settings, db)
        for provider in wanted:
            await Check(
                provider,
                keys=keys,
                http=http,
                clock=system_clock,
                public_url=settings.public_url,
                sites=sites,
                report=report,
            ).run()
    return 1 if report.failed else 0


async def _keys(settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings) as db:
        ring = _ring(settings, db)
        if arguments.json is not None:
            config = _broker(settings, arguments.json)
            keys = await ring.public_jwks(config.signing_algorithm)
            _line(msgspec.json.format(msgspec.json.encode(keys)).decode())
            return 0
        lives = await ring.lifetimes()
    now = system_clock()
    for life in lives:
        ends = "" if life.retired_at is None else f"  until {_when(life.retired_at)}"
        _line(
            f"{life.kid}  {life.use:<6} {life.family:<3} {stages(life, now):<9} "
            f"from {_when(life.active_at)}{ends}"
        )
    if not lives:
        _line("There are no keys yet: they are made when they are first needed.")
    return 0


async def _rotate(settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings) as db:
        made = await _ring(settings, db).rotate(
            lead=arguments.lead * _HOUR, now=arguments.now, entity=arguments.entity
        )
        async with db.write() as tx:
            for site in await people.sites(tx):
                kids = " ".join(life.kid for life in made)
                await Audit(system_clock).add(tx, site.id, "operator", "identity.rotate", kids)
    if not made:
        _line("There is nothing to rotate: keys are made when they are first needed.")
    for life in made:
        _line(f"{life.kid}  {life.use:<6} {life.family:<3} from {_when(life.active_at)}")
    if made and arguments.entity:
        _line("Give brokers the new statement before then: `tiski identity statement PROVIDER`.")
    elif made:
        _line("Give brokers that do not fetch our keys the new ones before then:")
        _line("  tiski identity keys --json PROVIDER")
    return 0


async def _statement(settings: Settings, arguments: argparse.Namespace) -> int:
    config = _broker(settings, arguments.provider)
    token, base = config.id_token, settings.public_url
    metadata: dict[str, Any] = {
        "application_type": "web",
        "client_registration_types": [],
        "organization_name": arguments.organization,
        "redirect_uris": [redirect_uri(base, config.id)],
        "signed_jwks_uri": f"{base}/identity/jwks/{config.id}/signed",
        "request_object_signing_alg": config.signing_algorithm,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": config.signing_algorithm,
        "id_token_signed_response_alg": token.signing[0],
    }
    if token.encryption:
        metadata["id_token_encrypted_response_alg"] = token.encryption[0]
        metadata["id_token_encrypted_response_enc"] = token.content[0]
    async with opened(settings) as db:
        _line(await _ring(settings, db).statement(metadata, days=365 * _YEARS))
    return 0


def _when(at: int) -> str:
    moment = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M UTC")
