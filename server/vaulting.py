"""The commands of the vault: make a key, and seal everything with the newest.

tiski vault key NAME
tiski vault rotate
"""

from __future__ import annotations

import argparse

from server.config import Settings
from server.identity.vault import new_key, open_vault
from server.opening import opened
from server.services.rotation import rotate

__all__ = ["add_commands"]


def add_commands(vault: argparse.ArgumentParser) -> None:
    """Add the actions of `tiski vault`."""
    actions = vault.add_subparsers(required=True, metavar="ACTION")
    make = actions.add_parser("key", help="print a new key; put it first in TISKI_VAULT_KEYS")
    make.add_argument("name", help="of the key, like 2026-11: it is stored with what it seals")
    make.set_defaults(run=_key)
    again = actions.add_parser("rotate", help="seal everything with the first key of the vault")
    again.set_defaults(run=_rotate)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 — this is what the command is for


async def _key(_settings: Settings, arguments: argparse.Namespace) -> int:
    _say(new_key(arguments.name))
    return 0


async def _rotate(settings: Settings, _arguments: argparse.Namespace) -> int:
    vault = open_vault(settings)
    async with opened(settings) as db:
        done = await rotate(db, vault)
    for each in done:
        missed = f", {each.missed} written meanwhile" if each.missed else ""
        shut = f", {len(each.shut)} cannot be opened" if each.shut else ""
        _say(f"{each.purpose:<24} {each.sealed} sealed anew, {each.kept} already{missed}{shut}")
    problems = [problem for each in done for problem in each.shut]
    for problem in problems[:10]:
        _say(problem)
    if problems:
        return 1
    if any(each.missed for each in done):
        _say("Run it once more: others sealed something meanwhile.")
        return 1
    _say(
        f"Everything is sealed with {vault.key}. Once every process was started with it in front, "
        "take the other keys out."
    )
    return 0
