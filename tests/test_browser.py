"""The browser that other tests rely on really captures, plays and keeps people apart."""

from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.browser import DENY_DEVICES, LaunchBrowser, NewContext

pytestmark = pytest.mark.e2e

ORIGIN = "http://localhost/"  # a secure context; about:blank has no devices

TAKE_DEVICES = """async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    return stream.getTracks().map((track) => `${track.kind} ${track.readyState}`).sort();
}"""

# The colour in the middle of the captured frame, after at least one real frame came.
CAPTURE_TAB = """async () => {
    const stream = await navigator.mediaDevices.getDisplayMedia({
        video: true, preferCurrentTab: true,
    });
    const video = Object.assign(document.createElement('video'), { muted: true });
    // Asked for before playing: a page that stands still gives one frame only.
    const frame = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    video.srcObject = stream;
    await video.play();
    await frame;
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0);
    return [...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data.slice(0, 3)];
}"""

# Microphone through a loopback peer connection: resolves when the far end has heard something.
HEAR_ONESELF = """async () => {
    const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
    near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
    far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
    const heard = new Promise((resolve) => {
        far.ontrack = ({ streams: [srcObject] }) => {
            const audio = Object.assign(new Audio(), { srcObject });
            audio.play();
            const look = async () => {
                for (const report of (await far.getStats()).values()) {
                    if (report.type === 'inbound-rtp' && report.totalAudioEnergy > 0) {
                        return resolve(report.totalAudioEnergy);
                    }
                }
                setTimeout(look, 50);
            };
            look();
        };
    });
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    near.addTrack(stream.getAudioTracks()[0], stream);
    await near.setLocalDescription();
    await far.setRemoteDescription(near.localDescription);
    await far.setLocalDescription();
    await near.setRemoteDescription(far.localDescription);
    const energy = await heard;
    near.close();
    far.close();
    return energy;
}"""


async def _serve(target: Any, body: str = "") -> Page:
    """Open a page of our own on a secure origin, without a server."""

    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=f"<!doctype html>{body}")

    page: Page = await target.new_page()
    await page.route(f"{ORIGIN}**", answer)
    await page.goto(ORIGIN)
    return page


async def test_camera_and_microphone_are_live(new_context: NewContext) -> None:
    page = await _serve(await new_context())
    assert await page.evaluate(TAKE_DEVICES) == ["audio live", "video live"]


async def test_screen_capture_shows_the_page_itself(new_context: NewContext) -> None:
    page = await _serve(await new_context(), "<body style='background:#c81e5a'>")
    captured = await page.evaluate(CAPTURE_TAB)
    # The way through YUV costs some colour; the fake pattern would be a pure green.
    for value, painted in zip(captured, (0xC8, 0x1E, 0x5A), strict=True):
        assert abs(value - painted) < 25, captured


async def test_sound_has_energy_at_the_far_end(new_context: NewContext) -> None:
    page = await _serve(await new_context())
    assert await page.evaluate(HEAR_ONESELF) > 0


async def test_contexts_share_no_cookies(new_context: NewContext) -> None:
    first, second = await _serve(await new_context()), await _serve(await new_context())
    await first.evaluate("document.cookie = 'visitor=first'")
    assert await first.evaluate("document.cookie") == "visitor=first"
    assert await second.evaluate("document.cookie") == ""


async def test_refused_devices_are_refused(launch_browser: LaunchBrowser) -> None:
    page = await _serve(await launch_browser(DENY_DEVICES))
    name = await page.evaluate(
        "navigator.mediaDevices.getUserMedia({ audio: true }).catch((error) => error.name)"
    )
    assert name == "NotAllowedError"
