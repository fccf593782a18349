"""The commands that manage the shops that are served.

tiski site add KEY NAME …
tiski site set KEY …
tiski site list
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from server import customers
from server.config import Settings
from server.domain.gates import read_gate, with_gates
from server.domain.refusing import BadSetting
from server.domain.rules import Rules, clean_rules, version_of
from server.domain.sites import (
    LANGS,
    clean_color,
    clean_key,
    clean_langs,
    clean_name,
    clean_origins,
)
from server.opening import Unusable, opened
from server.services.audit import Audit
from server.services.clock import system_clock
from server.services.gates import replace_gates
from server.services.recordings import replace_rules as replace_recording
from server.services.secrets import new_id
from server.store import cobrowses, identities, people, recordings
from server.store.people import Site

__all__ = ["add_commands"]

_COLOR = "#1f6f54"  # of a site that has chosen none
#: What co-browsing keeps to, on top of what is hidden always.
_RULES = {
    "mask": ("SELECTOR", "texts and values that are never seen"),
    "block": ("SELECTOR", "parts of a page that are seen as an empty box"),
    "nocontrol": ("SELECTOR", "parts that nobody but the shopper clicks or fills"),
    "pause": ("PATH", "pages that are never shown, like /pay*"),
    "assets": ("HOST", "where images may come from besides the shop's own pages"),
}


def add_commands(site: argparse.ArgumentParser) -> None:
    """Add the actions of `tiski site`."""
    actions = site.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a shop and say how to embed its chat")
    add.set_defaults(run=_add)
    change = actions.add_parser("set", help="change a shop; what is not named stays")
    change.set_defaults(run=_set)
    for rule, (metavar, words) in _RULES.items():
        change.add_argument(
            f"--{rule}",
            action="append",
            metavar=metavar,
            help=f'{words}; once for each, in the place of all before, "" for none',
        )
    change.add_argument(
        "--gate",
        action="append",
        metavar="GATE",
        help="what bank ID opens: history or confidential, =off or =LEVEL:MINUTES",
    )
    change.add_argument(
        "--recording", metavar="DAYS", help="calls may be recorded, and are kept so long; off: not"
    )
    for parser, needed in ((add, True), (change, False)):
        parser.add_argument("key", help="in the shop's script tag; for good")
        parser.add_argument("--name", required=needed, help="as visitors and staff read it")
        parser.add_argument(
            "--origin",
            action="append",
            required=needed,
            metavar="URL",
            help="where the shop's pages are, like https://shop.example; once for each",
        )
        parser.add_argument("--color", help=f"of the chat, #rrggbb; a new shop's is {_COLOR}")
        parser.add_argument(
            "--lang",
            action="append",
            choices=LANGS,
            help="once for each, the first is preferred; a new shop has all",
        )
    customers.add_command(actions)
    listing = actions.add_parser("list", help="list the shops")
    listing.set_defaults(run=_list)


def _typed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what was typed about a site, checked."""
    checks: dict[str, tuple[Any, Callable[[Any], Any]]] = {
        "name": (arguments.name, clean_name),
        "color": (arguments.color, clean_color),
        "langs": (arguments.lang, clean_langs),
        "origins": (arguments.origin, clean_origins),
    }
    return {name: check(value) for name, (value, check) in checks.items() if value is not None}


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    key = clean_key(arguments.key)
    typed = {"color": _COLOR, "langs": list(LANGS), **_typed(arguments)}
    site = Site(id=new_id(), key=key, **typed)
    async with opened(settings) as db, db.write() as tx:
        if await people.site_by_key(tx, key) is not None:
            raise Unusable(f"There is a site {key} already: change it with `tiski site set`.")
        await people.add_site(tx, site)
    _say(f"{site.name} can embed its chat with this line in its pages:\n")
    _say(f'  <script async src="{settings.public_url}/loader.js" data-site="{key}"></script>\n')
    return 0


async def _set(settings: Settings, arguments: argparse.Namespace) -> int:
    typed = _typed(arguments)
    rules = {name: getattr(arguments, name) for name in _RULES}
    rules = {name: lines for name, lines in rules.items() if lines is not None}
    gates = dict(map(read_gate, arguments.gate or ()))
    if not typed and not rules and not gates and arguments.recording is None:
        options = ", ".join(
            f"--{name}"
            for name in ("name", "origin", "color", "lang", "gate", "recording", *_RULES)
        )
        raise Unusable(f"Say what to change: {options}.")
    async with opened(settings) as db, db.write() as tx:
        site = await people.site_by_key(tx, arguments.key)
        if site is None:
            keys = ", ".join(one.key for one in await people.sites(tx)) or "none"
            raise Unusable(f"There is no site {arguments.key} (there are: {keys}).")
        await people.set_site(tx, dataclasses.replace(site, **typed))
        if rules:
            await _set_rules(tx, site.id, rules)
        if gates:
            kept = with_gates(await identities.gates_of_site(tx, site.id), gates)
            await replace_gates(tx, Audit(system_clock), site.id, "operator", kept)
        if arguments.recording is not None:
            await _set_recording(tx, site.id, arguments.recording)
    _say(f"{arguments.key} is changed; pages that are open keep the old until they load again.")
    return 0


async def _set_rules(tx: AsyncConnection, site: str, typed: dict[str, list[str]]) -> None:
    before: Rules = await cobrowses.rules_of_site(tx, site)
    rules = clean_rules(replace(before, **typed))
    await cobrowses.set_rules(tx, site, rules)
    await Audit(system_clock).add(tx, site, "operator", "cobrowse.rules", version_of(rules))


async def _set_recording(tx: AsyncConnection, site: str, typed: str) -> None:
    before = await recordings.rules_of_site(tx, site)
    if typed == "off":
        rules = replace(before, allowed=False)
    elif typed.isascii() and typed.isdigit() and len(typed) < 6:
        rules = replace(before, allowed=True, days=int(typed))
    else:
        raise Unusable("--recording is a number of days, or off.")
    try:
        await replace_recording(tx, Audit(system_clock), site, "operator", rules)
    except BadSetting as error:
        raise Unusable(error.message) from None


async def _list(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with opened(settings) as db, db.read() as tx:
        for site in await people.sites(tx):
            where = " ".join(site.origins)
            _say(f"{site.key:<16} {site.color} {','.join(site.langs):<9} {site.name}  {where}")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 — this is what the command is for
