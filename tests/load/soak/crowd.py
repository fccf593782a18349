"""People who call each other for a while, in twos and threes, and do what people and attackers do.

Each call: a shopper begins a conversation, an agent takes it and calls, the shopper joins,
sometimes an expert comes by link; somebody reconnects, leaves, vanishes without a word. Beside the
calls garbage comes to every port. What happens when is chance from a seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections import Counter
from typing import Any, Final

import aiohttp
from yarl import URL

from server.demo import PASSWORD, SITE_KEY
from server.domain.audience import VISITOR_UNKNOWN
from tests.load.media_load.connection import ConnectError
from tests.load.media_load.content import sound
from tests.load.media_load.dtls import Certificate
from tests.load.soak.person import HOST, Person, RefusedError, Talk
from tests.services.server import Server

__all__ = ["Crowd"]

MEDIA: Final = ["audio", "video"]
THIRD: Final = 0.4  # of the calls have an expert
RECONNECTS: Final = 0.5  # of the calls see somebody reconnect
STAY: Final = (2.0, 8.0)  # seconds
LOST: Final = 18.0  # seconds until the server has taken out who vanished
SCOPE: Final = ["hear", "see", "speak"]
GARBAGE_EVERY: Final = 1.0  # seconds
GARBAGE: Final = 100  # datagrams
MISHAPS: Final = (RefusedError, ConnectError, TimeoutError, aiohttp.ClientError, OSError)


class Crowd:
    """People on a server. `run` in tasks; what came of it is in `ended` and `problems`."""

    def __init__(self, server: Server, seed: int) -> None:
        self.ended: Counter[str] = Counter()
        """How calls ended."""
        self.problems: Counter[str] = Counter()
        """Calls that did not go as meant, by the reason."""
        self._server = server
        self._chance = random.Random(seed)
        self._certificate = Certificate()
        self._tone = sound()
        # As browsers do: secure cookies count on localhost without TLS.
        jar = aiohttp.CookieJar(treat_as_secure_origin=URL(server.url))
        self._agent = aiohttp.ClientSession(headers={"Origin": server.url}, cookie_jar=jar)

    async def open(self) -> None:
        """Sign the agent in."""
        account = {"email": "agent1@demo.example", "password": PASSWORD}
        await self._post(self._agent, "/agent/login", account)

    async def aclose(self) -> None:
        """Sign out."""
        await self._agent.close()

    async def keep_calling(self, until: float) -> None:
        """Have calls, one after the other, until `until` on the loop's clock."""
        while asyncio.get_running_loop().time() < until:
            try:
                self.ended[await self.call()] += 1
            except MISHAPS as error:
                self.problems[f"{type(error).__name__}: {error}"[:120]] += 1

    async def call(self) -> str:
        """Have one call; return how it ended."""
        talk = Talk("", self._certificate, self._tone)
        people: list[Person] = []
        try:
            agent, visitor = await self._meet(talk, people)
            talk.call = (await agent.ask("call.start", conv=talk.conv, media=MEDIA))["call"]
            await agent.publish()
            await visitor.say("call.join", media=MEDIA)
            await visitor.publish()
            if self._chance.random() < THIRD:
                await self._call_in_expert(talk, agent, people)
            await self._stay()
            if not all(person.received for person in people):
                self.problems["somebody received nothing"] += 1
            if self._chance.random() < RECONNECTS:
                await self._come_back(self._chance.choice(people))
            return await self._part(agent, visitor, people)
        finally:
            await self._tidy(talk, people)
            for person in people:
                await person.aclose()

    async def _meet(self, talk: Talk, people: list[Person]) -> tuple[Person, Person]:
        async with aiohttp.ClientSession(headers={"Origin": self._server.url}) as http:
            made = await self._post(http, "/visitor/session", {"site": SITE_KEY, "create": True})
        visitor = Person(self._server.url, made["token"], talk, VISITOR_UNKNOWN.id)
        people.append(visitor)
        await visitor.come()
        words = {"text": "Is this tent waterproof?", "lang": "en"}
        talk.conv = (await visitor.ask("conversation.start", **words))["conv"]
        token = (await self._post(self._agent, "/agent/token", {}))["token"]
        agent = Person(self._server.url, token, talk)
        people.append(agent)
        await agent.come()
        await agent.ask("conversation.accept", conv=talk.conv)
        return agent, visitor

    async def _call_in_expert(self, talk: Talk, agent: Person, people: list[Person]) -> None:
        invites = f"/agent/conversations/{talk.conv}/invites"
        made = await self._post(self._agent, invites, {"scope": SCOPE})
        async with aiohttp.ClientSession(headers={"Origin": self._server.url}) as http:
            secret = made["url"].partition("#")[2]
            way = {"secret": secret, "name": "Expert One"}
            seat = await self._post(http, "/invites/redeem", way)
        await agent.ask("expert.admit", conv=talk.conv, expert=seat["you"]["id"])
        expert = Person(self._server.url, seat["token"], talk)
        people.append(expert)
        await expert.come()
        await expert.say("call.join", media=MEDIA)
        await expert.publish()

    async def _come_back(self, person: Person) -> None:
        """Lose the wire, or wire and media, as on the shop's next page; go on."""
        if self._chance.random() < 0.5:
            await person.vanish()
            await person.come()
            await person.publish()
        else:
            await person.come()
        await self._stay()

    async def _part(self, agent: Person, visitor: Person, people: list[Person]) -> str:
        how = self._chance.choice(("ended", "left", "vanished", "all vanished", "closed"))
        if how == "ended":
            await agent.say("call.end")
        elif how == "left":
            for person in reversed(people):
                with contextlib.suppress(RefusedError):  # the last but one ends it for the last
                    await person.say("call.leave")
        elif how == "vanished":
            await visitor.vanish()
            if self._chance.random() < 0.5:
                await asyncio.sleep(LOST)
            with contextlib.suppress(RefusedError):
                await agent.say("call.end")
        elif how == "all vanished":
            for person in people:
                await person.vanish()
        return how

    async def _tidy(self, talk: Talk, people: list[Person]) -> None:
        """Let the agent close the conversation, with the call if it is on: they have many."""
        for agent in people[1:2]:
            with contextlib.suppress(*MISHAPS):
                await agent.come()
                await agent.ask("conversation.close", conv=talk.conv, reason="resolved")

    async def _stay(self) -> None:
        await asyncio.sleep(self._chance.uniform(*STAY))

    async def _post(self, http: aiohttp.ClientSession, path: str, body: object) -> dict[str, Any]:
        async with http.post(f"{self._server.url}/api/v1{path}", json=body) as response:
            if response.status not in (200, 201):
                raise RefusedError(f"POST {path}: {response.status}")
            answer: dict[str, Any] = await response.json()
            return answer

    # -- garbage ------------------------------------------------------------------------------

    async def keep_spoiling(self, until: float) -> None:
        """Send to every port what nobody there wants, until `until`."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            while loop.time() < until:
                for _ in range(GARBAGE):
                    with contextlib.suppress(BlockingIOError):
                        sender.sendto(self._junk(), (HOST, self._server.media_port))
                with contextlib.suppress(OSError, aiohttp.ClientError, TimeoutError):
                    async with asyncio.timeout(5.0):
                        await self._spoil_streams()
                await asyncio.sleep(GARBAGE_EVERY)

    def _junk(self) -> bytes:
        first = self._chance.choice((0, 1, 20, 22, 128, 144, 200, 255))
        return bytes([first]) + self._chance.randbytes(self._chance.randrange(1, 1200))

    async def _spoil_streams(self) -> None:
        for port in (self._server.media_port, self._server.port):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.write(self._junk())
            await writer.drain()
            writer.close()
        async with (
            aiohttp.ClientSession(headers={"Origin": self._server.url}) as http,
            http.ws_connect(f"{self._server.url}/ws") as ws,
        ):
            await ws.send_str(self._chance.choice(("", "{}", '{"t":"hello"}', "[" * 1000)))
            await ws.receive()
