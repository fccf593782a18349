"""Asks a provider something over HTTP, and takes no more than was asked for.

One question, one answer: no redirects, a time limit, a size limit that holds while reading, no
packed bodies. What came is bytes; whether it makes sense is for the caller to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import msgspec

from server.identity.interface import IdentityError

__all__ = ["MAX_SIZE", "TIMEOUT", "Answer", "Transport", "parse_object", "unavailable"]

MAX_SIZE: Final = 256 * 1024  # bytes; the largest key sets in use have some tens of kilobytes
TIMEOUT: Final = aiohttp.ClientTimeout(total=10.0, connect=3.0, sock_connect=3.0)
_CHUNK: Final = 16 * 1024  # bytes


def unavailable(message: str) -> IdentityError:
    """Return the error of a provider that cannot be asked."""
    return IdentityError("unavailable", "unavailable", message)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `kind`: the media type, in lower case, without parameters."""

    status: int
    kind: str
    body: bytes


class Transport:
    """Asks by the session it is given, which stays its owner's."""

    def __init__(
        self, http: aiohttp.ClientSession, *, timeout: aiohttp.ClientTimeout = TIMEOUT
    ) -> None:
        self._http = http
        self._timeout = timeout

    async def get(self, address: str, *, accept: str, token: str | None = None) -> Answer:
        """Fetch `address`; `token`: a bearer's.

        Raises:
            IdentityError: `unavailable`.
        """
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self._ask("GET", address, accept, headers, None)

    async def post(self, address: str, form: Mapping[str, str]) -> Answer:
        """Send a form to `address` and take JSON back.

        Raises:
            IdentityError: `unavailable`.
        """
        return await self._ask("POST", address, "application/json", {}, form)

    async def _ask(
        self,
        method: str,
        address: str,
        accept: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
    ) -> Answer:
        try:
            try:
                return await self._once(method, address, accept, headers, form)
            except aiohttp.ServerDisconnectedError:
                # A connection that was kept for us was closed meanwhile. Asking once more spends
                # nothing: codes and assertions work once, so what was heard is not done again.
                return await self._once(method, address, accept, headers, form)
        except TimeoutError:
            raise unavailable("The provider did not answer in time.") from None
        except (aiohttp.ClientError, OSError, ValueError):
            # `from None`: the cause may quote what was sent or came, a token among it.
            raise unavailable("The provider cannot be reached, or answers garbage.") from None

    async def _once(
        self,
        method: str,
        address: str,
        accept: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
    ) -> Answer:
        async with self._http.request(
            method,
            address,
            data=form,
            headers={"Accept": accept, "Accept-Encoding": "identity", **headers},
            timeout=self._timeout,
            allow_redirects=False,
        ) as response:
            return Answer(response.status, response.content_type, await _read(response))


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise unavailable("The provider sent a packed answer that was not asked for.")
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > MAX_SIZE:
            raise unavailable("The provider sent more than it may.")
    return bytes(data)


def parse_object(data: bytes) -> dict[str, Any] | None:
    """Return the JSON object that `data` is, or None when it is none."""
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
