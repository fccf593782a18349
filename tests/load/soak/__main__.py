"""Calls come and go for half an hour; is what the server holds the same at the end?

Runs a server of its own, with SQLite. Every 10 s its memory, open files and asyncio tasks are
read from its own figures. The last line is the result; memory is in bytes, slopes per hour:

    {"flat": true, "grown": [], "minutes": 30, "calls": …, "problems": {…},
     "memory": {"first": …, "last": …, "slope": …}, "files": {…}, "tasks": {…},
     "at_rest": {"before": {…}, "after": {…}}}

The exit status is 1 when something grew, or when a tenth of the calls did not go as meant: then
nothing can be said.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

import uvloop

from tests.load.soak.crowd import Crowd
from tests.load.soak.person import HOST
from tests.load.soak.verdict import TOLERANCES, judge, trend
from tests.load.soak.watch import EVERY, Watch
from tests.services.server import running_server

MINUTES: Final = 30.0
AT_ONCE: Final = 4  # calls
WARM_CALLS: Final = 6  # before the server is looked at: what is loaded once is no growth
PATIENCE: Final = 90.0  # seconds until the server has noticed that everybody is gone
MOST_PROBLEMS: Final = 0.1  # of the calls


def say(text: str) -> None:
    """Tell what goes on."""
    print(text, file=sys.stderr, flush=True)


async def soak(minutes: float, at_once: int, seed: int) -> dict[str, object]:
    """Let people call each other for so long, and return the result."""
    with tempfile.TemporaryDirectory() as data:
        settings = {"TISKI_MEDIA_HOST": HOST}
        async with running_server(Path(data), environment=settings) as server:
            crowd, watch = Crowd(server, seed), Watch(server.url)
            await crowd.open()
            try:
                return await _run(crowd, watch, minutes, at_once)
            finally:
                await crowd.aclose()


async def _run(crowd: Crowd, watch: Watch, minutes: float, at_once: int) -> dict[str, object]:
    await asyncio.gather(*(crowd.call() for _ in range(WARM_CALLS)))
    before = await watch.rest(PATIENCE)
    until = asyncio.get_running_loop().time() + 60 * minutes
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(crowd.keep_calling(until))
        group.create_task(crowd.keep_spoiling(until))
        group.create_task(_keep_watching(watch, until))
    after = await watch.rest(PATIENCE)
    calls = sum(crowd.ended.values())
    failed = sum(crowd.problems.values())
    grown = judge(watch.samples, before, after)
    if failed > MOST_PROBLEMS * max(1, calls):
        grown.append(f"{failed} things did not go as meant in {calls} calls")
    return {
        "flat": not grown,
        "grown": grown,
        "minutes": minutes,
        "calls": calls,
        "ended": dict(crowd.ended),
        "problems": dict(crowd.problems),
        **{name: _rounded(asdict(trend(watch.samples, name))) for name in TOLERANCES},
        "at_rest": {"before": before, "after": after},
    }


async def _keep_watching(watch: Watch, until: float) -> None:
    while (now := asyncio.get_running_loop().time()) < until:
        sample = await watch.sample()
        figures = "  ".join(f"{name} {value:.0f}" for name, value in sample.figures.items())
        say(f"{sample.at:6.0f} s  {figures}")
        await asyncio.sleep(min(EVERY, max(0.0, until - now)))


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--calls", type=int, default=AT_ONCE, help="at the same time")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 16))
    given = parser.parse_args()
    say(f"seed {given.seed}")
    result = uvloop.run(soak(given.minutes, given.calls, given.seed))
    print(json.dumps(result))
    return 0 if result["flat"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
