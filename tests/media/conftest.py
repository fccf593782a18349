"""Chromium once per module; a meeting per test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser

from media import MediaConfig
from tests.media.browser import Meeting, chromium, eventually
from tests.media.proxy import Proxy
from tests.services.ports import free_port

Open = Callable[..., Awaitable[Meeting]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def open_meeting(browser: Browser) -> AsyncIterator[Open]:
    """Open a meeting; people in `proxied` are behind an impairment proxy (`meeting.proxy`).

    It is a proxy of UDP: unless `tcp` is said, nobody has another way then.
    """
    async with AsyncExitStack() as stack:

        async def opened(
            *, proxied: str = "", consent_timeout: float = 15.0, tcp: bool | None = None
        ) -> Meeting:
            config = MediaConfig(
                host="127.0.0.1",
                consent_timeout=consent_timeout,
                tcp=not proxied if tcp is None else tcp,
            )
            meeting = Meeting(browser, config)
            await meeting.server.start()
            stack.push_async_callback(meeting.aclose)
            if proxied:
                meeting.proxy = Proxy(meeting.server.port)
                meeting.proxy.start()
                stack.callback(meeting.proxy.close)
                meeting.rewrite = _through(meeting.proxy, proxied)
            return meeting

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


def _through(proxy: Proxy, people: str) -> Callable[[str, str], str]:
    return lambda who, answer: proxy.through(answer) if who in people else answer


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(open_meeting: Open) -> Meeting:
    return await open_meeting()
