"""What our part draws on the shop's page: a closed shadow root, which no script can look into.

A test looks as the browser's own tools do, and presses by the mouse, where a person would.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from playwright.async_api import CDPSession, Error, Page

from tests.e2e.calls import eventually

__all__ = ["NOTE_MARKS", "Overlay"]

_TAG = "TISKI-COBROWSE"

# Marks are drawn on a canvas: each name that is written there is noted with the place where the
# pen stood, which is the tip of the pointer.
NOTE_MARKS = """(() => {
  window.__tags = {};
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
    const { a, e, f } = this.getTransform();
    window.__tags[text] = [e / a, f / a];
    return write.call(this, text, ...where);
  };
})()"""


class Overlay:
    """The bar, the marks and the covers of one page of the shop. Use it as a context manager."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._tools: CDPSession | None = None

    async def __aenter__(self) -> Overlay:
        self._tools = await self._page.context.new_cdp_session(self._page)
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if self._tools is not None and not self._page.is_closed():
            await self._tools.detach()

    async def _send(self, method: str, **given: Any) -> dict[str, Any]:
        assert self._tools is not None
        answer: dict[str, Any] = await self._tools.send(method, given)
        return answer

    async def _root(self) -> dict[str, Any] | None:
        """Return our element with everything in it, or None."""
        tree = await self._send("DOM.getDocument", depth=-1, pierce=True)
        return next((node for node in _nodes(tree["root"]) if node["nodeName"] == _TAG), None)

    async def text(self) -> str:
        """Return all that is written there now, seen or not."""
        root = await self._root()
        texts = (n["nodeValue"] for n in _nodes(root or {}) if n["nodeName"] == "#text")
        return " ".join(text.strip() for text in texts if text.strip())

    async def says(self, text: str, within: float = 10.0) -> None:
        """Wait until `text` is written there."""

        async def seen() -> bool:
            return text in await self.text()

        await eventually(f"our part says {text!r}", seen, within)

    async def is_gone(self, within: float = 10.0) -> None:
        """Wait until nothing of ours is left in the page."""

        async def gone() -> bool:
            return await self._root() is None

        await eventually("our part has left the page", gone, within)

    async def pointer(self, name: str) -> tuple[float, float] | None:
        """Return where the pointer of the viewer of this name was drawn last, in the window."""
        at: list[float] | None = await self._page.evaluate("(name) => __tags[name] ?? null", name)
        return (at[0], at[1]) if at else None

    async def place_of(self, text: str) -> tuple[float, float] | None:
        """Return the middle of the element that says `text`, in the window, if it is shown."""
        for node in _nodes(await self._root() or {}):
            if any(text in child.get("nodeValue", "") for child in node.get("children", [])):
                try:
                    box = await self._send("DOM.getBoxModel", backendNodeId=node["backendNodeId"])
                except Error:  # not shown
                    continue
                corners: list[float] = box["model"]["border"]
                return sum(corners[0::2]) / 4, sum(corners[1::2]) / 4
        return None

    async def press(self, text: str) -> None:
        """Click where `text` is written, when it is shown."""

        async def shown() -> tuple[float, float] | None:
            return await self.place_of(text)

        x, y = await eventually(f"{text!r} is shown", shown)
        await self._page.mouse.click(x, y)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "nodeName" not in node:
        return
    yield node
    for child in (*node.get("shadowRoots", ()), *node.get("children", ())):
        yield from _nodes(child)
