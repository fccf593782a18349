"""The demo: one shop, two agents, one supervisor, canned replies in three languages.

Seeded only on demand (`tiski serve --demo`, `tiski demo`), never over data that exists.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from server.config import ConfigError
from server.domain.rules import Rules
from server.identity.vault import Vault, VaultError
from server.services.clock import Clock
from server.services.customers import open_secret, replace_secret
from server.services.identities import REVEAL
from server.services.passwords import Passwords
from server.services.secrets import new_id
from server.store import canned, cobrowses, people
from server.store.canned import Canned
from server.store.database import Database
from server.store.people import Agent, Site

__all__ = ["ACCOUNTS", "PASSWORD", "SITE_KEY", "seed", "shop_secret"]

SITE_KEY: Final = "demo"
PASSWORD: Final = "tiski-demo"  # noqa: S105 — of demo accounts, printed at every start
ACCOUNTS: Final = (
    ("agent1@demo.example", "Agent One", "agent"),
    ("agent2@demo.example", "Agent Two", "agent"),
    ("supervisor@demo.example", "Supervisor", "supervisor"),
)
#: Who may see personal identity codes.
_REVEALING: Final = ("agent1@demo.example", "supervisor@demo.example")
_CANNED: Final = (
    ("hello", "fi", "Hei! Miten voin auttaa?"),
    ("hello", "sv", "Hej! Hur kan jag hjälpa till?"),
    ("hello", "en", "Hello! How can I help?"),
    ("stock", "fi", "Hetki, tarkistan saatavuuden varastosta."),
    ("stock", "sv", "Ett ögonblick, jag kontrollerar lagersaldot."),
    ("stock", "en", "One moment, I am checking our stock."),
    ("video", "fi", "Voin näyttää tuotetta videolla. Sopiiko, että soitan tässä ikkunassa?"),
    ("video", "sv", "Jag kan visa produkten på video. Går det bra att jag ringer här i fönstret?"),
    ("video", "en", "I can show you the product on video. May I call you in this window?"),
    ("thanks", "fi", "Kiitos yhteydenotosta, ja mukavaa päivänjatkoa!"),
    ("thanks", "sv", "Tack för att du hörde av dig, och ha en fin dag!"),
    ("thanks", "en", "Thank you for getting in touch, and have a nice day!"),
)
#: The shop's own page for paying is never shown.
_RULES: Final = Rules(pause=["/pay*"])


async def seed(db: Database, passwords: Passwords, clock: Clock, origins: list[str]) -> None:
    """Make the demo's site and accounts if there are none; let `origins` embed it."""
    async with db.read() as tx:
        known = await people.site_by_key(tx, SITE_KEY)
    if known is not None:
        if known.origins != origins:  # the shop's port is a setting
            async with db.write() as tx:
                await people.set_site(tx, dataclasses.replace(known, origins=origins))
        return
    password = await passwords.hash(PASSWORD)
    site = Site(
        id=new_id(),
        key=SITE_KEY,
        name="Demo Shop",
        color="#1f6f54",
        langs=["fi", "sv", "en"],
        origins=origins,
    )
    async with db.start() as tx:
        if await people.site_by_key(tx, SITE_KEY) is not None:
            return  # another node was first
        await people.add_site(tx, site)
        await cobrowses.set_rules(tx, site.id, _RULES)
        for email, name, role in ACCOUNTS:
            may = (REVEAL,) if email in _REVEALING else ()
            agent = Agent(new_id(), site.id, email, name, role, password, "en", True, may)
            await people.add_agent(tx, agent, clock())
        for shortcut, lang, words in _CANNED:
            await canned.add(tx, site.id, Canned(new_id(), shortcut, lang, words))


async def shop_secret(db: Database, vault: Vault) -> str | None:
    """Return the secret that the demo's shop signs its customers with.

    A new one where the one before cannot be opened; None: the vault has no keys.
    """
    async with db.write() as tx:
        site = await people.site_by_key(tx, SITE_KEY)
        if site is None:
            return None
        try:
            return await open_secret(tx, vault, site.id) or await replace_secret(tx, vault, site.id)
        except VaultError:
            return await replace_secret(tx, vault, site.id)
        except ConfigError:
            return None
