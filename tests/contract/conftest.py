"""The services on a real database, SQLite and PostgreSQL in turn, with a clock of the test's."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update
from ulid import ULID

from server.domain.commands import Actor
from server.services.audit import Audit
from server.services.backend import ApplicationBackend
from server.services.cobrowse import CobrowseService
from server.services.conversations import Conversations
from server.services.deadlines import Deadlines
from server.services.files import Files
from server.services.invites import Invites
from server.services.outbox import Outbox
from server.services.passwords import Passwords
from server.services.presence import Presence
from server.services.reading import Reading
from server.services.routing import Router
from server.services.staff import Staff
from server.services.standing import Standing
from server.services.tokens import Tokens
from server.services.visitors import Visitors
from server.store import people
from server.store.database import Database
from server.store.migrate import fact, migrate
from server.store.people import Agent, Site
from server.store.queue_tables import agent_capacity
from signaling import messages
from signaling.backend import Principal
from signaling.hints import Hint, decode
from tests.contract.shown import Shown
from tests.services.postgres import PostgresServer


class Clock:
    """UTC milliseconds that stand still until the test moves them."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def forward(self, *, seconds: float) -> None:
        self.now += int(seconds * 1000)


@dataclass
class Recorder:
    """A bus that keeps what is published; `broken`: the process ends before it gets there."""

    published: list[tuple[str, Hint]] = field(default_factory=list)
    broken: bool = False

    async def publish(self, topic: str, data: bytes) -> None:
        if self.broken:
            raise ConnectionError("killed between commit and publish")
        self.published.append((topic, decode(data)))

    def subscribe(self, topic: str, callback: object) -> object:
        raise AssertionError("services do not listen")

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.published]


class Node:
    """One node's services on a database."""

    def __init__(self, db: Database, clock: Clock, epoch: str, data: Path) -> None:
        self.db = db
        self.clock = clock
        self.bus = Recorder()
        self.node = str(ULID())
        bus = self.bus
        self.tokens = Tokens("k" * 48, clock)
        self.audit = Audit(clock)
        self.outbox = Outbox(db, bus, clock)  # type: ignore[arg-type]
        self.presence = Presence(db, bus, self.node)  # type: ignore[arg-type]
        self.conversations = Conversations(db, self.outbox, self.audit, clock, epoch)
        self.router = Router(db, self.conversations, self.outbox, self.audit)
        self.presence.follow(back=self.router.returned, gone=self.router.gone)
        self.reading = Reading(db, epoch)
        self.files = Files(db, data / "files", clock)
        self.deadlines = Deadlines(db, self.conversations, self.presence, self.files, clock)
        self.invites = Invites(db, self.conversations, self.tokens, clock)
        self.visitors = Visitors(db, bus, self.tokens, clock)  # type: ignore[arg-type]
        self.staff = Staff(
            db,
            bus,  # type: ignore[arg-type]
            Passwords(QUICK),
            self.tokens,
            self.presence,
            self.audit,
            clock,
        )
        self.backend = ApplicationBackend(
            db,
            self.tokens,
            self.conversations,
            self.reading,
            self.presence,
            self.router.desks,
            Standing(db),
            clock,
        )
        self.cobrowse = CobrowseService(db, self.backend.authenticate, self.audit, clock)


@dataclass
class Desk:
    """A shop with two agents and a supervisor, served by two nodes on one database."""

    one: Node
    two: Node
    clock: Clock
    site: Site
    agents: list[Principal]
    supervisor: Principal

    async def visitor(self) -> Principal:
        """Come in as a new visitor."""
        opened = await self.one.visitors.session(
            self.site.id, cookie=None, resume=None, create=True
        )
        assert opened is not None
        return await self.one.backend.authenticate(opened.token, None)

    async def conversation(self, who: Principal, text: str = "Huhuu") -> str:
        """Let a visitor begin to talk; return the conversation."""
        ack = await self.one.backend.execute(who, start(text))
        assert ack.conv is not None
        return ack.conv

    async def served(self, who: Principal) -> str:
        """Let a visitor be served by the first agent; return the conversation."""
        await self.unburden()
        conv = await self.conversation(who)
        await self.one.backend.execute(self.agents[0], messages.Accept(id=new_id(), conv=conv))
        return conv

    async def unburden(self) -> None:
        """Let the agents take as many as a test likes."""
        async with self.one.db.write() as tx:
            await tx.execute(update(agent_capacity).values(capacity=1000))

    async def expert(self, conv: str, name: str = "Expert") -> Principal:
        """Let an expert take a seat in consult."""
        _, secret = await self.one.invites.create(
            self.agents[0], conv, ["chat", "hear", "see", "speak"]
        )
        seated = await self.one.invites.redeem(secret, name)
        return await self.one.backend.authenticate(seated.token, None)


def new_id() -> str:
    return str(ULID())


def start(text: str = "Huhuu", **more: object) -> messages.Start:
    return messages.Start(id=new_id(), text=text, lang="fi", **more)  # type: ignore[arg-type]


def staff_actor(who: Principal) -> Actor:
    return Actor(who.person, "staff")


#: Argon2 is slow on purpose, which tests need not feel.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "a long enough password"


KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tiski.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def _migrated(url: str) -> str:
    async def bring() -> None:
        db = Database(url)
        await migrate(db)
        await db.aclose()

    with asyncio.Runner() as runner:
        runner.run(bring())
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database of this release's form, to be copied: migrating takes a second."""
    file = tmp_path_factory.mktemp("template") / "tiski.db"
    _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[str]:
    """Give the address of the same on PostgreSQL."""
    with postgres_server.database() as url:
        yield _migrated(url)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database of each kind, of this release's form."""
    if request.param == "sqlite":
        file = tmp_path / "tiski.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database(request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    db = Database(database_url, clock)
    yield db
    await db.aclose()


@pytest.fixture
async def desk(db: Database, clock: Clock, tmp_path: Path) -> Desk:
    epoch = await fact(db, "epoch")
    one, two = (Node(db, clock, epoch, tmp_path) for _ in range(2))
    site = Site(new_id(), "shop", "Shop", "#123456", ["fi"], ["https://shop.example"])
    hashed = await Passwords(QUICK).hash(PASSWORD)
    staff = [
        Agent(new_id(), site.id, f"{name}@shop.example", name, role, hashed, "fi", True)
        for name, role in (("One", "agent"), ("Two", "agent"), ("Boss", "supervisor"))
    ]
    principals = []
    async with db.write() as tx:
        await people.add_site(tx, site)
        for agent in staff:
            await people.add_agent(tx, agent, clock())
            session = new_id()
            await people.open_agent_session(
                tx,
                key=session,
                agent_id=agent.id,
                secret=new_id(),
                now=clock(),
                expires_at=clock() + 10**9,
            )
            principals.append(Principal(agent.person, "staff", site.id, session, 1e12))
    return Desk(one, two, clock, site, principals[:2], principals[2])


@pytest.fixture
async def served(desk: Desk) -> Shown:
    visitor = await desk.visitor()
    return Shown(desk, visitor, await desk.served(visitor))


@pytest.fixture
async def shown(served: Shown) -> Shown:
    ack = await served.start()
    assert ack.cobrowse is not None
    served.id = ack.cobrowse
    return served
