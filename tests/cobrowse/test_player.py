"""The player rebuilds recorded pages in Chromium, follows changes, and takes the agent's input."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page

from tests.browser import NewContext
from tests.cobrowse.mirror import WORDS, Mirror, eventually, open_mirror, record
from tests.cobrowse.shop import changes, open_shop
from tests.cobrowse.shown import cookie_of, shown
from tests.services.server import Server

pytestmark = pytest.mark.e2e

OpenMirror = Callable[[], Awaitable[Mirror]]


async def _pointed(page: Page) -> list[dict[str, Any]]:
    """Return what the recorder saw, up to a move of the pointer (which it holds for 500 ms)."""
    seen: list[dict[str, Any]] = []

    async def moved() -> bool:
        seen.extend(await changes(page))
        return any(event["type"] == 3 and event["data"]["source"] == 1 for event in seen)

    await eventually(moved)
    return seen


async def test_a_recorded_page_is_rebuilt_and_follows_its_changes(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await open_shop(new_context), await open_player()
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
    await mirror.delta(await changes(shop))
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
    shop, mirror = await open_shop(new_context), await open_player()
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
    shop, mirror = await open_shop(new_context), await open_player()
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
    shop, mirror = await open_shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await shop.evaluate("() => { document.getElementById('title').textContent = 'Sale' }")
    lost = await changes(shop)
    mirror.seq += 1  # one is lost on the way
    await mirror.delta(lost)
    await mirror.delta(lost)
    await mirror.heard("resync")
    assert await mirror.see("page => page.getElementById('title').textContent") == "Shop"
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    assert len(await mirror.said("resync")) == 1


@pytest.mark.parametrize("skew", [-5_000, 5_000, -86_400_000])
async def test_a_visitors_clock_does_not_matter(
    open_player: OpenMirror, new_context: NewContext, skew: int
) -> None:
    shop, mirror = await open_shop(new_context), await open_player()

    def skewed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**event, "timestamp": event["timestamp"] + skew} for event in events]

    await mirror.snapshot(skewed(await record(shop)))
    await shop.evaluate("() => { document.getElementById('title').textContent = 'Sale' }")
    await mirror.delta(skewed(await changes(shop)))
    await mirror.shown()
    assert await mirror.see("page => page.getElementById('title').textContent") == "Sale"


async def test_nothing_of_the_page_is_seen_behind_the_curtain(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await open_shop(new_context), await open_player()
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
