"""Time to be known: from the shopper's last click at the bank to the badge at the agent.

A shopper proves who they are, again and again, with the demo bank in a window of its own, in real
Chromium and through the whole server: back from the bank, code redeemed over HTTP, ID token and
userinfo decrypted and verified, sealed, committed, pushed, shown. It starts at the press of
Continue on the bank's page and ends when the console shows the new proof; both clocks are the
machine's. The last line is the result:

    {"click_to_badge_p50_ms": …, "click_to_badge_p95_ms": …, "n": …}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser import FLAGS
from tests.e2e.people import Agent, Shopper, meet
from tests.e2e.proving import Proving, ask, choose, proving_at
from tests.load.bench_setup import percentile

ROUNDS = 25
VISITS = 5  # rounds in one conversation
TARGET_P95 = 1_000  # ms, on one machine

# When the console first shows a proof that it does not show now.
_WATCH = """() => {
  const shown = () => document.querySelector('.proof-line time')?.dateTime;
  const before = shown();
  window.__shown = new Promise((done) => {
    const look = () => (shown() !== before ? done(Date.now()) : requestAnimationFrame(look));
    look();
  });
}"""
_CLICK = """() => {
  const pressed = Date.now();
  document.querySelector('button.primary').click();
  return pressed;
}"""


async def measure(rounds: int) -> dict[str, float]:
    """Run the proofs and return the figures."""
    with tempfile.TemporaryDirectory() as data:
        async with (
            proving_at(Path(data), TISKI_LOG_LEVEL="info") as stage,
            async_playwright() as playwright,
        ):
            program = shutil.which("chromium") or "google-chrome"
            sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
            browser = await playwright.chromium.launch(
                executable_path=program, args=[*FLAGS, *sandbox]
            )
            try:
                taken: list[float] = []
                while len(taken) < rounds:
                    await _visit(browser, stage, min(VISITS, rounds - len(taken)), taken)
            finally:
                await browser.close()
    return {
        "click_to_badge_p50_ms": round(percentile(taken, 0.5)),
        "click_to_badge_p95_ms": round(percentile(taken, 0.95)),
        "n": len(taken),
    }


async def _visit(browser: Browser, stage: Proving, rounds: int, taken: list[float]) -> None:
    """Let a shopper who was not here before prove who they are so many times."""
    shopper = await Shopper.come(stage.server, browser.new_context)
    agent = await Agent.come(stage.server, browser.new_context)
    await meet(shopper, agent, f"Who am I, number {len(taken)}?")
    for _ in range(rounds):
        await ask(agent)
        bank = await choose(shopper)
        await agent.page.evaluate(_WATCH)
        pressed: float = await bank.evaluate(_CLICK)
        async with asyncio.timeout(30):
            shown: float = await agent.page.evaluate("window.__shown")
        taken.append(shown - pressed)
        sys.stdout.write(f"{len(taken):3}  badge {taken[-1]:6.0f} ms\n")
        if not bank.is_closed():
            await bank.close()
    for person in (shopper, agent):
        await person.context.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    figures = asyncio.run(measure(parser.parse_args().rounds))
    if figures["click_to_badge_p95_ms"] > TARGET_P95:
        sys.stderr.write(f"over the target of {TARGET_P95} ms (p95)\n")
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
