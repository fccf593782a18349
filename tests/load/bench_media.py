"""What forwarding costs: Tiski, Janus' videoroom and aiortc's MediaRelay, in one run.

Rooms of two, then one room of five, then as many rooms of two as keep a core busy. In each,
everybody sends a camera of 200 packets a second, of 1,100 bytes each, in 30 frames a second whose
packets leave together, and takes everybody else's.
The servers have one core, the load another. `tests/load/media_load` is the load; docs/testing.md
says what is measured. The last line is the result:

    {"ratio_vs_janus": …, "ratio_vs_janus_5party": …, "ratio_vs_janus_busy": …,
     "tiski": {"two_party": {…}, "five_party": {…}, "busy": {…}}, …}

The exit status is 1 when the load could not be what it claims; then there is no result.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import uvloop
from aioice.ice import get_host_addresses

from tests.load.media_load.account import summary
from tests.load.media_load.content import Picture, Sound, sound
from tests.load.media_load.janus import Janus
from tests.load.media_load.process import ROOT, pick_cores
from tests.load.media_load.relay import Relay
from tests.load.media_load.stage import Stage
from tests.load.media_load.tiski import Tiski
from tests.load.media_load.trial import LoadError, Trial

TARGET: Final = 0.40  # of Janus' processor time per packet, in both kinds of room
PARTY: Final = 5
ENDINGS: Final = {"two_party": "", "five_party": "_5party", "busy": "_busy"}


def say(text: str) -> None:
    """Tell what goes on."""
    print(text, file=sys.stderr, flush=True)


def choose(arguments: argparse.Namespace, folder: Path) -> list[Stage]:
    """Return the servers that were asked for."""
    # aiortc has no candidates on the loopback address; to our own address goes the same way.
    host = next(iter(get_host_addresses(use_ipv4=True, use_ipv6=False)), "127.0.0.1")
    tone = sound() if "relay" in arguments.servers else []

    def camera() -> Picture:
        return Picture(arguments.rate, arguments.size, arguments.split)

    compiled = Tiski(host, camera, folder)
    compiled.name, compiled.where = "compiled", arguments.compiled or ROOT
    known: dict[str, Stage] = {
        "tiski": Tiski(host, camera, folder),
        "compiled": compiled,
        "janus": Janus(host, camera, folder),
        "relay": Relay(host, lambda: Sound(tone), folder),
    }
    names = [name for name in arguments.servers if name != "compiled" or arguments.compiled]
    return [known[name] for name in names]


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the bench and return its result."""
    cores = pick_cores()
    os.sched_setaffinity(0, {cores.client})
    if arguments.realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # the servers inherit it
    trials = [("two_party", arguments.rooms, 2), ("five_party", 1, PARTY)]
    if arguments.busy:
        trials.append(("busy", arguments.busy, 2))
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tiski-bench-"))
        stages = choose(arguments, Path(folder))
        result: dict[str, Any] = {stage.name: {"load": stage.load} for stage in stages}
        for stage in stages:
            await stage.start(cores.server)
            stack.push_async_callback(stage.aclose)
        for name, rooms, people in trials:
            trial = Trial(stages, rooms, people, say)
            await trial.open()
            try:
                await trial.run(arguments.rounds, arguments.seconds, arguments.warm)
            except LoadError as failure:
                if name != "busy":
                    raise
                say(f"Left out, as this machine cannot make so much load: {failure}")
                continue
            finally:
                await trial.close()
            for stage in stages:
                figures = asdict(summary(trial.windows[stage.name]))
                figures["bytes_per_call"] = trial.bytes_per_call[stage.name]
                figures["rooms"] = min(rooms, stage.most_rooms)
                result[stage.name][name] = figures
    return _ratios(result) | result | {"machine_load": round(os.getloadavg()[0], 1)}


def _ratios(result: dict[str, Any]) -> dict[str, float]:
    """Compare ours with Janus in each trial; what was not run is not told."""
    cost, found = "cpu_us_per_packet", {}
    for ours, name in (("tiski", "ratio_vs_janus"), ("compiled", "ratio_compiled_vs_janus")):
        if {ours, "janus"} <= result.keys():
            for kind, ending in ENDINGS.items():
                if kind in result[ours]:
                    ratio = result[ours][kind][cost] / result["janus"][kind][cost]
                    found[name + ending] = round(ratio, 3)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rooms", type=int, default=10, help="rooms of two")
    busy = "rooms of two that keep the server's core busy; 0 leaves them out"
    parser.add_argument("--busy", type=int, default=60, help=busy)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each window")
    parser.add_argument("--rounds", type=int, default=7, help="windows of each server")
    parser.add_argument("--warm", type=float, default=1.0, help="seconds before each window")
    parser.add_argument("--rate", type=int, default=200, help="packets a second of one person")
    parser.add_argument("--size", type=int, default=1100, help="bytes of an RTP packet")
    parser.add_argument("--split", action="store_true", help="packets of nearly the same size")
    realtime = "load and servers go before all else on their cores; root only"
    parser.add_argument("--realtime", action="store_true", help=realtime)
    compiled = "folder that holds our packet path compiled (make compile)"
    parser.add_argument("--compiled", type=Path, help=compiled)
    servers = ["tiski", "compiled", "janus", "relay"]
    parser.add_argument("--servers", nargs="+", choices=servers, default=servers)
    arguments = parser.parse_args()
    if "janus" in arguments.servers and shutil.which("janus") is None:
        say("Janus is not installed. On Debian, as root: apt install janus")
        return 1
    try:
        result = uvloop.run(measure(arguments))
    except LoadError as failure:
        say(str(failure))
        return 1
    for name, value in result.items():
        if name.startswith("ratio") and value > TARGET:
            say(f"{name} is over the target of {TARGET}")
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
