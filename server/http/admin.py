"""Departments, skills, hours and routing of a site, for its supervisors.

A PUT takes the whole object that the GET gives, and answers with it as it is kept.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server.domain.departments import DepartmentSettings
from server.domain.hours import BadHours, Hours
from server.domain.publicdays import MAX_YEAR, MIN_YEAR, countries, public_holidays
from server.domain.routing import Routing
from server.http.exchange import as_principal, body, json, signed_in, whole
from server.http.failures import ApiError
from server.services.departments import Departments, supervise
from server.services.staff import Staff
from server.store.departments import Department
from signaling.backend import Principal

__all__ = ["AdminRoutes"]

_BASE = "/api/v1/agent/admin"
_LANGS = ("fi", "sv", "en")


class _SkillBody(msgspec.Struct):
    name: str


class AdminRoutes:
    """The routes of what a site works by."""

    def __init__(self, departments: Departments, staff: Staff) -> None:
        self._departments = departments
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get(f"{_BASE}/departments", self.departments),
            web.post(f"{_BASE}/departments", self.add_department),
            web.put(f"{_BASE}/departments/{{id}}", self.change_department),
            web.delete(f"{_BASE}/departments/{{id}}", self.remove_department),
            web.get(f"{_BASE}/skills", self.skills),
            web.post(f"{_BASE}/skills", self.add_skill),
            web.delete(f"{_BASE}/skills/{{id}}", self.remove_skill),
            web.get(f"{_BASE}/hours", self.hours),
            web.put(f"{_BASE}/hours", self.set_hours),
            web.get(f"{_BASE}/holidays", self.holidays),
            web.get(f"{_BASE}/routing", self.routing),
            web.put(f"{_BASE}/routing", self.set_routing),
        ]

    async def _who(self, request: web.Request) -> Principal:
        """Return the supervisor who asks: a body is read of nobody else."""
        who = as_principal(*await signed_in(request, self._staff))
        supervise(who)
        return who

    async def departments(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json([_shown(one) for one in await self._departments.all(who)])

    async def add_department(self, request: web.Request) -> web.StreamResponse:
        """Add a department; all but its name may be left out."""
        who = await self._who(request)
        asked = await body(request, DepartmentSettings)
        return json(_shown(await self._departments.add(who, asked)), status=201)

    async def change_department(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        asked = await whole(request, DepartmentSettings)
        key = request.match_info["id"]
        return json(_shown(await self._departments.change(who, key, asked)))

    async def remove_department(self, request: web.Request) -> web.StreamResponse:
        """Remove a department; `?move_to=` names who takes over what waits or is served there."""
        who = await self._who(request)
        heir = request.query.get("move_to") or None
        await self._departments.remove(who, request.match_info["id"], heir)
        return web.Response(status=204)

    async def skills(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(await self._departments.skills(who))

    async def add_skill(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        asked = await body(request, _SkillBody)
        return json(await self._departments.add_skill(who, asked.name), status=201)

    async def remove_skill(self, request: web.Request) -> web.StreamResponse:
        """Remove a skill from agents and rules; who waits for it waits for anybody then."""
        who = await self._who(request)
        await self._departments.remove_skill(who, request.match_info["id"])
        return web.Response(status=204)

    async def hours(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(await self._departments.hours(who))

    async def set_hours(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(await self._departments.set_hours(who, await whole(request, Hours)))

    async def holidays(self, request: web.Request) -> web.StreamResponse:
        """Tell the public holidays of a year, of the country of the site's hours or another."""
        session, agent = await signed_in(request, self._staff)
        who = as_principal(session, agent)
        kept = await self._departments.hours(who)
        country = request.query.get("country") or kept.holidays or "FI"
        if country not in countries():
            raise BadHours("There is no calendar of holidays for that: write a country's letters.")
        lang = request.query.get("lang") or agent.lang
        days = public_holidays(country, _year(request), lang if lang in _LANGS else "")
        return json(
            {
                "country": country,
                "days": [{"date": date, "name": name} for date, name in days],
                "countries": sorted(countries()),
            }
        )

    async def routing(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(await self._departments.routing(who))

    async def set_routing(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(await self._departments.set_routing(who, await whole(request, Routing)))


def _year(request: web.Request) -> int:
    typed = request.query.get("year", "")
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else 0
    if not MIN_YEAR <= year < MAX_YEAR:
        raise ApiError(400, "bad_request", f"Say a year from {MIN_YEAR} to {MAX_YEAR - 1}: ?year=")
    return year


def _shown(department: Department) -> dict[str, Any]:
    return {"id": department.id, **msgspec.structs.asdict(department.settings)}
