"""The demo: one shop, two agents, one supervisor, canned replies in three languages.

Everybody is in the usual department; "Technical help" is a second one. Who asks from the tent's
page goes to somebody who knows tents.

Seeded only on demand (`tiski serve --demo`, `tiski demo`), never over data that exists.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

import msgspec
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.config import ConfigError
from server.domain.routing import EntryRule, Routing
from server.domain.rules import Rules
from server.identity.vault import Vault, VaultError
from server.services.clock import Clock
from server.services.customers import open_secret, replace_secret
from server.services.identities import REVEAL
from server.services.passwords import Passwords
from server.services.secrets import new_id
from server.store import canned, cobrowses, people
from server.store.canned import Canned
from server.store.clock import database_now
from server.store.database import Database
from server.store.people import Agent, Site
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    agent_skill,
    department,
    skill,
)
from server.store.tables import site
from signaling.queue import Need

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
#: What each account serves in, how much of it at once, and what they know, from 1 to 5.
_LANGS: Final = {"agent2@demo.example": ("fi", "en")}
_CAPACITY: Final = {"supervisor@demo.example": 2}
_SKILLS: Final = {
    "tents": {"agent1@demo.example": 2, "agent2@demo.example": 4},
    "electronics": {"agent2@demo.example": 3, "supervisor@demo.example": 5},
}
_TECHNICAL: Final = ("Technical help", ("agent2@demo.example", "supervisor@demo.example"))
_ROUTING: Final = Routing(rules=[EntryRule(pages="/tent*", needs=[Need(skill="tents")])])
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
    shop = Site(
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
        await people.add_site(tx, shop)
        await cobrowses.set_rules(tx, shop.id, _RULES)
        ids = {}
        for email, name, role in ACCOUNTS:
            may = (REVEAL,) if email in _REVEALING else ()
            langs = _LANGS.get(email, ("fi", "sv", "en"))
            agent = Agent(new_id(), shop.id, email, name, role, password, "en", True, may, langs)
            await people.add_agent(tx, agent, clock())
            ids[email] = agent.id
        await _seed_queue(tx, shop.id, ids)
        for shortcut, lang, words in _CANNED:
            await canned.add(tx, shop.id, Canned(new_id(), shortcut, lang, words))


async def _seed_queue(tx: AsyncConnection, site_id: str, ids: Mapping[str, str]) -> None:
    """Make the second department, the skills and the rule; `ids`: of agents, by email."""
    name, members = _TECHNICAL
    made = new_id()
    await tx.execute(
        insert(department).values(id=made, site=site_id, name=name, created_at=database_now())
    )
    rows = [{"agent": ids[email], "department": made} for email in members]
    await tx.execute(insert(agent_department), rows)
    for word, levels in _SKILLS.items():
        known = new_id()
        await tx.execute(insert(skill).values(id=known, site=site_id, name=word))
        for email, level in levels.items():
            row = {"agent": ids[email], "skill": known, "level": level}
            await tx.execute(insert(agent_skill).values(row))
    for email, units in _CAPACITY.items():
        theirs = agent_capacity.c.agent == ids[email]
        await tx.execute(update(agent_capacity).where(theirs).values(capacity=units))
    routing = msgspec.json.encode(_ROUTING).decode()
    await tx.execute(update(site).where(site.c.id == site_id).values(routing=routing))


async def shop_secret(db: Database, vault: Vault) -> str | None:
    """Return the secret that the demo's shop signs its customers with.

    A new one where the one before cannot be opened; None: the vault has no keys.
    """
    async with db.write() as tx:
        shop = await people.site_by_key(tx, SITE_KEY)
        if shop is None:
            return None
        try:
            return await open_secret(tx, vault, shop.id) or await replace_secret(tx, vault, shop.id)
        except VaultError:
            return await replace_secret(tx, vault, shop.id)
        except ConfigError:
            return None
