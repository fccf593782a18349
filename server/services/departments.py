"""Departments, skills, hours and routing of a site: who may change them, and what that does.

Every change is one transaction with its row of the audit log, under the lock of all the site's
departments, so that what was checked over all of them (who overflows where, who has which
skill) holds when it is written. The one exception is a department that is removed while people
wait in it: first nothing is sent there any more, then its conversations move one by one, each as
any other move, then it goes. Whatever stops that in between leaves nobody without a place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import Actor, MoveTask
from server.domain.departments import (
    MAX_SKILLS,
    DepartmentSettings,
    clean_name,
    clean_routing,
    without_skill,
)
from server.domain.hours import Hours, clean_hours
from server.domain.refusing import BadSetting
from server.domain.routing import Routing
from server.services.audit import Audit
from server.services.conversations import Conversations
from server.services.reorganizing import (
    add_department,
    at_most,
    bequeath,
    bury,
    change_department,
    check_rules,
    free,
)
from server.services.secrets import new_id
from server.store import departments, profiles
from server.store.database import Database
from server.store.departments import Department
from server.store.profiles import Skill
from signaling.backend import Principal
from signaling.errors import Refusal

__all__ = ["Changed", "Departments", "supervise"]

log = structlog.get_logger(__name__)

#: Told after the commit of a change, with the site that it is of.
Changed = Callable[[str], Awaitable[None]]

_ROUNDS: Final = 5  # of moving what came meanwhile, before somebody has to try again


def supervise(who: Principal) -> None:
    """Return if `who` may change what a site works by.

    Raises:
        Refusal: `forbidden`.
    """
    if who.audience != "staff" or who.person.role != "supervisor":
        raise Refusal("forbidden", "Only a supervisor changes this.")


class Departments:
    """What supervisors set of a site as a whole."""

    def __init__(self, db: Database, conversations: Conversations, audit: Audit) -> None:
        self._db = db
        self._conversations = conversations
        self._audit = audit
        self._changed: list[Changed] = []

    def follow(self, changed: Changed) -> None:
        """Let `changed` know of the site of each change, after its commit."""
        self._changed.append(changed)

    async def tell(self, site: str) -> None:
        """Tell who follows that something of a site has changed."""
        for changed in self._changed:
            await changed(site)

    # --- departments ----------------------------------------------------------------------------

    async def all(self, who: Principal) -> list[Department]:
        """Return the departments of `who`'s site, the usual one first."""
        supervise(who)
        async with self._db.read() as tx:
            return list((await departments.of_site(tx, who.site)).values())

    async def add(self, who: Principal, typed: DepartmentSettings) -> Department:
        """Add a department.

        Raises:
            Refusal: `forbidden`.
            BadSetting: it cannot be so.
        """
        supervise(who)
        async with self._db.write() as tx:
            made = await add_department(tx, self._audit, who.site, who.person.id, typed)
        await self._done("department added", who, made.id)
        return made

    async def change(self, who: Principal, key: str, typed: DepartmentSettings) -> Department:
        """Put new settings in the place of a department's.

        Raises:
            Refusal: `forbidden`, `not_found`.
            BadSetting: it cannot be so.
        """
        supervise(who)
        async with self._db.write() as tx:
            made = await change_department(tx, self._audit, who.site, who.person.id, key, typed)
        await self._done("department changed", who, key)
        return made

    async def remove(self, who: Principal, key: str, move_to: str | None) -> None:
        """Remove a department; `move_to` has its work and members from then on.

        Raises:
            Refusal: `forbidden`, `not_found`.
            BadSetting: `usual_department`; `department_busy`: there is work, and no `move_to`.
        """
        supervise(who)
        async with self._db.write() as tx:
            heir = await bequeath(tx, who.site, key, move_to)
        actor, members = Actor(who.person, "staff"), move_to is not None

        async def gone(tx: AsyncConnection) -> bool:
            return await bury(tx, self._audit, who.site, who.person.id, key, heir, members=members)

        for _ in range(_ROUNDS):
            await self._move_all(actor, who.site, key, heir)
            with suppress(IntegrityError):  # somebody came in between
                if await self._db.run(gone):
                    await self._done("department removed", who, key)
                    return
        raise BadSetting("department_busy", "People keep coming: try again in a moment.")

    async def _move_all(self, actor: Actor, site: str, key: str, heir: str) -> None:
        async with self._db.read() as tx:
            waiting = await departments.waiting_in(tx, key)
        for conv in waiting:
            # Refused: it waits there no more, which is what was wanted.
            with suppress(Refusal):
                await self._conversations.act(conv, MoveTask(heir), actor, site=site)

    # --- skills ---------------------------------------------------------------------------------

    async def skills(self, who: Principal) -> list[Skill]:
        """Return the skills of `who`'s site by name."""
        supervise(who)
        async with self._db.read() as tx:
            return await profiles.skills(tx, who.site)

    async def add_skill(self, who: Principal, typed: str) -> Skill:
        """Add a skill.

        Raises:
            Refusal: `forbidden`.
            BadSetting: `bad_name`, `name_taken`, `too_many`.
        """
        supervise(who)
        new = Skill(new_id(), clean_name(typed, 40))
        async with self._db.write() as tx:
            await departments.of_site(tx, who.site, lock=True)
            known = await profiles.skills(tx, who.site)
            at_most(MAX_SKILLS, "skills", len(known))
            free(new.name, [skill.name for skill in known])
            await profiles.add_skill(tx, new, who.site)
            await self._audit.add(tx, who.site, who.person.id, "skill.added", new.name)
        await self._done("skill added", who, new.id)
        return new

    async def remove_skill(self, who: Principal, key: str) -> None:
        """Remove a skill: from agents, and from the entry rules that ask for it.

        Who waits for somebody with it waits for anybody then: nobody has it (`Reason.waived`).

        Raises:
            Refusal: `forbidden`, `not_found`.
        """
        supervise(who)
        async with self._db.write() as tx:
            await departments.of_site(tx, who.site, lock=True)
            known = {skill.id: skill for skill in await profiles.skills(tx, who.site)}
            if key not in known:
                raise Refusal("not_found", "There is no such skill.")
            await profiles.remove_skill(tx, key)
            routing = await departments.routing_of_site(tx, who.site)
            kept = without_skill(routing, known[key].name)
            if kept != routing:
                await departments.set_routing(tx, who.site, kept)
            name = known[key].name
            await self._audit.add(tx, who.site, who.person.id, "skill.removed", name)
        await self._done("skill removed", who, key)

    # --- hours and routing of the site ----------------------------------------------------------

    async def hours(self, who: Principal) -> Hours:
        """Return the hours of `who`'s site."""
        supervise(who)
        async with self._db.read() as tx:
            return await departments.hours_of_site(tx, who.site)

    async def set_hours(self, who: Principal, typed: Hours) -> Hours:
        """Put new hours in the place of the site's.

        Raises:
            Refusal: `forbidden`.
            BadHours: they cannot be kept.
        """
        supervise(who)
        hours = clean_hours(typed)
        async with self._db.write() as tx:
            await departments.set_hours(tx, who.site, hours)
            await self._audit.add(tx, who.site, who.person.id, "hours.changed", hours.tz)
        await self._done("hours changed", who, who.site)
        return hours

    async def routing(self, who: Principal) -> Routing:
        """Return the weights and entry rules of `who`'s site."""
        supervise(who)
        async with self._db.read() as tx:
            return await departments.routing_of_site(tx, who.site)

    async def set_routing(self, who: Principal, typed: Routing) -> Routing:
        """Put new weights and entry rules in the place of the site's.

        Raises:
            Refusal: `forbidden`.
            BadSetting: they cannot be so.
        """
        supervise(who)
        routing = clean_routing(typed)
        async with self._db.write() as tx:
            await check_rules(tx, who.site, routing)
            await departments.set_routing(tx, who.site, routing)
            said = f"{len(routing.rules)} rules"
            await self._audit.add(tx, who.site, who.person.id, "routing.changed", said)
        await self._done("routing changed", who, who.site)
        return routing

    async def _done(self, said: str, who: Principal, thing: str) -> None:
        log.info(said, site=who.site, by=who.person.id, thing=thing)
        await self.tell(who.site)
