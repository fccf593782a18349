"""The player rebuilds recorded pages in Chromium, follows changes, and takes the agent's input."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page

from tests.browser import NewContext
from tests.cobrowse.mirror import WORDS, Mirror, eventually, open_mirror, record
from tests.cobrowse.shown import cookie_of, shown
from tests.services.server import Server

pytestmark = pytest.mark.e2e

OpenMirror = Callable[[], Awaitable[Mirror]]

PAGE = """<!doctype html><html><head><style>
  body { margin: 0; font: 16px sans-serif } .box { width: 200px; height: 100px; background: teal }
  .box:hover { background: red } #long { height: 3000px }
</style></head><body>
  <h1 id="title">Shop</h1><div class="box" id="box">A box</div>
  <form><input id="name" name="appendChild"><select id="size"><option value="s">S</option>
  <option value="m">M</option></select><textarea id="note"></textarea></form>
  <button id="buy">Buy</button><div id="host"></div><div id="long"></div>
  <script>
    document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML = '<b>in shadow</b>';
  </script>
</body></html>"""


async def _shop(new_context: NewContext, html: str = PAGE) -> Page:
    context = await new_context(permissions=[], viewport={"width": 800, "height": 500})
    page = await context.new_page()
    await page.route(
        "http://shop.test/", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    await page.goto("http://shop.test/")
    return page


async def _changes(page: Page) -> list[dict[str, Any]]:
    """Return what the recorder saw since the last call."""
    events: list[dict[str, Any]] = await page.evaluate(
        "() => new Promise((done) => setTimeout(() => done(__events.splice(0)), 60))"
    )
    return events


async def _pointed(page: Page) -> list[dict[str, Any]]:
    """Return what the recorder saw, up to a move of the pointer (which it holds for 500 ms)."""
    seen: list[dict[str, Any]] = []

    async def moved() -> bool:
        seen.extend(await _changes(page))
        return any(event["type"] == 3 and event["data"]["source"] == 1 for event in seen)

    await eventually(moved)
    return seen


async def test_a_recorded_page_is_rebuilt_and_follows_its_changes(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    await mirror.snapshot(await record(shop), gzip=True)
    await mirror.shown()
    assert await mirror.see("page => page.getElementById('title').textContent") == "Shop"
    assert (
        await mirror.see("page => page.getElementById('host').shadowRoot.textContent")
        == "in shadow"
    )
    [size] = await mirror.said("size")
    assert (size["width"], size["height"]) == (800, 500)

    await shop.evaluate(
        """() => {
          document.getElementById('title').textContent = 'Sale';
          const item = document.createElement('p');
          item.className = 'new'; item.textContent = 'New here';
          document.body.insertBefore(item, document.getElementById('buy'));
          document.getElementById('box').style.background = 'rgb(1, 2, 3)';
          document.styleSheets[0].insertRule('h1 { color: rgb(9, 8, 7) }');
        }"""
    )
    await shop.fill("#name", "Maija")
    await shop.evaluate("() => scrollTo(0, 700)")
    await mirror.delta(await _changes(shop))
    await mirror.shown()
    seen = await mirror.see(
        """page => ({
          title: page.getElementById('title').textContent,
          next: page.querySelector('.new').nextElementSibling.id,
          box: getComputedStyle(page.getElementById('box')).backgroundColor,
          colour: getComputedStyle(page.getElementById('title')).color,
          name: page.getElementById('name').value,
          scroll: page.defaultView.scrollY,
        })"""
    )
    assert seen == {
        "title": "Sale",
        "next": "buy",
        "box": "rgb(1, 2, 3)",
        "colour": "rgb(9, 8, 7)",
        "name": "Maija",
        "scroll": 700,
    }


async def test_what_is_under_the_shoppers_pointer_looks_hovered(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await shop.hover("#box")
    await mirror.delta(await _pointed(shop))
    await mirror.shown()
    colour = "page => getComputedStyle(page.getElementById('box')).backgroundColor"
    assert await mirror.see(colour) == "rgb(255, 0, 0)"
    await mirror.frame.wait_for_selector(".shopper:not([hidden])")


async def test_the_next_snapshot_takes_the_place_of_the_first_without_a_blank(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    events = await record(shop)
    await mirror.snapshot(events)
    await mirror.shown()
    await mirror.frame.evaluate(
        """() => {
          window.blanks = 0;
          const look = () => {
            const shown = document.querySelectorAll('.page:not(.coming) iframe');
            const text = shown[0]?.contentDocument?.body?.textContent ?? '';
            if (shown.length !== 1 || !text.includes('A box')) window.blanks += 1;
            window.looking = requestAnimationFrame(look);
          };
          look();
        }"""
    )
    for _ in range(3):
        await mirror.snapshot(events)
        await mirror.delta([])
        await mirror.shown()

    async def swapped() -> bool:
        pages: int = await mirror.frame.evaluate("() => document.querySelectorAll('.page').length")
        return pages == 1

    await eventually(swapped)
    assert await mirror.frame.evaluate("() => window.blanks") == 0


async def test_a_gap_asks_for_a_snapshot_once_and_shows_nothing_of_what_follows(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await shop.evaluate("() => { document.getElementById('title').textContent = 'Sale' }")
    changes = await _changes(shop)
    mirror.seq += 1  # one is lost on the way
    await mirror.delta(changes)
    await mirror.delta(changes)
    await mirror.heard("resync")
    assert await mirror.see("page => page.getElementById('title').textContent") == "Shop"
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    assert len(await mirror.said("resync")) == 1


@pytest.mark.parametrize("skew", [-5_000, 5_000, -86_400_000])
async def test_a_visitors_clock_does_not_matter(
    open_player: OpenMirror, new_context: NewContext, skew: int
) -> None:
    shop, mirror = await _shop(new_context), await open_player()

    def skewed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**event, "timestamp": event["timestamp"] + skew} for event in events]

    await mirror.snapshot(skewed(await record(shop)))
    await shop.evaluate("() => { document.getElementById('title').textContent = 'Sale' }")
    await mirror.delta(skewed(await _changes(shop)))
    await mirror.shown()
    assert await mirror.see("page => page.getElementById('title').textContent") == "Sale"


async def test_nothing_of_the_page_is_seen_behind_the_curtain(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    assert await mirror.frame.inner_text(".cover") == WORDS["waiting"]
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    assert await mirror.frame.is_hidden(".cover")
    await mirror.say(t="curtain", down=True, reason="shopper")
    await mirror.frame.wait_for_selector(".cover.curtain")
    assert await mirror.frame.inner_text(".cover") == "The customer has paused."
    opaque = "() => getComputedStyle(document.querySelector('.cover')).backgroundColor"
    assert "/" not in await mirror.frame.evaluate(opaque)
    await mirror.say(t="curtain", down=False, reason=None)
    await mirror.say(t="sharing", on=False)
    await mirror.frame.wait_for_selector(".cover.away")
    assert await mirror.frame.inner_text(".cover") == WORDS["away"]


async def _place(mirror: Mirror, selector: str) -> tuple[float, float]:
    """Return the middle of an element of the mirror on the harness' page."""
    x, y = await mirror.see(
        """(page, selector) => {
          const box = page.querySelector(selector).getBoundingClientRect();
          const frame = page.defaultView.frameElement.getBoundingClientRect();
          const scale = frame.width / page.defaultView.innerWidth;
          return [
            frame.x + (box.x + box.width / 2) * scale,
            frame.y + (box.y + box.height / 2) * scale,
          ];
        }""",
        selector,
    )
    return x, y


async def _id(shop: Page, selector: str) -> int:
    node: int = await shop.evaluate(
        "selector => rrwebRecord.record.mirror.getId(document.querySelector(selector))", selector
    )
    return node


async def test_the_agent_clicks_fills_and_scrolls_through_the_pane(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    await mirror.say(t="tool", tool="control", caps=["click", "fill", "scroll"])
    mouse = mirror.page.mouse

    await mouse.click(*await _place(mirror, "#buy"))
    [click] = await mirror.heard("operate")
    assert (click["op"], click["node"], click["epoch"]) == ("click", await _id(shop, "#buy"), 1)
    assert abs(click["fx"] - 0.5) < 0.1
    assert abs(click["fy"] - 0.5) < 0.1

    await mouse.click(*await _place(mirror, "#note"))
    assert await mirror.frame.input_value(".fill textarea") == ""
    await mirror.frame.press(".fill textarea", "Escape")
    assert await mirror.frame.query_selector(".fill") is None

    await mouse.click(*await _place(mirror, "#name"))
    await mirror.frame.fill(".fill input", "Maija")
    await mirror.frame.press(".fill input", "Enter")
    fill = (await mirror.heard("operate", 2))[-1]
    assert (fill["op"], fill["node"], fill["value"]) == ("fill", await _id(shop, "#name"), "Maija")

    await mouse.click(*await _place(mirror, "#size"))
    await mirror.frame.select_option(".fill select", "m")
    await mirror.frame.click(".fill button")
    chosen = (await mirror.heard("operate", 3))[-1]
    assert (chosen["op"], chosen["value"]) == ("fill", "m")

    await mouse.wheel(0, 240)
    scroll = (await mirror.heard("operate", 4))[-1]
    assert (scroll["op"], scroll["dy"] > 0) == ("scroll", True)
    assert await mirror.see("page => page.defaultView.scrollY") == 0  # the shopper's page decides

    await mirror.page.keyboard.press("Escape")
    assert (await mirror.heard("tool"))[-1]["tool"] == "none"
    await mouse.click(*await _place(mirror, "#buy"))
    assert len(await mirror.said("operate")) == 4


async def test_laser_pen_and_highlight_speak_of_the_document(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    await shop.evaluate("() => scrollTo(0, 300)")
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    mouse = mirror.page.mouse
    [size] = await mirror.heard("size")

    await mirror.say(t="tool", tool="laser", caps=[])
    for x in range(300, 600, 5):
        await mouse.move(x, 200)
    await mirror.heard("pointer")

    async def last() -> bool:
        point = (await mirror.said("pointer"))[-1]
        top = (600 - size["height"] * size["scale"]) / 2  # of the mirror, in the middle
        return abs((point["y"] or 0) - (300 + (200 - top) / size["scale"])) < 2

    await eventually(last)
    points = await mirror.said("pointer")
    gaps = [b["at"] - a["at"] for a, b in pairwise(points)]
    assert all(gap > 20 for gap in gaps)  # 30 Hz, and a little for timers

    await mirror.say(t="tool", tool="pen", caps=[])
    await mouse.move(400, 100)
    await mouse.down()
    await mouse.move(500, 180, steps=8)
    await mouse.up()

    async def ended() -> bool:
        return any(stroke.get("end") for stroke in await mirror.said("stroke"))

    await eventually(ended)
    drawn = await mirror.said("stroke")
    assert len({stroke["stroke"] for stroke in drawn}) == 1
    assert sum(len(stroke["points"]) for stroke in drawn) >= 8
    assert all(len(stroke["points"]) <= 200 for stroke in drawn)

    await mirror.say(t="tool", tool="highlight", caps=[])
    await mirror.see("page => page.defaultView.scrollTo(0, 0)")
    await mouse.click(*await _place(mirror, "#buy"))
    [mark] = await mirror.heard("highlight")
    assert mark["node"] == await _id(shop, "#buy")


async def test_other_viewers_marks_are_drawn_with_their_names(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    person = {"id": "p", "role": "agent", "name": "Other Agent"}
    await mirror.say(t="viewers", viewers=[{"id": "them", "person": person, "colour": 1}])
    await mirror.say(t="pointer", viewer="them", x=50, y=60)
    await mirror.say(t="highlight", viewer="them", node=await _id(shop, "#box"))
    await mirror.say(t="stroke", viewer="them", stroke="s", points=[[1, 2], [3, 4]], end=True)
    label = await mirror.frame.wait_for_selector(".pointer.c1 span")
    assert await label.inner_text() == "Other Agent"
    box = await (await mirror.frame.wait_for_selector(".highlight.c1")).bounding_box()
    x, y = await _place(mirror, "#box")
    assert box is not None
    assert abs(box["x"] + box["width"] / 2 - x) < 3
    assert abs(box["y"] + box["height"] / 2 - y) < 3
    await mirror.say(t="clear", viewer="them")
    await mirror.frame.wait_for_selector(".marks path.c1", state="detached")
    await mirror.say(t="viewers", viewers=[])
    await mirror.frame.wait_for_selector(".pointer.c1", state="detached")


async def test_looking_around_keeps_its_place_until_it_is_back_with_the_shopper(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await _shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    await mirror.page.mouse.move(400, 200)
    await mirror.page.mouse.wheel(0, 400)
    assert (await mirror.heard("follow"))[-1]["on"] is False
    around = await mirror.see("page => page.defaultView.scrollY")
    await shop.evaluate("() => scrollTo(0, 900)")
    await mirror.delta(await _changes(shop))
    await mirror.shown()
    assert await mirror.see("page => page.defaultView.scrollY") == around > 0
    assert await mirror.frame.is_visible(".seen")
    await mirror.say(t="follow", on=True)

    async def back() -> bool:
        return bool(await mirror.see("page => page.defaultView.scrollY === 900"))

    await eventually(back)


async def test_a_shops_pictures_and_styles_are_seen_through_the_proxy(
    server: Server, new_context: NewContext
) -> None:
    async with shown(server) as (cobrowse, _), aiohttp.ClientSession() as http:
        cookie = await cookie_of(server, "agent2@demo.example")
        address = f"{server.url}/api/v1/cobrowse/{cobrowse}/images"
        async with http.post(address, headers={**cookie, "Origin": server.url}) as response:
            told = await response.json()
        mirror = await open_mirror(await new_context(permissions=[]), server, told["images"])
        asked: list[str] = []
        mirror.page.on("request", lambda request: asked.append(request.url))
        shop = await (await new_context(permissions=[])).new_page()
        await shop.goto(f"{server.shop_url}/")
        await mirror.snapshot(await record(shop))
        await mirror.shown()

        async def seen() -> bool:
            widths: list[int] = await mirror.see(
                "page => [...page.images].map((i) => i.naturalWidth)"
            )
            return len(widths) > 3 and min(widths) > 0

        await eventually(seen)
        font = "page => getComputedStyle(page.querySelector('h1')).fontFamily"
        theirs = await shop.evaluate(
            "() => getComputedStyle(document.querySelector('h1')).fontFamily"
        )
        assert await mirror.see(font) == theirs
        assert all(url.startswith(f"{server.player_url}/i?k=") for url in asked)


async def test_the_page_of_another_origin_gets_no_player(
    server: Server, new_context: NewContext
) -> None:
    page = await (await new_context(permissions=[])).new_page()
    await page.goto(f"{server.shop_url}/")
    await page.evaluate(
        """player => new Promise((done) => {
          const frame = document.createElement('iframe');
          frame.src = `${player}/player?parent=${encodeURIComponent(location.origin)}`;
          frame.onload = done;
          document.body.append(frame);
        })""",
        server.player_url,
    )
    assert not any(f.url.startswith(server.player_url) for f in page.frames)
