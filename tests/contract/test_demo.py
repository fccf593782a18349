"""The demo is a shop that one can try the queue in."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from server import demo
from server.domain.routing import Routing
from server.services.passwords import Passwords
from server.store import people
from server.store.database import Database
from server.store.queue_tables import (
    agent_capacity,
    agent_department,
    agent_skill,
    department,
    skill,
)
from server.store.tables import agent, site
from tests.contract.conftest import QUICK, Clock


async def test_demo_has_somebody_in_each_department_who_knows_what_its_rules_need(
    db: Database, clock: Clock
) -> None:
    for _ in range(2):  # over data that exists it does nothing
        await demo.seed(db, Passwords(QUICK), clock, ["http://127.0.0.1:8081"])
    members = (
        select(department.c.name, agent.c.email)
        .join(agent_department, agent_department.c.department == department.c.id)
        .join(agent, agent.c.id == agent_department.c.agent)
    )
    levels = (
        select(agent_skill.c.agent, agent_skill.c.level)
        .join(skill, skill.c.id == agent_skill.c.skill)
        .where(skill.c.name == "tents")
    )
    async with db.read() as tx:
        teams: dict[str, set[str]] = {}
        for name, email in await tx.execute(members):
            teams.setdefault(name, set()).add(email.partition("@")[0])
        kept = (await tx.execute(select(site.c.routing))).scalar_one()
        know = dict(map(tuple, await tx.execute(levels)))
        staff = await people.agents(tx)
        capacities = (await tx.execute(select(agent_capacity.c.capacity))).scalars().all()
    assert teams == {
        "Asiakaspalvelu": {"agent1", "agent2", "supervisor"},
        "Technical help": {"agent2", "supervisor"},
    }
    [rule] = msgspec.json.decode(kept, type=Routing).rules
    [need] = rule.needs
    assert (rule.pages, rule.department, need.skill) == ("/tent*", "", "tents")
    able = {one.email.partition("@")[0] for one in staff if know.get(one.id, 0) >= need.level}
    assert able == {"agent1", "agent2"}
    assert all(one.available and "fi" in one.langs for one in staff)
    assert sorted(capacities) == [2, 4, 4]
