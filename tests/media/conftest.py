"""Chromium once per module; a meeting per test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser

from tests.media.browser import Meeting, chromium, eventually, meeting_in
from tests.services.ports import free_port

Open = Callable[..., Awaitable[Meeting]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def open_meeting(browser: Browser) -> AsyncIterator[Open]:
    """Open meetings; the options are those of `meeting_in`."""
    async with AsyncExitStack() as stack:

        async def opened(**options: Any) -> Meeting:
            return await stack.enter_async_context(meeting_in(browser, **options))

        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def relay(tmp_path: Path) -> AsyncIterator[dict[str, object]]:
    """Start a TURN server on loopback; yield its entry for `iceServers`."""
    port = free_port()
    options = {
        "listening-ip": "127.0.0.1",
        "relay-ip": "127.0.0.1",
        "listening-port": str(port),
        "realm": "tiski.test",
        "user": "caller:secret",
        "userdb": str(tmp_path / "db"),
        "pidfile": str(tmp_path / "pid"),
        "log-file": str(tmp_path / "log"),
    }
    flags = ["lt-cred-mech", "no-cli", "no-tls", "no-dtls", "allow-loopback-peers", "simple-log"]
    server = await asyncio.create_subprocess_exec(
        "turnserver",
        "-n",
        *[f"--{name}={value}" for name, value in options.items()],
        *[f"--{flag}" for flag in flags],
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )

    async def listening() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    try:
        await eventually("the TURN server listens", listening)
        yield {
            "urls": f"turn:127.0.0.1:{port}?transport=udp",
            "username": "caller",
            "credential": "secret",
        }
    finally:
        server.terminate()
        await server.wait()


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(open_meeting: Open) -> Meeting:
    return await open_meeting()
