"""A shop full of secrets, shown through the whole product, and what of it reaches a viewer.

The pages and the secrets are those of `tests/cobrowse/canaries.py`. There the sanitizer stands
alone; here the page is an origin of the demo's site, with the loader in it, a shopper who consents
in the chat, and a viewer who reads the frames as the server sends them.
"""

from __future__ import annotations

import asyncio
import os
import sys

from aiohttp import web

from server.demo import SITE_KEY
from tests.browser import NewContext
from tests.cobrowse.canaries import Frame, leaks, plant, type_in
from tests.cobrowse.site import SITE_RULES, CanarySite, canary_site
from tests.e2e.people import Agent, Shopper
from tests.e2e.showing import allow, ask_to_see, sharing_of
from tests.e2e.staff import staffed
from tests.e2e.watcher import Watcher, watching
from tests.services.server import ROOT, Server

__all__ = ["shown_secrets"]

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
QUESTION = "Can you see my secrets?"
# What `embedChat` of the demo shop does.
_EMBED = """([src, site]) => {
  const script = document.createElement('script');
  script.src = src;
  script.dataset.site = site;
  document.head.append(script);
}"""


class _Shop(CanarySite):
    """The same shop, without what lets a curtain down: behind it nothing would be sent at all."""

    def _html(self, name: str, stage: str) -> web.Response:
        answer = super()._html(name, stage)
        assert answer.text is not None
        answer.text = answer.text.replace('data-cobrowse="pause"', 'data-cobrowse="block"')
        return answer


async def shown_secrets(
    server: Server, new_context: NewContext
) -> tuple[dict[str, str | None], list[Frame]]:
    """Show the page from its first moment through all that happens in it.

    Returns what leaked ("canary (stage)" -> the rule that should have kept it), and the frames.
    """
    async with canary_site(_Shop()) as shop:
        await _let_embed(server, shop.url)
        agent: Agent = await Agent.come(server, new_context, **DESKTOP)
        await agent.sign_in()
        shopper: Shopper = await Shopper.come(server, new_context, **DESKTOP)
        page = shopper.page
        await shop.open(page)
        await page.evaluate(_EMBED, [f"{server.url}/loader.js", SITE_KEY])
        await page.wait_for_function("() => window.Tiski")
        await page.evaluate("() => Tiski('open')")
        await shopper.say(QUESTION)
        await agent.choose(QUESTION)
        await agent.press("Accept")
        await ask_to_see(agent)
        await allow(shopper)
        await agent.page.get_by_role("region", name="The customer’s page").wait_for()
        async with staffed(server.url) as staff:
            conv = await staff.conversation(QUESTION)
            sharing = sharing_of(staff, conv)
            async with watching(server.url, staff.token, sharing["id"]) as watcher:
                await watcher.snapshot()
                await page.evaluate("() => Tiski('close')")
                await type_in(page)
                await plant(page)
                await _all_of_it(watcher)
                frames = [Frame.parse(picture.whole) for picture in watcher.pictures]
    return leaks(frames, shop.planted), frames


async def _all_of_it(watcher: Watcher) -> None:
    """Ask for the page as it is at last, and wait until it has come."""
    newest = watcher.pictures[-1].epoch
    await watcher.send({"t": "resync"})
    await watcher.snapshot(newest)


async def _let_embed(server: Server, origin: str) -> None:
    """Let one more origin embed the demo's chat, and set the site's rules, as an operator does."""
    origins = [part for url in (server.shop_url, origin) for part in ("--origin", url)]
    rules = [part for rule, lines in SITE_RULES.items() for part in (f"--{rule}", *lines)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "site", "set", SITE_KEY, *origins, *rules,
        cwd=ROOT, env={**os.environ, **server.settings}, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0
