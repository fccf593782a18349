"""A shop's page for the tests of the player, and what the recorder saw of it."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from tests.browser import NewContext

__all__ = ["changes", "open_shop"]

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


async def open_shop(new_context: NewContext, html: str = PAGE) -> Page:
    context = await new_context(permissions=[], viewport={"width": 800, "height": 500})
    page = await context.new_page()
    await page.route(
        "http://shop.test/", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    await page.goto("http://shop.test/")
    return page


async def changes(page: Page) -> list[dict[str, Any]]:
    """Return what the recorder saw since the last call."""
    events: list[dict[str, Any]] = await page.evaluate(
        "() => new Promise((done) => setTimeout(() => done(__events.splice(0)), 60))"
    )
    return events
