"""Under attack: calls connect and calls go on, whatever strangers send to the port."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page

from media import Grant
from tests.media.browser import ALL, Meeting, Person, patience

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

CALLS = 20
RATE = 5_000  # hostile datagrams a second

# Makes a call between two connections in one page; resolves when both hear each other.
_CALL = """async ([first, second, within]) => {
  const begun = performance.now()
  const ends = [first, second].map((who) => new Call(who))
  for (const end of ends) await end.open(['audio'])
  for (const end of ends) await end.negotiate([])
  for (const end of ends) await end.negotiate(await publications(end.me))
  const heard = async (end) => {
    for (;;) {
      for (const report of (await end.pc.getStats()).values())
        if (report.type === 'inbound-rtp' && report.totalAudioEnergy > 1e-4) return
      if (performance.now() - begun > within) throw new Error(end.pc.connectionState)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await Promise.all(ends.map(heard))
  const took = performance.now() - begun
  for (const end of ends) end.pc.close()
  return took
}"""


@asynccontextmanager
async def sprayed(port: int) -> AsyncIterator[list[int]]:
    """Attack a port for the length of the block; the list gets how many datagrams were sent."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.media.spray", str(port), str(RATE)),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    sent: list[int] = []
    try:
        yield sent
    finally:
        output, _ = await process.communicate(b"\n")
        sent.append(int(output))


async def calls(meeting: Meeting, page: Page, count: int) -> list[float]:
    """Have so many calls one after the other, each in a room of its own; return their ms."""

    async def answer(
        who: str, generation: int, sdp: str, send: dict[str, str], receive: dict[str, str]
    ) -> str:
        return await meeting.server.offer(who[:-1], who, generation, sdp, send, receive)

    async def publications(who: str) -> list[dict[str, str]]:
        seen = meeting.server.visible(who[:-1], who)
        return [{"id": p.id, "kind": p.kind, "participant": p.participant} for p in seen]

    await page.expose_function("publications", publications)
    await page.expose_function("negotiate", answer)
    took = []
    for number in range(count):
        room = f"call-{number}-"
        ends = [f"{room}x", f"{room}y"]
        for end, other in (ends, ends[::-1]):
            meeting.server.grant(room, end, Grant(ALL, {other: ALL}))
        within = 15_000 * patience()
        async with asyncio.timeout(within / 1000 + 20):
            took.append(await page.evaluate(_CALL, [*ends, within]))
        meeting.server.close_room(room)
    return took


async def packets(person: Person, publisher: str) -> tuple[int, int]:
    """Return how many packets of somebody's sound and picture have come, and were lost."""
    found = [await person.received(publisher, source) for source in ("audio", "camera")]
    return sum(f["packetsReceived"] for f in found), sum(f["packetsLost"] for f in found)


async def test_twenty_of_twenty_calls_connect_and_a_running_one_goes_on_under_attack(
    meeting: Meeting,
) -> None:
    _, bert = await meeting.pair()
    third = await meeting.page()
    received, lost = await packets(bert, "a")
    arrived = meeting.server.stats().packets_in
    started = time.monotonic()
    async with sprayed(meeting.server.port) as sent:
        took = await calls(meeting, third, CALLS)
        seconds = time.monotonic() - started
    received_after, lost_after = await packets(bert, "a")
    share = (lost_after - lost) / max(1, received_after - received)
    stats = meeting.server.stats()
    print(
        f"{len(took)} of {CALLS} calls, {sorted(took)[len(took) // 2]:.0f} ms in the middle and "
        f"{max(took):.0f} at most; {sent[0] / seconds:.0f} hostile datagrams a second, "
        f"{stats.packets_in - arrived} taken in all; a running call lost {100 * share:.2f} %"
    )
    assert len(took) == CALLS
    assert sent[0] / seconds > RATE * 0.9
    assert share < 0.01 * patience()
    assert "fault" not in stats.dropped
    assert stats.dropped["stranger"] + stats.dropped["stun"] > sent[0] / 2
