"""Real Chromium for tests: fake devices, real screen capture, sound that is really played.

One browser serves the whole run on the session's event loop; every test makes its own contexts,
which share nothing. A test that asks for one of these fixtures runs on that loop by itself
(`pytest_collection_modifyitems`), because Playwright's objects live on the loop that made them.
When a test fails, what its pages showed is kept in `test-artifacts/`.
"""

import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Playwright,
    async_playwright,
)

__all__ = [
    "DENY_DEVICES",
    "FLAGS",
    "LaunchBrowser",
    "NewContext",
    "browser",
    "launch_browser",
    "new_context",
]

FLAGS = (
    "--use-fake-device-for-media-stream",  # 20 fps of test pattern and a beep a second
    "--autoplay-policy=no-user-gesture-required",  # else audioLevel stays 0
    "--allow-loopback-in-peer-connection",  # else Chromium gathers no 127.0.0.1
    # Captures the tab itself. --use-fake-ui-for-media-stream would capture a green pattern.
    "--auto-accept-this-tab-capture",
    "--disable-dev-shm-usage",  # containers have 64 MB of it
)
DENY_DEVICES = "--use-fake-ui-for-media-stream=deny"  # every prompt is answered with no
DEVICES = ("camera", "microphone")

ARTIFACTS = Path(__file__).parents[1] / "test-artifacts"
_FAILED = pytest.StashKey[bool]()

LaunchBrowser = Callable[..., Awaitable[Browser]]
NewContext = Callable[..., Awaitable[BrowserContext]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "_playwright" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


async def _launch(playwright: Playwright, *flags: str, without: Sequence[str] = ()) -> Browser:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("chromium is not installed; `make test` as root installs it")
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # it refuses root
    return await playwright.chromium.launch(
        executable_path=program,
        headless=True,
        args=[*FLAGS, *sandbox, *flags],
        ignore_default_args=list(without),
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(_playwright: Playwright) -> AsyncIterator[Browser]:
    """Give the one browser of the whole run."""
    launched = await _launch(_playwright)
    yield launched
    await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def launch_browser(_playwright: Playwright) -> AsyncIterator[LaunchBrowser]:
    """Give a function that launches a browser of the test's own.

    It takes more flags, and in `without` those of Playwright that it shall not have.
    """
    launched: list[Browser] = []

    async def launch(*flags: str, without: Sequence[str] = ()) -> Browser:
        launched.append(await _launch(_playwright, *flags, without=without))
        return launched[-1]

    yield launch
    for one in launched:
        await one.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_context(
    request: pytest.FixtureRequest, browser: Browser
) -> AsyncIterator[NewContext]:
    """Give a function that makes a context (one person's browser), with camera and microphone.

    It takes what `Browser.new_context` takes. Pass `permissions=[]` for a person who was never
    asked. The contexts are closed when the test ends.
    """
    contexts: list[BrowserContext] = []

    async def make(**options: Any) -> BrowserContext:
        options.setdefault("permissions", list(DEVICES))
        contexts.append(await browser.new_context(**options))
        return contexts[-1]

    yield make
    if request.node.stash.get(_FAILED, False):
        await _keep_screenshots(request.node.nodeid, contexts)
    for context in contexts:
        await context.close()


async def _keep_screenshots(test: str, contexts: list[BrowserContext]) -> None:
    name = re.sub(r"[^\w.-]+", "-", test.rsplit("/", 1)[-1])
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, start=1):
        with contextlib.suppress(Error):  # a crashed page must not hide why the test failed
            await page.screenshot(path=ARTIFACTS / f"{name}-{number}.png", timeout=5000)
