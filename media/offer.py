"""Read a client's offer. The client always offers.

Pure. aiortc's `SessionDescription` parses; it trusts its input, so the size is bounded before
and whatever it raises becomes `BadOffer`. Rules: RFC 8829 (JSEP), RFC 8843 (BUNDLE), RFC 8839
(ICE in SDP), RFC 8842 (DTLS in SDP), RFC 4588 (RTX), RFC 2198 (RED), RFC 8853 with RFC 8851 and
8852 (simulcast, rids). One m-line carries media one way: the client uses sendonly for what it
publishes and recvonly for what it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiortc.rtcdtlstransport import RTCDtlsFingerprint
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import MediaDescription, SessionDescription

from media.errors import BadOffer

__all__ = [
    "ABS_SEND_TIME",
    "AUDIO_LEVEL",
    "MID",
    "REPAIRED_RID",
    "RID",
    "TRANSPORT_CC",
    "Codec",
    "Offer",
    "Section",
    "parse_offer",
]

AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"

MAX_SDP_BYTES: Final = 256 * 1024  # Chromium's m-line for video is 4 KiB; five people publish 20
MAX_SECTIONS: Final = 64
MAX_RIDS: Final = 4  # sizes of one picture; browsers send three
MAX_LINES_PER_SECTION: Final = 600  # aiortc's parser is quadratic in some of them
DIGESTS: Final = frozenset({"sha-256", "sha-384", "sha-512"})


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec as one offer numbers it."""

    name: str
    """`opus`, `VP8` or `H264`."""
    payload_type: int
    rtx_payload_type: int | None
    clock_rate: int
    profile: str = ""
    """What must match between sender and receiver beyond the name (H264: profile and mode)."""
    red_payload_type: int | None = None
    """Opus sent twice over, RFC 2198, when the browser can."""

    def same_as(self, other: Codec) -> bool:
        """Tell whether a stream in one can be read as the other."""
        return self.name == other.name and self.profile == other.profile


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line of an offer."""

    mid: str
    kind: str
    sends: bool
    takes: bool
    usable: bool
    """False when the client stopped it (port 0), or it is no RTP at all."""
    codecs: tuple[Codec, ...]
    """Those we forward, best first."""
    extensions: Mapping[str, int]
    ssrcs: tuple[int, ...]
    repairs: Mapping[int, int]
    """RTX SSRC -> the SSRC that it repairs."""
    rids: tuple[str, ...]
    """The sizes that one picture is sent in, as the client lists them; empty when it is one."""
    source: MediaDescription
    """As parsed: the answer echoes from it."""

    def codec_like(self, wanted: Codec) -> Codec | None:
        """Return this m-line's number for a codec that somebody else sends."""
        return next((c for c in self.codecs if c.same_as(wanted)), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """A client's offer, read and checked."""

    session: tuple[str, tuple[tuple[str, str], ...]]
    """Identifies the peer connection: a rebuilt page has another."""
    ufrag: str
    fingerprints: tuple[RTCDtlsFingerprint, ...]
    sections: tuple[Section, ...]

    def section(self, mid: str) -> Section | None:
        """Return the m-line with this mid."""
        return next((s for s in self.sections if s.mid == mid), None)


def parse_offer(sdp: str) -> Offer:
    """Read an offer.

    Raises:
        BadOffer: codes `sdp-size`, `sdp-syntax`, `sdp-transport`, `sdp-mid`.
    """
    _check_size(sdp)
    try:
        description = SessionDescription.parse(sdp)
        texts = sdp.replace("\r\n", "\n").split("\nm=")[1:]
        sections = tuple(
            _section(media, text) for media, text in zip(description.media, texts, strict=True)
        )
    except Exception as error:
        # The parser meets bad input with asserts, lookups and unpacking: any of them is the
        # offer's fault, and none leaves state behind.
        raise BadOffer("sdp-syntax", "the offer is not a session description") from error
    if not sections:
        raise BadOffer("sdp-syntax", "the offer has no m-line")
    mids = [s.mid for s in sections]
    if len(set(mids)) != len(mids) or not all(_is_token(m) for m in mids):
        raise BadOffer("sdp-mid", "every m-line needs a mid of its own")
    bundled = next((s.source for s in sections if s.usable), description.media[0])
    return _with_transport(description, bundled, sections)


def _with_transport(
    description: SessionDescription, first: MediaDescription, sections: tuple[Section, ...]
) -> Offer:
    ice, dtls = first.ice, first.dtls
    if ice is None or not ice.usernameFragment or not ice.password:
        raise BadOffer("sdp-transport", "the offer has no ice-ufrag and ice-pwd")
    if not 4 <= len(ice.usernameFragment) <= 256 or not 22 <= len(ice.password) <= 256:
        raise BadOffer("sdp-transport", "ice-ufrag or ice-pwd has a length out of range")
    if dtls is None or dtls.role == "server":
        raise BadOffer("sdp-transport", "the offer must have a=setup:actpass or active")
    prints = tuple(f for f in dtls.fingerprints if f.algorithm.lower() in DIGESTS)
    if not prints:
        raise BadOffer("sdp-transport", "the offer has no fingerprint of a SHA-2 digest")
    return Offer(
        session=(
            (description.origin or "").split(" ")[1] if " " in (description.origin or "") else "",
            tuple((f.algorithm.lower(), f.value.upper()) for f in prints),
        ),
        ufrag=ice.usernameFragment,
        fingerprints=prints,
        sections=sections,
    )


def _check_size(sdp: str) -> None:
    if len(sdp) > MAX_SDP_BYTES:
        raise BadOffer("sdp-size", "the offer is too long")
    sections = sdp.split("\nm=")
    if len(sections) > MAX_SECTIONS + 1:
        raise BadOffer("sdp-size", "the offer has too many m-lines")
    if any(s.count("\n") > MAX_LINES_PER_SECTION for s in sections):
        raise BadOffer("sdp-size", "an m-line of the offer is too long")


def _is_token(text: str) -> bool:
    return 0 < len(text) <= 32 and text.isascii() and text.isprintable() and " " not in text


def _section(media: MediaDescription, text: str) -> Section:
    is_rtp = media.kind in ("audio", "video")
    direction = media.direction or "sendrecv"
    repairs: dict[int, int] = {}
    for group in media.ssrc_group:
        if group.semantic == "FID" and len(group.items) == 2:
            repairs[int(group.items[1])] = int(group.items[0])
    ssrcs = tuple(s.ssrc for s in media.ssrc if 0 < s.ssrc < 1 << 32)
    return Section(
        mid=media.rtp.muxId or "",  # aiortc: None for `a=mid` without a value
        kind=media.kind,
        sends=direction in ("sendonly", "sendrecv"),
        takes=direction in ("recvonly", "sendrecv"),
        usable=is_rtp and media.port != 0 and media.rtcp_mux,
        codecs=_codecs(media) if is_rtp else (),
        extensions={e.uri: e.id for e in media.rtp.headerExtensions if 1 <= e.id <= 14},
        ssrcs=tuple(s for s in ssrcs if s not in repairs),
        repairs=repairs,
        rids=_rids(text) if media.kind == "video" else (),
        source=media,
    )


def _rids(text: str) -> tuple[str, ...]:
    """Return the sizes of `a=simulcast:send q;~h,x;f`, of alternatives the first (RFC 8853)."""
    lines = text.split("\n")
    words = [line.removeprefix("a=rid:").split(" ") for line in lines if line.startswith("a=rid:")]
    known = {rid for rid, *rest in words if rest[:1] == ["send"] and _is_token(rid)}
    for line in lines:
        way, *listed = line.removeprefix("a=simulcast:").split(" ")
        if line.startswith("a=simulcast:") and way == "send" and listed:
            entries = [entry.split(",")[0].removeprefix("~") for entry in listed[0].split(";")]
            rids = tuple(rid for rid in dict.fromkeys(entries) if rid in known)[:MAX_RIDS]
            return rids if len(rids) > 1 else ()
    return ()


def _codecs(media: MediaDescription) -> tuple[Codec, ...]:
    offered = set(media.fmt)
    repair: dict[int, int] = {}
    for codec in media.rtp.codecs:
        apt = codec.parameters.get("apt")
        if codec.name.lower() == "rtx" and isinstance(apt, int) and codec.payloadType is not None:
            repair.setdefault(apt, codec.payloadType)
    redundant = {
        f"{c.payloadType}": number
        for number, inner in _red(media).items()
        for c in media.rtp.codecs
        if inner == f"{c.payloadType}/{c.payloadType}"
    }
    found: list[tuple[int, Codec]] = []
    for codec in media.rtp.codecs:
        number = codec.payloadType
        if number is None or number not in offered or not 0 <= number <= 127:
            continue
        known = _known(codec)
        if known is not None:
            rank, name, profile = known
            red = redundant.get(f"{number}") if name == "opus" else None
            entry = Codec(name, number, repair.get(number), codec.clockRate, profile, red)
            found.append((rank, entry))
    found.sort(key=lambda pair: pair[0])
    return tuple(codec for _, codec in found)


def _red(media: MediaDescription) -> dict[int, str]:
    """Return payload type -> what it wraps (`111/111`), of the offered RED formats."""
    return {
        c.payloadType: next(iter(c.parameters), "")
        for c in media.rtp.codecs
        if c.name.lower() == "red" and c.payloadType in media.fmt and c.payloadType is not None
    }


def _known(codec: RTCRtpCodecParameters) -> tuple[int, str, str] | None:
    """Return (rank, canonical name, profile) of a codec that we forward."""
    name = codec.name.lower()
    if name == "opus" and codec.clockRate == 48000 and codec.channels == 2:
        return (0, "opus", "")
    if name == "vp8" and codec.clockRate == 90000:
        return (0, "VP8", "")
    if name == "h264" and codec.clockRate == 90000:
        level_id = str(codec.parameters.get("profile-level-id", "")).lower()
        if str(codec.parameters.get("packetization-mode", "0")) != "1" or len(level_id) != 6:
            return None
        # Constrained baseline is what every browser decodes; the level may differ by end.
        return (1 if level_id[:4] == "42e0" else 2, "H264", level_id[:4])
    return None
