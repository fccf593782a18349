"""What the page's part asks of the sanitizer besides cleaning: for the preview and for control."""

import pytest
from playwright.async_api import Error, Page

from tests.browser import NewContext
from tests.cobrowse.site import CanarySite
from tests.cobrowse.test_recorder import open_page, strings, until

RULES = {"mask": [".tight"], "block": [".dark"], "nocontrol": ["#pay"]}

BODY = """
<input id=plain value=a>
<input id=password type=password>
<input id=card autocomplete=cc-number>
<input id=code autocomplete="one-time-code">
<input id=file type=file>
<div data-cobrowse=show><input id=shown value=b><input id=cvc name=cvc value=c>
  <div data-cobrowse=mask><input id=remasked value=d></div>
  <div class=tight><div data-cobrowse=show><input id=tightened value=e></div></div></div>
<div data-cobrowse=block><button id=blocked>x</button></div>
<div class=dark><button id=dark>x</button></div>
<div data-cobrowse="mask nocontrol"><p id=words>words</p></div>
<button id=pay><b id=inner>Pay</b></button>
<button id=free>Free</button>
<p id=mail>write to anna@mail.example now</p>
<div id=host data-cobrowse=nocontrol></div>
<tiski-chat id=own></tiski-chat>
"""


async def shared(site: CanarySite, new_context: NewContext) -> Page:
    page = await open_page(site, new_context, BODY)
    await page.evaluate(
        "() => { host.attachShadow({mode: 'open'}).innerHTML = '<button>In</button>'; }"
    )
    await site.share(page, rules=RULES)
    return page


async def ask(page: Page, method: str, *ids: str) -> list[object]:
    answers: list[object] = await page.evaluate(
        "([method, ids]) => ids.map((id) => sharing.masker[method](document.getElementById(id)))",
        [method, ids],
    )
    return answers


async def test_elements_are_treated_by_what_they_stand_in(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await shared(site, new_context)
    treated = await ask(page, "treatment", "blocked", "dark", "words", "own", "free", "shown")
    assert treated == ["block", "block", "mask", "block", None, None]


async def test_sensitive_fields_are_known_whatever_is_shown(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await shared(site, new_context)
    ids = ("password", "card", "code", "file", "cvc", "remasked", "tightened", "blocked", "words")
    assert await ask(page, "sensitive", *ids) == [True] * len(ids)
    assert await ask(page, "sensitive", "plain", "shown", "free") == [False] * 3


async def test_control_is_kept_away_through_shadow_roots(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await shared(site, new_context)
    assert await ask(page, "nocontrol", "pay", "inner", "words") == [True] * 3
    assert await ask(page, "nocontrol", "free", "plain") == [False] * 2
    assert await page.evaluate(
        "() => sharing.masker.nocontrol(host.shadowRoot.querySelector('button'))"
    )


async def test_the_preview_finds_what_is_hidden(site: CanarySite, new_context: NewContext) -> None:
    page = await shared(site, new_context)
    elements, ranges = await page.evaluate(
        """() => {
             const { elements, ranges } = sharing.masker.hidden(document);
             return [elements.map((one) => one.id || one.className || one.dataset.cobrowse),
                     ranges.map(String)];
           }"""
    )
    fields = ["plain", "password", "card", "code", "file", "cvc", "remasked", "tightened"]
    assert elements == [*fields, "block", "dark"], "empty ones too"
    assert [text for text in ranges if text.strip()] == ["words", "anna@mail.example"]


async def test_titles_and_addresses_are_cleaned_for_the_page_line(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await shared(site, new_context)
    cleaned = await page.evaluate(
        """() => [sharing.masker.plain('Order of anna@mail.example'),
                  sharing.masker.address('https://shop.example/cart?token=1#x')]"""
    )
    assert cleaned == ["Order of ••••••••", "https://shop.example/cart"]


async def test_an_unknown_selector_stops_it_before_it_begins(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<p>words</p>")
    with pytest.raises(Error, match="RangeError: not a selector"):
        await site.share(page, rules={"mask": ["p:nonsense("]})


async def test_a_mark_that_comes_later_hides_what_was_shown(
    site: CanarySite, new_context: NewContext
) -> None:
    page = await open_page(site, new_context, "<div id=box><p>open words</p></div>")
    await site.share(page)
    await site.settle(page)
    assert "open words" in strings(site.frames)
    await page.evaluate("() => box.setAttribute('data-cobrowse', 'block')")
    await until(site, page, lambda frames: frames[-1].epoch == 2)
    assert "open words" not in strings(site.frames[-1:])
    await page.evaluate("() => box.removeAttribute('data-cobrowse')")
    await until(site, page, lambda frames: frames[-1].epoch == 3)
    assert "open words" in strings(site.frames[-1:])


async def test_a_field_that_was_a_password_once_stays_one(
    site: CanarySite, new_context: NewContext
) -> None:
    body = "<div data-cobrowse=show><input id=key type=password></div>"
    page = await open_page(site, new_context, body)
    await site.share(page)
    await page.locator("#key").fill("mellon-1234")
    await page.evaluate("() => { key.type = 'text'; }")
    await page.locator("#key").press_sequentially("!")
    await page.evaluate("() => sharing.recorder.snapshot()")
    await site.settle(page)
    assert not any("mellon" in one for one in strings(site.frames))


async def test_a_site_rule_that_begins_to_hold_hides_what_was_shown(
    site: CanarySite, new_context: NewContext
) -> None:
    body = "<div id=box><section><p class=total>open words</p></section></div>"
    page = await open_page(site, new_context, body)
    await site.share(page, rules={"block": [".checkout .total"]})
    await site.settle(page)
    assert "open words" in strings(site.frames)
    await page.evaluate("() => { box.className = 'checkout'; }")
    await until(site, page, lambda frames: frames[-1].epoch == 2)
    assert "open words" not in strings(site.frames[-1:])
    await page.evaluate("() => { box.className = ''; }")
    await until(site, page, lambda frames: frames[-1].epoch == 3)
    assert "open words" in strings(site.frames[-1:])


async def test_words_that_were_typed_do_not_spoil_the_looks_of_the_page(
    site: CanarySite, new_context: NewContext
) -> None:
    body = """<input id=search value=tent>
      <p class="tent wide" style="--a: tent; color: red">A tent</p>
      <img src="/images/tent@2x.png" alt="">"""
    page = await open_page(site, new_context, body)
    await site.share(page)
    await site.settle(page)
    seen = strings(site.frames)
    assert seen >= {"wide", " color: red", "A ••••••••", f"{site.url}/images/tent@2x.png"}
    assert "tent" not in seen


async def test_light_or_dark_is_the_shoppers_and_changes_with_theirs(
    site: CanarySite, new_context: NewContext
) -> None:
    css = "p { color: red } @media (prefers-color-scheme: dark) { p { color: white } }"
    page = await open_page(site, new_context, f"<style>{css}</style><p>words</p>")
    await page.emulate_media(color_scheme="dark")
    await site.share(page)
    await site.settle(page)
    assert any("(min-width:0px)" in one for one in strings(site.frames))
    assert not any("prefers-color-scheme" in one for one in strings(site.frames))
    await page.emulate_media(color_scheme="light")
    await until(site, page, lambda frames: frames[-1].epoch == 2)
    assert any("(max-width:0px)" in one for one in strings(site.frames[-1:]))
