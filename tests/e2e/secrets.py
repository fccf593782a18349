"""What must be found nowhere, in the shapes that it could take, and the places to look for it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import jwt
from playwright.async_api import BrowserContext, Page, Response, WebSocket
from redis.asyncio import Redis

__all__ = ["Heard", "bank_secrets", "code_shapes", "files_below", "found", "monitored"]

REVEALED = "/reveal"  # the one answer that may hold a code
_PIECE = 40  # characters of a token that are looked for: part of one is too much


def code_shapes(code: str) -> set[bytes]:
    """Return `code` with and without its separator, as text, in hex and inside base64."""
    plain = {code, code.replace("-", "").replace("+", "")}
    texts = plain | {text.lower() for text in plain}
    shapes = {text.encode() for text in texts}
    for text in texts:
        raw = text.encode()
        shapes |= {raw.hex().encode(), raw.hex().upper().encode()}
        for shift in range(3):  # it may begin at any place of base64's groups of three
            whole = base64.b64encode(b"\0" * shift + raw)
            whole = whole[(shift * 8 + 5) // 6 : len(whole) - 4]
            shapes |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return shapes


def bank_secrets(seen: Mapping[str, Any]) -> set[bytes]:
    """Return what passed through the bank: codes, verifiers, nonces, states, tokens in pieces."""
    secrets: set[str] = set()
    for text in seen["received"]:
        if text.count(".") == 2:
            secrets |= _pieces(text)
            claims = jwt.decode(text, options={"verify_signature": False})
            secrets |= {claims[name] for name in ("nonce", "state") if name in claims}
        else:
            secrets.add(text)
    for answer in seen["sent"]:
        if answer["path"] == "/token":
            body = json.loads(answer["body"])
            if "id_token" in body:
                secrets |= {body["access_token"], *_pieces(body["id_token"])}
        elif answer["path"] == "/me":
            secrets |= _pieces(answer["body"])
    assert all(len(secret) >= 20 for secret in secrets)
    return {secret.encode() for secret in secrets}


def _pieces(token: str) -> set[str]:
    """Return a piece from the middle of each long part; headers are the same in all of them."""
    parts = [part for part in token.split(".")[1:] if len(part) >= 2 * _PIECE]
    return {part[len(part) // 2 :][:_PIECE] for part in parts}


def found(secrets: Iterable[bytes], places: Mapping[str, bytes]) -> list[str]:
    """Return where something was found. The secret itself is told: it is a test's own."""
    return [
        f"{secret.decode()} in {place}"
        for place, content in places.items()
        for secret in secrets
        if secret in content
    ]


def files_below(folder: Path, *, without: Iterable[Path] = ()) -> dict[str, bytes]:
    """Read every file below `folder`, write-ahead logs included."""
    left_out = tuple(without)
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(path.is_relative_to(one) for one in left_out)
    }


class Heard:
    """Every WebSocket frame of some browsers, and every answer of our HTTP API to them."""

    def __init__(self, origin: str) -> None:
        self._api = f"{origin}/api/"
        self._reading: set[asyncio.Task[None]] = set()
        self.frames: list[bytes] = []
        self.answers: dict[str, bytes] = {}
        self.revealed: list[bytes] = []

    def listen(self, context: BrowserContext) -> None:
        """Take notice of every page of this browser, now and later."""
        for page in context.pages:
            page.on("websocket", self._socket)
        context.on("page", lambda page: page.on("websocket", self._socket))
        context.on("response", self._answer)

    def listen_to(self, page: Page) -> None:
        """Take notice of this page alone."""
        page.on("websocket", self._socket)
        page.on("response", self._answer)

    def events(self) -> list[dict[str, Any]]:
        """Return the events that were told, in their order."""
        frames = [json.loads(frame) for frame in self.frames if frame.startswith(b"{")]
        return [frame["event"] for frame in frames if frame.get("t") == "event"]

    async def all(self) -> dict[str, bytes]:
        """Return what was heard, by place."""
        await asyncio.gather(*self._reading)
        return {"frames": b"\n".join(self.frames), **self.answers}

    def _socket(self, socket: WebSocket) -> None:
        for direction in ("framereceived", "framesent"):
            socket.on(direction, self._frame)  # type: ignore[call-overload]  # one of two words

    def _frame(self, payload: str | bytes) -> None:
        self.frames.append(payload.encode() if isinstance(payload, str) else payload)

    def _answer(self, response: Response) -> None:
        if response.url.startswith(self._api):
            reading = asyncio.create_task(self._read(response))
            self._reading.add(reading)

    async def _read(self, response: Response) -> None:
        with contextlib.suppress(Exception):  # a page that is gone takes its answers along
            body = await response.body()
            if response.url.endswith(REVEALED):
                self.revealed.append(body)
            else:
                self.answers[f"answer {len(self.answers)} of {response.url}"] = body


@contextlib.asynccontextmanager
async def monitored(url: str) -> AsyncIterator[list[bytes]]:
    """Hear every command that Redis is given, for the length of the block."""
    client = Redis.from_url(url)
    heard: list[bytes] = []

    async def hear() -> None:
        async with client.monitor() as monitor:
            began.set()
            async for command in monitor.listen():
                heard.append(str(command["command"]).encode())  # noqa: PERF401 - read meanwhile

    began = asyncio.Event()
    hearing = asyncio.create_task(hear())
    try:
        await began.wait()
        yield heard
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await client.aclose()
