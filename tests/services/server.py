"""A real Tiski server in a process of its own, for tests that must see the whole.

It can be killed without warning and started again on the same data and ports, which is
how tests prove that an acknowledged message survives.

Its agents take conversations by hand, and as many as they like (`assignment="manual"`), which
leaves tests that are not of the queue undisturbed by offers; with "auto" they are offered them,
as in a new site.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp

from server.demo import ACCOUNTS, PASSWORD
from tests.services.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 30.0  # seconds; migrations and the demo seed run on the first start
STOP_TIMEOUT = 15.0  # seconds; a clean stop drains first
#: What changes of departments and agents; their routes take the whole, as they give it.
_BY_HAND = {
    "departments": {"assignment": "manual"},
    "agents": {"capacity": 50, "max_calls": 50},  # tests that share a server leave much open
}


@dataclass
class Server:
    """One server process: its addresses, its log, and its life."""

    data_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    shop_port: int = field(default_factory=free_port)
    media_port: int = field(default_factory=free_port)
    player_port: int = field(default_factory=free_port)
    assignment: Literal["manual", "auto"] = "manual"
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """The origin of the console, the API and the widget."""
        return f"http://localhost:{self.port}"

    @property
    def shop_url(self) -> str:
        """The origin of the demo shop: another site for the browser."""
        return f"http://127.0.0.1:{self.shop_port}"

    @property
    def player_url(self) -> str:
        """The origin of the co-browsing player."""
        return f"http://localhost:{self.player_port}"

    @property
    def log_path(self) -> Path:
        """Everything that the process has printed, over restarts."""
        return self.data_dir / f"server-{self.port}.log"

    @property
    def settings(self) -> dict[str, str]:
        """What the process is told by its environment; for commands on the same data too."""
        return {
            "TISKI_PORT": str(self.port),
            "TISKI_SHOP_PORT": str(self.shop_port),
            "TISKI_MEDIA_PORT": str(self.media_port),
            "TISKI_PLAYER_PORT": str(self.player_port),
            "TISKI_DATA_DIR": str(self.data_dir),
            "PYTHONPATH": str(ROOT),
            **self.environment,
        }

    def log(self) -> str:
        """Return what the process has printed so far."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    async def start(self) -> None:
        """Start the process and return when it serves.

        Raises:
            RuntimeError: it ended, or did not serve in time; the log is in the message.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, **self.settings}
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server", "serve", "--demo",
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._healthy()
                if self.assignment == "manual":
                    await assign_by_hand(self.url)
        except TimeoutError:
            await self.kill()
            raise RuntimeError(f"the server did not serve in time:\n{self.log()}") from None

    async def _healthy(self) -> None:
        assert self.process is not None
        async with aiohttp.ClientSession() as http:
            while self.process.returncode is None:
                try:
                    async with http.get(f"{self.url}/healthz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.05)  # polling another process: nothing to wait on
        raise RuntimeError(f"the server ended by itself:\n{self.log()}")

    async def stop(self) -> int:
        """Ask the process to end, as Ctrl-C does, and return its exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_TIMEOUT):
            return await self.process.wait()

    async def kill(self) -> None:
        """End the process without warning (SIGKILL)."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def assign_by_hand(url: str) -> None:
    """Let no department of the demo at `url` offer by itself, and nobody be too busy."""
    [supervisor] = [email for email, _, role in ACCOUNTS if role == "supervisor"]
    api, origin = f"{url}/api/v1/agent", {"Origin": url}
    login = {"email": supervisor, "password": PASSWORD}
    async with aiohttp.ClientSession(headers=origin, raise_for_status=True) as http:
        async with http.post(f"{api}/login", json=login) as response:
            # Secure, so the client's jar would not send it over plain HTTP.
            cookies = "; ".join(f"{name}={one.value}" for name, one in response.cookies.items())
        http.headers["Cookie"] = cookies
        for things, change in _BY_HAND.items():
            path = f"{api}/admin/{things}"
            async with http.get(path, raise_for_status=False) as response:
                known = [] if response.status == 404 else await response.json()
            for one in known:
                await http.put(f"{path}/{one['id']}", json={**one, **change})
        await http.post(f"{api}/logout", json={})


@asynccontextmanager
async def running_server(data_dir: Path, **options: object) -> AsyncIterator[Server]:
    """Run a server for the length of the block, and kill it at the end."""
    server = Server(data_dir, **options)  # type: ignore[arg-type]  # the dataclass checks names
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
