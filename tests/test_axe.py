"""The accessibility check finds what is wrong, and passes what is right."""

import pytest

from tests.axe import assert_accessible
from tests.browser import NewContext

pytestmark = pytest.mark.e2e

PAGE = "<!doctype html><html lang='en'><title>Shop</title><main><h1>Shop</h1>{}</main></html>"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<input>", "label"),
        ("<p style='color:#bbb; background:#fff'>Hard to read</p>", "color-contrast"),
        ("<button></button>", "button-name"),
        (
            "<button style='width:10px;height:10px;padding:0'>a</button>"
            "<button style='width:10px;height:10px;padding:0'>b</button>",
            "target-size",
        ),
    ],
)
async def test_a_barrier_is_found(new_context: NewContext, body: str, rule: str) -> None:
    page = await (await new_context()).new_page()
    await page.set_content(PAGE.format(body))
    with pytest.raises(AssertionError, match=rf"^{rule} "):
        await assert_accessible(page)


async def test_a_page_without_barriers_passes(new_context: NewContext) -> None:
    page = await (await new_context()).new_page()
    await page.set_content(PAGE.format("<label>Name <input></label>"))
    await assert_accessible(page)


async def test_only_the_named_part_is_looked_at(new_context: NewContext) -> None:
    page = await (await new_context()).new_page()
    await page.set_content(PAGE.format("<input><section><label>Name <input></label></section>"))
    await assert_accessible(page, "section")
