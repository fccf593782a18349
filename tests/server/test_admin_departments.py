"""Supervisors set departments, skills and routing over HTTP; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from server.http.exchange import AGENT_COOKIE, as_principal
from server.services.secrets import new_id
from server.store import conversations
from server.store.queue_tables import task
from signaling import messages
from signaling.queue import Department
from signaling.state import ConversationState
from tests.server.supervised import ADMIN, Office, browser, http, office, server
from tests.server.test_http import Browser, _visitor

__all__ = ["browser", "http", "office", "server"]

WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


async def test_a_department_is_made_with_what_is_usual(office: Office) -> None:
    made = await office.make("departments", name="Garden")
    assert made == {
        "id": made["id"],
        "name": "Garden",
        "usual": False,
        "assignment": "auto",
        "offer_seconds": 15,
        "wrapup_seconds": 0,
        "overflow_seconds": None,
        "overflow_to": None,
        "hours": None,
        "targets": {"first": None, "next": None, "wait": None},
        "members": [],
    }
    assert made in await office.get("departments")
    assert ("department.added", f"{made['id']} Garden") in await office.deeds()


async def test_what_is_given_can_be_put_back_and_every_setting_is_kept(office: Office) -> None:
    usual, other = await office.get("departments")
    assert usual["usual"]
    assert await office.put(f"departments/{usual['id']}", usual) == usual
    ids = await office.ids()
    hours = {
        "tz": "Europe/Stockholm",
        "week": {**WEEK, "sat": [], "sun": []},
        "holidays": "SE",
        "exceptions": [{"date": "2027-12-24", "spans": [["09:00", "12:00"]], "note": "Short"}],
    }
    changed = {
        **other,
        "name": "Boats",
        "assignment": "manual",
        "offer_seconds": 20,
        "wrapup_seconds": 60,
        "overflow_seconds": 120,
        "overflow_to": usual["id"],
        "hours": hours,
        "targets": {"first": 60, "next": 120, "wait": None},
        "members": [ids["Agent Two"], ids["Agent One"]],
    }
    kept = await office.put(f"departments/{other['id']}", changed)
    assert kept == {**changed, "members": [ids["Agent One"], ids["Agent Two"]]}
    assert kept in await office.get("departments")
    action, said = (await office.deeds())[-1]
    assert action == "department.changed"
    assert said.split()[1:] == [
        "name", "assignment", "offer_seconds", "wrapup_seconds", "overflow_seconds",
        "overflow_to", "hours", "targets", "members",
    ]  # fmt: skip


async def test_another_department_can_become_the_usual_one(office: Office) -> None:
    usual, other = await office.get("departments")
    await office.put(f"departments/{other['id']}", {**other, "usual": True})
    found = {one["id"]: one["usual"] for one in await office.get("departments")}
    assert found == {usual["id"]: False, other["id"]: True}


async def test_the_usual_department_stays_until_another_is(office: Office) -> None:
    usual, _ = await office.get("departments")
    path = f"departments/{usual['id']}"
    status, code, said = await office.refused("PUT", path, {**usual, "usual": False})
    assert (status, code) == (409, "usual_department")
    assert "make another the usual one" in said
    assert (await office.refused("DELETE", path))[:2] == (409, "usual_department")


BAD_DEPARTMENTS: list[tuple[dict[str, Any], int, str]] = [
    ({"name": "  "}, 400, "bad_name"),
    ({"name": "ASIAKASpalvelu"}, 409, "name_taken"),
    ({"offer_seconds": 0}, 400, "bad_offer_seconds"),
    ({"offer_seconds": "soon"}, 400, "bad_request"),
    ({"wrapup_seconds": -5}, 400, "bad_wrapup_seconds"),
    ({"assignment": "random"}, 400, "bad_request"),
    ({"overflow_seconds": 1}, 400, "bad_overflow"),
    ({"overflow_to": "USUAL"}, 400, "bad_overflow"),
    ({"overflow_seconds": 60, "overflow_to": "nowhere"}, 400, "no_department"),
    ({"overflow_seconds": 60, "overflow_to": "SELF"}, 400, "circular_overflow"),
    ({"members": ["nobody"]}, 400, "no_agent"),
    ({"targets": {"first": 1}}, 400, "bad_targets"),
    ({"hours": {"tz": "Europe/Nowhere"}}, 400, "bad_hours"),
    ({"hours": {"week": {"mon": [["17:00", "09:00"]]}}}, 400, "bad_hours"),
    ({"hours": {"week": {"mon": [["09:00"]]}}}, 400, "bad_request"),
    ({"hours": {"exceptions": [{"date": "2027-02-30"}]}}, 400, "bad_request"),
]


async def test_a_department_that_cannot_be_is_refused_and_nothing_changes(office: Office) -> None:
    for changes, status, code in BAD_DEPARTMENTS:
        usual, other = before = await office.get("departments")
        named = {"USUAL": usual["id"], "SELF": other["id"]}
        if "overflow_to" in changes:
            changes = {**changes, "overflow_to": named.get(changes["overflow_to"], "x" * 26)}
        found = await office.refused("PUT", f"departments/{other['id']}", {**other, **changes})
        assert found[:2] == (status, code), changes
        assert await office.get("departments") == before


async def test_overflow_that_goes_round_is_refused_with_the_way(office: Office) -> None:
    usual, other = await office.get("departments")
    third = await office.make(
        "departments", name="Third", overflow_seconds=30, overflow_to=other["id"]
    )
    await office.put(
        f"departments/{usual['id']}",
        {**usual, "overflow_seconds": 30, "overflow_to": third["id"]},
    )
    path = f"departments/{other['id']}"
    body = {**other, "overflow_seconds": 30, "overflow_to": usual["id"]}
    status, code, said = await office.refused("PUT", path, body)
    assert (status, code) == (400, "circular_overflow")
    way = (other["name"], usual["name"], "Third", other["name"])
    assert " → ".join(way) in said


async def test_a_put_that_leaves_something_out_is_refused(office: Office) -> None:
    _, other = await office.get("departments")
    del other["members"]
    status, code, said = await office.refused("PUT", f"departments/{other['id']}", other)
    assert (status, code) == (400, "bad_request")
    assert "members" in said


async def test_removing_a_department_leaves_nothing_that_leads_there(office: Office) -> None:
    usual, other = await office.get("departments")
    third = await office.make("departments", name="Third", members=other["members"])
    flow = {"overflow_seconds": 30, "overflow_to": third["id"]}
    await office.put(f"departments/{other['id']}", {**other, **flow})
    routing = await office.get("routing")
    routing["rules"].append({"pages": "/third*", "department": third["id"], "needs": []})
    await office.put("routing", routing)
    path = f"{ADMIN}/departments/{third['id']}?move_to={usual['id']}"
    status, _, _ = await office.boss.ask("DELETE", path)
    assert status == 204
    kept = {one["id"]: one for one in await office.get("departments")}
    assert set(kept) == {usual["id"], other["id"]}
    assert kept[other["id"]]["overflow_to"] == usual["id"]
    assert kept[other["id"]]["members"] == other["members"]
    assert (await office.get("routing"))["rules"][-1]["department"] == usual["id"]
    said = f"{third['id']} Third → {usual['id']}"
    assert (await office.deeds())[-1] == ("department.removed", said)


async def test_members_move_with_the_work_of_a_department(office: Office) -> None:
    usual, other = await office.get("departments")
    third = await office.make("departments", name="Third")
    await office.put(f"departments/{usual['id']}", {**usual, "members": usual["members"][:1]})
    path = f"{ADMIN}/departments/{other['id']}?move_to={third['id']}"
    status, _, _ = await office.boss.ask("DELETE", path)
    assert status == 204
    kept = {one["id"]: one["members"] for one in await office.get("departments")}
    assert kept == {usual["id"]: usual["members"][:1], third["id"]: other["members"]}


async def test_overflow_to_the_heir_itself_ends_there(office: Office) -> None:
    usual, other = await office.get("departments")
    flow = {"overflow_seconds": 30, "overflow_to": other["id"]}
    await office.put(f"departments/{usual['id']}", {**usual, **flow})
    path = f"{ADMIN}/departments/{other['id']}?move_to={usual['id']}"
    status, _, _ = await office.boss.ask("DELETE", path)
    assert status == 204
    (kept,) = await office.get("departments")
    assert (kept["overflow_seconds"], kept["overflow_to"]) == (30, None)


async def test_the_heir_of_a_department_must_be_another_one(office: Office) -> None:
    _, other = await office.get("departments")
    for heir in ("nowhere", other["id"]):
        found = await office.refused("DELETE", f"departments/{other['id']}?move_to={heir}")
        assert found[:2] == (400, "no_department")


async def test_a_site_has_no_more_departments_than_it_may(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.services.reorganizing.MAX_DEPARTMENTS", 2)
    found = await office.refused("POST", "departments", {"name": "Third"})
    assert found[:2] == (409, "too_many")


# --- skills and routing -----------------------------------------------------------------------


async def test_a_skill_is_made_once_and_says_how_many_have_it(office: Office) -> None:
    before = {one["name"]: one["agents"] for one in await office.get("skills")}
    assert before == {"electronics": 2, "tents": 2}
    made = await office.make("skills", name=" Wine ")
    assert made == {"id": made["id"], "name": "Wine", "agents": 0}
    assert (await office.refused("POST", "skills", {"name": "wine"}))[:2] == (409, "name_taken")
    assert (await office.refused("POST", "skills", {"name": ""}))[:2] == (400, "bad_name")
    assert (await office.refused("POST", "skills", {"name": "x" * 41}))[:2] == (400, "bad_name")
    assert (await office.deeds())[-1] == ("skill.added", "Wine")


async def test_a_removed_skill_leaves_agents_and_rules(office: Office) -> None:
    tents = next(one for one in await office.get("skills") if one["name"] == "tents")
    assert (await office.get("routing"))["rules"][0]["needs"] == [{"skill": "tents"}]
    status, _, _ = await office.boss.ask("DELETE", f"{ADMIN}/skills/{tents['id']}")
    assert status == 204
    assert [one["name"] for one in await office.get("skills")] == ["electronics"]
    assert (await office.get("routing"))["rules"][0]["needs"] == []
    known = {skill["skill"] for one in await office.get("agents") for skill in one["skills"]}
    assert known == {"electronics"}
    assert (await office.deeds())[-1] == ("skill.removed", "tents")
    found = await office.refused("DELETE", f"skills/{tents['id']}")
    assert found[:2] == (404, "not_found")


async def test_routing_is_put_back_as_it_was_given_and_changed(office: Office) -> None:
    routing = await office.get("routing")
    assert routing["weights"] == {"chat": 1, "voice": 3, "video": 3, "callback": 3}
    assert await office.put("routing", routing) == routing
    _, other = await office.get("departments")
    rules = [
        {
            "pages": "/tv/*",
            "department": other["id"],
            "needs": [{"skill": "electronics", "level": 2}],
        }
    ]
    weights = {"chat": 2, "voice": 4, "video": 4, "callback": 2}
    kept = await office.put("routing", {"weights": weights, "rules": rules})
    assert kept == {"weights": weights, "rules": rules} == await office.get("routing")
    assert (await office.deeds())[-1] == ("routing.changed", "1 rules")


BAD_RULES: list[tuple[dict[str, Any], str]] = [
    ({"pages": "tv"}, "bad_rules"),
    ({"pages": "/tv", "department": "x"}, "no_department"),
    ({"pages": "/tv", "needs": [{"skill": "wine"}]}, "no_skill"),
    ({"pages": "/tv", "needs": [{"skill": "tents", "level": 5}]}, "nobody_has_skill"),
    ({"pages": "/tv", "needs": [{"skill": "tents", "level": 9}]}, "bad_rules"),
    ({}, "bad_request"),
]


async def test_a_rule_that_cannot_be_is_refused(office: Office) -> None:
    for rule, code in BAD_RULES:
        before = await office.get("routing")
        found = await office.refused("PUT", "routing", {**before, "rules": [rule]})
        assert found[:2] == (400, code)
        assert await office.get("routing") == before


async def test_a_skill_counts_only_in_the_department_that_the_rule_leads_to(
    office: Office,
) -> None:
    made = await office.make("departments", name="Nobody here")
    rule = {"pages": "/a", "department": made["id"], "needs": [{"skill": "tents"}]}
    routing = {**await office.get("routing"), "rules": [rule]}
    status, code, said = await office.refused("PUT", "routing", routing)
    assert (status, code) == (400, "nobody_has_skill")
    assert "Nobody here" in said


async def test_a_weight_that_nobody_could_carry_is_refused(office: Office) -> None:
    before = await office.get("routing")
    for units in (0, -1, 51):
        body = {**before, "weights": {**before["weights"], "voice": units}}
        assert (await office.refused("PUT", "routing", body))[:2] == (400, "bad_weights")


# --- who may ----------------------------------------------------------------------------------

ASKED = [
    ("GET", "departments"),
    ("POST", "departments"),
    ("PUT", "departments/x"),
    ("DELETE", "departments/x"),
    ("GET", "skills"),
    ("POST", "skills"),
    ("DELETE", "skills/x"),
    ("GET", "hours"),
    ("PUT", "hours"),
    ("GET", "holidays?year=2027"),
    ("GET", "routing"),
    ("PUT", "routing"),
    ("GET", "agents"),
    ("POST", "agents"),
    ("PUT", "agents/x"),
]


async def test_agents_and_strangers_to_the_house_set_nothing(office: Office) -> None:
    for method, path in ASKED:
        status, found, _ = await office.agent.ask(method, f"{ADMIN}/{path}", json={})
        assert (status, found["error"]["code"]) == (403, "forbidden"), path
        status, found, _ = await office.anybody.ask(method, f"{ADMIN}/{path}", json={})
        assert (status, found["error"]["code"]) == (401, "signed_out"), path


async def test_another_sites_things_do_not_exist(office: Office) -> None:
    _, department = await office.get("departments")
    skill = (await office.get("skills"))[0]
    agent = (await office.get("agents"))[0]
    for method, path, body in (
        ("PUT", f"departments/{department['id']}", department),
        ("DELETE", f"departments/{department['id']}", None),
        ("DELETE", f"skills/{skill['id']}", None),
        ("PUT", f"agents/{agent['id']}", {**agent, "departments": [], "skills": []}),
    ):
        status, found, _ = await office.stranger.ask(method, f"{ADMIN}/{path}", json=body)
        assert (status, found["error"]["code"]) == (404, "not_found"), path
    status, theirs, _ = await office.stranger.ask("GET", f"{ADMIN}/departments")
    assert (status, [one["name"] for one in theirs]) == (200, ["Customer service"])
    for changes in ({"members": [agent["id"]]}, {"overflow_to": department["id"]}):
        body = {**theirs[0], "overflow_seconds": 60, **changes}
        path = f"{ADMIN}/departments/{theirs[0]['id']}"
        status, found, _ = await office.stranger.ask("PUT", path, json=body)
        assert (status, found["error"]["code"]) in [(400, "no_agent"), (400, "no_department")]


# --- a department with work -------------------------------------------------------------------


async def _waiting(office: Office) -> str:
    """Let a visitor wait for somebody; return the conversation."""
    visitor = Browser(office.boss._http, office.boss.url)
    token = (await _visitor(visitor))["token"]
    who = await office.server.backend.authenticate(token, None)
    start = messages.Start(id=new_id(), text="Huhuu", lang="fi")
    conv = (await office.server.backend.execute(who, start)).conv
    assert conv is not None
    return conv


async def _manned(office: Office) -> None:
    """Let an agent be there, so that conversations wait; nothing is offered by itself."""
    for department in await office.get("departments"):
        path = f"departments/{department['id']}"
        await office.put(path, {**department, "assignment": "manual"})
    found = await office.server.staff.by_cookie(office.agent.cookies[AGENT_COOKIE])
    assert found is not None
    await office.server.presence.touch(as_principal(*found), True)


async def _state(office: Office, conv: str) -> ConversationState:
    async with office.server.db.read() as tx:
        row = await conversations.load(tx, conv)
    assert row is not None
    return row.record.state


async def test_a_department_with_work_goes_only_when_somebody_takes_it_over(
    office: Office,
) -> None:
    await _manned(office)
    usual, other = await office.get("departments")
    await office.put(f"departments/{other['id']}", {**other, "usual": True})
    await office.put(f"departments/{usual['id']}", {**usual, "usual": True})
    waiting, served = await _waiting(office), await _waiting(office)
    found = await office.server.staff.by_cookie(office.agent.cookies[AGENT_COOKIE])
    assert found is not None
    accept = messages.Accept(id=new_id(), conv=served)
    await office.server.backend.execute(as_principal(*found), accept)
    before = await _state(office, waiting)
    assert before.queue is not None
    assert before.queue.department.id == usual["id"]

    await office.put(f"departments/{other['id']}", {**other, "usual": True})
    path = f"departments/{usual['id']}"
    status, code, said = await office.refused("DELETE", path)
    assert (status, code) == (409, "department_busy")
    assert said.startswith("2 wait or are served there")
    assert "move_to" in said
    assert (await _state(office, waiting)).queue == before.queue

    path = f"{ADMIN}/{path}?move_to={other['id']}"
    status, _, _ = await office.boss.ask("DELETE", path)
    assert status == 204
    after = await _state(office, waiting)
    assert after.queue is not None
    assert after.queue.department == Department(other["id"], other["name"])
    assert after.queue.since == before.queue.since  # the place is kept
    async with office.server.db.read() as tx:
        rows = list(await tx.execute(select(task.c.conversation, task.c.state, task.c.department)))
    assert sorted(rows) == sorted(
        [(waiting, "waiting", other["id"]), (served, "accepted", other["id"])]
    )
    assert (await _state(office, served)).assignee is not None
