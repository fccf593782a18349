"""A bank that does what the test says, and a visitor who is asked to go there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from server.identity.interface import Attempt, Evidence, IdentityError, Method
from server.identity.providers import Offer, Providers
from server.services.journey import Returned
from server.services.secrets import new_id
from server.services.verifications import COOKIE, Verifications
from server.store import attempts
from server.store.attempts import Row, Way
from signaling import messages
from signaling.backend import Principal
from signaling.events import ConversationState, EventBody
from signaling.identity import Level
from signaling.messages import Snapshot
from tests.contract.proven import identities_of, vault_of

if TYPE_CHECKING:
    from tests.contract.conftest import Desk, Node

METHOD = "testbank.one"
NAME, CODE = "Test Customer One", "131052-900W"
PAGE = "https://shop.example/cart"


def evidence(code: str = CODE, level: Level = "substantial", at: int = 1) -> Evidence:
    return Evidence("FI", code, NAME, level, "Test Bank", at)


@dataclass
class Bank:
    """A provider: `proves` or `refuses`; `open` holds its answers back until it is set."""

    id: str = "testbank"
    proves: Evidence = field(default_factory=evidence)
    refuses: Exception | None = None
    down: IdentityError | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[Attempt] = field(default_factory=list)
    finished: list[tuple[Attempt, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open.set()

    @property
    def methods(self) -> tuple[Method, ...]:
        one = Method(METHOD, "Test Bank", "redirect", "FI", "substantial")
        return (one, Method("testbank.low", "Low", "redirect", "FI", "low"))

    async def begin(self, attempt: Attempt) -> str:
        self.begun.append(attempt)
        if self.down is not None:
            raise self.down
        return f"https://bank.example/authorize?state={attempt.state}"

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Evidence:
        self.finished.append((attempt, dict(answer)))
        self.asked.set()
        await self.open.wait()
        if self.refuses is not None:
            raise self.refuses
        return self.proves


@dataclass
class Gone:
    """A browser at the bank."""

    attempt: str
    state: str
    cookies: dict[str, str]


@dataclass
class Banking:
    """A conversation whose visitor is asked to prove who they are, on two nodes."""

    desk: Desk
    bank: Bank
    one: Verifications
    two: Verifications
    visitor: Principal
    conv: str
    verification: str = ""

    @classmethod
    async def at(cls, desk: Desk, level: Level = "substantial") -> Banking:
        bank, vault = Bank(), vault_of()

        def of(node: Node) -> Verifications:
            return Verifications(
                node.db,
                node.conversations,
                Providers([Offer(bank, frozenset({"shop"}))]),
                identities_of(node, vault),
                vault,
                node.clock,
                "https://tiski.example",
            )

        visitor = await desk.visitor()
        conv = await desk.served(visitor)
        banking = cls(desk, bank, of(desk.one), of(desk.two), visitor, conv)
        await banking.ask(level)
        return banking

    @property
    def agent(self) -> Principal:
        return self.desk.agents[0]

    async def ask(self, level: Level = "substantial") -> None:
        wish = messages.AskIdentity(id=new_id(), conv=self.conv, purpose="refund", level=level)
        ack = await self.desk.one.backend.execute(self.agent, wish)
        assert ack.verification is not None
        self.verification = ack.verification

    async def start(
        self,
        who: Principal | None = None,
        *,
        method: str = METHOD,
        way: Way = "popup",
        return_url: str | None = None,
        address: str = "203.0.113.7",
    ) -> tuple[str, str]:
        """Choose a method; return the attempt and the handle."""
        started = await self.one.start(
            who or self.visitor,
            conv=self.conv,
            verification=self.verification,
            method=method,
            way=way,
            lang="fi",
            return_url=return_url,
            address=address,
        )
        assert started.handle is not None
        return started.attempt, started.handle

    async def go(self, *, way: Way = "popup", return_url: str | None = None) -> Gone:
        """Go to the bank, by another node than the one that was asked first."""
        attempt, handle = await self.start(way=way, return_url=return_url)
        going = await self.two.go(handle)
        assert going is not None
        assert going.address is not None
        [state] = parse_qs(urlsplit(going.address).query)["state"]
        return Gone(attempt, state, {COOKIE + attempt: going.cookie})

    async def back(self, gone: Gone, *, node: Verifications | None = None) -> Returned:
        """Come back from the bank."""
        answer = {"code": "good", "state": gone.state}
        return await (node or self.one).callback("testbank", answer, gone.cookies)

    async def proves(self, code: str = CODE) -> None:
        """Do it all."""
        self.bank.proves = evidence(code)
        assert (await self.back(await self.go())).said == "verified"

    async def go_elsewhere(self) -> Gone:
        """Let another visitor go to the bank from a browser of their own."""
        other = await self.desk.visitor()
        conv = await self.desk.served(other)
        elsewhere = replace(self, visitor=other, conv=conv)
        await elsewhere.ask()
        return await elsewhere.go()

    async def end(self, who: Principal) -> None:
        """Withdraw or decline."""
        end = messages.EndIdentity(id=new_id(), conv=self.conv, verification=self.verification)
        await self.desk.two.backend.execute(who, end)

    async def close(self) -> None:
        close = messages.Close(id=new_id(), conv=self.conv, reason="solved")
        await self.desk.two.backend.execute(self.agent, close)

    async def state(self) -> ConversationState:
        return (await self.desk.two.reading.access(self.agent, self.conv)).state

    async def told(self, who: Principal | None = None) -> list[EventBody]:
        opened = await self.desk.one.backend.open_conversation(who or self.agent, self.conv, None)
        assert isinstance(opened, Snapshot)
        return [event.event for event in opened.events]

    async def row(self, attempt: str) -> Row:
        async with self.desk.one.db.read() as tx:
            row = await attempts.by_id(tx, attempt)
        assert row is not None
        return row
