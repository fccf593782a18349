"""Throw a million inputs at the media server's parsers: `python -m tests.fuzz.million`.

Coverage-guided in the small: the first inputs of each target run under a line tracer, and one
that reaches a new pair of lines in `media/` (or in aiortc's and aioice's parsers) is kept and
mutated further. `--keep` writes what was kept to `tests/fuzz/corpus/`, which the test suite
replays. The last line is one JSON object; an exception that escapes ends the run with status 1
and the input that did it.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import struct
import sys
import time
import traceback
import zlib
from collections import Counter
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from tests.fuzz.targets import SSRC, TARGETS, UFRAG, Stage, Target, stage
from tests.media.strangers import OFFER

__all__ = ["CORPUS", "load", "mutate"]

CORPUS: Final = Path(__file__).with_name("corpus")
SHARES: Final = {  # of the inputs; an offer costs a hundred times a packet
    "checks": 0.20,
    "signed_checks": 0.15,
    "offers": 0.01,
    "frames": 0.10,
    "datagrams": 0.09,
    "rtp": 0.25,
    "rtcp": 0.12,
    "sender_rtcp": 0.08,
}
TRACED: Final = 6_000  # inputs of each target that run under the tracer, at most
SLOW: Final = 0.5  # seconds that no single input may take
_NUMBERS: Final = (0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 24, 28, 31, 32, 63, 64, 127, 128, 200, 254, 255)
_WORDS: Final = (
    "", "0", "-1", "1", "x", "96", "97", "111", "99999999999999999999", "/", ":", " ", "=", "\0",
    "ä", "sendrecv", "inactive", "recvonly", "a=mid:0", "a=group:BUNDLE 0 1", "m=video 9 A 96",
    "m=audio 0 UDP/TLS/RTP/SAVPF 111", "a=rtcp-mux", "a=setup:passive", "a=ssrc-group:FID 1 2",
    "a=fmtp:96 apt=97", "a=rtpmap:96 rtx/90000", "a=extmap:15 x", "a=candidate:1 1 tcp",
    "c=IN IP6 ::1", "a=ice-ufrag:aaaa", "a=rid:h send", "a=simulcast:send h;l", "b=AS:1",
)  # fmt: skip


def _seeds() -> dict[str, list[bytes]]:
    """Return a few honest inputs of each target."""
    username = UFRAG.encode() + b":peer"
    attributes = struct.pack("!HH", 6, len(username)) + username + bytes(-len(username) & 3)
    attributes += struct.pack("!HHI", 0x24, 4, 1) + struct.pack("!HHQ", 0x802A, 8, 7)
    nominating = attributes + struct.pack("!HH", 0x25, 0)
    check = struct.pack("!HHI12s", 1, len(attributes), 0x2112A442, bytes(12)) + attributes
    ssrc = int(_line("a=ssrc:").split()[0])
    vp8 = b"\x90\xe0\x80\x01\x05\x20\x10" + bytes(40)
    extended = struct.pack("!HH", 0xBEDE, 2) + b"\x10\x8a\x31\x00\x07\x40\x30\x00"
    packets = []
    for number, (kind, payload) in enumerate([(111, bytes(80)), (96, vp8), (96, bytes(9))] * 2):
        head = struct.pack("!BBHII", 0x90, kind, number, 960 * number, ssrc)
        packets.append(head + extended + payload)
    report = struct.pack("!IIIIIII", SSRC, 0, 5, 3, 0, 0, 0)[4:]
    feedback = [
        struct.pack("!BBHI", 0x80, 201, 1, 1),
        struct.pack("!BBHII", 0x81, 201, 7, 1, SSRC) + report[:20],
        struct.pack("!BBHIQII", 0x80, 200, 6, ssrc, 1 << 40, 960, 5) + bytes(4),
        struct.pack("!BBHIIHH", 0x81, 205, 3, 1, SSRC + 1, 3, 0xFFFF),
        struct.pack("!BBHII", 0x81, 206, 2, 1, SSRC + 1),
        struct.pack("!BBHIIII", 0x84, 206, 4, 1, 0, SSRC + 1, 1 << 24),
        struct.pack("!BBHII4sII", 0x8F, 206, 5, 1, 0, b"REMB", 1 << 24 | 0x30000, SSRC),
        struct.pack("!BBHI", 0x81, 203, 1, ssrc),
        struct.pack("!BBHI", 0x81, 202, 2, 1) + b"\x01\x01x\x00",
    ]
    text = OFFER.encode()
    return {
        "checks": [check, check + struct.pack("!HH", 8, 20) + bytes(20)],
        "signed_checks": [attributes, nominating, attributes.replace(b"\x80\x2a", b"\x80\x29")],
        "offers": [text, text[: text.rindex(b"m=")], text[: text.index(b"m=video")]],
        "frames": [b"".join(struct.pack("!H", len(p)) + p for p in packets), b"\0\0\0\1x"],
        "datagrams": [check, *packets[:3], *feedback[:3], b"\x16\xfe\xfd" + bytes(30)],
        "rtp": packets,
        "rtcp": [*feedback, feedback[1] + feedback[8], feedback[0] + feedback[3]],
        "sender_rtcp": [*feedback, feedback[2] + feedback[8]],
    }


def _line(prefix: str) -> str:
    return next(x for x in OFFER.splitlines() if x.startswith(prefix)).removeprefix(prefix)


def mutate(data: bytes, others: list[bytes], chance: random.Random, text: bool) -> bytes:
    """Damage an input: bits, numbers, lengths, lines, pieces of others."""
    if text:
        return _mutate_lines(data, others, chance)
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(8):
            case 0 if made:
                made[at % len(made)] ^= 1 << chance.randrange(8)
            case 1 if made:
                made[at % len(made)] = chance.choice(_NUMBERS)
            case 2 if len(made) > 1:
                at %= len(made) - 1
                length = chance.choice((0, 1, 20, 1200, 65535, len(made), len(made) - at))
                made[at : at + 2] = struct.pack("!H", length)
            case 3:
                del made[at:]
            case 4:
                del made[at : at + chance.choice((1, 2, 4, 8))]
            case 5:
                made[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8, 32)))
            case 6:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                made[at:] = other[start : start + 600]
            case _:
                made[at:at] = made[at : at + chance.choice((2, 4, 12))]
    return bytes(made[:2048])


def _mutate_lines(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    lines = data.decode("utf-8", "replace").split("\r\n")
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        at = chance.randrange(len(lines))
        match chance.randrange(7):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(chance.randrange(len(lines)), lines[at])
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                words = lines[at].split(" ")
                words[chance.randrange(len(words))] = chance.choice(_WORDS)
                lines[at] = " ".join(words)
            case 4:
                place = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + chance.choice(_WORDS) + lines[at][place:]
            case 5:
                lines.insert(at, chance.choice(_WORDS))
            case _:
                other = chance.choice(others).decode("utf-8", "replace").split("\r\n")
                start = chance.randrange(len(other))
                lines[at:at] = other[start : start + chance.choice((1, 4, 30))]
    return "\r\n".join(lines).encode()[:20_000]


class Tracer:
    """Notes which pairs of lines follow each other in the code that reads input."""

    def __init__(self) -> None:
        self.seen: set[tuple[CodeType, int, int]] = set()
        self.fresh = False
        self._ours: dict[CodeType, bool] = {}

    def run(self, take: Target, here: Stage, data: bytes) -> str:
        """Run a target; `fresh` tells whether anything new was reached."""
        self.fresh = False
        sys.settrace(self._enter)
        try:
            return take(here, data)
        finally:
            sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            name = code.co_filename
            ours = self._ours[code] = "/media/" in name or "/aiortc/" in name or "/aioice/" in name
        if not ours:
            return None
        last = 0

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal last
            pair = (code, last, frame.f_lineno)
            last = frame.f_lineno
            if pair not in self.seen:
                self.seen.add(pair)
                self.fresh = True
            return line

        return line


@cache
def load(target: str) -> list[bytes]:
    """Return the kept inputs of a target."""
    path = CORPUS / f"{target}.txt"
    if not path.exists():
        return []
    return [zlib.decompress(base64.b64decode(line)) for line in path.read_text().splitlines()]


def _write(target: str, kept: list[bytes]) -> None:
    CORPUS.mkdir(exist_ok=True)
    lines = [base64.b64encode(zlib.compress(one, 9)).decode() for one in kept]
    (CORPUS / f"{target}.txt").write_text("".join(f"{line}\n" for line in lines))


def fuzz(here: Stage, target: str, inputs: int, chance: random.Random) -> tuple[Counter[str], Any]:
    """Run a target so many times; return the outcomes and the inputs worth keeping."""
    take, text = TARGETS[target], target == "offers"
    outcomes: Counter[str] = Counter()
    tracer = Tracer()
    kept: list[bytes] = []
    pool = [*_seeds()[target], *load(target)]
    for index in range(inputs):
        seeding = index < len(pool) and index < inputs // 2
        data = pool[index] if seeding else mutate(chance.choice(pool), pool, chance, text)
        traced = index < TRACED
        started = time.perf_counter()
        try:
            outcome = tracer.run(take, here, data) if traced else take(here, data)
        except Exception:
            print(f"{target}: escaped for {base64.b64encode(data).decode()}", file=sys.stderr)
            raise
        if not traced and time.perf_counter() - started > SLOW:
            outcomes["slow"] += 1
        if traced and tracer.fresh:
            kept.append(data)
            if not seeding:
                pool.append(data)
        outcomes[outcome] += 1
    return outcomes, kept


async def main() -> int:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--keep", action="store_true", help="write the corpus")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    result: dict[str, Any] = {}
    started = time.monotonic()
    async with stage() as here:
        for target, share in SHARES.items():
            try:
                outcomes, kept = fuzz(here, target, round(options.inputs * share), chance)
            except Exception:
                traceback.print_exc()
                return 1
            result[target] = dict(outcomes.most_common())
            print(target, sum(outcomes.values()), dict(outcomes), f"{len(kept)} kept", flush=True)
            if options.keep:
                _write(target, kept)
        faults = here.port.dropped["fault"]
    total = sum(sum(outcomes.values()) for outcomes in result.values())
    seconds = round(time.monotonic() - started)
    print(json.dumps({"inputs": total, "seconds": seconds, "faults": faults, "outcomes": result}))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
