"""What a supervisor sets of departments, agents and entry rules, and what cannot be.

What is typed becomes what is kept by the functions here, or a `BadSetting`. They look at what
they are given alone; that an id is known is for whoever reads the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from server.domain.hours import Hours, clean_hours
from server.domain.refusing import BadSetting
from server.domain.routing import EntryRule, Routing
from server.domain.sites import LANGS
from server.domain.sla import Targets, clean_targets
from signaling.queue import Need

__all__ = [
    "AgentSettings",
    "Assignment",
    "DepartmentSettings",
    "Role",
    "SkillLevel",
    "check_overflow",
    "check_skills",
    "clean_agent",
    "clean_department",
    "clean_name",
    "clean_routing",
    "heir_of_overflow",
    "on_page",
    "without_department",
    "without_skill",
]

Assignment = Literal["auto", "manual"]
Role = Literal["agent", "supervisor"]

MAX_CAPACITY: Final = 50  # units; a person who serves more serves nobody
MAX_RULES: Final = 100
MAX_DEPARTMENTS: Final = 200  # of a site
MAX_SKILLS: Final = 200
_OFFER: Final = (5, 300)  # seconds
_WRAPUP: Final = (0, 3600)
_OVERFLOW: Final = (10, 86_400)
_MAX_PAGES: Final = 200  # characters
_LEVELS: Final = (1, 5)


class DepartmentSettings(msgspec.Struct, frozen=True):
    """How a department works. Durations are in seconds.

    `usual`: where all goes that no entry rule sends elsewhere; one of a site is. `assignment`:
    the router offers, or agents take by hand. `overflow_seconds` None: they wait on;
    `overflow_to` None: after that it is a message. `hours` None: those of the site.
    """

    name: str
    usual: bool = False
    assignment: Assignment = "auto"
    offer_seconds: int = 15
    wrapup_seconds: int = 0
    overflow_seconds: int | None = None
    overflow_to: str | None = None
    hours: Hours | None = None
    targets: Targets = Targets()
    members: tuple[str, ...] = ()  # ids of agents


class SkillLevel(msgspec.Struct, frozen=True):
    """How well an agent knows something, from 1 (some) to 5 (expert)."""

    skill: str  # its name
    level: int


class AgentSettings(msgspec.Struct, frozen=True):
    """What an agent is, and how much they take on. `departments`: ids."""

    name: str
    role: Role = "agent"
    capacity: int = 4
    max_calls: int = 1
    langs: tuple[str, ...] = LANGS
    departments: tuple[str, ...] = ()
    skills: tuple[SkillLevel, ...] = ()


def clean_name(typed: str, longest: int) -> str:
    """Return a name in one line.

    Raises:
        BadSetting: `bad_name`.
    """
    name = " ".join(typed.split())
    if not name or len(name) > longest or not name.isprintable():
        raise BadSetting("bad_name", f"A name is one line of 1 to {longest} characters.")
    return name


def _within(code: str, what: str, value: int, bounds: tuple[int, int]) -> None:
    least, most = bounds
    if not least <= value <= most:
        raise BadSetting(code, f"{what} must be from {least} to {most}, not {value}.")


def _once(code: str, what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise BadSetting(code, f"{what} {value!r} is there twice: name it once.")
        seen.add(value)


# --- departments ------------------------------------------------------------------------------


def clean_department(typed: DepartmentSettings) -> DepartmentSettings:
    """Return what is kept of a department.

    Raises:
        BadSetting: something cannot be so.
    """
    _within("bad_offer_seconds", "The time to answer an offer", typed.offer_seconds, _OFFER)
    _within("bad_wrapup_seconds", "The time to wrap up", typed.wrapup_seconds, _WRAPUP)
    if typed.overflow_seconds is not None:
        _within("bad_overflow", "The time until overflow", typed.overflow_seconds, _OVERFLOW)
    elif typed.overflow_to is not None:
        raise BadSetting(
            "bad_overflow", "Say after how many seconds they go on to the other department."
        )
    _once("bad_members", "The agent", typed.members)
    return replace(
        typed,
        name=clean_name(typed.name, 80),
        hours=None if typed.hours is None else clean_hours(typed.hours),
        targets=clean_targets(typed.targets),
    )


def check_overflow(key: str, names: Mapping[str, str], flows: Mapping[str, str | None]) -> None:
    """Return if nobody who overflows from `key` comes by a department again.

    `names` and `flows`: of all departments by their ids, `key` as it would be.

    Raises:
        BadSetting: `no_department`, or `circular_overflow` with the way round.
    """
    way = [key]
    while (following := flows.get(way[-1])) is not None:
        if following not in names:
            raise BadSetting("no_department", "There is no such department to overflow to.")
        if following in way:
            said = " → ".join(names[one] for one in (*way, following))
            raise BadSetting(
                "circular_overflow",
                f"Who waits would go round: {said}. Let the last of them overflow to none, so "
                "that it becomes a message.",
            )
        way.append(following)


def heir_of_overflow(
    key: str, heir: str | None, gone: str, flows: Mapping[str, str | None]
) -> str | None:
    """Return where `key` overflows to when `gone` is no more and `heir` has its work.

    None where that would go round.
    """
    if flows[key] != gone:
        return flows[key]
    at, seen = heir, {gone}
    while at is not None and at not in seen:
        if at == key:
            return None
        seen.add(at)
        at = flows.get(at)
    return heir


# --- agents -----------------------------------------------------------------------------------


def clean_agent(typed: AgentSettings) -> AgentSettings:
    """Return what is kept of an agent.

    Raises:
        BadSetting: something cannot be so.
    """
    if not 1 <= typed.capacity <= MAX_CAPACITY:
        raise BadSetting(
            "bad_capacity",
            f"The capacity must be from 1 to {MAX_CAPACITY} units, not {typed.capacity}. Who "
            "shall have no work at all belongs to no department.",
        )
    if not 0 <= typed.max_calls <= typed.capacity:
        raise BadSetting(
            "bad_capacity",
            f"Calls at a time must be from 0 to the capacity ({typed.capacity}), "
            f"not {typed.max_calls}.",
        )
    if not typed.langs or not set(typed.langs) <= set(LANGS):
        raise BadSetting("bad_langs", f"The languages must be of {', '.join(LANGS)}, at least one.")
    _once("bad_skills", "The skill", (one.skill for one in typed.skills))
    for one in typed.skills:
        _within("bad_skills", f"The level of {one.skill!r}", one.level, _LEVELS)
    return replace(
        typed,
        name=clean_name(typed.name, 120),
        langs=tuple(lang for lang in LANGS if lang in typed.langs),
        departments=tuple(dict.fromkeys(typed.departments)),
        skills=tuple(sorted(typed.skills, key=lambda one: one.skill)),
    )


# --- routing ----------------------------------------------------------------------------------


def clean_routing(typed: Routing) -> Routing:
    """Return what is kept of a site's routing.

    Raises:
        BadSetting: something cannot be so.
    """
    for mode in typed.weights.__struct_fields__:
        units = getattr(typed.weights, mode)
        _within("bad_weights", f"The units of {mode}", units, (1, MAX_CAPACITY))
    if len(typed.rules) > MAX_RULES:
        raise BadSetting("bad_rules", f"At most {MAX_RULES} rules, these are {len(typed.rules)}.")
    return replace(typed, rules=[_clean_rule(rule) for rule in typed.rules])


def _clean_rule(rule: EntryRule) -> EntryRule:
    pages = rule.pages.strip()
    if not pages or pages[0] not in "/*" or len(pages) > _MAX_PAGES or not pages.isprintable():
        raise BadSetting(
            "bad_rules",
            f"Pages are a path like /garden/*, of at most {_MAX_PAGES} characters: "
            f"{rule.pages[:80]!r} is none.",
        )
    _once("bad_rules", "The skill", (need.skill for need in rule.needs))
    for need in rule.needs:
        _within("bad_rules", f"The level of {need.skill!r}", need.level, _LEVELS)
    return replace(rule, pages=pages)


def on_page(pages: str, path: str) -> bool:
    """Return whether an entry rule is for a path; each * is anything, also nothing.

    One pass: the earliest place of each part leaves most to the next, so nothing is tried twice.
    """
    first, *rest = pages.split("*")
    if not rest:
        return path == pages
    if not path.startswith(first):
        return False
    at = len(first)
    *between, last = rest
    for part in between:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(path) - at >= len(last) and path.endswith(last)


def check_skills(
    rule: EntryRule, department: str, known: Iterable[str], team: Iterable[Mapping[str, int]]
) -> None:
    """Return if one agent of a department has each need of a rule at its level.

    `department`: its name. `known`: the site's skills. `team`: skills of each of its agents.

    Raises:
        BadSetting: `no_skill` or `nobody_has_skill`.
    """
    skills, agents = set(known), list(team)
    for need in rule.needs:
        if need.skill not in skills:
            raise BadSetting("no_skill", f"There is no skill {need.skill!r}: add it first.")
        if not any(agent.get(need.skill, 0) >= need.level for agent in agents):
            raise BadSetting(
                "nobody_has_skill",
                f"Nobody in {department} has {need.skill} at level {need.level}: give it to an "
                f"agent first, or take it out of the rule for {rule.pages}.",
            )


def without_skill(routing: Routing, skill: str) -> Routing:
    """Return a routing that asks for a skill no more."""
    rules = [replace(rule, needs=_but(rule.needs, skill)) for rule in routing.rules]
    return replace(routing, rules=rules)


def _but(needs: list[Need], skill: str) -> list[Need]:
    return [need for need in needs if need.skill != skill]


def without_department(routing: Routing, gone: str, heir: str) -> Routing:
    """Return a routing in which `heir` has what went to `gone`."""
    rules = [
        replace(rule, department=heir) if rule.department == gone else rule
        for rule in routing.rules
    ]
    return replace(routing, rules=rules)
