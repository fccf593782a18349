"""The load client's SDP: offers as a browser writes them, and what it needs of the other's.

Pure. RFC 8829 (JSEP), RFC 8839 (ICE in SDP), RFC 8842 (DTLS in SDP), RFC 4588 (RTX).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = [
    "ABS_SEND_TIME",
    "AUDIO_LEVEL",
    "MID",
    "TRANSPORT_CC",
    "Local",
    "Remote",
    "RemoteLine",
    "Wanted",
    "answer",
    "offer",
    "read",
]

AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"

EXTENSIONS: Final = {
    "audio": {AUDIO_LEVEL: 1, ABS_SEND_TIME: 2, TRANSPORT_CC: 3, MID: 4},
    "video": {ABS_SEND_TIME: 2, TRANSPORT_CC: 3, MID: 4},
}
CODECS: Final = {
    "audio": ("111", ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"]),
    "video": ("96 97", ["a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]),
}
FEEDBACK: Final = {
    "audio": ["a=rtcp-fb:111 transport-cc"],
    "video": [
        f"a=rtcp-fb:96 {name}"
        for name in ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
    ],
}


@dataclass(frozen=True, slots=True)
class Local:
    """What an end says of itself."""

    ufrag: str
    password: str
    fingerprint: str
    session: int
    place: tuple[str, int]
    """The one address it can be reached at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One m-line of an offer of ours."""

    mid: str
    kind: str
    ssrc: int = 0
    """What we send; 0 when we take."""
    rtx_ssrc: int = 0
    stream: str = ""


@dataclass(slots=True)
class RemoteLine:
    """One m-line of the other's description."""

    kind: str
    port: int
    profile: str
    formats: list[str]
    mid: str = ""
    direction: str = "sendrecv"
    codecs: dict[int, str] = field(default_factory=dict)
    """Payload type -> `VP8/90000`."""
    repairs: dict[int, int] = field(default_factory=dict)
    """Payload type of RTX -> the one that it repairs."""
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    rtx: dict[int, int] = field(default_factory=dict)
    """SSRC of RTX -> the one that it repairs."""
    kept: list[str] = field(default_factory=list)
    """Codec lines, to be echoed in an answer."""

    def payload_type(self, name: str) -> int:
        """Return the number of a codec (`VP8`, `opus`); -1 when it is not there."""
        wanted = name.lower()
        return next((n for n, c in self.codecs.items() if c.split("/")[0].lower() == wanted), -1)

    def rtx_type(self, payload_type: int) -> int:
        """Return the number of the RTX that repairs a codec; -1 when there is none."""
        return next((n for n, apt in self.repairs.items() if apt == payload_type), -1)


@dataclass(slots=True)
class Remote:
    """The other's description, as far as we need it."""

    ufrag: str = ""
    password: str = ""
    fingerprint: str = ""
    setup: str = ""
    lite: bool = False
    candidates: list[tuple[str, int]] = field(default_factory=list)
    lines: list[RemoteLine] = field(default_factory=list)

    def line(self, mid: str) -> RemoteLine:
        """Return the m-line with this mid.

        Raises:
            LookupError: there is none.
        """
        for line in self.lines:
            if line.mid == mid:
                return line
        raise LookupError(f"no m-line has the mid {mid}")


def offer(local: Local, lines: Sequence[Wanted], version: int) -> str:
    """Write an offer with these m-lines, as DTLS client."""
    out = _head(local, [line.mid for line in lines], version)
    for line in lines:
        numbers, codecs = CODECS[line.kind]
        out.append(f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {numbers}")
        out += _transport(local, "active", line.mid)
        out += [f"a=extmap:{number} {uri}" for uri, number in EXTENSIONS[line.kind].items()]
        out.append("a=sendonly" if line.ssrc else "a=recvonly")
        out += ["a=rtcp-mux", "a=rtcp-rsize", *codecs, *FEEDBACK[line.kind]]
        if line.ssrc:
            out.append(f"a=msid:{line.stream} {line.stream}-{line.mid}")
            if line.rtx_ssrc:
                out.append(f"a=ssrc-group:FID {line.ssrc} {line.rtx_ssrc}")
            for ssrc in filter(None, (line.ssrc, line.rtx_ssrc)):
                out.append(f"a=ssrc:{ssrc} cname:{line.stream}")
    return "\r\n".join(out) + "\r\n"


def answer(local: Local, remote: Remote) -> str:
    """Take all that the other offers to send, as DTLS client."""
    out = _head(local, [line.mid for line in remote.lines], 1)
    for line in remote.lines:
        out.append(f"m={line.kind} 9 {line.profile} {' '.join(line.formats)}")
        out += _transport(local, "active", line.mid)
        known = EXTENSIONS[line.kind]
        out += [f"a=extmap:{n} {uri}" for uri, n in line.extensions.items() if uri in known]
        out += ["a=recvonly", "a=rtcp-mux", "a=rtcp-rsize", *line.kept]
    return "\r\n".join(out) + "\r\n"


def _head(local: Local, mids: Sequence[str], version: int) -> list[str]:
    return [
        "v=0",
        f"o=- {local.session} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(mids)}",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
    ]


def _transport(local: Local, setup: str, mid: str) -> list[str]:
    return [
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=candidate:1 1 udp 2130706431 {local.place[0]} {local.place[1]} typ host",
        "a=end-of-candidates",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        f"a=setup:{setup}",
        f"a=mid:{mid}",
    ]


def read(sdp: str) -> Remote:
    """Read what a server wrote."""
    remote = Remote()
    for text in sdp.splitlines():
        key, _, value = text.partition("=")
        if key == "m":
            kind, port, profile, *formats = value.split()
            remote.lines.append(RemoteLine(kind, int(port), profile, formats))
        elif key == "a":
            name, _, rest = value.partition(":")
            _of_session(remote, name, rest)
            if remote.lines:
                _of_line(remote.lines[-1], name, rest, text)
    return remote


def _of_session(remote: Remote, name: str, rest: str) -> None:
    match name:
        case "ice-ufrag":
            remote.ufrag = remote.ufrag or rest
        case "ice-pwd":
            remote.password = remote.password or rest
        case "ice-lite":
            remote.lite = True
        case "setup":
            remote.setup = rest
        case "fingerprint" if rest.lower().startswith("sha-256 "):
            remote.fingerprint = rest.split()[1].upper()
        case "candidate":
            parts = rest.split()
            place = (parts[4], int(parts[5]))
            if parts[2].lower() == "udp" and "." in place[0] and place not in remote.candidates:
                remote.candidates.append(place)


def _of_line(line: RemoteLine, name: str, rest: str, text: str) -> None:
    match name:
        case "mid":
            line.mid = rest
        case "sendrecv" | "sendonly" | "recvonly" | "inactive":
            line.direction = name
        case "rtpmap":
            number, codec = rest.split(" ", 1)
            line.codecs[int(number)] = codec
            line.kept.append(text)
        case "fmtp":
            number, parameters = rest.split(" ", 1)
            if parameters.startswith("apt="):
                line.repairs[int(number)] = int(parameters[4:])
            line.kept.append(text)
        case "rtcp-fb":
            line.kept.append(text)
        case "extmap":
            number, uri = rest.split()[:2]
            line.extensions[uri] = int(number.split("/")[0])
        case "ssrc-group" if rest.startswith("FID "):
            _, first, second = rest.split()
            line.rtx[int(second)] = int(first)
        case "ssrc":
            ssrc = int(rest.split()[0])
            if ssrc not in line.ssrcs:
                line.ssrcs.append(ssrc)
