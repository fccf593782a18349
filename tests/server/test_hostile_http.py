"""Requests that no browser of ours sends: each gets a plain answer, and none breaks a handler."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.test_http import Browser, _visitor, browser, http, server

__all__ = ["browser", "http", "server"]

NUL = "\x00"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/%00",
        "/assets/" + "a" * 300,
        "/files/%00/x",
        "/widget?site=%00",
        "/api/v1/sites/%00",
        "/api/v1/agent/conversations?view=all&q=%00",
        "/api/v1/agent/conversations?view=all&before=%00",
    ],
)
async def test_addresses_that_nothing_has_are_refused(browser: Browser, path: str) -> None:
    await browser.sign_in()
    token = (await _visitor(browser))["token"]
    headers = {"Authorization": f"Bearer {token}"}
    status, _, _ = await browser.ask("GET", path, headers=headers)
    assert status in (400, 404)


async def test_a_number_beyond_the_database_is_refused(browser: Browser) -> None:
    token = (await _visitor(browser))["token"]
    path = "/api/v1/conversations/x/events?before=" + "1".zfill(17) + "9" * 40
    headers = {"Authorization": f"Bearer {token}"}
    assert (await browser.ask("GET", path, headers=headers))[0] == 400


@pytest.mark.parametrize("path", ["/%00", "/a/..%00", "/" + "a" * 300, "/..%2f..%2fpyproject.toml"])
async def test_the_shop_has_no_page_of_such_a_name(
    browser: Browser, server: Any, path: str
) -> None:
    shop = Browser(browser._http, server.settings.shop_url)
    assert (await shop.ask("GET", path))[0] == 404


@pytest.mark.parametrize("origin", ["http://[", "null", "http://localhost:1@x", "://"])
async def test_an_origin_that_is_none_is_foreign(browser: Browser, origin: str) -> None:
    body = {"site": "demo"}
    status, answer, _ = await browser.ask(
        "POST", "/api/v1/visitor/session", json=body, headers={"Origin": origin}
    )
    assert (status, answer["error"]["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/visitor/session", {"site": NUL}),
        ("/api/v1/visitor/session/end", {"site": NUL}),
        ("/api/v1/agent/login", {"email": f"a{NUL}@demo.example", "password": "x"}),
    ],
)
async def test_a_body_that_the_database_would_not_take_is_refused(
    browser: Browser, path: str, body: dict[str, str]
) -> None:
    status, answer, _ = await browser.ask("POST", path, json=body)
    assert (status, answer["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/api/v1/visitor/session", "/api/v1/visitor/files"])
async def test_a_body_that_is_not_packed_as_it_says_is_refused(browser: Browser, path: str) -> None:
    token = (await _visitor(browser))["token"]
    headers = {
        "Content-Encoding": "gzip",
        "Content-Type": "multipart/form-data; boundary=B",
        "Authorization": f"Bearer {token}",
    }
    status, answer, _ = await browser.ask("POST", path, data=b"garbage garbage", headers=headers)
    assert (status, answer["error"]["code"]) == (400, "bad_request")


async def _raw(url: str, request: bytes) -> bytes:
    """Send what no HTTP client would, and return the answer's first line."""
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(request)
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    await writer.wait_closed()
    return line


@pytest.mark.parametrize(
    "name", ["__Host-tiski-agent", "__Host-tiski-expert", "__Host-tiski-v-demo"]
)
async def test_a_cookie_that_is_no_text_is_nobodys(browser: Browser, name: str) -> None:
    host = urlsplit(browser.url).netloc.encode()
    cookie = name.encode() + b"=\xff\xed\xa0\x80"
    for what, body in (
        (b"GET /api/v1/agent/me", b""),
        (b"GET /files/x/y", b""),
        (b"POST /api/v1/expert/token", b"{}"),
        (b"POST /api/v1/visitor/session", b'{"site":"demo"}'),
    ):
        lines = [
            what + b" HTTP/1.1",
            b"Host: " + host,
            b"Origin: http://" + host,
            b"Cookie: " + cookie,
            b"Content-Length: %d" % len(body),
        ]
        line = await _raw(browser.url, b"\r\n".join(lines) + b"\r\n\r\n" + body)
        assert line.split()[1] in (b"204", b"401", b"404"), what


async def test_an_upload_that_breaks_off_is_no_failure_of_ours(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    where = urlsplit(browser.url)
    token = (await _visitor(browser))["token"]
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(
        f"POST /api/v1/visitor/files HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"Origin: {browser.url}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 1000\r\n\r\n"
        '--B\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc'.encode()
    )
    await writer.drain()
    assert (await browser.ask("GET", "/healthz"))[0] == 200  # it is being read by now
    writer.transport.abort()
    for _ in range(3):
        assert (await browser.ask("GET", "/healthz"))[0] == 200
    assert "request failed" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("application/x-www-form-urlencoded; charset=none-such", b"handle=x"),
        ("application/x-www-form-urlencoded", b"handle=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"handle=%ff&handle=%00"),
        ("application/x-www-form-urlencoded", b"=" * 1_024),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nhandle\r\n--x--"),
    ],
)
async def test_a_form_that_is_none_leads_to_no_bank(
    browser: Browser, kind: str, form: bytes
) -> None:
    headers = {"Content-Type": kind}
    status, page, _ = await browser.ask("POST", "/identity/go", data=form, headers=headers)
    assert status == 404
    assert page.startswith(b"<!doctype html>")
