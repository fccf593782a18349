"""Offers of real browsers answered; what is not an offer refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from aiortc.rtcdtlstransport import RTCDtlsFingerprint
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from media.answer import Identity, Inactive, Receive, Send, answer
from media.errors import BadOffer
from media.ice import Credentials
from media.offer import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    parse_offer,
)

OFFERS = sorted((Path(__file__).parents[1] / "data" / "sdp").glob("*.sdp"))
SIMULCAST = OFFERS[0]
ME = Identity(
    [RTCDtlsFingerprint("sha-256", "AA:BB")],
    Credentials("ufragufrag12", "p" * 24),
    ["192.0.2.7", "127.0.0.1"],
    4321,
    99,
    1,
)


def text(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.fixture(params=OFFERS, ids=lambda p: p.stem)
def sdp(request: pytest.FixtureRequest) -> str:
    return text(request.param)


def test_a_browsers_offer_is_read(sdp: str) -> None:
    offer = parse_offer(sdp)
    assert [s.kind for s in offer.sections] == ["audio", "video", "audio", "video"]
    assert [s.sends for s in offer.sections] == [True, True, False, False]
    video = offer.sections[1]
    assert video.codecs[0].name == "VP8"
    assert video.codecs[0].rtx_payload_type is not None
    assert {c.name for c in video.codecs} == {"VP8", "H264"}
    assert video.codecs[1].profile == "42e0"
    assert list(video.repairs.values()) == list(video.ssrcs)


def test_the_answer_takes_one_codec_with_its_repair_and_names_the_publication(sdp: str) -> None:
    offer = parse_offer(sdp)
    codec = offer.sections[1].codecs[0]
    sound = offer.sections[2].codecs[0]
    written = answer(
        offer,
        {
            "0": Receive(offer.sections[0].codecs[0]),
            "1": Receive(codec),
            "2": Send(sound, "pub-1", "stream-1", 1111, 2222),
            "3": Send(codec, "pub-2", "stream-1", 3333, 4444),
        },
        ME,
    )
    read = SessionDescription.parse(written)
    assert "a=ice-lite" in written
    assert [m.direction for m in read.media] == ["recvonly", "recvonly", "sendonly", "sendonly"]
    assert all(m.dtls is not None and m.dtls.role == "server" for m in read.media)
    assert [c.name for c in read.media[1].rtp.codecs] == ["VP8", "rtx"]
    assert read.media[3].msid == "stream-1 pub-2"
    assert [s.ssrc for s in read.media[3].ssrc] == [3333, 4444]
    assert [s.ssrc for s in read.media[2].ssrc] == [1111]
    assert {e.uri for e in read.media[1].rtp.headerExtensions} >= {TRANSPORT_CC}
    # Chromium writes the next picture's m-line with what was agreed on for the last one.
    several = {MID, RID, REPAIRED_RID}
    assert {e.uri for e in read.media[3].rtp.headerExtensions} == {TRANSPORT_CC, *several}
    assert AUDIO_LEVEL in {e.uri for e in read.media[2].rtp.headerExtensions}
    feedback = {(f.type, f.parameter) for f in read.media[3].rtp.codecs[0].rtcpFeedback}
    assert ("transport-cc", None) in feedback
    assert ("goog-remb", None) not in feedback
    assert read.group[0].items == ["0", "1", "2", "3"]
    candidates = read.media[0].ice_candidates
    assert [c.ip for c in candidates] == ["192.0.2.7", "127.0.0.1"]
    assert candidates[0].priority > candidates[1].priority
    assert read.media[0].ice_candidates_complete


def test_a_picture_in_several_sizes_is_taken_in_all_of_them() -> None:
    offer = parse_offer(text(SIMULCAST))
    video = offer.sections[1]
    assert video.rids == ("q", "h", "f")
    assert offer.sections[3].rids == ()
    written = answer(
        offer, {s.mid: Receive(s.codecs[0], s.rids) for s in offer.sections if s.sends}, ME
    )
    assert written.endswith("\r\n")
    assert "\r\n\r\n" not in written
    lines = written.split("m=video")[1].split("\r\n")
    assert [line for line in lines if line.startswith("a=rid:")] == [
        "a=rid:q recv",
        "a=rid:h recv",
        "a=rid:f recv",
    ]
    assert "a=simulcast:recv q;h;f" in lines
    assert {RID, REPAIRED_RID, MID} <= {
        e.uri for e in SessionDescription.parse(written).media[1].rtp.headerExtensions
    }


@pytest.mark.parametrize(
    ("line", "rids"),
    [
        ("a=simulcast:send f;h;q", ("f", "h", "q")),
        ("a=simulcast:send q,h;~f recv q", ("q", "f")),
        ("a=simulcast:send q", ()),
        ("a=simulcast:send q;x", ()),
        ("a=simulcast:send q;q;h", ("q", "h")),
        ("a=simulcast:recv q;h", ()),
        ("a=simulcast:send", ()),
        ("a=simulcast:", ()),
    ],
)
def test_the_list_of_sizes_is_read_as_the_rule_says(line: str, rids: tuple[str, ...]) -> None:
    sdp = text(SIMULCAST).replace("a=simulcast:send q;h;f", line)
    assert parse_offer(sdp).sections[1].rids == rids


def test_a_receiver_without_transport_wide_feedback_reports_its_estimate(sdp: str) -> None:
    offer = parse_offer("\r\n".join(x for x in sdp.split("\r\n") if TRANSPORT_CC not in x))
    codec = offer.sections[3].codecs[0]
    read = SessionDescription.parse(answer(offer, {"3": Send(codec, "p", "s", 3, 4)}, ME))
    assert {e.uri for e in read.media[3].rtp.headerExtensions} == {
        *(ABS_SEND_TIME, MID, RID, REPAIRED_RID)
    }
    feedback = {(f.type, f.parameter) for f in read.media[3].rtp.codecs[0].rtcpFeedback}
    assert ("goog-remb", None) in feedback
    assert ("transport-cc", None) not in feedback


def test_an_m_line_without_a_decision_is_refused_and_out_of_the_bundle(sdp: str) -> None:
    offer = parse_offer(sdp)
    read = SessionDescription.parse(answer(offer, {"0": Inactive()}, ME))
    assert [m.port for m in read.media] == [9, 0, 0, 0]
    assert read.group[0].items == ["0"]
    assert read.media[0].direction == "inactive"


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda s: "", "sdp-syntax"),
        (lambda s: "hello", "sdp-syntax"),
        (lambda s: s.replace("m=audio 9", "m=audio nine"), "sdp-syntax"),
        (lambda s: s.replace("a=rtpmap:111 opus", "a=rtpmap:x opus"), "sdp-syntax"),
        (lambda s: s.replace("a=mid:1\r\n", "a=mid:0\r\n"), "sdp-mid"),
        (lambda s: s.replace("a=mid:1\r\n", ""), "sdp-mid"),
        (lambda s: s.replace("a=ice-ufrag:", "a=x-ufrag:"), "sdp-transport"),
        (lambda s: s.replace("a=setup:actpass", "a=setup:passive"), "sdp-transport"),
        (lambda s: s.replace("a=mid:0", "a=mid"), "sdp-mid"),
        (lambda s: s.replace("sha-256", "md5"), "sdp-transport"),
        (lambda s: s + "a=ssrc:1 cname:x\r\n" * 5000, "sdp-size"),
        (lambda s: s + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" * 100, "sdp-size"),
        (lambda s: s + "x" * 300_000, "sdp-size"),
    ],
)
def test_a_bad_offer_is_refused_with_a_stable_code(damage, code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadOffer) as refused:
        parse_offer(damage(text(OFFERS[0])))
    assert refused.value.code == code


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 1 << 30))
def test_a_mangled_offer_is_answered_or_refused_but_never_an_error(seed: int) -> None:
    chance = random.Random(seed)
    lines = text(OFFERS[0]).split("\r\n")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(chance.randrange(len(lines)), lines[at])
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                place = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + chance.choice("0:/= \0ä9") + lines[at][place:]
            case _:
                lines[at] = chance.choice(["a=ssrc-group:FID 1 x", "a=fmtp:96 apt=x", "a=group"])
    try:
        offer = parse_offer("\r\n".join(lines))
    except BadOffer:
        return
    decisions = {
        s.mid: Receive(s.codecs[0], s.rids) if s.codecs else Inactive() for s in offer.sections
    }
    answer(offer, decisions, ME)


@given(st.text(max_size=300))
def test_any_text_is_refused_politely(garbage: str) -> None:
    with pytest.raises(BadOffer):
        parse_offer("v=0\r\n" + garbage)
