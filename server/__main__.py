"""The `tiski` command line.

    tiski serve [--demo] [--roles api,signaling,media]
    tiski migrate
    tiski demo
    tiski site add|list|secret|set …
    tiski agent add|list|passwd|grant|revoke …
    tiski department add|list|remove|set …
    tiski hours set|show …
    tiski identity check|keys|rotate|statement …
    tiski vault key|rotate

Settings come from the environment: docs/operations.md.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import getpass
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from server import demo, logs, shops, staffing, vaulting
from server.bootstrap import Server
from server.brokers import add_commands
from server.config import ROLES, ConfigError, Settings
from server.domain.gates import BadGate
from server.domain.refusing import BadSetting
from server.domain.rules import BadRules
from server.domain.sites import (
    LANGS,
    BadSite,
)
from server.identity.vault import VaultError
from server.opening import PortTaken, Unusable, opened
from server.services.audit import Audit
from server.services.clock import system_clock
from server.services.identities import PERMISSIONS
from server.services.passwords import Passwords
from server.services.secrets import new_id
from server.store import people
from server.store.people import Agent

__all__ = ["main"]

_MIN_PASSWORD = 10  # characters


def main(argv: list[str] | None = None) -> int:
    """Run one command and return the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        settings = Settings.from_environment(
            demo=getattr(arguments, "demo", False),
            roles=frozenset(getattr(arguments, "roles", None) or ROLES),
        )
        logs.set_up(json=settings.log_json, level=settings.log_level)
        run: Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]] = arguments.run
        return _run(run(settings, arguments))
    except (
        ConfigError, PortTaken, Unusable, VaultError, BadSite, BadRules, BadGate, BadSetting,
        CommandError,
    ) as error:  # fmt: skip
        print(f"tiski: {error}", file=sys.stderr)  # noqa: T201 — the answer of a command
        return 2
    except KeyboardInterrupt:
        return 130


class CommandError(Exception):
    """A command cannot be done; the message says what to do instead."""


def _run(work: Coroutine[Any, Any, int]) -> int:
    try:
        import uvloop
    except ImportError:  # Windows has none
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tiski", description="Tiski, a contact centre.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve until told to stop")
    serve.add_argument("--demo", action="store_true", help="seed and serve the demo shop too")
    serve.add_argument(
        "--roles", type=_roles, metavar="ROLES", help=f"of {','.join(ROLES)}; default: all"
    )
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring the database to this release's form")
    migrate.set_defaults(run=_migrate)

    seed = commands.add_parser("demo", help="make the demo's shop and accounts")
    seed.set_defaults(run=_demo)

    shops.add_commands(commands.add_parser("site", help="manage the shops that are served"))

    agent = commands.add_parser("agent", help="manage the accounts of staff")
    actions = agent.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an account; asks for its password")
    add.add_argument("email")
    add.add_argument("name")
    add.add_argument("--site", default=None, help="key of the site; needed when there are several")
    add.add_argument("--role", choices=("agent", "supervisor"), default="agent")
    add.add_argument("--lang", choices=LANGS, default="fi")
    add.set_defaults(run=_agent_add)
    listing = actions.add_parser("list", help="list the accounts")
    listing.set_defaults(run=_agent_list)
    passwd = actions.add_parser("passwd", help="change a password and sign the account out")
    passwd.add_argument("email")
    passwd.set_defaults(run=_agent_passwd)
    for name, run, words in (
        ("grant", _agent_grant, "let an account do what not all may"),
        ("revoke", _agent_revoke, "take a permission back"),
    ):
        change = actions.add_parser(name, help=words)
        change.add_argument("email")
        change.add_argument(
            "permission", choices=PERMISSIONS, help="reveal: see personal identity codes, audited"
        )
        change.set_defaults(run=run)

    department = commands.add_parser("department", help="manage who answers together")
    staffing.add_department_commands(department)
    staffing.add_hours_commands(commands.add_parser("hours", help="say when somebody is there"))
    add_commands(commands.add_parser("identity", help="try bank ID and look after its keys"))
    vaulting.add_commands(commands.add_parser("vault", help="look after the keys of secrets"))
    return parser


def _roles(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 — this is what the command is for


async def _serve(settings: Settings, _arguments: argparse.Namespace) -> int:
    server = Server(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await server.start()
    _calm_collector()
    try:
        _say(f"\n  Console    {settings.public_url}/console")
        if settings.demo:
            _say(f"  Shop       {settings.shop_url}/")
            for name, address in server.demo_banks:
                _say(f"  {name:<10} {address} (not a real bank)")
            for email, name, _ in demo.ACCOUNTS:
                _say(f"  {name:<10} {email}  password {demo.PASSWORD}")
        _say("\n  Ctrl-C stops.\n")
        await stop.wait()
    finally:
        await server.aclose()
    return 0


def _calm_collector() -> None:
    """Keep the garbage collector's pauses short; a full pass stopped everybody for 270 ms.

    Modules and tables stay until the end, so they need not be looked through again; what comes
    and goes with connections is freed by reference counting, and cycles are rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def _migrate(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with opened(settings):
        _say("The database is up to date.")
    return 0


async def _demo(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with opened(settings) as db:
        await demo.seed(db, Passwords(), system_clock, [settings.shop_url])
    _say("The demo's shop and accounts are there.")
    return 0


def _ask_password() -> str:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if len(password) < _MIN_PASSWORD:
        raise CommandError(f"Choose a password of at least {_MIN_PASSWORD} characters.")
    return password


async def _agent_add(settings: Settings, arguments: argparse.Namespace) -> int:
    password = await Passwords().hash(_ask_password())
    async with opened(settings) as db, db.write() as tx:
        sites = await people.sites(tx)
        if arguments.site is not None:
            sites = [site for site in sites if site.key == arguments.site]
        if len(sites) != 1:
            keys = ", ".join(site.key for site in sites) or "none"
            raise CommandError(f"Say which site with --site (there are: {keys}).")
        if await people.agent_by_email(tx, arguments.email) is not None:
            raise CommandError(f"{arguments.email} has an account already.")
        agent = Agent(
            new_id(),
            sites[0].id,
            arguments.email,
            arguments.name,
            arguments.role,
            password,
            arguments.lang,
            True,
        )
        await people.add_agent(tx, agent, system_clock())
    _say(f"{arguments.name} can sign in at {settings.public_url}/console.")
    return 0


async def _agent_list(settings: Settings, _arguments: argparse.Namespace) -> int:
    async with opened(settings) as db, db.read() as tx:
        for agent in await people.agents(tx):
            may = f"  may {', '.join(agent.permissions)}" if agent.permissions else ""
            _say(f"{agent.email:<32} {agent.role:<11} {agent.name}{may}")
    return 0


async def _agent_passwd(settings: Settings, arguments: argparse.Namespace) -> int:
    password = await Passwords().hash(_ask_password())
    async with opened(settings) as db, db.write() as tx:
        agent = await people.agent_by_email(tx, arguments.email)
        if agent is None:
            raise CommandError(f"{arguments.email} has no account.")
        await people.set_password(tx, agent.id, password)
        await people.end_agent_sessions(tx, agent.id)
    _say("The password is changed; the account is signed out everywhere.")
    return 0


async def _agent_grant(settings: Settings, arguments: argparse.Namespace) -> int:
    await _permit(settings, arguments.email, arguments.permission, granted=True)
    _say(f"{arguments.email} may {arguments.permission} from now on.")
    return 0


async def _agent_revoke(settings: Settings, arguments: argparse.Namespace) -> int:
    await _permit(settings, arguments.email, arguments.permission, granted=False)
    _say(f"{arguments.email} may not {arguments.permission} any more.")
    return 0


async def _permit(settings: Settings, email: str, permission: str, *, granted: bool) -> None:
    async with opened(settings) as db, db.write() as tx:
        agent = await people.agent_by_email(tx, email)
        if agent is None:
            raise CommandError(f"{email} has no account.")
        others = {one for one in agent.permissions if one != permission}
        permissions = sorted({*others, permission} if granted else others)
        await people.set_permissions(tx, agent.id, tuple(permissions))
        deed = f"agent.{'grant' if granted else 'revoke'}"
        thing = f"{agent.id} {permission}"
        await Audit(system_clock).add(tx, agent.site, "operator", deed, thing)


if __name__ == "__main__":
    sys.exit(main())
