"""Supervisors make and change accounts over HTTP."""

from __future__ import annotations

from typing import Any

from tests.server.supervised import ADMIN, Office, browser, http, office, server
from tests.server.test_http import Browser

__all__ = ["browser", "http", "office", "server"]

NEW = {"name": "New One", "email": "New@Demo.Example"}


async def _agent(office: Office, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in await office.get("agents") if one["name"] == name)
    return found


async def test_a_new_agent_signs_in_with_the_password_that_is_shown_once(office: Office) -> None:
    made = await office.make("agents", **NEW, lang="sv")
    password = made.pop("password")
    usual, _ = await office.get("departments")
    assert made == {
        "id": made["id"],
        "email": "new@demo.example",
        "name": "New One",
        "role": "agent",
        "capacity": 4,
        "max_calls": 1,
        "langs": ["fi", "sv", "en"],
        "departments": [usual["id"]],
        "skills": [],
    }
    assert made in await office.get("agents")
    login = {"email": NEW["email"], "password": password}
    status, found, _ = await office.anybody.ask("POST", "/api/v1/agent/login", json=login)
    assert (status, found["agent"]["name"]) == (200, "New One")
    status, me, _ = await office.anybody.ask("GET", "/api/v1/agent/me")
    assert (status, me["lang"]) == (200, "sv")
    assert (await office.deeds())[-1] == ("agent.added", made["id"])


async def test_what_is_given_can_be_put_back_and_every_setting_is_kept(office: Office) -> None:
    before = await _agent(office, "Agent One")
    assert await office.put(f"agents/{before['id']}", before) == before
    _, other = await office.get("departments")
    changed = {
        **before,
        "name": "Agent First",
        "role": "supervisor",
        "capacity": 6,
        "max_calls": 2,
        "langs": ["sv"],
        "departments": [other["id"]],
        "skills": [{"skill": "electronics", "level": 4}],
    }
    assert await office.put(f"agents/{before['id']}", changed) == changed
    assert changed in await office.get("agents")
    action, said = (await office.deeds())[-1]
    assert action == "agent.changed"
    assert said.split()[1:] == [
        "name", "role", "capacity", "max_calls", "langs", "departments", "skills"
    ]  # fmt: skip
    status, _, _ = await office.agent.ask("GET", f"{ADMIN}/agents")
    assert status == 200  # a supervisor now


BAD_AGENTS: list[tuple[dict[str, Any], int, str]] = [
    ({"capacity": 0}, 400, "bad_capacity"),
    ({"capacity": -4}, 400, "bad_capacity"),
    ({"capacity": 51}, 400, "bad_capacity"),
    ({"capacity": 2.5}, 400, "bad_request"),
    ({"max_calls": -1}, 400, "bad_capacity"),
    ({"capacity": 1, "max_calls": 2}, 400, "bad_capacity"),
    ({"langs": []}, 400, "bad_langs"),
    ({"langs": ["xx"]}, 400, "bad_langs"),
    ({"role": "owner"}, 400, "bad_request"),
    ({"name": ""}, 400, "bad_name"),
    ({"departments": ["x"]}, 400, "no_department"),
    ({"skills": [{"skill": "wine", "level": 1}]}, 400, "no_skill"),
    ({"skills": [{"skill": "tents", "level": 0}]}, 400, "bad_skills"),
    ({"skills": [{"skill": "tents"}]}, 400, "bad_request"),
]


async def test_an_agent_that_cannot_be_is_refused_and_nothing_changes(office: Office) -> None:
    for changes, status, code in BAD_AGENTS:
        before = await _agent(office, "Agent One")
        path = f"agents/{before['id']}"
        assert (await office.refused("PUT", path, {**before, **changes}))[:2] == (status, code)
        assert await _agent(office, "Agent One") == before
        assert (await office.refused("POST", "agents", {**NEW, **changes}))[:2] == (status, code)
        assert len(await office.get("agents")) == 3


BAD_ADDRESSES = [
    ("", 400, "bad_email"),
    ("nobody", 400, "bad_text"),
    ("agent1@demo.example", 409, "email_taken"),
    ("AGENT1@demo.example", 409, "email_taken"),
    ("boss@other.example", 409, "email_taken"),
]


async def test_an_address_that_cannot_be_is_refused(office: Office) -> None:
    for email, status, code in BAD_ADDRESSES:
        found = await office.refused("POST", "agents", {**NEW, "email": email})
        assert found[:2] == (status, code)


async def test_the_last_supervisor_stays_one(office: Office) -> None:
    boss = await _agent(office, "Supervisor")
    path = f"agents/{boss['id']}"
    found = await office.refused("PUT", path, {**boss, "role": "agent"})
    assert found[:2] == (409, "last_supervisor")
    assert (await _agent(office, "Supervisor"))["role"] == "supervisor"


async def test_who_is_no_supervisor_any_more_is_signed_out_and_others_are_not(
    office: Office,
) -> None:
    one = await _agent(office, "Agent One")
    await office.put(f"agents/{one['id']}", {**one, "role": "supervisor"})
    status, _, _ = await office.agent.ask("GET", "/api/v1/agent/me")
    assert status == 200
    await office.put(f"agents/{one['id']}", {**one, "role": "agent"})
    status, _, _ = await office.agent.ask("GET", "/api/v1/agent/me")
    assert status == 401


async def test_an_agent_may_belong_to_no_department(office: Office) -> None:
    one = await _agent(office, "Agent One")
    await office.put(f"agents/{one['id']}", {**one, "departments": []})
    members = [two["members"] for two in await office.get("departments")]
    assert all(one["id"] not in them for them in members)


async def test_colleagues_show_how_they_stand_to_everybody_of_the_staff(office: Office) -> None:
    status, found, _ = await office.agent.ask("GET", "/api/v1/agent/colleagues")
    assert status == 200
    two = next(one for one in found if one["name"] == "Agent Two")
    assert two.pop("since") > 0
    departments = await office.get("departments")
    assert two == {
        "id": two["id"],
        "name": "Agent Two",
        "role": "agent",
        "online": False,
        "available": True,
        "state": "available",
        "reason": "",
        "capacity": 4,
        "used": 0,
        "departments": [one["id"] for one in departments],
        "skills": [{"skill": "electronics", "level": 3}, {"skill": "tents", "level": 4}],
        "langs": ["fi", "en"],
    }
    status, _, _ = await Browser(office.agent._http, office.agent.url).ask(
        "GET", "/api/v1/agent/colleagues"
    )
    assert status == 401
