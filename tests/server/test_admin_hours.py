"""Hours of a site over HTTP, and who can be reached by them."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from server.services.secrets import new_id
from server.store.clock import database_now
from server.store.tables import agent_session, presence
from signaling import messages
from tests.server.supervised import ADMIN, Office, browser, http, office, server
from tests.server.test_http import Browser, _visitor

__all__ = ["browser", "http", "office", "server"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED: dict[str, Any] = {
    "tz": "Europe/Helsinki",
    "week": {day: [] for day in DAYS},
    "holidays": None,
    "exceptions": [],
}


async def test_a_site_that_has_said_no_hours_is_always_open(office: Office) -> None:
    hours = await office.get("hours")
    assert hours == {**CLOSED, "week": {day: [["00:00", "24:00"]] for day in DAYS}}
    assert await office.put("hours", hours) == hours


async def test_hours_are_kept_in_their_order(office: Office) -> None:
    week = {**CLOSED["week"], "mon": [["13:00", "17:00"], ["09:00", "12:00"]]}
    exceptions = [
        {"date": "2027-12-27", "spans": [], "note": "Stocktaking"},
        {"date": "2027-12-24", "spans": [["09:00", "12:00"]], "note": ""},
    ]
    typed = {**CLOSED, "week": week, "holidays": "FI", "exceptions": exceptions}
    kept = await office.put("hours", typed)
    assert kept["week"]["mon"] == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert kept["exceptions"] == exceptions[::-1]
    assert await office.get("hours") == kept
    assert (await office.deeds())[-1] == ("hours.changed", "Europe/Helsinki")


BAD_HOURS: list[tuple[dict[str, Any], str, str]] = [
    ({"tz": "Moon/Base"}, "bad_hours", "no time zone"),
    ({"holidays": "XX"}, "bad_hours", "two letters"),
    ({"week": {"mon": [["22:00", "02:00"]]}}, "bad_hours", "enter two spans"),
    ({"week": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "bad_hours", "overlap"),
    ({"week": {"mon": [["09:00", "24:30"]]}}, "bad_hours", "is no time"),
    ({"week": {"mon": [["09:00", "12:00", "13:00"]]}}, "bad_request", "week.mon"),
    ({"week": {"mon": "09:00-17:00"}}, "bad_request", "week.mon"),
    ({"exceptions": [{"date": "24.12.2027"}]}, "bad_request", "date"),
    ({"exceptions": [{"date": "2027-12-24"}] * 2}, "bad_hours", "two exceptions"),
    ({"exceptions": [{"spans": []}]}, "bad_request", "date"),
]


async def test_hours_that_cannot_be_are_refused_and_nothing_changes(office: Office) -> None:
    for changes, code, said in BAD_HOURS:
        before = await office.get("hours")
        status, found, message = await office.refused("PUT", "hours", {**before, **changes})
        assert (status, found) == (400, code)
        assert said in message
        assert await office.get("hours") == before


async def test_hours_without_a_part_are_refused(office: Office) -> None:
    status, code, said = await office.refused("PUT", "hours", {"tz": "Europe/Helsinki"})
    assert (status, code) == (400, "bad_request")
    assert "week, holidays, exceptions" in said


async def test_holidays_are_told_with_their_names(office: Office) -> None:
    found = await office.get("holidays?year=2027")
    assert found["country"] == "FI"
    assert {"date": "2027-12-06", "name": "Independence Day"} in found["days"]
    assert {"SE", "EE", "FI"} <= set(found["countries"])
    found = await office.get("holidays?year=2027&lang=sv")
    assert {"date": "2027-12-06", "name": "Självständighetsdagen"} in found["days"]
    await office.put("hours", {**CLOSED, "holidays": "SE"})
    found = await office.get("holidays?year=2027")
    assert found["country"] == "SE"
    assert (await office.get("holidays?year=2027&country=EE"))["country"] == "EE"


BAD_YEARS = [
    ("", "bad_request"),
    ("?year=x", "bad_request"),
    ("?year=1999", "bad_request"),
    ("?year=20270", "bad_request"),
    ("?year=²027", "bad_request"),
    ("?year=2027&country=Finland", "bad_hours"),
]


async def test_holidays_of_no_year_or_country_are_refused(office: Office) -> None:
    for query, code in BAD_YEARS:
        assert (await office.refused("GET", f"holidays{query}"))[:2] == (400, code)


# --- who can be reached -----------------------------------------------------------------------


async def _there(office: Office, name: str) -> None:
    """Let somebody of the staff be online."""
    key = (await office.ids())[name]
    async with office.server.db.write() as tx:
        session = (
            await tx.execute(select(agent_session.c.id).where(agent_session.c.agent == key))
        ).scalar_one()
        row = {"session": session, "node": new_id(), "agent": key}
        site = await office.server.staff.by_cookie(next(iter(office.agent.cookies.values())))
        assert site is not None
        until = database_now() + 60_000
        await tx.execute(insert(presence).values(**row, site=site[1].site, expires_at=until))


async def _availability(office: Office) -> dict[str, Any]:
    status, found, _ = await office.anybody.ask("GET", "/api/v1/sites/demo")
    assert status == 200
    availability: dict[str, Any] = found["availability"]
    return availability


async def test_nobody_is_offered_live_outside_the_hours(office: Office) -> None:
    await _there(office, "Agent One")
    found = await _availability(office)
    assert (found["online"], found["opens_at"]) == (True, None)
    assert [one["name"] for one in found["people"]] == ["Agent One"]

    zone = ZoneInfo("Europe/Helsinki")
    tomorrow = datetime.datetime.now(zone).date() + datetime.timedelta(days=1)
    opening = {"date": str(tomorrow), "spans": [["09:00", "10:00"]]}
    await office.put("hours", {**CLOSED, "exceptions": [opening]})
    opens = datetime.datetime.combine(tomorrow, datetime.time(9), zone)
    expected = {"online": False, "people": [], "opens_at": round(opens.timestamp() * 1000)}
    assert await _availability(office) == expected


async def test_a_site_that_never_opens_says_no_time(office: Office) -> None:
    await office.put("hours", CLOSED)
    assert (await _availability(office))["opens_at"] is None


async def test_a_department_with_hours_of_its_own_is_open_by_itself(office: Office) -> None:
    await _there(office, "Agent One")
    always = await office.get("hours")
    await office.put("hours", CLOSED)
    usual, technical = await office.get("departments")
    await office.put(f"departments/{technical['id']}", {**technical, "hours": always})
    found = await _availability(office)
    assert (found["online"], found["people"]) == (False, [])  # Agent One is not of that one
    await office.put(f"departments/{usual['id']}", {**usual, "hours": always})
    assert (await _availability(office))["online"]


async def test_open_without_anybody_who_takes_work_is_not_live(office: Office) -> None:
    assert await _availability(office) == {"online": False, "people": [], "opens_at": None}
    await _there(office, "Agent One")
    path = "/api/v1/agent/status"
    status, _, _ = await office.agent.ask("PUT", path, json={"available": False})
    assert status == 200
    assert not (await _availability(office))["online"]


async def test_staff_see_which_departments_are_open_and_staffed(office: Office) -> None:
    await _there(office, "Agent One")
    _, technical = await office.get("departments")
    await office.put(f"departments/{technical['id']}", {**technical, "hours": CLOSED})
    status, found, _ = await office.agent.ask("GET", "/api/v1/agent/departments")
    assert status == 200
    said = [(one["name"], one["open"], one["staffed"]) for one in found]
    assert said == [("Asiakaspalvelu", True, True), ("Technical help", False, False)]


# --- times to be called back ------------------------------------------------------------------


async def test_a_visitor_gets_times_at_which_the_department_is_open(office: Office) -> None:
    server = office.server
    visitor = Browser(office.boss._http, office.boss.url)
    token = (await _visitor(visitor))["token"]
    who = await server.backend.authenticate(token, None)
    start = messages.Start(id=new_id(), text="Huhuu", lang="fi")
    conv = (await server.backend.execute(who, start)).conv

    zone = ZoneInfo("Europe/Helsinki")
    today = datetime.datetime.now(zone).date()
    days = [today + datetime.timedelta(days=n) for n in (1, 3, 30)]
    exceptions = [{"date": str(day), "spans": [["09:00", "10:00"]]} for day in days]
    await office.put("hours", {**CLOSED, "exceptions": exceptions})
    path = f"/api/v1/queue/callback-times?conv={conv}"
    bearer = {"Authorization": f"Bearer {token}"}
    status, found, _ = await visitor.ask("GET", path, headers=bearer)
    moments = [
        datetime.datetime.combine(day, datetime.time(9, minute), zone)
        for day in days[:2]  # the third is too far away
        for minute in (0, 30)
    ]
    times = [round(moment.timestamp() * 1000) for moment in moments]
    assert (status, found) == (200, {"times": times, "tz": "Europe/Helsinki"})

    status, _, _ = await visitor.ask("GET", path)
    assert status == 401
    other = (await _visitor(Browser(office.boss._http, office.boss.url)))["token"]
    bearer = {"Authorization": f"Bearer {other}"}
    for query in (f"?conv={conv}", "?conv=x", ""):
        path = f"/api/v1/queue/callback-times{query}"
        status, _, _ = await visitor.ask("GET", path, headers=bearer)
        assert status == 404


async def test_the_admin_pages_are_under_one_address(office: Office) -> None:
    status, _, _ = await office.boss.ask("PATCH", f"{ADMIN}/hours", json={})
    assert status == 405
