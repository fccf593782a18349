"""A shop's page with co-browsing's part in it, and a test in the place of our frame.

The page comes from one origin and the part from another, as with a real shop. The test speaks
over the port as the frame does, and reads the binary frames that the recorder sends.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page

from tests.browser import NewContext
from tests.services.ports import free_port
from tests.services.server import Server

__all__ = ["ANNA", "RULES", "WORDS", "NewStage", "Shop", "Stage", "new_stage", "node_of", "shop"]

PATIENCE = 20.0  # seconds for the page to answer
ANNA = {"id": "v1", "person": {"id": "a1", "role": "agent", "name": "Anna"}, "colour": 0}
WORDS = {
    "seen": "{names} sees this page",
    "seenMany": "{names} see this page",
    "unseen": "Nobody looks at the moment",
    "paused": "Paused: this page is not shown",
    "stop": "Stop",
    "stopKey": "Esc",
    "preview": "What do they see?",
    "previewOff": "Close the preview",
    "hidden": "Hidden",
    "control": "{name} can click and fill here · {time}",
    "controlPaused": "{name} waits while you use the page · {time}",
    "takeBack": "Take back",
    "move": "Move this bar",
}
RULES: dict[str, Any] = {"version": "1", "mask": [], "block": [], "nocontrol": [], "pause": []}

# The frame's end of the port. `heard(kind, n)`: a promise of the n-th message of that kind; a
# "shot" is a binary frame with a snapshot in it.
HARNESS = """
const told = [], waiting = [];
const is = ({ t, bytes }, kind) => kind === t || (kind === 'shot' && bytes?.[1] === 1);
const of = (kind) => told.filter((message) => is(message, kind));
window.told = told;
window.heard = (kind, n) => new Promise((resolve) => {
  const look = () => of(kind).length >= n && (resolve(of(kind)[n - 1]), true);
  if (!look()) waiting.push(look);
});
window.part = import(new URL(document.currentScript.src).searchParams.get('part'));
window.begin = async () => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    told.push(data.t === 'data' ? { t: 'data', bytes: [...new Uint8Array(data.data)] } : data);
    for (const look of waiting.splice(0)) if (!look()) waiting.push(look);
  };
  window.say = (...messages) => messages.forEach((message) => port1.postMessage(message));
  (await part).start(port2);
};
"""

# The root is closed to the page. A test has to look inside, and notes that it would be closed.
PEEK = """
const real = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  if (this.localName !== 'tiski-cobrowse') return real.call(this, options);
  window.mode = options.mode;
  return (window.ours = real.call(this, { ...options, mode: 'open' }));
};
"""


@dataclass
class Shop:
    """Pages of a shop: what `body` is at a path, and what all are sent with."""

    port: int = field(default_factory=free_port)
    bodies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    part: str = ""

    @property
    def url(self) -> str:
        """The shop's origin: another site than ours, for the browser."""
        return f"http://127.0.0.1:{self.port}"

    async def page(self, request: web.Request) -> web.Response:
        """Serve the page at a path, or the test's end of the port."""
        if request.path == "/harness.js":
            return web.Response(text=HARNESS, content_type="text/javascript")
        body = self.bodies.get(request.path, "<h1>A shop</h1>")
        html = (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Shop</title>"
            "<meta name=viewport content='width=device-width'>"
            f"<script src='/harness.js?part={self.part}'></script><body>{body}</body></html>"
        )
        return web.Response(text=html, content_type="text/html", headers=self.headers)


@dataclass(frozen=True)
class Frame:
    """A binary frame (signaling/cobrowse/frames.py)."""

    kind: int
    epoch: int
    seq: int
    events: list[dict[str, Any]]

    @classmethod
    def of(cls, data: bytes) -> Frame:
        """Read one."""
        _, kind, flags, _, epoch, seq, _ = struct.unpack(">BBBBIId", data[:20])
        payload = gzip.decompress(data[20:]) if flags & 1 else data[20:]
        return cls(kind, epoch, seq, json.loads(payload))


class Stage:
    """One tab of the shop, and the frame that the test plays."""

    def __init__(self, page: Page, shop: Shop) -> None:
        self.page = page
        self.shop = shop
        self._ids = 0
        self._grants = 0
        self.grant_id = ""

    async def visit(self, body: str = "", path: str = "/", *, begin: bool = True) -> None:
        """Open a page of the shop with the part in it."""
        self.shop.bodies[path] = body
        await self.page.goto(self.shop.url + path)
        if begin:
            await self.page.evaluate("begin()")

    async def say(self, *messages: dict[str, Any]) -> None:
        """Say something as the frame."""
        await self.page.evaluate("(messages) => say(...messages)", list(messages))

    async def hear(self, kind: str, n: int = 1) -> dict[str, Any]:
        """Return the `n`th message of a kind that the page told, when it has.

        Raises:
            TimeoutError: it tells no such message.
        """
        async with asyncio.timeout(PATIENCE):
            heard = await self.page.evaluate("([k, n]) => heard(k, n)", [kind, n])
        message: dict[str, Any] = heard
        return message

    async def sent(self, word: str) -> None:
        """Wait until a word is in what the page sent."""
        while word not in repr(frames := await self.frames()):
            await self.hear("data", len(frames) + 1)

    async def told(self, kind: str) -> list[dict[str, Any]]:
        """Return all of a kind that the page has told so far."""
        everything: list[dict[str, Any]] = await self.page.evaluate("told")
        return [message for message in everything if message["t"] == kind]

    async def prepare(self, **rules: Any) -> dict[str, Any]:
        """Prepare under the site's rules, and return the answer."""
        await self.say({"t": "prepare", "rules": {**RULES, **rules}, "words": WORDS})
        async with asyncio.timeout(PATIENCE):
            return await self.page.evaluate(
                "Promise.race([heard('ready', 1), heard('trouble', 1)])"
            )

    async def share(self, **rules: Any) -> None:
        """Share the page with Anna."""
        assert (await self.prepare(**rules))["t"] == "ready"
        await self.say({"t": "start", "epoch": 0}, {"t": "viewers", "viewers": [ANNA]})
        await self.hear("page")

    async def shown(self, **rules: Any) -> None:
        """Share the page with Anna, who has seen it."""
        await self.share(**rules)
        await self.hear("data")

    async def grant(self, *caps: str, left: int = 60_000) -> str:
        """Let Anna operate the page."""
        self._grants += 1
        self.grant_id = f"g{self._grants}"
        grant = {"id": self.grant_id, "name": "Anna", "left": left}
        grant["caps"] = list(caps or ("scroll", "click", "fill"))
        await self.say({"t": "grant", "grant": grant})
        return self.grant_id

    def operation(self, op: str, node: int, epoch: int, **more: Any) -> dict[str, Any]:
        """Return an operation under the newest grant."""
        self._ids += 1
        operation = {"t": "operate", "id": f"o{self._ids}", "grant": self.grant_id}
        return {**operation, "epoch": epoch, "op": op, "node": node, **more}

    async def operate(self, op: str, what: str, **more: Any) -> str:
        """Operate the element with the id `what` (without `#`), and return the code."""
        frames = await self.frames()
        operation = self.operation(op, node_of(frames, what), frames[-1].epoch, **more)
        return await self.asked(operation)

    async def asked(self, operation: dict[str, Any]) -> str:
        """Ask for an operation, and return the code."""
        answered = len(await self.told("operated"))
        await self.say(operation)
        answer = await self.hear("operated", answered + 1)
        assert answer["id"] == operation["id"]
        code: str = answer["code"]
        return code

    async def frames(self) -> list[Frame]:
        """Return all binary frames so far."""
        return [Frame.of(bytes(message["bytes"])) for message in await self.told("data")]

    async def press(self, selector: str) -> None:
        """Click on something of ours with the mouse."""
        box = await self.page.evaluate(
            "(selector) => ours.querySelector(selector).getBoundingClientRect().toJSON()", selector
        )
        await self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    async def bar(self) -> str:
        """Return what the bar says, without what is only for screen readers."""
        text: str = await self.page.evaluate("ours.querySelector('.text').innerText")
        return text

    async def there(self) -> bool:
        """Return whether anything of ours stands in the page."""
        there: bool = await self.page.evaluate("document.querySelector('tiski-cobrowse') !== null")
        return there


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Give every node in an event of the recorder."""
    if isinstance(value, dict):
        if "attributes" in value and "id" in value and isinstance(value["attributes"], dict):
            yield value
        for each in value.values():
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def node_of(frames: list[Frame], what: str) -> int:
    """Return the recorder's number of the element with an id, as a viewer knows it."""
    for frame in reversed(frames):
        for node in nodes(frame.events):
            if node["attributes"].get("id") == what:
                number: int = node["id"]
                return number
    raise AssertionError(f"no frame has an element #{what}")


NewStage = Callable[..., Awaitable[Stage]]


@pytest_asyncio.fixture(loop_scope="session")
async def shop(shop_server: Server) -> AsyncIterator[Shop]:
    """Give a shop of the test's own."""
    shop = Shop(part=f"{shop_server.url}/page/cobrowse.js")
    app = web.Application()
    app.add_routes([web.get("/{path:.*}", shop.page)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", shop.port).start()
    yield shop
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def new_stage(shop: Shop, new_context: NewContext) -> NewStage:
    """Give a function that opens a tab of the shop."""

    async def make(**options: Any) -> Stage:
        context = await new_context(**options)
        await context.add_init_script(PEEK)
        return Stage(await context.new_page(), shop)

    return make
