"""Asks axe-core what is wrong with a page, by the WCAG rules that the project holds."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

__all__ = ["axe_findings"]

_AXE = Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def axe_findings(page: Page) -> list[str]:
    """Return what axe finds in the page as it is now: rule, place and reason."""
    # The page's policy forbids foreign scripts; the debugger's own evaluation is not bound by it.
    await page.evaluate(_AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": _RULES}}
    result = await page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in result["violations"]
        for node in found["nodes"]
    ]
