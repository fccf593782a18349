"""Entry point: ``python -m deploy.demobank.bankid``.

Ends on SIGTERM or SIGINT, and with whoever holds the other end of a pipe that is its stdin.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import stat
import sys
from pathlib import Path

from deploy.demobank.bankid.serving import serving


async def _serve(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def listen() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            ended.set()

    if stat.S_ISFIFO(os.fstat(0).st_mode):
        loop.add_reader(0, listen)
    async with serving(
        options.folder,
        options.port,
        options.app_port,
        returns=options.return_ok,
        pace=options.pace,
    ):
        sys.stdout.write(f"Demo BankID: http://127.0.0.1:{options.app_port}\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demobank.bankid", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="of the API, by mutual TLS")
    parser.add_argument("--app-port", type=int, required=True, help="of the pretended app")
    parser.add_argument("--folder", type=Path, required=True, help="for the certificates")
    parser.add_argument(
        "--return-ok",
        metavar="ORIGIN",
        action="append",
        default=[],
        help="an origin that the app may lead back to; may be repeated",
    )
    parser.add_argument("--pace", type=float, default=1.0, help="times faster than the real one")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
