"""Attack a media port from many addresses: `python -m tests.media.spray PORT RATE`.

A process of its own, so that the attack costs the attacked only what arrives. It sends `RATE`
datagrams a second from 127.0.1.* (DTLS alerts in the clear, ClientHellos, RTP, RTCP, checks for
nobody, noise), in steps of 10 ms, and prints how many it has sent when its input ends.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import sys
import time
from typing import Final

__all__ = ["ALERT", "client_hello"]

SOURCES: Final = 40
STEP: Final = 0.01  # seconds
ALERT: Final = bytes.fromhex("15fefd000000000000000000020228")  # fatal handshake_failure, epoch 0


def client_hello(chance: random.Random) -> bytes:
    """Write a DTLS 1.2 ClientHello (RFC 6347 section 4.3.2) that a server would begin to answer."""
    suites = bytes.fromhex("c02bc02fc00ac014")
    extensions = bytes.fromhex("000a00040002001d") + bytes.fromhex("000e00050002000700")
    body = b"\xfe\xfd" + chance.randbytes(32) + b"\0\0" + len(suites).to_bytes(2, "big") + suites
    body += b"\1\0" + len(extensions).to_bytes(2, "big") + extensions
    length = len(body).to_bytes(3, "big")
    handshake = b"\1" + length + b"\0\0" + b"\0\0\0" + length + body
    record = b"\x16\xfe\xfd" + b"\0\0" + chance.randbytes(6)
    return record + len(handshake).to_bytes(2, "big") + handshake


def _shots(chance: random.Random) -> list[bytes]:
    hellos = [client_hello(chance) for _ in range(8)]
    check = b"\x00\x01\x00\x14\x21\x12\xa4\x42" + chance.randbytes(12)
    check += b"\x00\x06\x00\x0d" + b"noo:ne4567890" + bytes(3)
    noise = [chance.randbytes(size) for size in (1, 30, 300, 1200)]
    media = [b"\x80\x60" + chance.randbytes(900), b"\x80\xc9" + chance.randbytes(60)]
    return [*([ALERT] * 8), *hellos, check, *noise, *media]


def main() -> None:
    """Shoot until the input ends."""
    target, rate = ("127.0.0.1", int(sys.argv[1])), int(sys.argv[2])
    chance = random.Random(20)
    shots = _shots(chance)
    sources = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SOURCES)]
    for number, source in enumerate(sources):
        source.bind((f"127.0.1.{number + 1}", 0))
        source.setblocking(False)
    sent = 0
    started = time.monotonic()
    while not select.select([sys.stdin], [], [], STEP)[0]:
        due = int(rate * (time.monotonic() - started))
        for index in range(sent, due):
            with contextlib.suppress(BlockingIOError):  # its buffer is full of what it sends
                sources[index % SOURCES].sendto(shots[index % len(shots)], target)
        sent = max(sent, due)
    print(sent)


if __name__ == "__main__":
    main()
