"""What an agent may do in a shopper's page, and everything that is refused there."""

from __future__ import annotations

import time

import pytest

from tests.cobrowse.stage import NewStage, Stage, node_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLICKED = "window.clicked = []; onclick = ({ target }) => clicked.push(target.id);"


async def under_control(stage: Stage, body: str, **rules: list[str]) -> None:
    """Open a page that Anna sees and may operate, and that notes what is clicked."""
    script = f"<script>{CLICKED} onsubmit = () => {{ clicked.push('submitted'); return false }}"
    await stage.visit(f"{body}{script}</script>")
    await stage.shown(**rules)
    await stage.grant()


async def clicked(stage: Stage) -> list[str]:
    found: list[str] = await stage.page.evaluate("clicked")
    return found


async def test_an_agent_clicks_like_a_mouse(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<button type=button id=b><span id=s>Size M</span></button>")
    await stage.page.evaluate(
        """window.events = [];
        for (const type of 'pointerdown mousedown pointerup mouseup click mouseover'.split(' '))
          b.addEventListener(type, (event) => events.push([type, event.clientX > 0]));"""
    )
    assert await stage.operate("click", "b") == "done"
    assert await clicked(stage) == ["s"], "what is under the point is clicked, as by a hand"
    assert await stage.page.evaluate("events.map(([type]) => type)") == [
        *("mouseover", "pointerdown", "mousedown", "pointerup", "mouseup", "click"),
    ]
    assert await stage.page.evaluate("document.activeElement.id") == "b"


async def test_what_is_out_of_view_is_scrolled_to_first(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(
        stage,
        "<div style='height:3000px'></div><button type=button id=b>Far below</button>"
        "<div style='height:100px;overflow:auto'><div style='height:2000px'></div>"
        "<input id=deep></div><div style='height:3000px'></div>",
    )
    assert await stage.operate("click", "b") == "done"
    assert await stage.operate("fill", "deep", value="x") == "done"
    assert await stage.page.evaluate("scrollY") > 2000


FORM = """
<form id=form>
  <input id=name> <textarea id=note></textarea> <input id=small maxlength=3>
  <input id=date type=date> <input id=count type=number>
  <select id=size><option value=s>Narrow</option><option value=m>Medium</option>
    <option value=l disabled>Large</option></select>
  <input id=box type=checkbox> <input id=r1 type=radio name=r> <input id=r2 type=radio name=r>
  <div id=plain contenteditable style="height:20px">old</div>
  <div id=rich contenteditable><p>an editor's</p></div>
  <input id=fixed readonly value=kept> <input id=off disabled value=kept>
  <input id=reset type=reset value=Reset>
</form>"""


async def test_every_kind_of_field_is_filled_and_tells_the_shop(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, FORM)
    await stage.page.evaluate(
        """window.events = [];
        for (const type of ['input', 'change'])
          addEventListener(type, (event) => events.push(`${event.target.id} ${type}`), true);"""
    )
    fills = [
        ("name", "Matti", "done"),
        ("note", "two\nlines", "done"),
        ("small", "abcdef", "done"),
        ("date", "2026-12-24", "done"),
        ("date", "Christmas", "refused"),
        ("count", "12", "done"),
        ("size", "m", "done"),
        ("size", "Narrow", "done"),
        ("size", "l", "refused"),
        ("size", "Enormous", "refused"),
        ("box", "true", "done"),
        ("box", "true", "done"),
        ("r2", "true", "done"),
        ("r2", "false", "refused"),
        ("box", "maybe", "refused"),
        ("plain", "new", "done"),
        ("rich", "new", "refused"),
        ("fixed", "new", "refused"),
        ("off", "new", "refused"),
        ("reset", "new", "refused"),
        ("form", "new", "refused"),
    ]
    for number, (field, value, code) in enumerate(fills):
        if number % 15 == 0:
            await stage.grant()  # with a rate of its own
        assert (field, value, await stage.operate("fill", field, value=value)) == (
            field,
            value,
            code,
        )
    assert await stage.operate("fill", "name") == "refused", "no value is not an empty one"
    values = (
        "['name','note','small','date','count','size','fixed','off']"
        ".map((id) => document.getElementById(id).value)"
    )
    assert await stage.page.evaluate(values) == [
        *("Matti", "two\nlines", "abc", "2026-12-24", "12", "s", "kept", "kept"),
    ]
    assert await stage.page.evaluate("[box.checked, r1.checked, r2.checked, plain.innerText]") == [
        *(True, False, True, "new"),
    ]
    events = await stage.page.evaluate("events")
    for field in ("name", "note", "size", "box", "r2"):
        assert f"{field} input" in events
        assert f"{field} change" in events
    assert "rich input" not in events
    assert await clicked(stage) == ["box", "r2"], "ticked once"


async def test_a_field_that_a_framework_watches_is_filled(new_stage: NewStage) -> None:
    """React puts a property of its own on the element, and ignores what it thinks it has seen."""
    stage = await new_stage()
    await under_control(stage, "<input id=name><output id=state></output>")
    await stage.page.evaluate(
        """(() => {
          const input = document.querySelector('#name');
          const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
          let seen = input.value;
          Object.defineProperty(input, 'value', {
            configurable: true,
            get() { return get.call(this); },
            set(value) { seen = `${value}`; set.call(this, value); },
          });
          document.addEventListener('input', ({ target }) => {
            const now = get.call(target);
            if (now === seen) return;
            seen = now;
            state.textContent = now;
            target.value = now;
          });
        })()"""
    )
    assert await stage.operate("fill", "name", value="Matti") == "done"
    assert await stage.page.evaluate("state.textContent") == "Matti"


REFUSED = {
    "a submit button": ("<form><button id=x>Send</button></form>", "refused"),
    "a button of a form elsewhere": (
        "<form id=f></form><button form=f id=x>Send</button>",
        "refused",
    ),
    "a part of a submit button": ("<form><button><b id=x>Send</b></button></form>", "refused"),
    "an input that submits": ("<form><input type=submit id=x></form>", "refused"),
    "a picture that submits": ("<form><input type=image alt=Go id=x></form>", "refused"),
    "a label of a submit button": (
        "<form><label id=x for=y>Send</label><button id=y>Send</button></form>",
        "refused",
    ),
    "a made-up submit button": ("<shop-button type=submit id=x>Send</shop-button>", "refused"),
    "a script that submits": (
        "<form id=f><button type=button id=x onclick='f.submit()'>Next</button></form>",
        "refused",
    ),
    "a script that asks to submit": (
        "<form id=f><button type=button id=x onclick='f.requestSubmit()'>Next</button></form>",
        "refused",
    ),
    "a script that submits in a frame": (
        "<iframe hidden srcdoc='<form id=f></form>'></iframe><button type=button id=x"
        " onclick='frames[0].f.requestSubmit()'>Next</button>",
        "refused",
    ),
    "a button that says it twice": (
        "<button type=button aria-label='Place order' id=x>Place order</button>",
        "refused",
    ),
    "a picture of paying": (
        "<button type=button id=x><img alt='Place order'>&nbsp;</button>",
        "refused",
    ),
    "a button that pays": ("<button type=button id=x>Pay 129,00 €</button>", "refused"),
    "a link that pays": ("<a href=/pay id=x>Maksa</a>", "refused"),
    "a link to another site": ("<a href=https://other.example/ id=x>Away</a>", "refused"),
    "a script to another site": (
        "<button type=button id=x onclick='location = `https://other.example/`'>Away</button>",
        "refused",
    ),
    "a link that opens a window": ("<a href=/new target=_blank id=x>New</a>", "refused"),
    "a link that downloads": ("<a href=/file download id=x>File</a>", "refused"),
    "a link that writes a mail": ("<a href=mailto:a@b.example id=x>Mail</a>", "refused"),
    "a disabled button": ("<button type=button disabled id=x>Off</button>", "refused"),
    "a file field": ("<input type=file id=x>", "refused"),
    "a label of a file field": ("<label id=x>File <input type=file hidden></label>", "refused"),
    "what the shop closes": (
        "<div data-cobrowse=nocontrol><button type=button id=x>Save</button></div>",
        "refused",
    ),
    "what the site's rules close": ("<div class=mine><b id=x>Save</b></div>", "refused"),
    "a password": ("<input type=password id=x>", "sensitive"),
    "a card number": ("<input autocomplete='billing cc-number' id=x>", "sensitive"),
    "a one-time code": ("<input autocomplete=one-time-code id=x>", "sensitive"),
    "what the shop masks": ("<p data-cobrowse=mask><input id=x></p>", "sensitive"),
    "a label of a password": ("<label id=x>Password <input type=password></label>", "sensitive"),
    "what is covered": (
        "<button type=button id=x>Under</button>"
        "<div style='position:fixed;inset:0;background:#fff'></div>",
        "covered",
    ),
    "what has no box": ("<button type=button id=x style='display:none'>None</button>", "covered"),
    "what takes no pointer": (
        "<button type=button id=x style='pointer-events:none'>None</button>",
        "covered",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_click_is_refused_on(new_stage: NewStage, what: str) -> None:
    body, code = REFUSED[what]
    stage = await new_stage()
    await under_control(stage, body, nocontrol=[".mine"])
    url = stage.page.url
    assert await stage.operate("click", "x") == code
    stopped_later = ["x"] if "script" in what else []
    assert await clicked(stage) == stopped_later
    assert await stage.page.evaluate("document.title") == "Shop"
    assert stage.page.url == url


FILLS = {
    "a password": ("<input type=password id=x>", "sensitive"),
    "a card's code": ("<input autocomplete=cc-csc id=x>", "sensitive"),
    "a hidden field": ("<input id=x><script>x.type = 'hidden'</script>", "sensitive"),
    "a file field": ("<input type=file id=x>", "refused"),
    "what the shop closes": ("<input data-cobrowse=nocontrol id=x>", "refused"),
    "what the site masks": ("<div class=mine><input id=x></div>", "sensitive"),
    "a choice that submits": (
        "<form id=f><select id=x onchange='f.submit()'><option>a<option>b</select></form>",
        "refused",
    ),
}


@pytest.mark.parametrize("what", FILLS)
async def test_a_fill_is_refused_in(new_stage: NewStage, what: str) -> None:
    body, code = FILLS[what]
    stage = await new_stage()
    await under_control(stage, body, mask=[".mine"])
    url = stage.page.url
    assert await stage.operate("fill", "x", value="b") == code
    if code == "sensitive":
        assert await stage.page.evaluate("x.value") == ""
    assert stage.page.url == url


async def test_a_click_in_a_frame_does_not_submit_the_page_around_it(new_stage: NewStage) -> None:
    stage = await new_stage()
    button = "<button type=button id=framed onclick='parent.f.requestSubmit()'>Next</button>"
    await under_control(stage, f'<form id=f></form><iframe srcdoc="{button}"></iframe>')
    await stage.sent("framed")
    assert await stage.operate("click", "framed") == "refused"
    assert "submitted" not in await clicked(stage)


async def test_a_script_that_submits_a_little_later_is_stopped_too(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(
        stage,
        "<form id=f action=/sent><button type=button id=x>Next</button></form>"
        "<script>x.onclick = () => setTimeout(() => { f.requestSubmit(); f.submit(); done = 1 })"
        "</script>",
    )
    url = stage.page.url
    assert await stage.operate("click", "x") == "done"
    await stage.page.wait_for_function("window.done")
    assert "submitted" not in await clicked(stage)
    assert stage.page.url == url
    await stage.page.mouse.click(5, 5)
    await stage.page.evaluate("f.requestSubmit()")
    assert (await clicked(stage))[-1] == "submitted", "the shopper's own goes through"


async def test_a_link_of_the_shop_is_followed(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<a href='?tents' id=x>Tents</a>")
    frames = await stage.frames()
    await stage.say(stage.operation("click", node_of(frames, "x"), frames[-1].epoch))
    await stage.page.wait_for_url("**/?tents")


async def test_without_a_grant_nothing_is_done(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit(f"<input id=x><script>{CLICKED}</script>")
    await stage.shown()
    assert await stage.operate("click", "x") == "no_grant"
    await stage.grant("scroll", "fill")
    assert await stage.operate("click", "x") == "no_grant", "not among what was granted"
    assert await stage.operate("fill", "x", value="a") == "done"
    epoch = (await stage.frames())[-1].epoch
    node = node_of(await stage.frames(), "x")
    other = {**stage.operation("fill", node, epoch, value="b"), "grant": "another"}
    assert await stage.asked(other) == "no_grant"
    await stage.say({"t": "grant", "grant": None})
    assert await stage.operate("fill", "x", value="b") == "no_grant"
    assert await stage.page.evaluate("x.value") == "a"
    assert await clicked(stage) == []


async def test_a_grant_ends_by_the_pages_own_clock(new_stage: NewStage) -> None:
    stage = await new_stage()
    await stage.visit("<input id=x>")
    await stage.shown()
    grant = await stage.grant(left=300)
    assert await stage.hear("released") == {"t": "released", "grant": grant, "expired": True}
    assert await stage.operate("fill", "x", value="b") == "no_grant"
    assert await stage.page.evaluate("ours.querySelector('.line').hidden")


async def test_taking_back_comes_before_what_is_asked_next(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<input id=x>")
    assert await stage.operate("fill", "x", value="a") == "done"
    frames = await stage.frames()
    late = stage.operation("fill", node_of(frames, "x"), frames[-1].epoch, value="late")
    # The operation is on its way as the shopper presses: the press is what counts.
    await stage.page.evaluate(
        "(late) => ours.querySelector('.line').addEventListener('click', () => say(late), true)",
        late,
    )
    await stage.press(".line")
    assert (await stage.hear("released"))["expired"] is False
    assert (await stage.hear("operated", 2))["code"] == "no_grant"
    assert await stage.page.evaluate("x.value") == "a"
    assert await stage.there(), "they may look on"
    assert await stage.bar() == "Anna sees this page"


async def test_the_shoppers_own_input_holds_control_up(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<input id=x><input id=own>")
    await stage.page.mouse.move(30, 30)
    assert await stage.operate("fill", "x", value="a") == "done", "moving the mouse is no wish"
    await stage.page.focus("#own")
    for act in (
        stage.page.keyboard.press("k"),
        stage.page.mouse.wheel(0, 10),
        stage.page.mouse.click(5, 300),
    ):
        await act
        assert await stage.operate("fill", "x", value="b") == "shopper_busy"
    started = time.monotonic()
    await stage.page.wait_for_function("ours.querySelector('.text').innerText.includes('waits')")
    await stage.page.wait_for_function("ours.querySelector('.text').innerText.includes('can')")
    assert 1 < time.monotonic() - started < 4
    assert await stage.operate("fill", "x", value="c") == "done"


async def test_filling_does_not_hold_itself_up(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<input type=checkbox id=x><input id=y>")
    # The browser's own `input` after ticking a box is as trusted as a hand's.
    assert await stage.operate("click", "x") == "done"
    assert await stage.operate("fill", "y", value="a") == "done"


async def test_more_than_twenty_in_a_second_are_refused(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<button type=button id=x>+</button>")
    frames = await stage.frames()
    node, epoch = node_of(frames, "x"), frames[-1].epoch
    await stage.operate("click", "x")  # control.js is there
    operations = [stage.operation("click", node, epoch) for _ in range(22)]
    await stage.page.wait_for_timeout(1000)
    await stage.say(*operations)
    await stage.hear("operated", 23)
    codes = [message["code"] for message in await stage.told("operated")][1:]
    assert codes == ["done"] * 20 + ["rate_limited"] * 2


async def test_what_is_old_or_gone_is_not_operated(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<input id=x><input id=y>")
    frames = await stage.frames()
    node = node_of(frames, "x")
    await stage.page.evaluate("x.remove()")
    await stage.hear("data", len(frames) + 1)
    epoch = frames[-1].epoch
    assert await stage.asked(stage.operation("fill", node, epoch, value="a")) == "gone"
    assert await stage.asked(stage.operation("fill", 99999, epoch, value="a")) == "gone"
    stale = stage.operation("fill", node_of(frames, "y"), epoch - 1, value="a")
    assert await stage.asked(stale) == "stale"
    assert await stage.page.evaluate("y.value") == ""


async def test_nothing_is_operated_behind_a_curtain(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(stage, "<input id=x>", pause=["/pay"])
    await stage.say({"t": "curtain", "reason": "shopper"})
    assert await stage.operate("fill", "x", value="a") == "refused"
    await stage.say({"t": "curtain", "reason": None})
    await stage.hear("shot", 2)
    await stage.page.evaluate("history.pushState(0, '', '/pay')")
    assert await stage.operate("fill", "x", value="a") == "refused"
    assert await stage.page.evaluate("x.value") == ""


async def test_scrolling_goes_to_what_is_nearest(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(
        stage,
        "<div id=box style='height:200px;width:200px;overflow:auto'>"
        "<p id=in style='height:900px'>Inside</p></div><p id=out style='height:4000px'>Outside",
    )
    where = "[box.scrollTop, scrollY]"
    assert await stage.operate("scroll", "in", fy=0.05, dy=120) == "done"
    assert await stage.page.evaluate(where) == [120, 0]
    assert await stage.operate("scroll", "out", fy=0.05, dy=150) == "done"
    assert await stage.page.evaluate(where) == [120, 150]
    document = (await stage.frames())[0].events[-1]["data"]["node"]["id"]
    whole = stage.operation("scroll", document, (await stage.frames())[-1].epoch, dy=-50)
    assert await stage.asked(whole) == "done"
    assert await stage.page.evaluate(where) == [120, 100]


async def test_what_is_in_a_shadow_root_or_a_frame_of_the_shop_is_operated(
    new_stage: NewStage,
) -> None:
    stage = await new_stage()
    await stage.visit(
        "<shop-field id=host></shop-field>"
        "<iframe style='margin:50px' srcdoc='<input id=framed><input type=password id=secret>'>"
        "</iframe><script>const root = host.attachShadow({ mode: 'open' });"
        "root.innerHTML = `<input id=shadowed>`</script>"
    )
    await stage.page.frame_locator("iframe").locator("#framed").wait_for()
    await stage.shown()
    await stage.grant()
    await stage.sent("framed")
    assert await stage.operate("fill", "shadowed", value="a") == "done"
    assert await stage.operate("fill", "framed", value="b") == "done"
    assert await stage.operate("fill", "secret", value="c") == "sensitive"
    assert await stage.page.evaluate("root.querySelector('input').value") == "a"
    framed = stage.page.frame_locator("iframe").locator("#framed")
    assert await framed.input_value() == "b"
    await framed.press("k")
    assert await stage.operate("fill", "framed", value="c") == "shopper_busy"


async def test_our_own_bar_covers_what_is_under_it(new_stage: NewStage) -> None:
    stage = await new_stage()
    await under_control(
        stage,
        "<button type=button id=x style='position:fixed;left:30px;bottom:30px'>Under</button>",
    )
    assert await stage.operate("click", "x") == "covered"
    assert await clicked(stage) == []
    assert await stage.told("released") == []


async def test_an_operation_tells_nothing_but_its_code(new_stage: NewStage) -> None:
    stage = await new_stage()
    said: list[str] = []
    stage.page.on("console", lambda message: said.append(message.text))
    await under_control(stage, "<input id=x value=before>")
    await stage.operate("fill", "x", value="after")
    (answer,) = await stage.told("operated")
    assert set(answer) == {"t", "id", "code"}
    assert not [line for line in said if "after" in line or "before" in line]
