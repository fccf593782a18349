"""Write the server's answer to an offer. The server always answers.

Pure; aiortc's classes print it. Every candidate is in the answer; nothing trickles. Rules:
RFC 8829 (JSEP), RFC 8843 (BUNDLE), RFC 8839 (ICE in SDP), RFC 6544 (TCP), RFC 4585 (feedback),
RFC 8853 (simulcast).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceCandidate, RTCIceParameters
from aiortc.rtcrtpparameters import (
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
)
from aiortc.sdp import GroupDescription, MediaDescription, SessionDescription, SsrcDescription

from media.ice import Credentials
from media.offer import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    Codec,
    Offer,
    Section,
)

__all__ = ["Identity", "Inactive", "Receive", "Send", "answer"]

# What may be taken from the offered codecs' feedback, per direction. Receivers of our packets
# send transport-wide feedback, else REMB (computed from abs-send-time); senders get both.
FEEDBACK_TO_US: Final = frozenset(
    {("nack", None), ("nack", "pli"), ("ccm", "fir"), ("goog-remb", None), ("transport-cc", None)}
)
NUMBERED_FROM_US: Final = FEEDBACK_TO_US - {("goog-remb", None)}
TIMED_FROM_US: Final = FEEDBACK_TO_US - {("transport-cc", None)}
# RFC 6544 section 4.2: below every UDP candidate; the direction is the local preference's head.
TCP_PREFERENCE: Final = 90
TCP_PASSIVE: Final = 4
# Of every m-line, whatever flows on it: Chromium offers a new one with what was agreed on for the
# last one of its kind, and refuses its own offer of several sizes when RID is not among that.
EXTENSIONS: Final = frozenset({AUDIO_LEVEL, MID, RID, REPAIRED_RID})


@dataclass(frozen=True, slots=True)
class Receive:
    """Answer: we take what this m-line sends, in one codec."""

    codec: Codec
    rids: tuple[str, ...] = ()
    """In these sizes at once; empty for one."""


@dataclass(frozen=True, slots=True)
class Send:
    """Answer: we send a publication on this m-line."""

    codec: Codec
    publication: str
    stream: str
    """Tracks of one stream are played in sync."""
    ssrc: int
    rtx_ssrc: int


@dataclass(frozen=True, slots=True)
class Inactive:
    """Answer: nothing flows on this m-line now."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What an answer says of the server itself."""

    fingerprints: Sequence[RTCDtlsFingerprint]
    credentials: Credentials
    addresses: Sequence[str]
    port: int
    session_id: int
    version: int
    tcp: Sequence[tuple[str, int]] = ()
    """Where we wait for those without UDP; empty when we do not."""


def answer(
    offer: Offer, decisions: Mapping[str, Receive | Send | Inactive], identity: Identity
) -> str:
    """Write the answer: one decision per mid; an m-line without one is refused.

    All candidates are in it; nothing trickles.
    """
    description = SessionDescription()
    description.origin = f"- {identity.session_id} {identity.version} IN IP4 127.0.0.1"
    bundle = [s.mid for s in offer.sections if s.usable and s.mid in decisions]
    description.group = [GroupDescription("BUNDLE", [*bundle])]
    description.msid_semantic = [GroupDescription("WMS", ["*"])]
    for section in offer.sections:
        decision = decisions.get(section.mid) if section.usable else None
        description.media.append(_answer_section(section, decision, identity))
    # RFC 5506: browsers all offer reduced-size RTCP; aiortc's printer has no line for it.
    text = str(description).replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=rtcp-rsize\r\n")
    head, *lines = text.removesuffix("\r\n").split("\r\nm=")
    for index, section in enumerate(offer.sections):
        decision = decisions.get(section.mid) if section.usable else None
        if isinstance(decision, Receive) and decision.rids:
            lines[index] += "".join(f"\r\na=rid:{rid} recv" for rid in decision.rids)
            lines[index] += f"\r\na=simulcast:recv {';'.join(decision.rids)}"
    return "\r\nm=".join([head, *lines]) + "\r\n"


def _answer_section(
    section: Section, decision: Receive | Send | Inactive | None, identity: Identity
) -> MediaDescription:
    offered = section.source
    if decision is None:
        refused = MediaDescription(offered.kind, 0, offered.profile, offered.fmt)
        refused.host = "0.0.0.0"  # noqa: S104 - SDP's way to say "no address"
        refused.direction = "inactive"
        refused.rtp.muxId = section.mid
        refused.ice = RTCIceParameters(iceLite=True)
        return refused
    if isinstance(decision, Inactive):
        codec = section.codecs[0] if section.codecs else None
    else:
        codec = decision.codec
    numbers = _numbers(codec) if codec else list(offered.fmt)
    media = MediaDescription(offered.kind, 9, offered.profile, numbers)
    media.host = "0.0.0.0"  # noqa: S104
    media.rtcp_port, media.rtcp_host, media.rtcp_mux = 9, "0.0.0.0", True  # noqa: S104
    media.rtp.muxId = section.mid
    numbered = TRANSPORT_CC in section.extensions
    feedback = NUMBERED_FROM_US if numbered else TIMED_FROM_US
    extensions = EXTENSIONS | {TRANSPORT_CC if numbered else ABS_SEND_TIME}
    match decision:
        case Receive():
            media.direction = "recvonly"
            feedback = FEEDBACK_TO_US
        case Send():
            media.direction = "sendonly"
            _describe_stream(media, decision)
        case Inactive():
            media.direction = "inactive"
    media.rtp.codecs = [_echo(c, feedback) for c in offered.rtp.codecs if c.payloadType in numbers]
    media.rtp.headerExtensions = [
        RTCRtpHeaderExtensionParameters(id=number, uri=uri)
        for uri, number in section.extensions.items()
        if uri in extensions
    ]
    media.ice = RTCIceParameters(
        usernameFragment=identity.credentials.ufrag,
        password=identity.credentials.password,
        iceLite=True,
    )
    media.ice_candidates = _candidates(identity)
    media.ice_candidates_complete = True
    media.dtls = RTCDtlsParameters(fingerprints=list(identity.fingerprints), role="server")
    return media


def _numbers(codec: Codec) -> list[int]:
    # The first is what the client sends: RED before plain Opus.
    numbers = (codec.red_payload_type, codec.payload_type, codec.rtx_payload_type)
    return [n for n in numbers if n is not None]


def _describe_stream(media: MediaDescription, decision: Send) -> None:
    media.msid = f"{decision.stream} {decision.publication}"
    ssrcs = [decision.ssrc]
    if decision.codec.rtx_payload_type is not None:
        ssrcs.append(decision.rtx_ssrc)
        media.ssrc_group = [GroupDescription("FID", [*ssrcs])]
    media.ssrc = [SsrcDescription(s, cname=decision.stream, msid=media.msid) for s in ssrcs]


def _echo(
    codec: RTCRtpCodecParameters, allowed: frozenset[tuple[str, str | None]]
) -> RTCRtpCodecParameters:
    return RTCRtpCodecParameters(
        mimeType=codec.mimeType,
        clockRate=codec.clockRate,
        channels=codec.channels,
        payloadType=codec.payloadType,
        rtcpFeedback=[f for f in codec.rtcpFeedback if (f.type, f.parameter or None) in allowed],
        parameters=codec.parameters,
    )


def _candidates(identity: Identity) -> list[RTCIceCandidate]:
    found = []
    for index, address in enumerate(identity.addresses):
        # RFC 8445 section 5.1.2.1: host type, the order of the list as local preference.
        priority = 126 << 24 | (65535 - index) << 8 | 255
        found.append(
            RTCIceCandidate(
                component=1,
                foundation=str(index + 1),
                ip=address,
                port=identity.port,
                priority=priority,
                protocol="udp",
                type="host",
            )
        )
    for index, (address, port) in enumerate(identity.tcp):
        found.append(
            RTCIceCandidate(
                component=1,
                foundation=str(len(identity.addresses) + index + 1),
                ip=address,
                port=port,
                priority=TCP_PREFERENCE << 24 | (TCP_PASSIVE << 13 | 8191 - index) << 8 | 255,
                protocol="tcp",
                type="host",
                tcpType="passive",
            )
        )
    return found
