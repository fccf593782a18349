"""The pane over the mirror: pointing, drawing, control, and marks of other viewers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from playwright.async_api import Page

from tests.browser import NewContext
from tests.cobrowse.mirror import Mirror, eventually, record
from tests.cobrowse.shop import changes, open_shop

pytestmark = pytest.mark.e2e

OpenMirror = Callable[[], Awaitable[Mirror]]


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
    shop, mirror = await open_shop(new_context), await open_player()
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
    shop, mirror = await open_shop(new_context), await open_player()
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
    shop, mirror = await open_shop(new_context), await open_player()
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
    shop, mirror = await open_shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    await mirror.page.mouse.move(400, 200)
    await mirror.page.mouse.wheel(0, 400)
    assert (await mirror.heard("follow"))[-1]["on"] is False
    around = await mirror.see("page => page.defaultView.scrollY")
    await shop.evaluate("() => scrollTo(0, 900)")
    await mirror.delta(await changes(shop))
    await mirror.shown()
    assert await mirror.see("page => page.defaultView.scrollY") == around > 0
    assert await mirror.frame.is_visible(".seen")
    await mirror.say(t="follow", on=True)

    async def back() -> bool:
        return bool(await mirror.see("page => page.defaultView.scrollY === 900"))

    await eventually(back)


async def test_the_keyboard_never_gets_into_the_mirror(
    open_player: OpenMirror, new_context: NewContext
) -> None:
    shop, mirror = await open_shop(new_context), await open_player()
    await mirror.snapshot(await record(shop))
    await mirror.shown()
    await mirror.page.mouse.click(500, 300)
    for _ in range(4):
        await mirror.page.keyboard.press("Tab")
        focused = "page => page.hasFocus() || page.activeElement !== page.body"
        assert not await mirror.see(focused)
