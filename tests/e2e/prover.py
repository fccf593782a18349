"""A customer on a real socket who goes to the demo bank in a browser, without the widget.

What the widget would do is done by hand: an attempt is made over HTTP, and its handle is posted
to `/identity/go` from a page of the server's own.
"""

from __future__ import annotations

import re
from typing import Any

import aiohttp
from playwright.async_api import Page, expect

from tests.e2e.desk import Customer
from tests.services.server import Server

__all__ = ["Prover"]

BANK_A = "demobank.bank-a"

_GO = """(handle) => {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = '/identity/go';
  const field = document.createElement('input');
  field.name = 'handle';
  field.value = handle;
  form.append(field);
  document.body.append(form);
  form.submit();
}"""


class Prover:
    """The browser of one customer, for the bank alone."""

    def __init__(self, server: Server, customer: Customer, page: Page) -> None:
        self.server = server
        self.customer = customer
        self.page = page

    async def asked(self, nth: int = 0) -> dict[str, Any]:
        """Wait for the `nth` request of staff, and return it."""
        conv = self.customer.conv
        seen: list[dict[str, Any]] = []

        def wanted(frame: dict[str, Any]) -> bool:
            new = frame["t"] == "event" and frame["conv"] == conv and frame not in seen
            if new and frame["event"]["kind"] == "identity_asked":
                seen.append(frame)
            return len(seen) > nth

        await self.customer.wire.find(wanted)
        found: dict[str, Any] = seen[nth]["event"]["verification"]
        return found

    async def choose(self, verification: str, method: str = BANK_A) -> None:
        """Choose a bank, and get to its page."""
        wanted = {"conv": self.customer.conv, "method": method, "way": "popup", "lang": "en"}
        path = f"/api/v1/identity/verifications/{verification}/attempts"
        headers = {
            "Authorization": f"Bearer {self.customer.wire.token}",
            "Origin": self.server.url,
        }
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(self.server.url + path, json=wanted) as response,
        ):
            assert response.status == 201, await response.text()
            handle = (await response.json())["handle"]
        await self.page.goto(f"{self.server.url}/console")  # a page of ours that may post forms
        await self.page.evaluate(_GO, handle)
        await expect(self.page.get_by_role("group")).to_be_visible()

    async def answer(self, who: str | None) -> None:
        """Identify as a test customer ("one", "two", "three"), or cancel."""
        if who is not None:
            await self.page.locator(f"input[name=customer][value={who}]").check()
        action = "continue" if who else "cancel"
        await self.page.locator(f"button[name=action][value={action}]").click()
        await self.page.wait_for_url(re.compile(re.escape(f"{self.server.url}/identity/callback")))

    async def prove(self, who: str, method: str = BANK_A, nth: int = 0) -> None:
        """Do all that the `nth` request asks for."""
        await self.choose((await self.asked(nth))["id"], method)
        await self.answer(who)
