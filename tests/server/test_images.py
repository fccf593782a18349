"""The image proxy against real servers: what it fetches, and everything that it does not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from server.domain.reachable import Host
from server.services.fetching import MAX_SIZE, Fetcher, NoPicture, Picture
from tests.cobrowse.shown import cookie_of, shown
from tests.services.server import running_server

PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 100
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@dataclass
class Site:
    """A shop's server on loopback; `seen` has what it was asked."""

    port: int = 0
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def place(self) -> Host:
        return ("127.0.0.1", self.port)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.raw_path, dict(request.headers)))
        match request.path:
            case "/a.png":
                headers = {"Set-Cookie": "shop=1"}
                return web.Response(body=PNG, content_type="text/html", headers=headers)
            case "/a.svg":
                return web.Response(body=SVG)
            case "/page":
                return web.Response(body=b"<html><svg>", content_type="image/png")
            case "/packed":
                return web.Response(body=PNG, headers={"Content-Encoding": "gzip"})
            case "/declared":
                return web.Response(body=PNG + bytes(MAX_SIZE))
            case "/endless":
                return await self._endless(request)
            case "/slow":
                await asyncio.sleep(60)
            case "/to":
                raise web.HTTPFound(request.query["u"])
            case "/round":
                left = int(request.query["n"])
                raise web.HTTPFound("/a.png" if left == 0 else f"/round?n={left - 1}")
        return web.Response(status=404)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(PNG)
        while True:
            await response.write(bytes(64 * 1024))


@asynccontextmanager
async def _site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", site.answer)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()


class Lying(AbstractResolver):
    """Gives another address each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        given = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        kind = socket.AF_INET6 if ":" in given else socket.AF_INET
        return [
            ResolveResult(
                hostname=host, host=given, port=port, family=kind, proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]  # fmt: skip

    async def close(self) -> None:
        pass


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with _site() as running:
        yield running


@asynccontextmanager
async def _fetching(
    site: Site, *, resolver: Lying | None = None, timeout: float = 5.0
) -> AsyncIterator[Callable[..., Awaitable[Picture]]]:
    """Give a function that fetches, with `site` as the one private place that is allowed."""
    fetcher = Fetcher(private=frozenset({site.place}), resolver=resolver, timeout=timeout)

    async def fetch(address: str, *more: Host) -> Picture:
        return await fetcher.fetch(address, frozenset({site.place, *more}))

    try:
        yield fetch
    finally:
        await fetcher.aclose()


async def test_a_picture_comes_by_what_is_in_it_and_nothing_of_ours_goes_along(site: Site) -> None:
    async with _fetching(site) as fetch:
        for _ in range(2):
            assert await fetch(f"{site.url}/a.png?size=2#x") == Picture("image/png", PNG)
    path, headers = site.seen[1]
    assert path == "/a.png?size=2"
    assert not {"Cookie", "Referer", "Authorization", "Origin"} & headers.keys()
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/page", 415),  # called a picture, and none
        ("/packed", 415),
        ("/declared", 413),
        ("/endless", 413),
        ("/missing", 404),
        ("/slow", 504),
    ],
)
async def test_what_is_no_small_picture_does_not_come(site: Site, path: str, status: int) -> None:
    async with _fetching(site, timeout=1.0 if path == "/slow" else 10.0) as fetch:
        with pytest.raises(NoPicture) as caught:
            await fetch(site.url + path)
    assert caught.value.status == status


async def test_another_host_is_never_asked(site: Site) -> None:
    async with _site() as inside, _fetching(site) as fetch:
        with pytest.raises(NoPicture) as caught:
            await fetch(f"{inside.url}/a.png")
        assert caught.value.status == 403
        assert inside.seen == []


async def test_a_listed_host_inside_is_never_connected_to(site: Site) -> None:
    async with _site() as inside, _fetching(site) as fetch:
        with pytest.raises(NoPicture) as caught:
            await fetch(f"{inside.url}/a.png", inside.place)
        assert caught.value.status == 502
        assert inside.seen == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_a_name_that_leads_inside_is_not_connected_to(site: Site, address: str) -> None:
    async with _site() as inside:
        resolver = Lying(address)
        async with _fetching(site, resolver=resolver) as fetch:
            with pytest.raises(NoPicture) as caught:
                await fetch(f"http://cdn.example:{inside.port}/a.png", ("cdn.example", inside.port))
        assert (caught.value.status, resolver.asked) == (502, 1)
        assert inside.seen == []


async def test_a_name_that_turns_inside_after_the_first_look_is_not_connected_to(
    site: Site,
) -> None:
    """Rebinding: the first answer is fine, and every later one is the inside."""
    async with _site() as inside:
        host = ("cdn.example", inside.port)
        # The port of `site` is allowed on loopback: the first fetch works.
        resolver = Lying("127.0.0.1")
        async with _fetching(site, resolver=resolver) as fetch:
            assert await fetch(f"http://cdn.example:{site.port}/a.png", ("cdn.example", site.port))
            with pytest.raises(NoPicture):
                await fetch(f"http://cdn.example:{inside.port}/a.png", host)
        assert inside.seen == []


async def test_a_redirect_passes_the_same_checks(site: Site) -> None:
    async with _site() as inside, _fetching(site) as fetch:
        for address in (f"{inside.url}/a.png", "file:///etc/passwd", "http://[::1]/", "//x/a.png"):
            with pytest.raises(NoPicture) as caught:
                await fetch(f"{site.url}/to?u={address}")
            assert caught.value.status == 403
        assert inside.seen == []
        assert (await fetch(f"{site.url}/round?n=2")).kind == "image/png"
        with pytest.raises(NoPicture):
            await fetch(f"{site.url}/round?n=3")


# --- the whole way ------------------------------------------------------------------------------


@pytest.mark.e2e
async def test_a_viewer_gets_a_ticket_and_pictures_of_the_shop_with_it(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        shown(server) as (cobrowse, visitor),
        aiohttp.ClientSession(
            headers={"Origin": server.url}, cookie_jar=aiohttp.DummyCookieJar()
        ) as http,
    ):
        address = f"{server.url}/api/v1/cobrowse/{cobrowse}/images"
        async with http.post(address) as response:
            assert response.status == 401
        async with http.post(address, headers={"Authorization": f"Bearer {visitor}"}) as response:
            assert response.status == 403
        cookie = await cookie_of(server, "agent2@demo.example")
        async with http.post(
            f"{server.url}/api/v1/cobrowse/nothing/images", headers=cookie
        ) as response:
            assert response.status == 409
        async with http.post(address, headers=cookie) as response:
            told = await response.json()
        assert told["player"] == server.player_url
        assert told["images"].startswith(f"{server.player_url}/i?k=")

        picture = f"{told['images']}&u={server.shop_url}/art/tent.svg"
        async with http.get(picture) as response:
            assert response.status == 200
            assert response.content_type == "image/svg+xml"
            assert "sandbox" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "private, max-age=600"
            assert "Set-Cookie" not in response.headers
        async with http.get(picture, headers={"Sec-Fetch-Dest": "document"}) as response:
            assert response.status == 403
        async with http.get(picture, headers={"Sec-Fetch-Site": "cross-site"}) as response:
            assert response.status == 403
        async with http.get(f"{told['images']}&u={server.url}/healthz") as response:
            assert response.status == 403
        for wrong in ("", "x", visitor, told["images"].split("k=")[1][:-2]):
            address = f"{server.player_url}/i?k={wrong}&u={server.shop_url}/art/tent.svg"
            async with http.get(address) as response:
                assert response.status == 403


@pytest.mark.e2e
async def test_the_player_has_no_cookies_and_no_api(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        for path in (
            "/player",
            "/player/none.js",
            "/i",
            "/healthz",
            "/",
            "/api/v1/agent/me",
            "/ws",
        ):
            async with http.get(server.player_url + path) as response:
                headers = response.headers
                assert "Set-Cookie" not in headers
                assert headers["Content-Security-Policy"].startswith("default-src 'none'")
                assert headers["Referrer-Policy"] == "no-referrer"
                assert headers["X-DNS-Prefetch-Control"] == "off"
                assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
                if path in ("/", "/api/v1/agent/me", "/ws", "/player/none.js"):
                    assert response.status == 404
        async with http.get(f"{server.url}/console") as response:
            policy = response.headers["Content-Security-Policy"]
            assert f"frame-src {server.player_url};" in policy
