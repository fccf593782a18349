"""Photographs of a journey, to look at the product with a critical eye; taken on demand only.

With `TISKI_SHOTS=<folder>` set, each step is photographed for everybody who is in it: at desktop
size and 390 px wide, in light and in dark. Without it nothing is taken and nothing is slower.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from playwright.async_api import Page

from tests.e2e.people import Person

__all__ = ["Album"]

WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Frames of another origin are told of the scheme, and drawn, in their own time.
_DRAWN = """async (scheme) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  while (!matchMedia(`(prefers-color-scheme: ${scheme})`).matches) await frame();
  await frame();
  await frame();
}"""


class Album:
    """The photographs of one run, numbered by step."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._step = 0

    @classmethod
    def from_environment(cls) -> Album:
        """Return the album that `TISKI_SHOTS` asks for; without it one that takes nothing."""
        name = os.environ.get("TISKI_SHOTS")
        return cls(Path(name) if name else None)

    async def take(self, step: str, **people: Person) -> None:
        """Photograph what these people see now."""
        if self._folder is None:
            return
        self._step += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, person in people.items():
            was = person.page.viewport_size
            for width, (across, down) in WIDTHS.items():
                await person.page.set_viewport_size({"width": across, "height": down})
                for scheme in SCHEMES:
                    await _show(person.page, scheme)
                    file = f"{self._step:02d}-{step}-{name}-{width}-{scheme}.png"
                    await person.page.screenshot(path=self._folder / file)
            await person.page.emulate_media(color_scheme="null", reduced_motion="null")
            if was:
                await person.page.set_viewport_size(was)


async def _show(page: Page, scheme: Literal["light", "dark"]) -> None:
    # Still, because a colour on its way from light to dark is neither.
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for frame in page.frames:
        await frame.evaluate(_DRAWN, scheme)
