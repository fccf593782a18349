"""Asks a server what it holds: its own figures, as an operator's Prometheus reads them."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.load.soak.verdict import Sample

__all__ = ["EVERY", "Watch"]

EVERY: Final = 10.0  # seconds between samples
NAMES: Final = {
    "process_resident_memory_bytes": "memory",
    "process_open_fds": "files",
    "tiski_tasks": "tasks",
    "tiski_connections": "connections",
    "tiski_media_rooms": "rooms",
    "tiski_media_participants": "people",
}


class Watch:
    """The samples of a run."""

    def __init__(self, url: str) -> None:
        self.samples: list[Sample] = []
        self._url = f"{url}/metrics"
        self._began = asyncio.get_running_loop().time()

    async def look(self) -> dict[str, float]:
        """Return what the server holds now."""
        async with (
            aiohttp.ClientSession(raise_for_status=True) as http,
            http.get(self._url) as response,
        ):
            families = list(text_string_to_metric_families(await response.text()))
        return {
            NAMES[sample.name]: sample.value
            for family in families
            for sample in family.samples
            if sample.name in NAMES
        }

    async def sample(self) -> Sample:
        """Look, and keep what was seen."""
        at = asyncio.get_running_loop().time() - self._began
        self.samples.append(Sample(at, await self.look()))
        return self.samples[-1]

    async def rest(self, patience: float) -> dict[str, float]:
        """Wait until nobody is left in any call and on any wire, and return what is held then.

        Raises:
            TimeoutError: somebody is still there after `patience` seconds.
        """
        async with asyncio.timeout(patience):
            while True:
                found = await self.look()
                if not (found["rooms"] or found["people"] or found["connections"]):
                    return found
                await asyncio.sleep(1.0)
