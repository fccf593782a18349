"""The accounts of a site's staff: who may make and change them, and what that does.

What an agent serves stays theirs when their departments, skills or capacity change; what they
are offered from then on is by the new ones.
"""

from __future__ import annotations

import secrets
from typing import Final

import structlog
from msgspec.structs import fields, replace
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.departments import AgentSettings, clean_agent
from server.domain.refusing import BadSetting
from server.domain.text import clean_email
from server.services.audit import Audit
from server.services.clock import Clock
from server.services.departments import Departments, supervise
from server.services.passwords import Passwords
from server.services.secrets import new_id
from server.store import departments, people, profiles
from server.store.database import Database
from server.store.people import Agent
from server.store.profiles import Profile
from signaling.backend import Bus, Principal
from signaling.errors import Refusal
from signaling.hints import SessionEnded, encode, person_topic

__all__ = ["Agents"]

log = structlog.get_logger(__name__)

_PASSWORD_BYTES: Final = 12  # random ones: 16 characters to type


class Agents:
    """What supervisors set of each of their staff."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        passwords: Passwords,
        whole: Departments,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._db = db
        self._bus = bus
        self._passwords = passwords
        self._whole = whole
        self._audit = audit
        self._clock = clock

    async def all(self, who: Principal) -> list[Profile]:
        """Return the staff of `who`'s site by name."""
        supervise(who)
        async with self._db.read() as tx:
            return list((await profiles.of_site(tx, who.site)).values())

    async def add(
        self, who: Principal, email: str, lang: str, typed: AgentSettings
    ) -> tuple[Profile, str]:
        """Add an account; return it with its password, which nobody is told again.

        Without departments they belong to the usual one.

        Raises:
            Refusal: `forbidden`; `bad_text`: the e-mail is none.
            BadSetting: it cannot be so.
        """
        supervise(who)
        address = clean_email(email).lower()
        if not address:
            raise BadSetting("bad_email", "An account needs an e-mail address to sign in with.")
        settings = clean_agent(typed)
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        kept = await self._passwords.hash(password)
        key = new_id()
        agent = Agent(key, who.site, address, settings.name, settings.role, kept, lang, True)
        async with self._db.write() as tx:
            await self._check(tx, who.site, settings)
            if await people.agent_by_email(tx, address) is not None:
                raise BadSetting("email_taken", "That e-mail has an account already.")
            await people.add_agent(tx, agent, self._clock())
            if not settings.departments:
                usual = (await profiles.of_site(tx, who.site))[key].settings.departments
                settings = replace(settings, departments=usual)
            await profiles.save(tx, key, settings, who.site)
            made = (await profiles.of_site(tx, who.site))[key]
            await self._audit.add(tx, who.site, who.person.id, "agent.added", key)
        log.info("agent added", site=who.site, by=who.person.id, agent=key)
        await self._whole.tell(who.site)
        return made, password

    async def change(self, who: Principal, key: str, typed: AgentSettings) -> Profile:
        """Put new settings in the place of an agent's.

        Who is no supervisor any more is signed out: what they have open would let them go on.

        Raises:
            Refusal: `forbidden`, `not_found`.
            BadSetting: it cannot be so; `last_supervisor`.
        """
        supervise(who)
        settings = clean_agent(typed)
        async with self._db.write() as tx:
            await self._check(tx, who.site, settings)
            staff = await profiles.of_site(tx, who.site)
            if key not in staff:
                raise Refusal("not_found", "There is no such agent.")
            before = staff.pop(key).settings
            lowered = before.role == "supervisor" and settings.role != "supervisor"
            if lowered and all(one.settings.role != "supervisor" for one in staff.values()):
                raise BadSetting(
                    "last_supervisor", "A site needs a supervisor: make another one first."
                )
            await profiles.save(tx, key, settings, who.site)
            if lowered:
                await people.end_agent_sessions(tx, key)
            after = (await profiles.of_site(tx, who.site))[key]
            what = " ".join(
                field.name
                for field in fields(AgentSettings)
                if getattr(before, field.name) != getattr(after.settings, field.name)
            )
            thing = f"{key} {what or 'nothing'}"
            await self._audit.add(tx, who.site, who.person.id, "agent.changed", thing)
        log.info("agent changed", site=who.site, by=who.person.id, agent=key)
        if lowered:
            await self._bus.publish(person_topic(key), encode(SessionEnded(session=None)))
        await self._whole.tell(who.site)
        return after

    async def _check(self, tx: AsyncConnection, site: str, settings: AgentSettings) -> None:
        """Check what of an agent depends on the rest of the site, under its lock."""
        known = await departments.of_site(tx, site, lock=True)
        if not set(settings.departments) <= set(known):
            raise BadSetting("no_department", "There is no such department: look at the list.")
        skills = {skill.name for skill in await profiles.skills(tx, site)}
        for one in settings.skills:
            if one.skill not in skills:
                raise BadSetting("no_skill", f"There is no skill {one.skill!r}: add it first.")
