"""Accessibility rules of WCAG 2.2 A and AA that a machine can check, by axe-core.

axe finds a part of what can be wrong: focus order, Esc, live regions, reflow at 400 % and reduced
motion need tests of their own. It pierces open shadow roots, not closed ones, and every frame of
our own origin is looked at by itself.
"""

from pathlib import Path

from playwright.async_api import Frame, Page

__all__ = ["assert_accessible"]

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


async def assert_accessible(target: Page | Frame, within: str | None = None) -> None:
    """Fail with every rule that `target` breaks, and where; `within` is a selector.

    The script is evaluated, not added as an element, so that a strict Content-Security-Policy
    does not stop it.
    """
    if not await target.evaluate("() => 'axe' in globalThis"):
        await target.evaluate(AXE.read_text(encoding="utf-8"))
    result = await target.evaluate(
        "([where, tags]) => axe.run(where ?? document, { runOnly: tags, iframes: false })",
        [within, TAGS],
    )
    assert result["passes"], "axe found nothing to look at: is the page empty?"
    broken = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n"
        + "\n".join(f"    {node['target']}: {node['failureSummary']}" for node in rule["nodes"])
        for rule in result["violations"]
    ]
    assert not broken, "\n".join(broken)
