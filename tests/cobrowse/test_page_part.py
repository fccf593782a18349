"""Co-browsing's part on a shop's page: what it shows and sends, and how the shopper ends it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.axe import assert_accessible
from tests.cobrowse.stage import ANNA, NewStage, Shop, Stage, node_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
MIKKO = {"id": "v2", "person": {"id": "a2", "role": "supervisor", "name": "Mikko"}, "colour": 1}


async def changed(stage: Stage, change: str) -> int:
    """Change the page until the recorder has sent it, and return how many frames there are."""
    before = len(await stage.told("data"))
    await stage.page.evaluate(change)
    await stage.hear("data", before + 1)
    return before + 1


async def shots(stage: Stage) -> list[int]:
    """Return the epochs of the snapshots that were sent."""
    return [frame.epoch for frame in await stage.frames() if frame.kind == 1]


async def test_a_page_in_a_frame_is_refused(new_stage: NewStage, shop: Shop) -> None:
    stage = await new_stage()
    shop.bodies["/inner"] = ""
    await stage.visit("<iframe src=/inner></iframe>", begin=False)
    inner = stage.page.frames[1]
    await inner.wait_for_load_state()
    await inner.evaluate("begin()")
    await inner.evaluate(
        "say({t: 'prepare', rules: {mask: [], block: [], nocontrol: [], pause: []}, words: {}})"
    )
    trouble = await inner.evaluate("heard('trouble', 1)")
    assert trouble == {"t": "trouble", "why": "framed"}
    await inner.evaluate("say({t: 'start', epoch: 0})")
    assert await inner.evaluate("document.querySelector('tiski-cobrowse')") is None


async def test_a_rule_that_the_browser_does_not_know_is_refused(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit()
    assert await stage.prepare(mask=["p:nonsense("]) == {"t": "trouble", "why": "rules"}
    await stage.say({"t": "start", "epoch": 0}, {"t": "viewers", "viewers": [ANNA]})
    assert not await stage.there()


async def test_before_consent_nothing_is_drawn_and_no_recorder_is_fetched(
    new_stage: NewStage,
) -> None:
    stage = await new_stage()
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url))
    await stage.visit()
    ready = await stage.prepare()
    assert ready == {"t": "ready", "page": {"url": f"{stage.shop.url}/", "title": "Shop"}}
    assert not await stage.there()
    assert not [url for url in asked if "recorder" in url]
    await stage.say({"t": "start", "epoch": 0}, {"t": "viewers", "viewers": [ANNA]})
    await stage.hear("data")
    assert [url for url in asked if "recorder" in url]


async def test_nothing_is_recorded_while_nobody_looks(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<p id=p>one")
    await stage.prepare()
    await stage.say({"t": "start", "epoch": 7})
    await stage.hear("page")
    assert await stage.bar() == "Nobody looks at the moment"
    await stage.page.evaluate("p.textContent = 'two'")
    await stage.say({"t": "viewers", "viewers": [ANNA]})
    first = await stage.hear("data")
    assert first["bytes"][1] == 1, "a viewer begins with a snapshot"
    assert await shots(stage) == [8]
    assert await stage.bar() == "Anna sees this page"
    await stage.say({"t": "viewers", "viewers": []})
    await stage.page.evaluate("p.textContent = 'three'")
    await stage.say({"t": "viewers", "viewers": [ANNA]})
    await stage.hear("shot", 2)
    assert await shots(stage) == [8, 9]


async def test_a_viewer_who_comes_costs_one_snapshot(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<p id=p>one")
    await stage.prepare()
    await stage.say({"t": "start", "epoch": 0})
    await stage.hear("page")
    # The server asks for one when a viewer comes, and the first viewer begins one anyway.
    await stage.say({"t": "viewers", "viewers": [ANNA]}, {"t": "snapshot"})
    await stage.hear("data")
    await changed(stage, "p.textContent = 'two'")
    assert await shots(stage) == [1]
    await stage.page.wait_for_timeout(500)  # so long the first stands for it
    await stage.say({"t": "snapshot"})
    await stage.hear("shot", 2)
    assert await shots(stage) == [1, 2]


async def test_stop_ends_it_here_before_anybody_is_told(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<p id=p>one")
    await stage.shown()
    await stage.grant()
    await stage.page.evaluate("ours.addEventListener('click', () => p.remove())")
    await stage.press(".stop")
    await stage.hear("stopped")
    assert not await stage.there()
    told = await stage.page.evaluate("told.map(({t}) => t)")
    assert told[-1] == "stopped", "nothing follows it"
    await stage.say({"t": "start", "epoch": 9}, {"t": "viewers", "viewers": [ANNA]})
    assert not await stage.there()
    # It can begin anew over the same port.
    assert (await stage.prepare())["t"] == "ready"


async def test_a_script_of_the_shop_cannot_press_our_buttons(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit()
    await stage.shown()
    await stage.grant()
    assert await stage.page.evaluate("mode") == "closed"
    await stage.page.evaluate(
        """for (const button of ours.querySelectorAll('button')) button.click();
        dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));"""
    )
    await stage.press(".preview")
    assert await stage.hear("preview") == {"t": "preview", "on": True}
    assert await stage.told("released") == []
    assert await stage.told("stopped") == []


async def test_esc_undoes_the_newest_thing_first(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<input id=field value=x>")
    await stage.shown()
    grant = await stage.grant()
    await stage.press(".preview")
    for expected in ("preview", "takeBack", "stop"):
        key = await stage.page.evaluate("ours.querySelector('kbd').parentElement.className")
        assert {"plain preview": "preview", "line": "takeBack", "stop": "stop"}[key] == expected
        await stage.page.keyboard.press("Escape")
        if expected == "preview":
            assert (await stage.hear("preview", 2))["on"] is False
        elif expected == "takeBack":
            released = {"t": "released", "grant": grant, "expired": False}
            assert await stage.hear("released") == released
        else:
            await stage.hear("stopped")
    assert not await stage.there()


@pytest.mark.parametrize(
    ("body", "open_it"),
    [
        ("<dialog id=d>A dialog</dialog>", "d.showModal()"),
        ("<div popover id=d>A popover</div>", "d.showPopover()"),
        ("<div role=dialog aria-modal=true id=d tabindex=0>Made</div>", "1"),
        ("<div role=menu><button id=d>Item</button></div>", "d.focus()"),
        ("<input id=d aria-expanded=true role=combobox>", "d.focus()"),
        (
            "<script>onkeydown = (event) => event.preventDefault()</script>",
            "1",
        ),
    ],
)
async def test_esc_stays_with_the_shop_that_has_a_use_for_it(
    new_stage: NewStage, body: str, open_it: str
) -> None:
    stage = await new_stage()
    await stage.visit(body)
    await stage.shown()
    await stage.page.evaluate(open_it)
    await stage.page.keyboard.press("Escape")
    # What follows the key in the page's own order: the bar is there still.
    await stage.page.evaluate("new Promise(requestAnimationFrame)")
    assert await stage.there()
    assert await stage.told("stopped") == []
    await stage.page.evaluate("document.body.replaceChildren(); onkeydown = null")
    await stage.page.keyboard.press("Escape")
    await stage.hear("stopped")


async def test_esc_is_heard_in_a_frame_of_the_shop(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<iframe srcdoc='<input id=inner>'></iframe>")
    await stage.shown()
    await stage.page.frame_locator("iframe").locator("#inner").click()
    await stage.page.keyboard.press("Escape")
    await stage.hear("stopped")


async def test_stop_can_be_pressed_beside_a_modal_dialog(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<dialog id=d style='transform: translate(10px)'>A dialog</dialog>")
    await stage.shown()
    await stage.page.evaluate("d.showModal()")
    home = "document.querySelector('tiski-cobrowse').parentElement.localName"
    await stage.page.wait_for_function(f"{home} === 'dialog'")
    await stage.page.evaluate("d.close()")
    await stage.page.wait_for_function(f"{home} === 'html'")
    await stage.page.evaluate("d.showModal()")
    await stage.page.wait_for_function(f"{home} === 'dialog'")
    await stage.press(".stop")
    await stage.hear("stopped")


async def test_the_preview_is_the_frames_to_show_and_the_shoppers_to_close(
    new_stage: NewStage,
) -> None:
    stage = await new_stage()
    await stage.visit("<input type=password value=secret style='width:200px;height:40px'>")
    await stage.prepare()
    await stage.say({"t": "preview", "on": True})
    await stage.page.wait_for_function("window.ours?.querySelector('canvas').hidden === false")
    covered = """() => {
      const { x, y, width, height } = document.querySelector('input').getBoundingClientRect();
      const pen = ours.querySelector('canvas').getContext('2d');
      const dots = pen.getImageData(x + 2, y + 2, width - 4, height - 4).data;
      return dots.filter((value, i) => i % 4 === 3 && value < 255).length === 0;
    }"""
    assert await stage.page.evaluate(covered), "no dot of it shows through"
    assert await stage.told("data") == []
    await stage.press(".preview")
    assert await stage.hear("preview") == {"t": "preview", "on": False}
    await stage.page.wait_for_function("ours.querySelector('.bar').hidden")
    assert await stage.told("data") == []


async def test_the_preview_goes_away_when_the_page_is_shown(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<input>")
    await stage.prepare()
    await stage.say({"t": "preview", "on": True})
    await stage.page.wait_for_function("window.ours?.querySelector('canvas').hidden === false")
    await stage.say({"t": "start", "epoch": 0})
    assert await stage.hear("preview") == {"t": "preview", "on": False}


@pytest.mark.parametrize("path", ["/checkout/pay", "/checkout/pay/2"])
async def test_nothing_of_a_page_for_paying_is_sent(new_stage: NewStage, path: str) -> None:
    stage = await new_stage()
    await stage.visit("<title>Order 4711</title><p>The amount", path)
    await stage.share(pause=["/checkout/pay*"])
    assert await stage.hear("curtain") == {"t": "curtain", "down": True, "reason": "page"}
    assert (await stage.hear("page"))["page"]["title"] == ""
    kinds = await stage.page.evaluate("told.map(({t}) => t)")
    assert kinds.index("curtain") < kinds.index("page")
    assert await stage.bar() == "Paused: this page is not shown"
    await stage.page.evaluate("history.pushState(0, '', '/done')")
    assert await stage.hear("curtain", 2) == {"t": "curtain", "down": False, "reason": None}
    await stage.hear("data")
    kinds = await stage.page.evaluate("told.map(({t}) => t)")
    assert kinds.index("data") > len(kinds) - 1 - kinds[::-1].index("curtain")


async def test_going_to_a_page_for_paying_draws_the_curtain_before_it_is_shown(
    new_stage: NewStage,
) -> None:
    stage = await new_stage()
    await stage.visit("<p id=p>The shop")
    await stage.shown(pause=["/pay"])
    await stage.page.evaluate(
        "history.pushState(0, '', '/pay'); p.textContent = 'The-amount-is-4711'"
    )
    await stage.hear("curtain")
    await stage.page.evaluate("p.textContent = 'The shop again'; history.back()")
    assert (await stage.hear("curtain", 2))["down"] is False
    await stage.hear("shot", 2)
    assert "4711" not in repr(await stage.frames())


async def test_a_part_that_says_pause_draws_the_curtain_by_itself(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<main id=m>The shop</main>")
    await stage.shown()
    await stage.page.evaluate(
        "m.innerHTML = `<section data-cobrowse=pause>The-amount-is-4711</section>`"
    )
    assert (await stage.hear("curtain"))["reason"] == "page"
    await stage.page.evaluate("m.textContent = 'The shop again'")
    assert (await stage.hear("curtain", 2))["down"] is False
    await stage.hear("shot", 2)
    assert "4711" not in repr(await stage.frames())


async def test_without_the_navigation_api_the_curtain_comes_down_all_the_same(
    new_stage: NewStage,
) -> None:
    stage = await new_stage()
    await stage.page.add_init_script("delete window.navigation")
    await stage.visit("<p id=p>The shop")
    assert await stage.page.evaluate("window.navigation") is None
    await stage.shown(pause=["/pay"])
    await stage.page.evaluate(
        "history.pushState(0, '', '/pay'); p.textContent = 'The-amount-is-4711'"
    )
    await stage.hear("curtain")
    await stage.page.evaluate("p.textContent = 'The shop again'; history.back()")
    assert (await stage.hear("curtain", 2))["down"] is False
    await stage.hear("shot", 2)
    assert "4711" not in repr(await stage.frames())


async def test_the_shoppers_pause_stops_the_recorder(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<p id=p>one")
    await stage.shown()
    await stage.say({"t": "curtain", "reason": "shopper"})
    await stage.page.wait_for_function(
        "ours.querySelector('.who').textContent.startsWith('Paused')"
    )
    await stage.page.evaluate("p.textContent = 'The-amount-is-4711'; p.textContent = 'two'")
    await stage.say({"t": "curtain", "reason": None})
    await stage.hear("shot", 2)
    assert "4711" not in repr(await stage.frames())
    assert await stage.told("curtain") == [], "the frame knows of its own"


async def test_a_single_page_shop_tells_its_pages_without_query(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit()
    await stage.shown()
    await stage.page.evaluate(
        "document.title = '(2) Tents'; history.pushState(0, '', '/tents?mail=a@b.example#x')"
    )
    page = await stage.hear("page", 2)
    assert page["page"] == {"url": f"{stage.shop.url}/tents", "title": "Tents"}
    await stage.page.set_viewport_size({"width": 800, "height": 600})
    page = await stage.hear("page", 3)
    assert (page["width"], page["height"]) == (800, 600)


async def test_the_bar_comes_back_into_a_page_that_is_made_anew(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit()
    await stage.shown()
    await stage.page.evaluate("document.body.replaceWith(document.createElement('body'))")
    assert await stage.there(), "it does not stand in the body"
    await stage.page.evaluate("document.querySelector('tiski-cobrowse').remove()")
    await stage.page.wait_for_function("document.querySelector('tiski-cobrowse') !== null")
    await stage.press(".stop")
    await stage.hear("stopped")


async def test_a_strict_policy_of_the_shop_is_enough(new_stage: NewStage, shop: Shop) -> None:
    ours = shop.part.removesuffix("/page/cobrowse.js")
    shop.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {ours}; style-src 'self'; connect-src 'self'"
    )
    stage = await new_stage()
    complaints: list[str] = []
    stage.page.on("console", lambda message: complaints.append(message.text))
    await stage.visit("<form><input id=name></form>")
    await stage.shown()
    await stage.grant()
    assert await stage.operate("fill", "name", value="Matti") == "done"
    look = "getComputedStyle(ours.querySelector('.stop')).minHeight"
    assert await stage.page.evaluate(look) == "44px"
    assert [text for text in complaints if "Content Security" in text] == []


async def test_a_second_start_replaces_the_first(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<p id=p>one")
    await stage.shown()
    await stage.page.evaluate("begin()")
    await stage.page.wait_for_function("document.querySelector('tiski-cobrowse') === null")
    await stage.page.evaluate("p.textContent = 'two'")
    await stage.share()
    await stage.hear("shot", 2)
    assert await stage.page.locator("tiski-cobrowse").count() == 1
    assert await shots(stage) == [1, 1]


async def test_a_page_that_is_come_back_to_tells_itself_anew(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<button type=button id=b>x")
    await stage.shown()
    await stage.grant()
    operation = stage.operation("click", 1, 1)
    await stage.page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
    )
    assert await stage.asked(operation) == "no_grant", "it may be long until they come back"
    assert await stage.told("released") == [], "the next page may go on with it"
    await stage.page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
    )
    await stage.hear("page", 2)
    await stage.hear("shot", 2)
    assert await shots(stage) == [1, 2]


async def test_what_viewers_mark_is_drawn_and_goes_with_them(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<div style='height:3000px'></div>")
    await stage.shown()
    await stage.say({"t": "viewers", "viewers": [ANNA, MIKKO]})
    drawn = """([x, y]) => ours.querySelector('canvas').getContext('2d')
      .getImageData(x, y, 1, 1).data.join()"""
    points: list[list[int]] = [[100, 700], [200, 700], [300, 700]]
    await stage.say({"t": "stroke", "stroke": "s", "points": points, "viewer": "v2"})
    await stage.page.wait_for_function(f"({drawn})([200, 700]) === '179,36,107,255'")
    await stage.page.evaluate("scrollTo(0, 400)")
    await stage.page.wait_for_function(f"({drawn})([200, 300]) === '179,36,107,255'")
    await stage.say({"t": "pointer", "x": 400, "y": 600, "viewer": "v1"})
    await stage.page.wait_for_function(f"({drawn})([404, 206]) === '59,76,202,255'")
    await stage.say({"t": "viewers", "viewers": [ANNA]})
    await stage.page.wait_for_function(f"({drawn})([200, 300]) === '0,0,0,0'")
    await stage.say({"t": "stroke", "stroke": "s", "points": points, "viewer": "v2"})
    await stage.say({"t": "pointer", "x": None, "y": None, "viewer": "v1"})
    await stage.page.wait_for_function("ours.querySelector('canvas').hidden")


async def test_nothing_is_drawn_frame_by_frame_while_nothing_moves(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<p id=p>here")
    await stage.page.evaluate(
        """window.asked = 0;
        const real = requestAnimationFrame;
        window.requestAnimationFrame = (act) => { asked += 1; return real(act); };
        0"""
    )
    await stage.shown()
    frames = await stage.frames()
    await stage.say({"t": "highlight", "node": node_of(frames, "p"), "viewer": "v1"})
    await stage.page.wait_for_function("ours.querySelector('canvas').hidden === false")
    before = await stage.page.evaluate("asked")
    await asyncio.sleep(0.6)  # what must not happen can only be waited for
    assert await stage.page.evaluate("asked") == before


@pytest.mark.parametrize(
    "viewport", [{"width": 1440, "height": 900}, PHONE, {"width": 320, "height": 568}]
)
async def test_the_bar_leaves_room_for_the_launcher_and_moves_nothing(
    new_stage: NewStage, viewport: dict[str, int]
) -> None:
    stage = await new_stage(viewport=viewport)
    await stage.page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => shifts.push(
          ...list.getEntries().filter((e) => !e.hadRecentInput).map((e) => e.value),
        )).observe({ type: 'layout-shift', buffered: true });"""
    )
    await stage.visit("<p>The shop</p>" * 60)
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    before = await stage.page.evaluate(size)
    await stage.shown()
    await stage.grant()
    await stage.page.wait_for_function("!ours.querySelector('.line').hidden")
    box = await stage.page.evaluate("ours.querySelector('.bar').getBoundingClientRect().toJSON()")
    assert box["left"] >= 12
    assert box["right"] <= viewport["width"] - 79 - 6, "the launcher and its ring"
    assert box["bottom"] <= viewport["height"] - 12
    small = """[...ours.querySelectorAll('button')].map((button) => button.getBoundingClientRect())
      .filter(({ width, height }) => width && Math.min(width, height) < 44).length"""
    assert await stage.page.evaluate(small) == 0
    out = """[...ours.querySelectorAll('button, p:not(.told)')].filter((each) => {
      const [a, b] = [each, ours.querySelector('.bar')].map((e) => e.getBoundingClientRect());
      return a.width && (a.left < b.left || a.right > b.right || a.bottom > b.bottom);
    }).length"""
    assert await stage.page.evaluate(out) == 0
    await stage.press("button[title='Move this bar']")
    top = await stage.page.evaluate("ours.querySelector('.bar').getBoundingClientRect().top")
    assert top <= 16
    assert await stage.page.evaluate(size) == before
    assert await stage.page.evaluate("shifts") == []


async def test_the_bar_is_a_region_that_keys_reach_and_that_says_what_changes(
    new_stage: NewStage,
) -> None:
    stage = await new_stage()
    await stage.visit("<button id=last>The shop's last</button>")
    await stage.shown()
    said = "ours.querySelector('[role=status]').textContent"
    assert await stage.page.evaluate(said) == "Anna sees this page"
    await stage.grant()
    await stage.page.wait_for_function(f"{said}.includes('Anna can click and fill here')")
    assert not set(await stage.page.evaluate(said)) & set("0123456789"), "the clock is for the eye"
    await assert_accessible(stage.page.main_frame)
    snapshot = await stage.page.locator("tiski-cobrowse").aria_snapshot()
    for line in (
        'region "Anna sees this page"',
        'button "What do they see?"',
        'button "Take back"',
        'button "Stop"',
    ):
        assert line in snapshot
    await stage.page.focus("#last")
    focused: list[Any] = []
    for _ in range(4):
        await stage.page.keyboard.press("Tab")
        focused.append(
            await stage.page.evaluate(
                "ours.activeElement?.title || ours.activeElement?.textContent"
            )
        )
    assert focused == ["What do they see?", "Move this bar", "Take backEsc", "Stop"]
    await stage.page.keyboard.press("Enter")
    await stage.hear("stopped")
