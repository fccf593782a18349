"""The HTTP API of a whole server, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from argon2 import PasswordHasher

from server import demo
from server.bootstrap import Server
from server.config import Settings
from server.http import pages
from server.opening import PortTaken
from server.services import passwords
from tests.services.ports import free_port


class Browser:
    """One browser: keeps `__Host-` cookies as Chromium does on localhost, and sends its origin."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self.url = url
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    async def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> tuple[int, Any, aiohttp.ClientResponse]:
        sent = {"Origin": self.url, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        sent = {name: value for name, value in sent.items() if value}
        async with self._http.request(
            method, self.url + path, headers=sent, allow_redirects=False, **more
        ) as response:
            self.set_cookies = response.headers.getall("Set-Cookie", [])
            for line in self.set_cookies:
                name, _, value = line.split(";")[0].partition("=")
                if value:
                    self.cookies[name] = value
                else:
                    self.cookies.pop(name, None)
            json = response.content_type == "application/json"
            return response.status, await (response.json() if json else response.read()), response

    async def sign_in(self, account: int = 0) -> None:
        email = demo.ACCOUNTS[account][0]
        body = {"email": email, "password": demo.PASSWORD}
        status, _, _ = await self.ask("POST", "/api/v1/agent/login", json=body)
        assert status == 200


def _built(folder: Path) -> Path:
    """Return what a web build leaves, in small."""
    (folder / "assets").mkdir(parents=True)
    (folder / "page").mkdir()
    for name in ("widget.html", "console.html", "expert.html", "loader.js", "assets/a-1.js"):
        (folder / name).write_text("//")
    for name in ("cobrowse.js", "recorder-1.js", "notes.txt"):
        (folder / "page" / name).write_text("//")
    return folder


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: quick)
    monkeypatch.setattr(pages, "STATIC", _built(tmp_path / "static"))
    port = free_port()
    environment = {
        "TISKI_PORT": str(port),
        "TISKI_SHOP_PORT": str(free_port()),
        "TISKI_PLAYER_PORT": str(free_port()),
        "TISKI_MEDIA_PORT": str(free_port()),
        "TISKI_DATA_DIR": str(tmp_path),
        "TISKI_TURN_URLS": "turn:turn.example:3478,turns:turn.example:443?transport=tcp",
        "TISKI_TURN_SECRET": "north",
        "TISKI_PROXIES": "1",
    }
    server = Server(Settings.from_environment(environment, demo=True))
    await server.start()
    yield server
    await server.aclose()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
def browser(server: Server, http: aiohttp.ClientSession) -> Browser:
    return Browser(http, server.settings.public_url)


async def _visitor(browser: Browser) -> dict[str, Any]:
    body = {"site": "demo", "create": True}
    status, session, _ = await browser.ask("POST", "/api/v1/visitor/session", json=body)
    assert status == 200
    found: dict[str, Any] = session
    return found


async def test_it_says_that_it_serves(browser: Browser) -> None:
    status, body, _ = await browser.ask("GET", "/healthz")
    assert (status, body) == (200, {"status": "ok"})


async def test_looking_sets_no_cookie_and_acting_sets_one_of_our_own(browser: Browser) -> None:
    status, site, response = await browser.ask("GET", "/api/v1/sites/demo")
    assert status == 200
    assert site["availability"] == {"online": False, "people": [], "opens_at": None}
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    status, _, _ = await browser.ask(
        "POST", "/api/v1/visitor/session", json={"site": "demo", "create": False}
    )
    assert status == 204
    assert browser.cookies == {}
    session = await _visitor(browser)
    (line,) = browser.set_cookies
    assert line.startswith("__Host-tiski-v-demo=")
    for part in ("Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert f"; {part}" in line
    assert session["token"] not in line
    again = await _visitor(browser)
    assert again["visitor"]["id"] == session["visitor"]["id"]


async def test_forgetting_a_browser_makes_a_new_visitor(browser: Browser) -> None:
    first = await _visitor(browser)
    status, _, _ = await browser.ask("POST", "/api/v1/visitor/session/end", json={"site": "demo"})
    assert (status, browser.cookies) == (204, {})
    assert (await _visitor(browser))["visitor"] != first["visitor"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Origin": ""},
    ],
)
async def test_a_foreign_page_changes_nothing(browser: Browser, headers: dict[str, str]) -> None:
    body = {"email": demo.ACCOUNTS[0][0], "password": demo.PASSWORD}
    status, answer, _ = await browser.ask("POST", "/api/v1/agent/login", json=body, headers=headers)
    assert (status, answer["error"]["code"]) == (403, "foreign_origin")
    assert browser.cookies == {}


async def test_an_agent_signs_in_and_out(browser: Browser) -> None:
    status, answer, _ = await browser.ask("GET", "/api/v1/agent/me")
    assert (status, answer["error"]["code"]) == (401, "signed_out")
    await browser.sign_in()
    assert "SameSite=Lax" in browser.set_cookies[0]
    status, me, _ = await browser.ask("GET", "/api/v1/agent/me")
    assert (status, me["agent"]["email"], me["site"]["key"]) == (200, demo.ACCOUNTS[0][0], "demo")
    status, colleagues, _ = await browser.ask("GET", "/api/v1/agent/colleagues")
    assert [one["name"] for one in colleagues] == ["Agent One", "Agent Two", "Supervisor"]
    status, _, _ = await browser.ask("POST", "/api/v1/agent/logout", json={"everywhere": True})
    assert (status, browser.cookies) == (204, {})


async def test_wrong_passwords_are_answered_slower_and_slower(browser: Browser) -> None:
    body = {"email": demo.ACCOUNTS[1][0], "password": "wrong"}
    statuses = [(await browser.ask("POST", "/api/v1/agent/login", json=body))[0] for _ in range(5)]
    assert statuses == [401] * 5
    status, answer, response = await browser.ask("POST", "/api/v1/agent/login", json=body)
    assert (status, answer["error"]["code"]) == (429, "too_many_attempts")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"email": 1}', 400), (b"\xff", 400), (b"x" * 70_000, 413)],
)
async def test_a_bad_body_gets_a_stable_error(browser: Browser, body: bytes, status: int) -> None:
    got, answer, _ = await browser.ask("POST", "/api/v1/agent/login", data=body)
    assert got == status
    assert set(answer["error"]) == {"code", "message"}


async def test_unknown_addresses_and_methods_are_json_in_the_api(browser: Browser) -> None:
    assert (await browser.ask("GET", "/api/v1/nothing"))[:2] == (
        404,
        {"error": {"code": "not_found", "message": "Not Found"}},
    )
    status, answer, _ = await browser.ask("GET", "/api/v1/agent/login")
    assert (status, answer["error"]["code"]) == (405, "method_not_allowed")


async def test_files_go_in_by_content_and_come_out_harmless(browser: Browser) -> None:
    session = await _visitor(browser)
    bearer = {"Authorization": f"Bearer {session['token']}"}

    async def upload(name: str, data: bytes) -> tuple[int, Any]:
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type="text/html")
        status, answer, _ = await browser.ask(
            "POST", "/api/v1/visitor/files", data=form, headers=bearer
        )
        return status, answer

    status, answer = await upload("page.html", b"<script>alert(1)</script>")
    assert (status, answer["error"]["code"]) == (400, "bad_file")
    status, file = await upload("notes.txt", b"<script>alert(1)</script>")
    assert (status, file["type"]) == (201, "text/plain")
    status, data, response = await browser.ask("GET", file["url"])
    assert (status, data) == (200, b"<script>alert(1)</script>")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    browser.cookies.clear()
    assert (await browser.ask("GET", file["url"]))[0] == 404
    assert (await browser.ask("GET", f"{file['url']}?k={session['files_key']}"))[0] == 200
    status, answer, _ = await browser.ask("GET", f"{file['url']}?k={session['token']}")
    assert (status, answer["error"]["code"]) == (401, "bad_token")


async def test_a_form_that_is_none_gets_an_error(browser: Browser) -> None:
    session = await _visitor(browser)
    headers = {
        "Authorization": f"Bearer {session['token']}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    status, answer, _ = await browser.ask(
        "POST", "/api/v1/visitor/files", data=b"garbage", headers=headers
    )
    assert (status, answer["error"]["code"]) == (400, "bad_request")


async def test_turn_credentials_are_for_the_asker_and_end(browser: Browser) -> None:
    assert (await browser.ask("GET", "/api/v1/ice"))[0] == 401
    session = await _visitor(browser)
    bearer = {"Authorization": f"Bearer {session['token']}"}
    _, answer, _ = await browser.ask("GET", "/api/v1/ice", headers=bearer)
    (server,) = answer["ice_servers"]
    expires, _, person = server["username"].partition(":")
    assert person == session["visitor"]["id"]
    assert int(expires) > 0
    assert server["urls"][1] == "turns:turn.example:443?transport=tcp"
    assert "north" not in str(answer)


async def test_the_widget_may_be_framed_by_its_shop_only(server: Server, browser: Browser) -> None:
    _, _, response = await browser.ask("GET", "/widget?site=demo")
    policy = response.headers["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {server.settings.shop_url}" in policy
    assert "script-src 'self';" in policy
    assert (await browser.ask("GET", "/widget?site=other"))[0] == 404
    _, _, console = await browser.ask("GET", "/console")
    assert "frame-ancestors 'none'" in console.headers["Content-Security-Policy"]


async def test_new_visitors_of_one_address_are_limited_by_what_the_proxy_saw(
    browser: Browser,
) -> None:
    async def come(forwarded: str) -> tuple[int, str | None]:
        status, _, response = await Browser(browser._http, browser.url).ask(
            "POST",
            "/api/v1/visitor/session",
            json={"site": "demo", "create": True},
            headers={"X-Forwarded-For": forwarded},
        )
        return status, response.headers.get("Retry-After")

    for n in range(30):  # what the client itself put in front of the proxy's word is not believed
        assert await come(f"198.51.100.{n}, 203.0.113.9") == (200, None)
    status, wait = await come("198.51.100.99, 203.0.113.9")
    assert status == 429
    assert wait is not None
    assert 0 < int(wait) <= 60
    assert await come("203.0.113.10") == (200, None)


async def test_paths_do_not_lead_out_of_the_assets(browser: Browser) -> None:
    status, _, asset = await browser.ask("GET", "/assets/a-1.js")
    assert (status, asset.headers["Cache-Control"]) == (
        200,
        "public, max-age=31536000, immutable",
    )
    for path in ("/assets/../../config.py", "/assets/%2e%2e/%2e%2e/config.py"):
        assert (await browser.ask("GET", path))[0] == 404


async def test_any_shop_may_import_the_part_of_ours_on_its_page(browser: Browser) -> None:
    for name, cache in (
        ("cobrowse.js", "public, max-age=300"),
        ("recorder-1.js", "public, max-age=31536000, immutable"),
    ):
        status, _, part = await browser.ask("GET", f"/page/{name}")
        assert status == 200
        assert part.headers["Cache-Control"] == cache
        assert part.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert part.headers["Access-Control-Allow-Origin"] == "*"
        assert part.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/page/notes.txt", "/page/other.js", "/page/..%2floader.js"):
        assert (await browser.ask("GET", path))[0] == 404


async def test_figures_are_for_this_machine(browser: Browser) -> None:
    status, text, _ = await browser.ask("GET", "/metrics")
    assert status == 200
    assert b"tiski_connections 0.0" in text
    assert b"tiski_media_rooms 0.0" in text
    assert b"tiski_queue_waiting 0.0" in text
    assert b'tiski_agents{state="offline"} 3.0' in text
    assert b'tiski_offers_total{outcome="missed"} 0.0' in text
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    assert (await browser.ask("GET", "/metrics", headers=forwarded))[0] == 403


async def test_canned_replies_are_replaced_as_a_whole(browser: Browser) -> None:
    await browser.sign_in(2)
    reply = {"shortcut": "hei", "lang": "fi", "text": "Hei!"}
    status, _, _ = await browser.ask("PUT", "/api/v1/agent/canned", json=[reply, reply])
    assert status == 400
    status, _, _ = await browser.ask("PUT", "/api/v1/agent/canned", json=[reply])
    assert status == 200
    _, replies, _ = await browser.ask("GET", "/api/v1/agent/canned")
    assert [one["text"] for one in replies] == ["Hei!"]


async def test_the_rules_of_co_browsing_are_a_supervisors_and_reach_the_page(
    browser: Browser,
) -> None:
    path = "/api/v1/agent/cobrowse/rules"
    assert (await browser.ask("GET", "/api/v1/cobrowse/rules"))[0] == 401
    assert (await browser.ask("GET", path))[0] == 401
    bearer = {"Authorization": f"Bearer {(await _visitor(browser))['token']}"}
    _, first, _ = await browser.ask("GET", "/api/v1/cobrowse/rules", headers=bearer)
    assert set(first) == {"version", "mask", "block", "nocontrol", "pause"}
    assert first["pause"] == ["/pay*"]
    rules = {"mask": [".iban"], "pause": ["/pay*"], "assets": ["cdn.example.com"]}
    await browser.sign_in(0)
    assert (await browser.ask("PUT", path, json=rules))[0] == 403
    await browser.sign_in(2)
    status, told, _ = await browser.ask("PUT", path, json={**rules, "mask": ["a" * 201]})
    assert (status, told["error"]["code"]) == (400, "bad_request")
    assert "200" in told["error"]["message"]
    status, kept, _ = await browser.ask("PUT", path, json=rules)
    assert (status, kept["assets"]) == (200, ["cdn.example.com"])
    assert (await browser.ask("GET", path))[1] == kept
    _, second, _ = await browser.ask("GET", "/api/v1/cobrowse/rules", headers=bearer)
    assert second == {name: value for name, value in kept.items() if name != "assets"}
    assert second["version"] != first["version"]


async def test_a_taken_port_is_said_with_the_way_out(server: Server, tmp_path: Path) -> None:
    environment = {
        "TISKI_PORT": str(server.settings.port),
        "TISKI_MEDIA_PORT": str(free_port()),
        "TISKI_DATA_DIR": str(tmp_path / "other"),
    }
    second = Server(Settings.from_environment(environment))
    with pytest.raises(PortTaken, match="TISKI_PORT="):
        await second.start()
