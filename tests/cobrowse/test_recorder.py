"""The recorder in a real page: epochs, order, holding back, and leaving nothing behind."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Error, Page

from tests.browser import NewContext
from tests.cobrowse.canaries import Frame
from tests.cobrowse.site import CanarySite

SNAPSHOT, DELTA = 1, 2
META, FULL, INCREMENTAL = 4, 2, 3


async def open_page(site: CanarySite, new_context: NewContext, body: str) -> Page:
    page = await (await new_context(permissions=[])).new_page()
    await page.goto(f"{site.url}/page")
    await page.evaluate("(html) => { document.body.innerHTML = html; }", body)
    return page


def strings(frames: list[Frame]) -> set[str]:
    return {one for frame in frames for one in frame.strings()}


async def until(site: CanarySite, page: Page, holds: Callable[[list[Frame]], Any]) -> None:
    """Wait until the frames that came so far satisfy it."""
    for _ in range(40):
        if holds(site.frames):
            return
        await site.settle(page)
    raise AssertionError([(one.kind, one.epoch, one.seq) for one in site.frames])


async def test_an_epoch_begins_with_its_snapshot_and_counts_on(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<p id=p>first</p>")
    await site.share(page)
    await site.settle(page)
    for words in ("second", "third"):
        await page.evaluate("(words) => { p.textContent = words; }", words)
        await site.settle(page)
    assert await page.evaluate("() => sharing.recorder.epoch") == 1
    await page.evaluate("() => sharing.recorder.snapshot()")
    await site.settle(page)
    heads = [(frame.kind, frame.epoch, frame.seq) for frame in site.frames]
    assert heads == [(SNAPSHOT, 1, 0), (DELTA, 1, 1), (DELTA, 1, 2), (SNAPSHOT, 2, 0)]
    for frame in site.frames:
        types = [event["type"] for event in frame.events]
        assert types == [META, FULL] if frame.kind == SNAPSHOT else set(types) == {INCREMENTAL}


async def test_nothing_of_rrweb_is_left_in_an_idle_page(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<p id=p>first</p>")
    patched = """() => [
        CSSStyleSheet.prototype.insertRule, CSSStyleDeclaration.prototype.setProperty,
        Element.prototype.attachShadow, customElements.define,
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set,
      ].map((method) => /native code/.test(Function.prototype.toString.call(method)))"""
    before = await page.evaluate(patched)
    await site.share(page)
    await site.settle(page)
    await page.evaluate("() => sharing.recorder.idle(true)")
    assert await page.evaluate(patched) == before
    came = len(site.frames)
    await page.evaluate("() => { p.textContent = 'unseen'; }")
    await site.settle(page)
    assert len(site.frames) == came
    await page.evaluate("() => sharing.recorder.snapshot()")  # an idle recorder takes none
    await site.settle(page)
    assert len(site.frames) == came
    await page.evaluate("() => sharing.recorder.idle(false)")
    await site.settle(page)
    assert [(one.kind, one.epoch) for one in site.frames[came:]] == [(SNAPSHOT, 2)]
    assert "unseen" in strings(site.frames[came:])


async def test_a_choked_recorder_sends_nothing_and_then_a_snapshot(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<p id=p>first</p>")
    await site.share(page)
    await site.settle(page)
    await page.evaluate("() => sharing.recorder.choke(true)")
    await page.evaluate("() => sharing.recorder.idle(true)")
    await page.evaluate("() => { p.textContent = 'held'; }")
    await page.evaluate("() => sharing.recorder.idle(false)")
    await site.settle(page)
    assert len(site.frames) == 1, "one of the two still holds"
    await page.evaluate("() => sharing.recorder.choke(false)")
    await site.settle(page)
    assert [(one.kind, one.epoch) for one in site.frames] == [(SNAPSHOT, 1), (SNAPSHOT, 2)]


async def test_a_page_that_draws_itself_anew_is_sent_as_one_snapshot(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<ul id=list></ul>")
    await site.share(page)
    await site.settle(page)
    await page.evaluate(
        "() => { for (let i = 0; i < 2000; i += 1) list.append(document.createElement('li')); }"
    )
    await until(site, page, lambda frames: len(frames) > 1)
    assert [(one.kind, one.epoch) for one in site.frames] == [(SNAPSHOT, 1), (SNAPSHOT, 2)]
    assert site.frames[-1].text.count('"li"') == 2000
    await page.evaluate("() => { list.firstChild.textContent = 'calm again'; }")
    await until(site, page, lambda frames: "calm again" in strings(frames))
    assert site.frames[-1].kind == DELTA


async def test_a_page_too_large_is_trouble_and_no_frame(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<i></i>" * 50_001)
    await site.share(page)
    await page.wait_for_function("() => sharing.troubles.length")
    assert await page.evaluate("() => sharing.troubles") == ["too_large"]
    await site.settle(page)
    assert site.frames == []


async def test_an_event_that_cannot_be_cleaned_is_dropped_for_a_snapshot(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<p id=p>first</p>")
    await site.share(page)
    await site.settle(page)
    await page.evaluate(
        """() => {
             const { masker } = sharing;
             const { clean } = masker;
             masker.clean = () => { masker.clean = clean; throw new Error('cannot judge'); };
             p.textContent = 'second';
           }"""
    )
    await until(site, page, lambda frames: len(frames) > 1)
    assert [(one.kind, one.epoch) for one in site.frames] == [(SNAPSHOT, 1), (SNAPSHOT, 2)]


async def test_a_sanitizer_that_keeps_failing_ends_the_recording(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<p id=p>first</p>")
    await site.share(page)
    await site.settle(page)
    await page.evaluate(
        """() => {
             sharing.masker.clean = () => { throw new Error('cannot judge'); };
             p.textContent = 'second';
           }"""
    )
    await page.wait_for_function("() => sharing.troubles.length")
    assert await page.evaluate("() => sharing.troubles") == ["recorder"]
    assert len(site.frames) == 1


async def test_ids_lead_to_nodes_that_are_in_the_page(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<p id=p>first</p>")
    await site.share(page)
    await site.settle(page)
    found = await page.evaluate(
        """() => {
             const { recorder } = sharing;
             const id = recorder.idOf(p);
             const same = recorder.nodeOf(id) === p;
             const stranger = recorder.idOf(document.createElement('p'));
             const gone = p;
             p.remove();
             return [id > 0, same, stranger, recorder.nodeOf(id), recorder.nodeOf(987654)];
           }"""
    )
    assert found == [True, True, None, None, None]


async def test_what_the_page_itself_does_wrong_stays_its_own(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<style>p {}</style>")
    await site.share(page)
    with pytest.raises(Error, match="SyntaxError"):
        await page.evaluate("() => document.styleSheets[0].insertRule('}')")


async def test_what_is_hidden_is_counted(site: CanarySite, new_context: NewContext) -> None:
    body = """<input value=a><input type=password value=b><p>x@mail.example</p>
      <p data-cobrowse=mask>one <b>two</b></p><div data-cobrowse=block>three</div>"""
    page = await open_page(site, new_context, body)
    await site.share(page)
    await page.wait_for_function("() => sharing.counted.length")
    assert await page.evaluate("() => sharing.counted") == [
        {"t": "masked", "fields": 2, "texts": 3, "blocks": 1}
    ]
    await page.evaluate("() => document.querySelector('[data-cobrowse=block]').remove()")
    await page.wait_for_function("() => sharing.counted.length > 1")
    assert await page.evaluate("() => sharing.counted[1].blocks") == 0
