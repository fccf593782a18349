"""`tiski department …` and `tiski hours …`: what supervisors also set in the console.

tiski department list|add|set|remove … [--site KEY]
tiski hours show|set … [--site KEY] [--department NAME]

A running server heeds a change from its next decision on, and tells who is connected of it
within ten seconds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from server.config import Settings
from server.domain.departments import DepartmentSettings
from server.domain.hours import BadHours, Hours, clean_hours
from server.domain.refusing import BadSetting
from server.opening import opened
from server.services.audit import Audit
from server.services.clock import system_clock
from server.services.reorganizing import add_department, bequeath, bury, change_department
from server.store import departments, people
from server.store.departments import Department

__all__ = ["add_department_commands", "add_hours_commands"]

_OPERATOR: Final = "operator"  # as the audit log names who has a shell
_NONE: Final = "none"
_Run = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def add_department_commands(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of `tiski department`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _action(actions, "list", _list, "list the departments")
    add = _action(actions, "add", _add, "add a department")
    change = _action(actions, "set", _set, "change a department; what is not named stays")
    change.add_argument("--name", dest="new_name", metavar="NAME", help="call it so")
    remove = _action(actions, "remove", _remove, "remove a department without work")
    remove.add_argument("--move-to", metavar="NAME", help="where its members and past go")
    for one in (add, change, remove):
        one.add_argument("name", help="of the department")
    for one in (add, change):
        _settings(one)


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--usual", action="store_true", help="all that no rule sends elsewhere")
    parser.add_argument(
        "--assignment", choices=("auto", "manual"), help="it is offered, or taken by hand"
    )
    for name, words in (
        ("offer", "to answer an offer"),
        ("wrapup", "to finish after a conversation"),
        ("overflow", "of waiting until it goes on"),
        ("first", "to the first answer: a target"),
        ("next", "to the next answer: a target"),
        ("wait", "until somebody accepts: a target"),
    ):
        parser.add_argument(
            f"--{name}",
            type=_seconds,
            default=argparse.SUPPRESS,  # none typed is another thing than nothing typed
            metavar="SECONDS",
            help=f"{words}; none: no such",
        )
    parser.add_argument(
        "--overflow-to", metavar="NAME", help="a department; none: it becomes a message"
    )
    parser.add_argument(
        "--member", action="append", metavar="EMAIL", help="once for each, in the place of all"
    )


def add_hours_commands(parser: argparse.ArgumentParser) -> None:
    """Add the commands to the parser of `tiski hours`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    show = _action(actions, "show", _show_hours, "print hours as JSON")
    change = _action(actions, "set", _set_hours, "put hours in the place of those before")
    change.add_argument(
        "file", help="JSON as `show` prints it; -: standard input; none: those of the site"
    )
    for one in (show, change):
        one.add_argument("--department", metavar="NAME", help="its own, not the site's")


def _action(actions: Any, name: str, run: _Run, words: str) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = actions.add_parser(name, help=words)
    added.set_defaults(run=run)
    added.add_argument("--site", metavar="KEY", help="needed when there are several")
    return added


def _seconds(text: str) -> int | None:
    if text == _NONE:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 7:
        raise argparse.ArgumentTypeError("seconds, or none")
    return int(text)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 — this is what the command is for


# --- departments ------------------------------------------------------------------------------


async def _list(settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings) as db, db.read() as tx:
        known = await departments.of_site(tx, await _site(tx, arguments))
        for one in known.values():
            said = one.settings
            to = known[said.overflow_to].settings.name if said.overflow_to else "a message"
            after = "" if said.overflow_seconds is None else f"  {said.overflow_seconds} s → {to}"
            usual = "*" if said.usual else " "
            count = f"{len(said.members)} members"
            _say(f"{usual} {said.name:<28} {said.assignment:<7} {count:<11}{after}")
    return 0


async def _add(settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings) as db, db.write() as tx:
        site = await _site(tx, arguments)
        typed = await _typed(tx, site, arguments, DepartmentSettings(arguments.name))
        made = await add_department(tx, Audit(system_clock), site, _OPERATOR, typed)
    _say(f"There is a department {made.settings.name} now.")
    return 0


async def _set(settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings) as db, db.write() as tx:
        site = await _site(tx, arguments)
        before = await _named(tx, site, arguments.name)
        typed = await _typed(tx, site, arguments, before.settings)
        if typed == before.settings:
            raise BadSetting("nothing", "Say what to change: tiski department set --help.")
        await change_department(tx, Audit(system_clock), site, _OPERATOR, before.id, typed)
    _say(f"{typed.name} is changed.")
    return 0


async def _remove(settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings) as db, db.write() as tx:
        site = await _site(tx, arguments)
        gone = await _named(tx, site, arguments.name)
        heir = arguments.move_to and (await _named(tx, site, arguments.move_to)).id
        to = await bequeath(tx, site, gone.id, heir)
        if await departments.live_tasks(tx, gone.id):
            raise BadSetting(
                "department_busy",
                "People wait or are served there: remove it in the console, where they move on "
                "at once.",
            )
        members = heir is not None
        await bury(tx, Audit(system_clock), site, _OPERATOR, gone.id, to, members=members)
    _say(f"{arguments.name} is removed.")
    return 0


async def _typed(
    tx: AsyncConnection, site: str, arguments: argparse.Namespace, before: DepartmentSettings
) -> DepartmentSettings:
    """Return settings with what was typed in them; what was not named is as before."""
    given = vars(arguments)
    changes: dict[str, Any] = {
        f"{name}_seconds": given[name] for name in ("offer", "wrapup", "overflow") if name in given
    }
    changes |= {"assignment": arguments.assignment} if arguments.assignment else {}
    changes |= {"name": arguments.new_name} if getattr(arguments, "new_name", None) else {}
    changes |= {"usual": True} if arguments.usual else {}
    for name in ("offer_seconds", "wrapup_seconds"):
        if name in changes and changes[name] is None:
            raise BadSetting("bad_seconds", f"--{name.removesuffix('_seconds')} must be a number.")
    targets = {name: given[name] for name in ("first", "next", "wait") if name in given}
    if targets:
        changes["targets"] = replace(before.targets, **targets)
    if arguments.overflow_to is not None:
        none = arguments.overflow_to == _NONE
        to = None if none else (await _named(tx, site, arguments.overflow_to)).id
        changes["overflow_to"] = to
    if arguments.member is not None:
        changes["members"] = await _members(tx, site, arguments.member)
    return replace(before, **changes)


async def _members(tx: AsyncConnection, site: str, emails: list[str]) -> tuple[str, ...]:
    known = {agent.email: agent.id for agent in await people.agents(tx, site)}
    wanted = [email.strip().lower() for email in emails if email.strip()]
    for email in wanted:
        if email not in known:
            raise BadSetting("no_agent", f"{email} has no account in this shop.")
    return tuple(known[email] for email in wanted)


# --- hours ------------------------------------------------------------------------------------


async def _show_hours(settings: Settings, arguments: argparse.Namespace) -> int:
    async with opened(settings) as db, db.read() as tx:
        site = await _site(tx, arguments)
        hours: Hours | None = await departments.hours_of_site(tx, site)
        if arguments.department is not None:
            hours = (await _named(tx, site, arguments.department)).settings.hours
    if hours is None:
        _say(f"{arguments.department} has the hours of the site.")
    else:
        _say(msgspec.json.format(msgspec.json.encode(hours)).decode())
    return 0


async def _set_hours(settings: Settings, arguments: argparse.Namespace) -> int:
    hours = _read_hours(arguments.file)
    async with opened(settings) as db, db.write() as tx:
        site = await _site(tx, arguments)
        audit = Audit(system_clock)
        if arguments.department is not None:
            one = await _named(tx, site, arguments.department)
            changed = replace(one.settings, hours=hours)
            await change_department(tx, audit, site, _OPERATOR, one.id, changed)
        elif hours is None:
            raise BadHours("Say whose: --department NAME has those of the site then.")
        else:
            await departments.set_hours(tx, site, hours)
            await audit.add(tx, site, _OPERATOR, "hours.changed", hours.tz)
    _say("The hours are changed.")
    return 0


def _read_hours(name: str) -> Hours | None:
    if name == _NONE:
        return None
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise BadHours(f"{name} cannot be read: {error.strerror}.") from error
    try:
        return clean_hours(msgspec.json.decode(data, type=Hours))
    except msgspec.ValidationError as error:
        raise BadHours(f"{name}: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadHours(f"{name} is not JSON: see `tiski hours show`.") from error


# --- what is named ----------------------------------------------------------------------------


async def _site(tx: AsyncConnection, arguments: argparse.Namespace) -> str:
    sites = await people.sites(tx)
    found = [site for site in sites if arguments.site in (None, site.key)]
    if len(found) != 1:
        keys = ", ".join(site.key for site in sites) or "none"
        raise BadSetting("no_site", f"Say which site with --site (there are: {keys}).")
    return found[0].id


async def _named(tx: AsyncConnection, site: str, name: str) -> Department:
    known = await departments.of_site(tx, site)
    for one in known.values():
        if one.settings.name.casefold() == name.strip().casefold():
            return one
    names = ", ".join(one.settings.name for one in known.values())
    raise BadSetting("no_department", f"There is no department {name} (there are: {names}).")
