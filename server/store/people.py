"""Reads and writes sites, agents, visitors and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Select, case, delete, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from ulid import ULID

from server.store.clock import database_now
from server.store.leases import is_online, run_out
from server.store.queue_tables import agent_capacity, agent_department, department
from server.store.tables import (
    agent,
    agent_session,
    site,
    visitor,
    visitor_session,
)
from signaling.events import Person, Visitor

__all__ = ["Agent", "Session", "Site"]

#: What a new site's first department is called, where all goes that has no place of its own.
_USUAL = {"fi": "Asiakaspalvelu", "sv": "Kundtjänst", "en": "Customer service"}


@dataclass(frozen=True, slots=True)
class Site:
    """A shop."""

    id: str
    key: str
    name: str
    color: str
    langs: list[str]
    origins: list[str]


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of a site's staff."""

    id: str
    site: str
    email: str
    name: str
    role: str
    password: str
    lang: str
    available: bool  # takes new work, as they have said or the router has
    permissions: tuple[str, ...] = ()  # what only some of the staff may: "reveal"
    langs: tuple[str, ...] = ("fi", "sv", "en")  # that they serve in

    @property
    def person(self) -> Person:
        if self.role == "supervisor":
            return Person(id=self.id, role="supervisor", name=self.name)
        return Person(id=self.id, role="agent", name=self.name)


@dataclass(frozen=True, slots=True)
class Session:
    """A visitor's browser and whose it is."""

    id: str
    visitor: Visitor
    site: str
    resume: str  # hashed


def _site(row: Any) -> Site:
    langs = msgspec.json.decode(row.langs, type=list[str])
    origins = msgspec.json.decode(row.origins, type=list[str])
    return Site(row.id, row.key, row.name, row.color, langs, origins)


def _agent(row: Any) -> Agent:
    permissions = msgspec.json.decode(row.permissions, type=tuple[str, ...])
    langs = msgspec.json.decode(row.langs, type=tuple[str, ...])
    return Agent(
        row.id,
        row.site,
        row.email,
        row.name,
        row.role,
        row.password,
        row.lang,
        row.status == "available",
        permissions,
        langs,
    )


_status = agent_capacity.c.state.label("status")


def _agents() -> Select[Any]:
    return select(agent, _status).join(agent_capacity, agent_capacity.c.agent == agent.c.id)


async def site_by_key(tx: AsyncConnection, key: str) -> Site | None:
    row = (await tx.execute(select(site).where(site.c.key == key))).first()
    return None if row is None else _site(row)


async def site_by_id(tx: AsyncConnection, key: str) -> Site | None:
    row = (await tx.execute(select(site).where(site.c.id == key))).first()
    return None if row is None else _site(row)


async def sites(tx: AsyncConnection) -> list[Site]:
    return [_site(row) for row in await tx.execute(select(site).order_by(site.c.id))]


def _site_columns(known: Site) -> dict[str, str]:
    return {
        "name": known.name,
        "color": known.color,
        "langs": msgspec.json.encode(known.langs).decode(),
        "origins": msgspec.json.encode(known.origins).decode(),
    }


async def add_site(tx: AsyncConnection, new: Site) -> None:
    """Add a site with its usual department."""
    await tx.execute(insert(site).values(id=new.id, key=new.key, **_site_columns(new)))
    await tx.execute(
        insert(department).values(
            id=str(ULID()),
            site=new.id,
            name=_USUAL.get(new.langs[0] if new.langs else "", _USUAL["en"]),
            usual=True,
            created_at=database_now(),
        )
    )


async def set_site(tx: AsyncConnection, known: Site) -> None:
    """Store what may change of a site: all but its id and key."""
    await tx.execute(update(site).where(site.c.id == known.id).values(_site_columns(known)))


async def identify_of_site(tx: AsyncConnection, key: str) -> bytes | None:
    """Return the sealed secret that the shop signs its customers with."""
    query = select(site.c.identify).where(site.c.id == key)
    sealed: bytes | None = (await tx.execute(query)).scalar_one_or_none()
    return sealed


async def set_identify(tx: AsyncConnection, key: str, sealed: bytes) -> None:
    await tx.execute(update(site).where(site.c.id == key).values(identify=sealed))


async def add_agent(tx: AsyncConnection, new: Agent, now: int) -> None:
    """Add an account, a member of the site's usual department."""
    await tx.execute(
        insert(agent).values(
            id=new.id,
            site=new.site,
            email=new.email.lower(),
            name=new.name,
            role=new.role,
            password=new.password,
            lang=new.lang,
            langs=msgspec.json.encode(new.langs).decode(),
            permissions=msgspec.json.encode(new.permissions).decode(),
            created_at=now,
        )
    )
    await tx.execute(
        insert(agent_capacity).values(
            agent=new.id,
            site=new.site,
            since=database_now(),
            idle_since=database_now(),
            **_said(new.available),
        )
    )
    usual = select(literal(new.id), department.c.id).where(
        department.c.site == new.site, department.c.usual
    )
    await tx.execute(insert(agent_department).from_select(["agent", "department"], usual))


def _said(available: bool) -> dict[str, str]:
    """Return the columns of the state of one who takes work, or has a break for no said reason."""
    return {
        "state": "available" if available else "away",
        "reason": "" if available else "other",
    }


async def agent_by_email(tx: AsyncConnection, email: str) -> Agent | None:
    query = _agents().where(agent.c.email == email.strip().lower())
    row = (await tx.execute(query)).first()
    return None if row is None else _agent(row)


async def agent_by_id(tx: AsyncConnection, key: str, *, lock: bool = False) -> Agent | None:
    query = _agents().where(agent.c.id == key)
    row = (await tx.execute(query.with_for_update(of=agent) if lock else query)).first()
    return None if row is None else _agent(row)


async def agents(tx: AsyncConnection, site_id: str | None = None) -> list[Agent]:
    query = _agents().order_by(agent.c.name, agent.c.id)
    if site_id is not None:
        query = query.where(agent.c.site == site_id)
    return [_agent(row) for row in await tx.execute(query)]


async def online(tx: AsyncConnection, site_id: str) -> list[Agent]:
    """Return the staff of a site with a live lease, available or not."""
    query = _agents().where(agent.c.site == site_id, is_online(agent.c.id))
    return [_agent(row) for row in await tx.execute(query.order_by(agent.c.name, agent.c.id))]


async def set_password(tx: AsyncConnection, key: str, password: str) -> None:
    await tx.execute(update(agent).where(agent.c.id == key).values(password=password))


async def set_permissions(tx: AsyncConnection, key: str, permissions: tuple[str, ...]) -> None:
    kept = msgspec.json.encode(permissions).decode()
    await tx.execute(update(agent).where(agent.c.id == key).values(permissions=kept))


async def set_available(tx: AsyncConnection, key: str, available: bool) -> None:
    """Let an agent take new work, or none; `since` stays when that is so already."""
    said = _said(available)
    change = update(agent_capacity).where(
        agent_capacity.c.agent == key, agent_capacity.c.state != said["state"]
    )
    await tx.execute(change.values(since=database_now(), **said))


# --- sessions of agents -----------------------------------------------------------------------


async def open_agent_session(
    tx: AsyncConnection, *, key: str, agent_id: str, secret: str, now: int, expires_at: int
) -> None:
    await tx.execute(
        insert(agent_session).values(
            id=key, agent=agent_id, secret=secret, created_at=now, expires_at=expires_at
        )
    )


async def agent_by_session(
    tx: AsyncConnection, now: int, *, key: str | None = None, secret: str | None = None
) -> tuple[str, Agent] | None:
    """Return the live session by its id or its hashed secret, and its agent."""
    condition = agent_session.c.id == key if secret is None else agent_session.c.secret == secret
    query = (
        _agents()
        .add_columns(agent_session.c.id.label("session"))
        .join(agent_session, agent_session.c.agent == agent.c.id)
        .where(condition, agent_session.c.expires_at > now)
    )
    row = (await tx.execute(query)).first()
    return None if row is None else (row.session, _agent(row))


async def end_agent_sessions(
    tx: AsyncConnection, agent_id: str, session: str | None = None
) -> None:
    """End one session of an agent, or all; their leases run out now, and the next sweep tells."""
    mine = agent_session.c.agent == agent_id
    chosen = mine if session is None else mine & (agent_session.c.id == session)
    await tx.execute(delete(agent_session).where(chosen))
    await run_out(tx, agent_id, session)


# --- visitors ---------------------------------------------------------------------------------


async def add_visitor(tx: AsyncConnection, new: Visitor, site_id: str, now: int) -> None:
    await tx.execute(
        insert(visitor).values(
            id=new.id,
            site=site_id,
            name=new.name,
            email=new.email,
            kind=new.kind,
            customer=new.customer or None,
            created_at=now,
        )
    )


async def lock_visitor(tx: AsyncConnection, key: str) -> Visitor | None:
    """Return a visitor and keep others from opening a conversation of theirs meanwhile."""
    row = (await tx.execute(select(visitor).where(visitor.c.id == key).with_for_update())).first()
    return None if row is None else _visitor(row)


def _visitor(row: Any) -> Visitor:
    return Visitor(row.id, row.name, row.email, row.kind, row.customer or "")


async def set_customer(tx: AsyncConnection, known: Visitor) -> None:
    """Store who the shop says that a visitor is."""
    change = update(visitor).where(visitor.c.id == known.id)
    await tx.execute(
        change.values(name=known.name, email=known.email, kind=known.kind, customer=known.customer)
    )


async def set_contact(tx: AsyncConnection, known: Visitor) -> None:
    change = update(visitor).where(visitor.c.id == known.id)
    await tx.execute(change.values(name=known.name, email=known.email))


async def open_visitor_session(
    tx: AsyncConnection,
    *,
    key: str,
    visitor_id: str,
    secret: str,
    resume: str,
    now: int,
    expires_at: int,
) -> None:
    await tx.execute(
        insert(visitor_session).values(
            id=key,
            visitor=visitor_id,
            secret=secret,
            resume=resume,
            created_at=now,
            expires_at=expires_at,
        )
    )


async def visitor_by_session(
    tx: AsyncConnection,
    now: int,
    *,
    key: str | None = None,
    secret: str | None = None,
    resume: str | None = None,
) -> Session | None:
    """Return the live session by its id, its hashed cookie or its hashed resume secret."""
    if key is not None:
        condition = visitor_session.c.id == key
    elif secret is not None:
        condition = visitor_session.c.secret == secret
    else:
        condition = or_(
            visitor_session.c.resume == resume, visitor_session.c.resume_before == resume
        )
    query = (
        select(
            visitor_session.c.id.label("session"),
            visitor_session.c.resume,
            visitor,
        )
        .join(visitor, visitor.c.id == visitor_session.c.visitor)
        .where(condition, visitor_session.c.expires_at > now)
    )
    row = (await tx.execute(query)).first()
    if row is None:
        return None
    return Session(row.session, _visitor(row), row.site, row.resume)


async def rotate_visitor_session(
    tx: AsyncConnection, session: str, *, secret: str | None, resume: str, expires_at: int
) -> None:
    """Give a session new secrets; the resume secret before works until the next rotation."""
    values: dict[str, Any] = {
        "resume_before": case(
            (visitor_session.c.resume == resume, visitor_session.c.resume_before),
            else_=visitor_session.c.resume,
        ),
        "resume": resume,
        "expires_at": expires_at,
    }
    if secret is not None:
        values["secret"] = secret
    await tx.execute(update(visitor_session).where(visitor_session.c.id == session).values(values))


async def end_visitor_session(tx: AsyncConnection, session: str) -> None:
    await tx.execute(delete(visitor_session).where(visitor_session.c.id == session))
