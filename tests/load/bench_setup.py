"""Time to talk: from the second person's click to picture and sound both ways, real Chromium.

The same two people call each other through Tiski, browser to browser, and through Janus'
videoroom, in turns within one run: each round has a call of each kind in an order by chance. What
lies before the click and what ends the time is the same for all (`call_setup/kind.py`). In Tiski's
time are the consent in SQL, all offers and answers with their grants, ICE, DTLS, key frames,
decoding, and the product's own interface. The last line is the result:

    {"ratio_vs_p2p_p50": …, "ratio_vs_p2p_p95": …, "ratio_vs_janus_p50": …, "ratio_vs_janus_p95": …,
     "tiski": {"p50_ms": …, "p95_ms": …, "n": …}, "p2p": {…}, "janus": {…}}

Before it stands what each page noted, in milliseconds after the click (medians).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from tests.browser import FLAGS
from tests.e2e.calls import build_page
from tests.load.call_setup.kind import Kind, Setup, Side
from tests.load.call_setup.others import JanusRoom, Plain, serve_pages
from tests.load.call_setup.tiski import TiskiCalls
from tests.load.media_load.janus import launch
from tests.services.server import running_server

__all__ = ["percentile"]

ROUNDS: Final = 25
KINDS: Final = ("tiski", "p2p", "janus")
TARGET: Final = 1.3  # of peer to peer
WARM: Final = 1  # rounds before those that count: what is loaded once is no call's

Found = Mapping[str, Sequence[Setup]]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` in 0..1."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def say(text: str) -> None:
    """Tell what goes on."""
    print(text, file=sys.stderr, flush=True)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run one Chromium for everybody."""
    async with async_playwright() as playwright:
        program = shutil.which("chromium") or "google-chrome"
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        flags = [*FLAGS, *sandbox]
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


async def measure(rounds: int, names: Sequence[str], seed: int) -> dict[str, list[Setup]]:
    """Let people call each other `rounds` times in each way."""
    with tempfile.TemporaryDirectory() as data, tempfile.TemporaryDirectory() as settings:
        janus, url = await launch(Path(settings), "127.0.0.1", None)
        try:
            async with (
                running_server(Path(data)) as server,
                serve_pages() as origin,
                chromium() as one,
            ):
                tiski = TiskiCalls(server)
                kinds: list[Kind] = [tiski, Plain(origin), JanusRoom(origin, url)]
                try:
                    chosen = [kind for kind in kinds if kind.name in names]
                    return await _turns(one, chosen, rounds, random.Random(seed))
                finally:
                    await tiski.aclose()
        finally:
            await janus.aclose()


async def _turns(
    browser: Browser, kinds: list[Kind], rounds: int, chance: random.Random
) -> dict[str, list[Setup]]:
    found: dict[str, list[Setup]] = {kind.name: [] for kind in kinds}
    for number in range(1 - WARM, rounds + 1):
        chance.shuffle(kinds)
        for kind in kinds:
            setup = await kind.call(browser)
            parts = "  ".join(f"{name} {at:5.0f}" for name, at in setup.parts.items())
            say(f"{number:3}  {kind.name:6} {setup.milliseconds:6.0f} ms   {parts}")
            if number > 0:
                found[kind.name].append(setup)
    return found


def stages(found: Sequence[Setup], side: Callable[[Setup], Side]) -> list[tuple[str, float, int]]:
    """Return what a side's pages noted after the click: name, median of the first time, calls."""
    times: dict[str, list[float]] = {}
    for setup in found:
        since = setup.clicked
        for name in dict.fromkeys(name for name, at in side(setup).marks if at >= since):
            first = side(setup).first(name, since)
            assert first is not None
            times.setdefault(name, []).append(first)
    rows = [(name, percentile(seen, 0.5), len(seen)) for name, seen in times.items()]
    return sorted(rows, key=lambda row: row[1])


def tell_stages(found: Found) -> None:
    """Say where the milliseconds go."""
    for kind, setups in found.items():
        for whose, side in (("second", lambda s: s.second), ("first", lambda s: s.first)):
            say(f"\n{kind}, the {whose} person's page:")
            for name, at, calls in stages(setups, side):
                say(f"  {at:7.1f} ms  {name}" + ("" if calls == len(setups) else f"  ({calls}x)"))


def result(found: Found) -> dict[str, object]:
    """Return the figures: percentiles per kind, and Tiski's against the others'."""
    figures = {
        kind: {
            "p50_ms": round(percentile([s.milliseconds for s in setups], 0.5)),
            "p95_ms": round(percentile([s.milliseconds for s in setups], 0.95)),
            "n": len(setups),
        }
        for kind, setups in found.items()
    }
    ratios = {
        f"ratio_vs_{other}_{share}": round(
            figures["tiski"][f"{share}_ms"] / figures[other][f"{share}_ms"], 2
        )
        for other in ("p2p", "janus")
        for share in ("p50", "p95")
        if other in figures and "tiski" in figures
    }
    return {**ratios, **figures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 16))
    given = parser.parse_args()
    build_page()
    say(f"order by seed {given.seed}")
    found = asyncio.run(measure(given.rounds, given.kinds, given.seed))
    tell_stages(found)
    figures = result(found)
    missed = [name for name in ("ratio_vs_p2p_p50", "ratio_vs_p2p_p95") if name in figures]
    for name in missed:
        if float(str(figures[name])) > TARGET:
            say(f"{name} is over the target of {TARGET}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
