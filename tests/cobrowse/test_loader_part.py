"""The loader gives our part on the shop's page a port to our frame, and knows no other message."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Route, expect

from tests.cobrowse.stage import RULES, WORDS, NewStage, Shop
from tests.services.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A frame that speaks as the widget does, and shows what the part answers.
FRAME = """<!doctype html><title>frame</title><p id=answer></p><script>
addEventListener('message', ({ ports: [port] }) => {
  if (!port) return;
  port.postMessage({ t: 'something new' });
  for (const src of ['.other.example/x.js', '@other.example/x.js', ':1@other.example/x.js'])
    port.postMessage({ t: 'part', src }, [new MessageChannel().port1]);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => { answer.textContent = JSON.stringify(data); };
  port.postMessage({ t: 'part', src: 'page/cobrowse.js' }, [port2]);
  port1.postMessage(PREPARE);
});
parent.postMessage('tiski:hello', '*');
</script>"""


async def test_the_loader_imports_the_part_and_hands_the_port_on(
    new_stage: NewStage, shop: Shop, shop_server: Server
) -> None:
    stage = await new_stage()
    prepare = json.dumps({"t": "prepare", "rules": RULES, "words": WORDS})

    async def frame(route: Route) -> None:
        await route.fulfill(body=FRAME.replace("PREPARE", prepare), content_type="text/html")

    await stage.page.route(lambda url: url.startswith(f"{shop_server.url}/widget"), frame)
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url))
    script = f"<script async src='{shop_server.url}/loader.js' data-site=demo></script>"
    await stage.visit(script, begin=False)
    button = stage.page.locator("tiski-chat button")
    await button.hover()  # fetches the frame, and opens nothing
    answer = stage.page.frame_locator("tiski-chat iframe").locator("#answer")
    ready = {"t": "ready", "page": {"url": f"{shop.url}/", "title": "Shop"}}
    await expect(answer).to_have_text(json.dumps(ready, separators=(",", ":")))
    await expect(button).to_have_attribute("aria-expanded", "false")
    hosts = {urlsplit(url).hostname for url in asked}
    assert hosts == {"localhost", "127.0.0.1"}, "parts come from our origin alone"
