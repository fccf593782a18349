"""Pages of a hostile browser run nothing in the player and reach nobody from it.

The same corpus goes through the replayer alone first: there it does reach the attacker, so
these tests can fail.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import BrowserContext, Page

from tests.browser import NewContext
from tests.cobrowse.hostile.attacker import Attacker, attacker
from tests.cobrowse.hostile.events import FORGED, element, page
from tests.cobrowse.hostile.pages import PAGES
from tests.cobrowse.mirror import RECORDER, Mirror, eventually
from tests.services.server import ROOT, Server

pytestmark = pytest.mark.e2e

OpenMirror = Callable[[], Awaitable[Mirror]]
Corpus = dict[str, tuple[Any, list[Any]]]

REPLAYER = ROOT / "web/node_modules/@rrweb/replay/dist/replay.umd.min.cjs"
CANARY = "CANARY"
_NOWHERE = "http://attacker.invalid"  # where pages look while they are recorded
_REPLAY = """events => {
  // As replayers are that draw canvases: with scripts.
  const options = { liveMode: true, useVirtualDom: false, UNSAFE_replayCanvas: true };
  const replayer = new rrwebReplay.Replayer([], options);
  replayer.startLive(Date.now() + 1e9);
  for (const event of JSON.parse(events)) {
    try { replayer.addEvent({ timestamp: 1, ...event }); } catch { /* nonsense is not played */ }
  }
}"""


def _run(evil: str) -> str:
    """Return a script that tells on itself in every way; it has no quotes, for any attribute."""
    return (
        f"(new Image).src=`{evil}/ran`;console.log(`{CANARY}`);"
        f"try{{top.document.title=`{CANARY}`}}catch(e){{}};try{{alert(`{CANARY}`)}}catch(e){{}}"
    )


@pytest_asyncio.fixture(loop_scope="session")
async def enemy() -> AsyncIterator[Attacker]:
    async with attacker() as listening:
        yield listening


async def _corpus(new_context: NewContext, enemy: Attacker) -> Corpus:
    """Record the pages, with the attacker nowhere yet, and forge the events."""
    context = await new_context(permissions=[])
    # Nothing to load, and nowhere to go to: a page that refreshes itself stays.
    await context.route(f"{_NOWHERE}/**", lambda route: route.fulfill(status=204))
    await context.add_init_script("window.alert = () => {}")
    shop = await context.new_page()
    corpus: Corpus = {}
    for name, html in PAGES.items():
        evil = f"{_NOWHERE}/{name}"
        whole = "<!doctype html><p>hostile</p>" + html.format(evil=evil, run=_run(evil))
        written = json.dumps(await _recorded(shop, whole))
        corpus[name] = (json.loads(written.replace(_NOWHERE, enemy.url)), [])
    for name, forge in FORGED.items():
        evil = f"{enemy.url}/{name}"
        corpus[name] = forge(evil, _run(evil))
    await context.close()
    return corpus


async def _recorded(shop: Page, html: str) -> Any:
    """Return the snapshot of a page that is parsed, but whose scripts do not run."""
    await shop.goto("about:blank")
    await shop.add_script_tag(path=RECORDER)
    return await shop.evaluate(
        """html => {
          // Parsed where nothing loads, then taken over node by node: what is in it stays.
          const parsed = new DOMParser().parseFromString(html, 'text/html');
          const taken = document.adoptNode(parsed.documentElement);
          document.replaceChild(taken, document.documentElement);
          const events = [];
          const stop = rrwebRecord.record({ emit: (event) => events.push(event) });
          stop();
          return events.filter(({ type }) => type === 4 || type === 2);
        }""",
        html,
    )


async def test_the_corpus_reaches_the_attacker_through_the_replayer_alone(
    new_context: NewContext, enemy: Attacker
) -> None:
    corpus = await _corpus(new_context, enemy)

    async def blank(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><body></body>", content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", blank)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        context = await new_context(permissions=[])
        said: list[str] = []
        context.on("console", lambda message: said.append(message.text))
        context.on("dialog", lambda dialog: dialog.dismiss())
        plain = await context.new_page()
        await plain.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await plain.add_script_tag(path=REPLAYER)
        for snapshot, deltas in corpus.values():
            if isinstance(snapshot, list):
                await plain.evaluate(_REPLAY, json.dumps([*snapshot, *deltas]))

        async def enough() -> bool:
            return len({path.split("/")[1] for path in enemy.paths}) >= 25

        await eventually(enough)
        assert any(path.endswith("/ran") for path in enemy.paths)
        assert any(CANARY in words for words in said)
    finally:
        await runner.cleanup()


async def test_a_hostile_page_runs_nothing_and_reaches_nobody(
    server: Server, new_context: NewContext, open_player: OpenMirror, enemy: Attacker
) -> None:
    corpus = await _corpus(new_context, enemy)
    assert len(corpus) >= 45
    mirror = await open_player()
    log = _Log(mirror.page.context)
    before = await _state(mirror.page)
    for name, (snapshot, deltas) in corpus.items():
        log.now = name
        await mirror.snapshot(snapshot)
        for delta in deltas:
            await mirror.delta([delta])
        await mirror.shown()
        assert await _state(mirror.page) == before, name
    await _sentinel(mirror, server, log)
    assert enemy.connections == 0, enemy.paths
    assert log.outside(server) == []
    assert log.ran == []
    assert len(mirror.page.context.pages) == 1
    assert await mirror.said("resync") == []


class _Log:
    """Every request and every sign of a script of a browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.now = ""
        self.requests: list[tuple[str, str]] = []
        self.ran: list[tuple[str, str]] = []
        context.on("request", lambda request: self.requests.append((self.now, request.url)))
        context.on("console", lambda message: self._note(message.text))
        context.on("dialog", lambda dialog: self._note(f"{CANARY} {dialog.message}"))
        context.on("page", lambda page: self._note(f"{CANARY} {page.url}"))

    def _note(self, words: str) -> None:
        if CANARY in words:
            self.ran.append((self.now, words))

    def outside(self, server: Server) -> list[tuple[str, str]]:
        """Return the requests that went anywhere but to the proxy."""
        inside = (f"{server.player_url}/i?k=", "data:", "about:")
        return [(name, url) for name, url in self.requests if not url.startswith(inside)]


async def _state(page_: Page) -> tuple[str, str, str]:
    document = "() => [location.href, document.title, document.documentElement.outerHTML]"
    href, title, html = await page_.evaluate(document)
    return href, title, html


async def _sentinel(mirror: Mirror, server: Server, log: _Log) -> None:
    """Wait until a picture that is allowed has been asked for: what came before has been too."""
    address = f"{server.shop_url}/art/tent.svg?sentinel"
    await mirror.snapshot(page(element("img", {"src": address})))

    async def asked() -> bool:
        return any("sentinel" in url for _, url in log.requests)

    await eventually(asked)


async def test_the_policy_alone_lets_nothing_out(
    new_context: NewContext, open_player: OpenMirror, enemy: Attacker
) -> None:
    mirror = await open_player()
    await mirror.snapshot(page())
    await mirror.shown()
    ran = _Log(mirror.page.context)
    for name, html in PAGES.items():
        evil = f"{enemy.url}/{name}"
        # As if the guard had a hole: straight into the frame. Hints to connect are not asked
        # about by any policy, so they are the guard's alone.
        if name != "hints":
            await mirror.see(
                "(page, html) => { page.body.innerHTML = html }",
                html.format(evil=evil, run=_run(evil)),
            )
    await mirror.frame.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))"
    )
    assert enemy.paths == []
    assert ran.ran == []
