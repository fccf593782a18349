"""The command that makes a site's secret, with which its shop signs who its customers are.

tiski site secret KEY
"""

from __future__ import annotations

import argparse
from typing import Any

from server.config import Settings
from server.identity.vault import open_vault
from server.opening import Unusable, opened
from server.services.audit import Audit
from server.services.clock import system_clock
from server.services.customers import replace_secret
from server.store import people

__all__ = ["add_command"]


def add_command(actions: Any) -> None:
    """Add `secret` to the actions of `tiski site`."""
    secret = actions.add_parser(
        "secret", help="make the secret that the shop signs its customers with; print it once"
    )
    secret.add_argument("key", help="of the site; a secret that it had is no good any more")
    secret.set_defaults(run=_secret)


async def _secret(settings: Settings, arguments: argparse.Namespace) -> int:
    vault = open_vault(settings)
    async with opened(settings) as db, db.write() as tx:
        site = await people.site_by_key(tx, arguments.key)
        if site is None:
            raise Unusable(f"There is no site {arguments.key}: see `tiski site list`.")
        secret = await replace_secret(tx, vault, site.id)
        await Audit(system_clock).add(tx, site.id, "operator", "site.secret", "")
    print(secret, flush=True)  # noqa: T201 — this is what the command is for
    return 0
