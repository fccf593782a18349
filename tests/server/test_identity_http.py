"""The way to the bank and back over real sockets, with a real OpenID provider at its end."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from argon2 import PasswordHasher
from ulid import ULID

from server import demo
from server.bootstrap import Server
from server.config import Settings
from server.services import passwords
from server.store import people
from signaling import messages
from signaling.backend import Principal
from signaling.events import ConversationState, IdentityFailed, IdentityVerified
from signaling.messages import Snapshot
from tests.server.test_http import Browser
from tests.services.bank import Bank, running_bank
from tests.services.ports import free_port

CODE = "131052-900"  # of the first test customer, without its check character
NAME = "Test Customer One"
METHOD = "demobank.bank-a"


@dataclass
class Counter:
    """A server with a bank, a conversation that is served, and a request for proof."""

    server: Server
    bank: Bank
    http: aiohttp.ClientSession
    agent: Principal
    token: str = ""
    visitor: Principal | None = None
    conv: str = ""
    verification: str = ""

    async def open(self) -> None:
        browser = self.browser()
        body = {"site": demo.SITE_KEY, "create": True}
        _, session, _ = await browser.ask("POST", "/api/v1/visitor/session", json=body)
        self.token = session["token"]
        self.visitor = await self.server.backend.authenticate(self.token, None)
        begun = messages.Start(id=str(ULID()), text="Hei", lang="fi")
        ack = await self.server.backend.execute(self.visitor, begun)
        assert ack.conv is not None
        self.conv = ack.conv
        accept = messages.Accept(id=str(ULID()), conv=self.conv)
        await self.server.backend.execute(self.agent, accept)
        await self.ask()

    async def ask(self) -> None:
        wish = messages.AskIdentity(id=str(ULID()), conv=self.conv, purpose="refund")
        ack = await self.server.backend.execute(self.agent, wish)
        assert ack.verification is not None
        self.verification = ack.verification

    def browser(self) -> Browser:
        return Browser(self.http, self.server.settings.public_url)

    async def start(
        self, browser: Browser, *, token: str | None = None, way: str = "popup", **more: Any
    ) -> tuple[int, Any]:
        body = {"conv": self.conv, "method": METHOD, "way": way, "lang": "sv", **more}
        status, answer, _ = await browser.ask(
            "POST",
            f"/api/v1/identity/verifications/{self.verification}/attempts",
            headers={"Authorization": f"Bearer {token or self.token}"},
            json=body,
        )
        return status, answer

    async def go(self, browser: Browser, handle: str) -> str:
        """Post the widget's form; return the address of the bank."""
        status, page, response = await browser.ask("POST", "/identity/go", data={"handle": handle})
        assert status == 200
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        return target(page)

    async def log_in(self, address: str, **form: str) -> str:
        """Be identified by the bank; return the path that it sends the browser back to."""
        answer = form or {"customer": "one", "action": "continue"}
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            async with http.get(address) as login:
                assert login.status == 200
                url = login.url
            async with http.post(url, data=answer, headers={"Origin": self.bank.url}) as left:
                onward = target(await left.read())
            async with http.get(onward, allow_redirects=False) as back:
                returned = urlsplit(back.headers["Location"])
        return f"{returned.path}?{returned.query}"

    async def state(self, who: Principal | None = None) -> ConversationState:
        opened = await self.server.backend.open_conversation(who or self.agent, self.conv, None)
        assert isinstance(opened, Snapshot)
        return opened.state


def target(page: bytes) -> str:
    """Return where a page leads by itself; its link must lead there too."""
    text = page.decode()
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', text)
    assert found is not None, text
    assert f'href="{found[1]}"' in text
    return html.unescape(found[1])


@pytest.fixture
async def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counter]:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: quick)
    port = free_port()
    environment = {
        "TISKI_PORT": str(port),
        "TISKI_SHOP_PORT": str(free_port()),
        "TISKI_PLAYER_PORT": str(free_port()),
        "TISKI_MEDIA_PORT": str(free_port()),
        "TISKI_DATA_DIR": str(tmp_path / "data"),
    }
    async with (
        running_bank(tmp_path, f"http://localhost:{port}") as bank,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        environment["TISKI_IDENTITY"] = str(bank.identity)
        server = Server(Settings.from_environment(environment, demo=True))
        await server.start()
        async with server.db.read() as tx:
            site = await people.site_by_key(tx, demo.SITE_KEY)
            assert site is not None
            found = await people.agent_by_email(tx, demo.ACCOUNTS[0][0])
            assert found is not None
        agent = Principal(found.person, "staff", site.id, "-", 1e12)
        counter = Counter(server, bank, http, agent)
        await counter.open()
        yield counter
        await server.aclose()


async def test_a_visitor_proves_who_they_are_and_only_staff_learns_it(
    counter: Counter, capfd: pytest.CaptureFixture[str]
) -> None:
    browser = counter.browser()
    status, started = await counter.start(browser)
    assert (status, started["kind"]) == (201, "redirect")
    address = await counter.go(browser, started["handle"])
    assert address.startswith(counter.bank.url)
    [cookie] = browser.set_cookies
    assert cookie.startswith(f"__Host-tiski-bank-{started['attempt']}=")
    for part in ("Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600"):
        assert f"; {part}" in cookie
    back = await counter.log_in(address)

    status, page, response = await browser.ask("GET", back)
    assert status == 200
    assert "Identifieringen lyckades" in page.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert NAME not in page.decode()

    known = await counter.state()
    assert known.identity is not None
    assert (known.identity.name, known.identity.method) == (NAME, "Demo Bank A")
    assert (known.identity.level, known.visitor.kind) == ("substantial", "verified")
    assert known.verification is None
    seen = await counter.state(counter.visitor)
    assert seen.identity is not None
    assert (seen.identity.name, seen.identity.method, seen.identity.level) == ("", "", None)

    _, poll, _ = await browser.ask(
        "GET",
        f"/api/v1/identity/attempts/{started['attempt']}",
        headers={"Authorization": f"Bearer {counter.token}"},
    )
    assert poll == {"status": "verified"}
    out = capfd.readouterr()
    spent = dict(part.split("=", 1) for part in urlsplit(back).query.split("&"))
    cookie_value = browser.cookies[f"__Host-tiski-bank-{started['attempt']}"]
    for secret in (CODE, NAME, started["handle"], spent["code"], spent["state"], cookie_value):
        assert secret not in out.out + out.err

    # The same answer again says nothing new, in this browser or another.
    for another in (browser, counter.browser()):
        status, page, _ = await another.ask("GET", back)
        assert status == 410


async def test_an_answer_in_another_browser_changes_nothing(counter: Counter) -> None:
    browser, thief = counter.browser(), counter.browser()
    _, started = await counter.start(browser)
    back = await counter.log_in(await counter.go(browser, started["handle"]))
    status, page, _ = await thief.ask("GET", back, headers={"Accept-Language": "fi-FI,fi;q=0.9"})
    assert status == 403
    assert "toisessa selaimessa" in page.decode()
    waiting = (await counter.state()).verification
    assert waiting is not None
    assert waiting.state == "opened"
    status, _, _ = await browser.ask("GET", back)
    assert status == 200
    assert (await counter.state()).identity is not None


async def test_one_who_cancels_at_the_bank_may_choose_again(counter: Counter) -> None:
    browser = counter.browser()
    page = f"{counter.server.settings.shop_url}/cart?size=41"
    status, started = await counter.start(browser, way="same", return_url=page)
    assert status == 201
    back = await counter.log_in(await counter.go(browser, started["handle"]), action="cancel")
    status, _, response = await browser.ask("GET", back)
    assert (status, response.headers["Location"]) == (303, page)
    waiting = (await counter.state()).verification
    assert waiting is not None
    assert (waiting.state, waiting.failed) == ("asked", "cancelled")
    status, _ = await counter.start(browser)
    assert status == 201


async def test_only_the_visitor_starts_and_only_for_their_own_request(counter: Counter) -> None:
    tokens = counter.server.tokens
    browser = counter.browser()
    await browser.sign_in()
    _, staff, _ = await browser.ask("POST", "/api/v1/agent/token", json={})
    status, answer = await counter.start(browser, token=staff["token"])
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    stranger = counter.browser()
    body = {"site": demo.SITE_KEY, "create": True}
    _, session, _ = await stranger.ask("POST", "/api/v1/visitor/session", json=body)
    status, answer = await counter.start(stranger, token=session["token"])
    assert (status, answer["error"]["code"]) == (404, "not_found")
    status, answer = await counter.start(
        browser, token=tokens.issue("visitor", person="x", session="y")
    )
    assert status == 401
    assert (await counter.state()).verification.state == "asked"  # type: ignore[union-attr]


async def test_a_foreign_address_is_not_returned_to(counter: Counter) -> None:
    shop = counter.server.settings.shop_url
    for url in (
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        f"{shop}\\@evil.example/",
        f"{shop}@evil.example/",
        f"{shop}.evil.example/",
        f"https:{shop}",
        f"{shop}/\r\nSet-Cookie: a=b",
        f"{shop}/\0",
        f"{shop}/{'x' * 2_000}",
        "",
    ):
        status, answer = await counter.start(counter.browser(), way="same", return_url=url)
        assert (status, answer["error"]["code"]) == (403, "forbidden"), url


async def test_what_is_not_a_wish_to_go_to_the_bank_is_refused(counter: Counter) -> None:
    browser = counter.browser()
    for more, code in (
        ({"method": "demobank.none"}, 404),
        ({"method": "\0"}, 400),
        ({"method": 7}, 400),
        ({"conv": "\0"}, 400),
        ({"conv": "x" * 100}, 404),
        ({"way": "over"}, 400),
        ({"way": "none"}, 400),
        ({"way": "same"}, 400),
        ({"return_url": ["x"]}, 400),
    ):
        status, answer = await counter.start(browser, **more)  # type: ignore[arg-type]
        assert status == code, (more, answer)
    counter.verification = "x" * 300
    status, answer = await counter.start(browser)
    assert (status, answer["error"]["code"]) == (409, "no_verification")


async def test_who_thinks_better_of_it_takes_it_back(counter: Counter) -> None:
    browser = counter.browser()
    _, started = await counter.start(browser)
    path = f"/api/v1/identity/attempts/{started['attempt']}"
    authorization = {"Authorization": f"Bearer {counter.token}"}
    _, poll, _ = await browser.ask("GET", path, headers=authorization)
    assert poll == {"status": "pending"}
    status, _, _ = await browser.ask("POST", f"{path}/cancel", headers=authorization)
    assert status == 204
    _, poll, _ = await browser.ask("GET", path, headers=authorization)
    assert poll == {"status": "failed", "reason": "cancelled"}
    status, _, _ = await browser.ask("GET", f"{path}x", headers=authorization)
    assert status == 404


async def test_what_breaks_here_is_said_in_words_and_works_after_a_reload(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = counter.browser()
    _, started = await counter.start(browser)
    back = await counter.log_in(await counter.go(browser, started["handle"]))

    async def broken(_job: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(counter.server.db, "run", broken)
        _, page, _ = await browser.ask("GET", back)
        assert "The bank does not answer" in page.decode()
    _, page, _ = await browser.ask("GET", back)
    assert "Identifieringen lyckades" in page.decode()


async def test_the_way_to_the_bank_is_posted_by_our_own_page_once(counter: Counter) -> None:
    browser = counter.browser()
    _, started = await counter.start(browser)
    form = {"handle": started["handle"]}
    status, _, _ = await browser.ask(
        "POST", "/identity/go", data=form, headers={"Origin": "https://evil.example"}
    )
    assert status == 403
    await counter.go(browser, started["handle"])
    for handle in (started["handle"], "x", "", "\0"):
        status, _, response = await browser.ask("POST", "/identity/go", data={"handle": handle})
        assert status == 404
        assert "Set-Cookie" not in response.headers
    status, _, _ = await browser.ask("GET", "/identity/go")
    assert status == 405


async def test_a_bank_that_is_down_says_so_and_leaves_the_request_open(counter: Counter) -> None:
    await counter.bank.behave(fail={"/request": 503})
    browser = counter.browser()
    _, started = await counter.start(browser)
    status, page, _ = await browser.ask("POST", "/identity/go", data={"handle": started["handle"]})
    assert status == 200
    assert "Banken svarar inte" in page.decode()
    waiting = (await counter.state()).verification
    assert waiting is not None
    assert (waiting.state, waiting.failed) == ("asked", "unavailable")


async def test_pages_of_the_bank_hold_no_script_of_others(counter: Counter) -> None:
    browser = counter.browser()
    for path, status in (
        ("/identity/wait?lang=fi", 200),
        ("/identity/wait?lang=%3Cscript%3E", 200),
        ("/identity/back", 200),
        ("/identity/callback/demobank?state=%3Cscript%3E", 404),
        ("/identity/callback/nobank?state=x", 404),
        ("/identity/callback/demobank", 404),
    ):
        found, page, response = await browser.ask("GET", path)
        assert found == status, path
        assert b"<script" not in page
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "unsafe" not in response.headers["Content-Security-Policy"]
    found, _, _ = await browser.ask("HEAD", "/identity/callback/demobank?state=x")
    assert found == 405


async def test_methods_are_told_to_who_takes_part(counter: Counter) -> None:
    browser = counter.browser()
    status, _, _ = await browser.ask("GET", "/api/v1/identity/methods")
    assert status == 401
    authorization = {"Authorization": f"Bearer {counter.token}"}
    _, methods, _ = await browser.ask("GET", "/api/v1/identity/methods", headers=authorization)
    assert methods[0]["id"] == METHOD
    assert set(methods[0]) == {"id", "label", "kind", "country", "level"}


async def test_what_failed_is_told_to_staff_by_its_code_alone(counter: Counter) -> None:
    browser = counter.browser()
    _, started = await counter.start(browser)
    address = await counter.go(browser, started["handle"])
    back = await counter.log_in(address)
    spoiled = re.sub(r"code=[^&]+", "code=wrong", back)
    status, _, _ = await browser.ask("GET", spoiled)
    assert status == 200
    for who, code in ((counter.agent, True), (counter.visitor, False)):
        assert who is not None
        opened = await counter.server.backend.open_conversation(who, counter.conv, None)
        assert isinstance(opened, Snapshot)
        [failed] = [e.event for e in opened.events if isinstance(e.event, IdentityFailed)]
        assert bool(failed.code) is code
        assert not [e for e in opened.events if isinstance(e.event, IdentityVerified)]
