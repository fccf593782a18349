"""Changes of a site's departments, in the caller's transaction, and their rows of the audit log.

Each locks all the site's departments first, so that what it checks over all of them (who
overflows where, who has which skill) holds when it is written. What they may be is in
`domain.departments`; who may ask is for the caller (`services/departments.py`, the command line).
"""

from __future__ import annotations

from msgspec.structs import fields
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.departments import (
    MAX_DEPARTMENTS,
    DepartmentSettings,
    check_overflow,
    check_skills,
    clean_department,
    heir_of_overflow,
    without_department,
)
from server.domain.refusing import BadSetting
from server.domain.routing import Routing
from server.services.audit import Audit
from server.services.secrets import new_id
from server.store import departments, profiles
from server.store.departments import Department
from signaling.errors import Refusal

__all__ = [
    "add_department",
    "at_most",
    "bequeath",
    "bury",
    "change_department",
    "check_rules",
    "free",
]

_NO_DEPARTMENT = "There is no such department."


async def add_department(
    tx: AsyncConnection, audit: Audit, site: str, actor: str, typed: DepartmentSettings
) -> Department:
    """Add a department to a site, and say who did.

    Raises:
        BadSetting: it cannot be so.
    """
    known = await departments.of_site(tx, site, lock=True)
    at_most(MAX_DEPARTMENTS, "departments", len(known))
    new = Department(new_id(), site, clean_department(typed))
    await _check(tx, new, known)
    await departments.add(tx, new)
    await _usual(tx, new)
    await audit.add(tx, site, actor, "department.added", f"{new.id} {new.settings.name}")
    return await _read(tx, new)


async def change_department(
    tx: AsyncConnection, audit: Audit, site: str, actor: str, key: str, typed: DepartmentSettings
) -> Department:
    """Put new settings in the place of a department's, and say who did.

    Raises:
        Refusal: `not_found`.
        BadSetting: it cannot be so.
    """
    known = await departments.of_site(tx, site, lock=True)
    before = known.pop(key, None)
    if before is None:
        raise Refusal("not_found", _NO_DEPARTMENT)
    if before.settings.usual and not typed.usual:
        raise BadSetting(
            "usual_department",
            "One department has all that no rule sends elsewhere: make another the usual one.",
        )
    changed = Department(key, site, clean_department(typed))
    await _check(tx, changed, known)
    await departments.save(tx, changed)
    await _usual(tx, changed)
    what = " ".join(
        field.name
        for field in fields(DepartmentSettings)
        if getattr(before.settings, field.name) != getattr(changed.settings, field.name)
    )
    await audit.add(tx, site, actor, "department.changed", f"{key} {what or 'nothing'}")
    return await _read(tx, changed)


async def bequeath(tx: AsyncConnection, site: str, key: str, move_to: str | None) -> str:
    """Send all that would come to a department elsewhere from now on; return where to.

    Raises:
        Refusal: `not_found`.
        BadSetting: `usual_department`, `no_department`, `department_busy`.
    """
    known = await departments.of_site(tx, site, lock=True)
    if key not in known:
        raise Refusal("not_found", _NO_DEPARTMENT)
    if known[key].settings.usual:
        raise BadSetting(
            "usual_department",
            "The usual department cannot be removed: make another the usual one first.",
        )
    if move_to is not None and (move_to not in known or move_to == key):
        raise BadSetting("no_department", "There is no such department to move to.")
    busy = await departments.live_tasks(tx, key)
    if busy and move_to is None:
        raise BadSetting(
            "department_busy",
            f"{busy} wait or are served there: say who takes them over with ?move_to=.",
        )
    usual = next(one.id for one in known.values() if one.settings.usual)
    heir = move_to or usual
    flows = {one.id: one.settings.overflow_to for one in known.values()}
    for one in known.values():
        to = heir_of_overflow(one.id, heir, key, flows)
        if one.id != key and to != flows[one.id]:
            flows[one.id] = to
            await departments.set_overflow(tx, one.id, to)
    routing = await departments.routing_of_site(tx, site)
    kept = without_department(routing, key, heir)
    if kept != routing:
        await departments.set_routing(tx, site, kept)
    return heir


async def bury(
    tx: AsyncConnection, audit: Audit, site: str, actor: str, key: str, heir: str, *, members: bool
) -> bool:
    """Remove a department in which nobody waits; return whether nobody does.

    `members`: they belong to the heir then.

    Raises:
        Refusal: `not_found`: somebody else has removed it, or the heir.
    """
    known = await departments.of_site(tx, site, lock=True)
    if key not in known or heir not in known:
        raise Refusal("not_found", _NO_DEPARTMENT)
    # Whatever is just becoming of a task there is over once it is locked.
    locked = await departments.lock_tasks(tx, key)
    if await departments.waiting_in(tx, key):
        return False
    await departments.take_over(tx, key, heir, locked)
    if members:
        both = (*known[heir].settings.members, *known[key].settings.members)
        await departments.set_members(tx, heir, tuple(dict.fromkeys(both)))
    await departments.remove(tx, key)
    thing = f"{key} {known[key].settings.name} → {heir}"
    await audit.add(tx, site, actor, "department.removed", thing)
    return True


async def _check(tx: AsyncConnection, new: Department, others: dict[str, Department]) -> None:
    """Check what of a department depends on the rest of its site."""
    free(new.settings.name, [one.settings.name for one in others.values()])
    staff = await profiles.of_site(tx, new.site)
    if not set(new.settings.members) <= set(staff):
        raise BadSetting("no_agent", "A member is not of this site's staff.")
    together = {**others, new.id: new}
    check_overflow(
        new.id,
        {one.id: one.settings.name for one in together.values()},
        {one.id: one.settings.overflow_to for one in together.values()},
    )


async def _usual(tx: AsyncConnection, new: Department) -> None:
    if new.settings.usual:
        await departments.set_usual(tx, new.id, new.site)


async def _read(tx: AsyncConnection, new: Department) -> Department:
    """Return a department as it is read from now on."""
    return (await departments.of_site(tx, new.site))[new.id]


async def check_rules(tx: AsyncConnection, site: str, routing: Routing) -> None:
    """Return if the rules of a routing name departments and skills that are there.

    Raises:
        BadSetting: `no_department`, `no_skill`, `nobody_has_skill`.
    """
    known = await departments.of_site(tx, site, lock=True)
    usual = next(one.id for one in known.values() if one.settings.usual)
    staff = await profiles.of_site(tx, site)
    skills = [skill.name for skill in await profiles.skills(tx, site)]
    levels = {
        one.id: {skill.skill: skill.level for skill in one.settings.skills}
        for one in staff.values()
    }
    for rule in routing.rules:
        where = known.get(rule.department or usual)
        if where is None:
            raise BadSetting(
                "no_department", f"There is no such department for the pages {rule.pages}."
            )
        team = [levels[member] for member in where.settings.members]
        check_skills(rule, where.settings.name, skills, team)


def free(name: str, others: list[str]) -> None:
    """Return if nothing of `others` is called `name`, in whatever letters.

    Raises:
        BadSetting: `name_taken`.
    """
    if name.casefold() in {other.casefold() for other in others}:
        raise BadSetting("name_taken", f"There is one called {name} already.")


def at_most(most: int, what: str, there: int) -> None:
    """Return if one more is not more than a site may have.

    Raises:
        BadSetting: `too_many`.
    """
    if there >= most:
        raise BadSetting("too_many", f"A site has at most {most} {what}.")
