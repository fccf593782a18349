"""How calls fare on bad networks: real Chromium pages, the media server, a proxy between the two.

Two people with a camera each in three sizes; the second one's way goes through the seeded proxy
of `tests/media/proxy.py`, both ways. Each trial is a call of its own:

- `lossy`: 5 % of all packets lost, 50 ms of round trip. What share of the picture's lost packets
  was repaired (a picture that was sent and never decoded counts as one packet that was not),
  frames a second both ways, the share of time frozen, the share of sound concealed.
- `moved`: the second one's address and port change: seconds until picture and sound come again.
- `narrow`: 500 kbit/s, 20 ms of jitter and a queue of 300 ms towards the second one, looked at
  after the estimate has settled: as above, and seconds until the largest size is back afterwards.

The last line is the result. `full` is the rate of the camera, which a busy machine does not reach:
it is measured before each trial.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from playwright.async_api import Browser

from tests.media.browser import Meeting, Person, chromium, eventually, meeting_in
from tests.media.watch import SIZES, Watch, back, pictures_sent, watch, width

SETTLE: Final = 10.0  # seconds in which the estimate of a narrow way settles
LARGEST: Final = 1280

Trial = Callable[[Meeting, Person, Person, float], Awaitable[dict[str, Any]]]


def told(seen: Watch, seconds: float) -> dict[str, float]:
    """Return the figures of a while."""
    return {
        "fps": round(seen.fps, 1),
        "width": seen.width,
        "frozen_percent": round(100 * seen.frozen / seconds, 2),
        "concealed_percent": round(seen.concealed, 2),
        "packets_lost": seen.lost,
    }


async def lossy(meeting: Meeting, anna: Person, bert: Person, seconds: float) -> dict[str, Any]:
    """Lose 5 % of everything."""
    meeting.proxy.loss, meeting.proxy.delay = 0.05, 0.025
    await asyncio.sleep(3.0)  # the encoders learn of the loss
    before, first = await bert.received("a", "camera"), pictures_sent(meeting, "b")
    down, up = await asyncio.gather(watch(bert, "a", seconds), watch(anna, "b", seconds))
    after, last = await bert.received("a", "camera"), pictures_sent(meeting, "b")
    missed = max(0, (last - first & 0x7FFF) - (after["framesDecoded"] - before["framesDecoded"]))
    return {
        "down": told(down, seconds),
        "up": told(up, seconds),
        "missed_pictures": missed,
        "repaired_percent": round(100 * (1 - missed / max(1, down.lost)), 2),
    }


async def moved(meeting: Meeting, anna: Person, bert: Person, seconds: float) -> dict[str, Any]:
    """Give the second one another address."""
    meeting.proxy.rebind()
    down, up = await asyncio.gather(back(bert, "a"), back(anna, "b"))
    return {"down_seconds": round(down, 2), "up_seconds": round(up, 2)}


async def narrow(meeting: Meeting, anna: Person, bert: Person, seconds: float) -> dict[str, Any]:
    """Let 500 kbit/s through towards the second one."""
    meeting.proxy.rate, meeting.proxy.jitter = 500_000, 0.02
    await asyncio.sleep(SETTLE)
    down = await watch(bert, "a", seconds)
    meeting.proxy.rate = meeting.proxy.jitter = 0
    began = time.monotonic()
    await width(bert, "a", LARGEST, 60)
    return {"down": told(down, seconds), "back_seconds": round(time.monotonic() - began, 2)}


TRIALS: Final[dict[str, Trial]] = {"lossy": lossy, "moved": moved, "narrow": narrow}


async def run(browser: Browser, trial: Trial, seconds: float) -> dict[str, Any]:
    """Have a call, see that it is whole, and impair it."""
    async with meeting_in(browser, proxied="b") as meeting:
        anna, bert = await meeting.pair(simulcast=SIZES)
        await width(bert, "a", LARGEST, 30)
        await width(anna, "b", LARGEST, 30)

        async def whole() -> float:
            seen = await watch(bert, "a", 3.0)
            return 0.0 if seen.frozen or seen.lost else seen.fps

        full = await eventually("the call is whole", whole, 60)
        return {"full": round(full, 1)} | await trial(meeting, anna, bert, seconds)


async def measure(names: list[str], rounds: int, seconds: float) -> dict[str, Any]:
    """Run each trial so many times."""
    result: dict[str, Any] = {name: [] for name in names}
    async with chromium() as browser:
        for _ in range(rounds):
            for name in names:
                found = await run(browser, TRIALS[name], seconds)
                sys.stderr.write(f"{name}: {found}\n")
                result[name].append(found)
    return result | {"machine_load": round(os.getloadavg()[0], 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="calls for each trial")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each look")
    names = list(TRIALS)
    parser.add_argument("--trials", nargs="+", choices=names, default=names)
    arguments = parser.parse_args()
    print(json.dumps(asyncio.run(measure(arguments.trials, arguments.rounds, arguments.seconds))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
