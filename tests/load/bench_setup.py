"""Time to talk: from the click to the first decoded frame of the other person, real Chromium.

An agent is in a call and a visitor joins it, again and again, through the whole server: consent
committed, offer answered, ICE, DTLS, keyframe, decoded. It starts at the visitor's press of
"Join call" and ends when the first frame of the agent's camera is shown, both on the page's own
clock. The second figure is what a change of page costs: from leaving to the first sound on the
next one. The last line is the result:

    {"p50_ms": …, "p95_ms": …, "sound_back_p50_ms": …, "sound_back_p95_ms": …, "n": …}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser import FLAGS
from tests.e2e.calls import Caller, CallSite, build_page
from tests.services.server import Server, running_server

ROUNDS = 25
VISITS = 5  # rounds of one visitor, who may send 100 commands a minute
TARGET_P95 = 800  # ms, on one machine

# The first frame is when a remote picture's element has shown it (requestVideoFrameCallback).
TIMED_JOIN = """async () => {
  call.prepare({action: 'join', media: ['audio', 'video']});
  await new Promise((done) => requestAnimationFrame(done));
  const button = document.querySelector('.call-check .button-primary');
  const pressed = performance.now();
  button.click();
  for (;;) {
    const video = document.querySelector('video[aria-label="Picture of Agent One"]');
    if (video?.srcObject) {
      await new Promise((done) => video.requestVideoFrameCallback(done));
      return performance.now() - pressed;
    }
    await new Promise((done) => requestAnimationFrame(done));
  }
}"""

# When sound first comes on the page that is entered next.
FIRST_SOUND = """
const Native = RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(...given) {
    super(...given);
    const look = async () => {
      for (const s of (await this.getStats()).values()) {
        if (s.type === 'inbound-rtp' && s.kind === 'audio' && s.packetsReceived > 0) {
          window.soundAt ??= Date.now();
          return;
        }
      }
      setTimeout(look, 5);
    };
    look();
  }
};
"""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` in 0..1."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def measure(rounds: int) -> dict[str, float]:
    """Run the calls and return the figures."""
    with tempfile.TemporaryDirectory() as data:
        async with running_server(Path(data)) as server, async_playwright() as playwright:
            program = shutil.which("chromium") or "google-chrome"
            sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
            flags = [*FLAGS, *sandbox]
            browser = await playwright.chromium.launch(executable_path=program, args=flags)
            try:
                return await _run(browser, server, rounds)
            finally:
                await browser.close()


async def _run(browser: Browser, server: Server, rounds: int) -> dict[str, float]:
    setup: list[float] = []
    sound: list[float] = []
    while len(setup) < rounds:
        site = CallSite(server)
        await site.open()
        try:
            await _visit(browser, site, min(VISITS, rounds - len(setup)), setup, sound)
        finally:
            await site.aclose()
    return {
        "p50_ms": round(percentile(setup, 0.5)),
        "p95_ms": round(percentile(setup, 0.95)),
        "sound_back_p50_ms": round(percentile(sound, 0.5)),
        "sound_back_p95_ms": round(percentile(sound, 0.95)),
        "n": rounds,
    }


async def _visit(
    browser: Browser, site: CallSite, rounds: int, setup: list[float], sound: list[float]
) -> None:
    """Let a visitor who was not here before call `rounds` times; add to the figures."""
    contexts = [await browser.new_context() for _ in range(2)]
    agent = await site.agent(contexts[0], direct=True)
    visitor = await site.visitor(contexts[1], direct=True)
    await visitor.page.add_init_script(FIRST_SOUND)
    for _ in range(rounds):
        setup.append(await _join(agent, visitor))
        sound.append(await _change_page(agent, visitor))
        print(f"{len(setup):3}  first frame {setup[-1]:6.0f} ms  sound back {sound[-1]:6.0f} ms")
        await agent.press("Hang up")
        await visitor.phase("ended")
        await visitor.press("Close")
    for context in contexts:
        await context.close()


async def _join(agent: Caller, visitor: Caller) -> float:
    await agent.start("audio", "video")
    await visitor.phase("incoming")
    await agent.page.wait_for_function("() => call.connected.value")
    taken: float = await visitor.page.evaluate(TIMED_JOIN)
    return taken


async def _change_page(agent: Caller, visitor: Caller) -> float:
    await visitor.hears(agent)
    left = await visitor.page.evaluate("Date.now()")
    await visitor.page.reload()
    await visitor.page.wait_for_function("() => window.soundAt")
    back: float = await visitor.page.evaluate("soundAt") - left
    await visitor.phase("live")
    return back


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    build_page()
    figures = asyncio.run(measure(rounds))
    if figures["p95_ms"] > TARGET_P95:
        print(f"over the target of {TARGET_P95} ms (p95)", file=sys.stderr)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
