"""Nothing secret leaves the page, and every rule of the sanitizer is needed for that."""

import re

import pytest

from tests.browser import NewContext
from tests.cobrowse.canaries import CANARIES, SHOWN, TYPED, UNREACHED, leaks, plant, type_in
from tests.cobrowse.site import WEB, CanarySite

RULES = re.findall(
    r"^\s*(?:\{ )?name: '([^']+)'",
    (WEB / "src/cobrowse/page/mask/rules.ts").read_text(),
    re.MULTILINE,
)


async def visit(
    site: CanarySite, new_context: NewContext, without: str | None = None, typing: bool = True
) -> None:
    """Share the page from its first moment through all that happens in it, and read the frames."""
    page = await (await new_context(permissions=[])).new_page()
    await site.open(page)
    await site.share(page, without)
    if typing:
        await type_in(page)
    await plant(page)
    await site.settle(page)
    await page.evaluate("() => sharing.recorder.snapshot()")
    await site.settle(page)
    assert await page.evaluate("() => sharing.troubles") == []


async def test_nothing_secret_leaves_the_page(site: CanarySite, new_context: NewContext) -> None:
    await visit(site, new_context)
    assert leaks(site.frames, site.planted) == {}


async def test_every_place_of_the_design_has_a_canary(
    site: CanarySite, new_context: NewContext
) -> None:
    await visit(site, new_context)
    assert {name for name, _ in site.planted} == set(CANARIES)
    stages = {stage for _, stage in site.planted}
    assert stages >= {"load", "changed", "later", "shadow", "lateshadow", "frame", "lateframe"}
    assert stages >= {*UNREACHED, "maskedframe", "laterinshadow", "laterinframe"}


async def test_the_page_is_still_worth_looking_at(
    site: CanarySite, new_context: NewContext
) -> None:
    await visit(site, new_context)
    seen = {string for frame in site.frames for string in frame.strings()}
    assert seen >= {"Trail tent for two", "EUR 249.00", "36 37 38 39 40 41 42", "inside"}
    assert seen >= {f"Plain words of the page in {stage}." for stage in ("load", "later", "frame")}
    assert "Visible load value" in seen
    assert SHOWN in seen
    assert f"{site.url}/images/tent.png" in seen
    assert "color: rgb(1, 2, 3); padding-left: 7px" in seen
    assert "useful-lateshadow" in seen
    assert "M1 1 L9 9" in seen


@pytest.mark.parametrize("rule", RULES)
async def test_each_rule_is_needed(rule: str, site: CanarySite, new_context: NewContext) -> None:
    typed = any(typed.rule == rule for typed in TYPED.values())
    await visit(site, new_context, without=rule, typing=typed)
    leaked = leaks(site.frames, site.planted)
    assert rule in leaked.values(), f"nothing leaks without it: {leaked}"


def test_every_rule_is_known_to_some_canary() -> None:
    kept = {canary.rule for canary in CANARIES.values()} | {typed.rule for typed in TYPED.values()}
    assert set(RULES) == kept - {None}
