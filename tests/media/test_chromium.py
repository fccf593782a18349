"""Real Chromium pages in a room of the real media server: what a call must do."""

from __future__ import annotations

import asyncio
import time

import pytest

from media import Grant
from tests.media.browser import ALL, Meeting, eventually, patience
from tests.media.conftest import Open

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_two_people_see_and_hear_each_other(meeting: Meeting) -> None:
    anna, bert = await meeting.pair()
    await anna.hears("b")
    await bert.hears("a")
    assert sorted(meeting.connected) == ["a", "b"]

    async def told() -> bool:
        return bool(meeting.spoke) and {"a", "b"} <= meeting.figures.keys()

    await eventually("speakers and figures are told", told)
    quality = meeting.figures["a"]
    assert quality.score == 5
    assert quality.loss_up < 1
    assert quality.loss_down < 1


async def test_sender_reports_give_subscribers_lip_sync(meeting: Meeting) -> None:
    anna, _ = await meeting.pair()

    async def reported() -> bool:
        sound = await anna.received("b", "audio")
        picture = await anna.received("b", "camera")
        # Chromium fills this in only when sender reports place RTP time on a clock.
        both = (sound.get("estimatedPlayoutTimestamp"), picture.get("estimatedPlayoutTimestamp"))
        return None not in both and abs(both[0] - both[1]) < 200

    await eventually("sound and picture are on one clock within 200 ms", reported)


async def test_the_senders_bitrate_rises_above_its_start(meeting: Meeting) -> None:
    anna, _ = await meeting.pair()

    async def risen() -> bool:
        figures = await anna.figures()
        return bool(figures["out"]["camera"].get("targetBitrate", 0) > 1_000_000)

    await eventually("the camera's target is above 1 Mbit/s", risen)


async def test_a_late_third_has_a_picture_within_a_second(meeting: Meeting) -> None:
    anna, bert = await meeting.pair()
    carl = await meeting.join("c", "audio", "camera")
    await carl.start()

    async def delays() -> list[float] | None:
        found: list[float] = await carl.page.evaluate("() => call.pictureDelays()")
        return found if len(found) == 2 else None

    shown = await eventually("both pictures are shown", delays)
    await anna.sees("c")
    await bert.sees("c")
    await anna.hears("c")
    await carl.hears("b")
    assert max(shown) < 1000 * patience()  # ms after the connection was up


async def test_a_rebuilt_page_is_heard_again_without_a_new_offer_of_others(
    meeting: Meeting,
) -> None:
    anna, bert = await meeting.pair()
    before = {p.source: p.id for p in meeting.server.visible(meeting.name, "b")}
    frozen = (await bert.received("a", "camera"))["freezeCount"]
    offers = meeting.offers
    started = time.monotonic()
    await anna.rebuild("audio", "camera")
    await bert.hears("a")
    heard = time.monotonic() - started
    await bert.sees("a")
    await anna.sees("b")
    assert {p.source: p.id for p in meeting.server.visible(meeting.name, "b")} == before
    assert meeting.offers == offers + 1
    assert heard < 1.5 * patience()
    after = await bert.received("a", "camera")
    assert after["freezeCount"] <= frozen + 1
    assert after["packetsLost"] == 0
    assert meeting.lost == []


async def test_a_closed_page_gets_no_more_packets_and_keeps_its_seat(meeting: Meeting) -> None:
    anna, _ = await meeting.pair()
    await anna.page.evaluate("() => call.pc.close()")

    async def closed() -> bool:
        return meeting.server.stats().connected == 1

    await eventually("the server hears of the closing", closed)
    assert meeting.server.stats().participants == 2
    assert len(meeting.server.visible(meeting.name, "b")) == 2


async def test_ice_restart_on_the_same_session_brings_media_back(open_meeting: Open) -> None:
    meeting = await open_meeting(proxied="ab")
    anna, bert = await meeting.pair()
    meeting.proxy.rebind()
    started = time.monotonic()
    await anna.negotiate(iceRestart=True)
    await bert.sees("a", 5)
    assert time.monotonic() - started < 3 * patience()
    assert meeting.connected == ["a", "b"] or meeting.connected == ["b", "a"]  # no new DTLS


async def test_a_changed_source_port_heals_by_itself(open_meeting: Open) -> None:
    meeting = await open_meeting(proxied="ab")
    anna, bert = await meeting.pair()
    meeting.proxy.rebind()
    started = time.monotonic()
    await bert.sees("a", 3)
    await anna.sees("b", 3)
    assert time.monotonic() - started < 4 * patience()


async def test_a_call_comes_back_after_the_network_was_gone(open_meeting: Open) -> None:
    meeting = await open_meeting(proxied="ab")
    anna, bert = await meeting.pair()
    meeting.proxy.cut = True
    await asyncio.sleep(5)
    meeting.proxy.cut = False
    started = time.monotonic()
    await anna.negotiate(iceRestart=True)
    await bert.negotiate(iceRestart=True)
    await bert.sees("a", 5)
    await anna.sees("b", 5)
    assert time.monotonic() - started < 3 * patience()
    assert meeting.lost == []


async def test_a_silent_participant_is_lost_at_the_deadline(open_meeting: Open) -> None:
    meeting = await open_meeting(proxied="ab", consent_timeout=3.0)
    await meeting.pair()
    meeting.proxy.cut = True
    started = time.monotonic()

    async def lost() -> bool:
        return len(meeting.lost) == 2

    await eventually("both are lost", lost, 6)
    assert 2.5 < time.monotonic() - started < 5 * patience()
    assert meeting.server.stats().participants == 0


async def test_people_whose_browsers_have_only_h264_see_each_other(meeting: Meeting) -> None:
    anna, bert = await meeting.pair(codec="video/H264")
    carl = await meeting.join("c", "audio", "camera")  # could do VP8: the room cannot
    await carl.start()
    await carl.sees("a")
    await bert.sees("c")
    figures = await anna.figures()
    names = {r["id"]: r["mimeType"] for r in figures["codecs"]}
    assert names[figures["out"]["camera"]["codecId"]] == "video/H264"


async def test_a_call_forced_through_a_relay_connects(
    open_meeting: Open, relay: dict[str, object]
) -> None:
    meeting = await open_meeting()
    anna, bert = await meeting.pair(rtc={"iceServers": [relay], "iceTransportPolicy": "relay"})
    await anna.hears("b")
    addresses = {p.ice.selected for p in meeting.server._rooms[meeting.name].peers}
    assert len(addresses) == 2
    used = (await bert.figures())["pair"]["localCandidateId"]
    kinds = await bert.page.evaluate(
        "async (id) => (await call.pc.getStats()).get(id).candidateType", used
    )
    assert kinds == "relay"


async def test_a_screen_comes_and_goes_in_a_running_call(meeting: Meeting) -> None:
    anna, bert = await meeting.pair()
    for _ in range(2):
        await anna.page.evaluate("() => call.publish('screen')")
        await anna.negotiate()
        await bert.sees("a", source="screen")
        await bert.sees("a")
        await anna.page.evaluate("() => call.unpublish('screen')")
        await anna.negotiate()

        async def gone() -> bool:
            return len(await bert.page.evaluate("() => [...call.taken.keys()]")) == 2

        await eventually("the screen is gone", gone)
        await bert.sees("a")
    lines = await bert.page.evaluate("() => call.pc.getTransceivers().length")
    assert lines == 5  # the m-line of the first screen served the second


async def test_a_revoked_grant_stops_packets_at_once(meeting: Meeting) -> None:
    _, bert = await meeting.pair()
    bert.following = False
    meeting.server.grant(meeting.name, "b", Grant(ALL, {"a": frozenset({"audio"})}))
    before = (await bert.received_mid("video"))["packetsReceived"]
    await bert.hears("a")
    assert (await bert.received_mid("video"))["packetsReceived"] <= before + 5
    assert [p.source for p in meeting.server.visible(meeting.name, "b")] == ["audio"]


async def test_five_per_cent_loss_is_repaired(open_meeting: Open) -> None:
    meeting = await open_meeting(proxied="b")
    _, bert = await meeting.pair()
    meeting.proxy.loss = 0.05
    meeting.proxy.delay = 0.025
    await asyncio.sleep(2)  # the encoders learn of the loss
    before, heard = await bert.received("a", "camera"), await bert.received("a", "audio")
    started = time.monotonic()
    await asyncio.sleep(6)
    after = await bert.received("a", "camera")
    elapsed = time.monotonic() - started
    stats = meeting.server.stats()
    rate = (after["framesDecoded"] - before["framesDecoded"]) / elapsed
    concealed = _share(heard, await bert.received("a", "audio"))
    frozen = after.get("totalFreezesDuration", 0) - before.get("totalFreezesDuration", 0)
    print(f"5 % loss, 50 ms: {rate:.1f} fps, {frozen:.2f} s frozen, {concealed:.1f} % concealed")
    assert stats.retransmitted > 0  # how many depends on the rate that the encoders chose
    assert stats.requested > 0
    assert rate * patience() > 18  # of 20
    assert frozen < 0.5 * patience()


async def test_a_narrow_downlink_is_told_to_the_sender(open_meeting: Open) -> None:
    meeting = await open_meeting(proxied="b")
    anna, bert = await meeting.pair()
    meeting.proxy.rate = 250_000

    async def told() -> bool:
        return bool((await anna.figures())["out"]["camera"]["targetBitrate"] < 250_000)

    await eventually("the sender slows down", told, 20)

    async def flows() -> bool:
        """Look at two seconds: the queue on the way takes a while to empty."""
        before, heard = await bert.received("a", "camera"), await bert.received("a", "audio")
        started = time.monotonic()
        await asyncio.sleep(2)
        after = await bert.received("a", "camera")
        rate = (after["framesDecoded"] - before["framesDecoded"]) / (time.monotonic() - started)
        concealed = _share(heard, await bert.received("a", "audio"))
        print(f"250 kbit/s: {rate:.1f} fps, {concealed:.1f} % of the sound concealed")
        return rate * patience() > 15 and concealed < 5 * patience()

    await eventually("pictures and sound come whole", flows, 30)
    assert (await anna.figures())["out"]["camera"]["targetBitrate"] < 300_000


async def test_rubbish_from_strangers_keeps_nobody_out(meeting: Meeting) -> None:
    async with meeting.attacked():
        anna, bert = await meeting.pair()
        await anna.hears("b")
        before = await bert.received("a", "camera")
        await bert.sees("a", 20)
        after = await bert.received("a", "camera")
    assert after["packetsLost"] - before["packetsLost"] <= 1
    assert meeting.server.stats().dropped["stranger"] > 1000


async def test_a_forged_plaintext_alert_does_not_end_a_handshake(open_meeting: Open) -> None:
    meeting = await open_meeting(proxied="ab")
    meeting.proxy.inject = bytes.fromhex("15fefd000000000000000000020228")  # handshake_failure
    anna, _ = await meeting.pair()
    await anna.hears("b")
    assert meeting.server.stats().dropped["dtls"] >= 2


def _share(before: dict[str, float], after: dict[str, float]) -> float:
    """Return the per cent of sound that was invented between two reports."""
    played = after["totalSamplesReceived"] - before["totalSamplesReceived"]
    return 100 * (after["concealedSamples"] - before["concealedSamples"]) / played
