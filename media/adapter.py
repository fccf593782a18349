"""Every use of what aiortc, aioice and pylibsrtp do not publish, in one place.

aiortc's DTLS (RFC 5764 over RFC 6347 and 9147) and libsrtp do the cryptography; both are made
for one packet per task and one allocation per packet, so this module reaches under their public
surface:

- `DtlsServer` is aiortc's `RTCDtlsTransport` in the passive role, fed datagrams by
  `media.peer` instead of by an ICE transport. Its flights leave as one datagram per record, as
  the post-quantum handshake no longer fits one datagram.
- `SrtpReader` and `SrtpWriter` call libsrtp on a buffer that stays, in place.

The versions are pinned in pyproject.toml, and `tests/media/test_adapter.py` fails when one of
the names used here goes away or changes its shape.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

import pylibsrtp
from aioice.ice import get_host_addresses
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from aiortc.rtcicetransport import RTCIceTransport
from OpenSSL import SSL

__all__ = [
    "BUFFER_SIZE",
    "DtlsServer",
    "PacketBuffer",
    "SrtpReader",
    "SrtpWriter",
    "machine_addresses",
    "new_certificate",
    "split_records",
]

BUFFER_SIZE: Final = 2048  # bytes; a packet plus libsrtp's longest trailer
DTLS_MTU: Final = 1200  # bytes of UDP payload that pass every path we know of
DTLS_BACKLOG: Final = 32  # datagrams waiting for one peer's handshake
SRTP_TRAILER: Final = 16 + 4 + 128  # bytes libsrtp may write after the packet

_binding: Final[Any] = pylibsrtp  # its ffi and lib are not declared as exported
_ffi: Final = _binding.ffi
_lib: Final = _binding.lib
_protect: Final = _lib.srtp_protect
_unprotect: Final = _lib.srtp_unprotect

# AES-128-GCM first: half the time per packet of AES-CM with SHA1, and a little less than 256.
_PREFERENCE: Final = {b"SRTP_AEAD_AES_128_GCM": 0, b"SRTP_AEAD_AES_256_GCM": 1}
_PROFILES: Final = sorted(
    rtcdtlstransport.SRTP_PROFILES, key=lambda p: _PREFERENCE.get(p.openssl_profile, 2)
)


class _Certificate(RTCCertificate):
    def _create_ssl_context(
        self, srtp_profiles: list[rtcdtlstransport.SRTPProtectionProfile]
    ) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        # Without a socket OpenSSL cannot ask the path for its MTU, and would assume the least.
        context.set_options(SSL.OP_NO_QUERY_MTU)
        return context


def new_certificate() -> RTCCertificate:
    """Make the self-signed certificate whose fingerprint goes into answers."""
    return _Certificate.generateCertificate()


def machine_addresses(*, ipv6: bool) -> list[str]:
    """Return this machine's addresses, loopback last."""
    found = [a for a in get_host_addresses(use_ipv4=True, use_ipv6=ipv6) if "%" not in a]
    return [*dict.fromkeys(found), "127.0.0.1", *(["::1"] if ipv6 else [])]


class PacketBuffer:
    """Memory for datagrams that libsrtp can work on in place, at any offset."""

    __slots__ = ("cdata", "length", "octets", "room", "view")

    def __init__(self, size: int = BUFFER_SIZE) -> None:
        self.cdata: Any = _ffi.new("char[]", size)
        self.length: Any = _ffi.new("int *")
        self.octets: Any = _ffi.buffer(self.cdata)
        """The same memory; a slice of it is `bytes`, for half of what a view's slice costs."""
        self.view = memoryview(self.octets).cast("B")
        self.room = size - SRTP_TRAILER
        """Where a packet must end before it is sealed."""


class SrtpReader:
    """Decrypts and verifies what one peer sends (RFC 3711, RFC 7714)."""

    __slots__ = ("_handle", "_session")

    def __init__(self, session: pylibsrtp.Session) -> None:
        self._session = session  # owns the memory behind the handle
        self._handle: Any = session._srtp[0]

    def rtp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        """Open the RTP packet at `at` in place; return its length, -1 when it is not authentic."""
        length = buffer.length
        length[0] = size
        if _unprotect(self._handle, buffer.cdata + at, length):
            return -1
        opened: int = length[0]
        return opened

    def rtcp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        """Open the RTCP packet at `at` in place; return its length, -1 when it is not authentic."""
        length = buffer.length
        length[0] = size
        if _lib.srtp_unprotect_rtcp(self._handle, buffer.cdata + at, length):
            return -1
        opened: int = length[0]
        return opened


class SrtpWriter:
    """Encrypts what goes to one peer."""

    __slots__ = ("_handle", "_session")

    def __init__(self, session: pylibsrtp.Session) -> None:
        self._session = session
        self._handle: Any = session._srtp[0]

    def rtp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        """Seal the RTP packet at `at` in place; return its length, -1 when libsrtp refuses."""
        if at + size > buffer.room:
            return -1
        length = buffer.length
        length[0] = size
        if _protect(self._handle, buffer.cdata + at, length):
            return -1
        sealed: int = length[0]
        return sealed

    def rtcp(self, buffer: PacketBuffer, at: int, size: int) -> int:
        """Seal the RTCP packet at `at` in place; return its length, -1 when libsrtp refuses."""
        if at + size > buffer.room:
            return -1
        length = buffer.length
        length[0] = size
        if _lib.srtp_protect_rtcp(self._handle, buffer.cdata + at, length):
            return -1
        sealed: int = length[0]
        return sealed


def split_records(flight: bytes) -> list[bytes]:
    """Cut what OpenSSL wrote into datagrams of whole DTLS records, each at most `DTLS_MTU`.

    The memory BIO that pyOpenSSL uses joins datagrams. Record headers: RFC 6347 section 4.1,
    RFC 9147 section 4 (unified header). A record of unknown form ends the cutting: the rest
    goes out whole.
    """
    datagrams: list[bytes] = []
    start = at = 0
    while at < len(flight):
        end = min(_record_end(flight, at), len(flight))
        if end - start > DTLS_MTU and at > start:
            datagrams.append(flight[start:at])
            start = at
        at = end
    if start < len(flight):
        datagrams.append(flight[start:])
    return datagrams


def _record_end(flight: bytes, at: int) -> int:
    first = flight[at]
    if first & 0xE0 == 0x20:  # DTLS 1.3 ciphertext
        length_at = at + 1 + (2 if first & 0x08 else 1)
        if first & 0x10 or not first & 0x04:  # a connection id, or a record up to the end
            return len(flight)
    else:
        length_at = at + 11
    if length_at + 2 > len(flight):
        return len(flight)
    return length_at + 2 + int.from_bytes(flight[length_at : length_at + 2], "big")


def _into_nothing(_data: bytes) -> None:
    return


class _DatagramPath:
    """Stands where aiortc expects an ICE transport: a bounded inbox and a way out."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue(DTLS_BACKLOG)
        self._out = send

    def feed(self, data: bytes) -> bool:
        if self._inbox.full():
            return False
        self._inbox.put_nowait(data)
        return True

    def close(self) -> None:
        self._out = _into_nothing

    async def _recv(self) -> bytes:
        return await self._inbox.get()

    async def _send(self, data: bytes) -> None:
        for datagram in split_records(data):
            self._out(datagram)


class DtlsServer(RTCDtlsTransport):
    """The passive end of one peer's DTLS, without sockets."""

    def __init__(self, certificate: RTCCertificate, send: Callable[[bytes], None]) -> None:
        self._path = _DatagramPath(send)
        super().__init__(cast(RTCIceTransport, self._path), [certificate])
        self._set_role("server")
        self._srtp_profiles = _PROFILES

    def feed(self, data: bytes) -> bool:
        """Take a datagram; False when too many wait already."""
        return self._path.feed(data)

    async def handshake(self, fingerprints: list[RTCDtlsFingerprint]) -> bool:
        """Complete the handshake with the peer whose certificate has these fingerprints.

        Returns False when the peer gave up, or showed another certificate.
        """
        await self.start(RTCDtlsParameters(fingerprints=fingerprints))
        return self.state == "connected"

    def srtp(self) -> tuple[SrtpReader, SrtpWriter]:
        """Return the ciphers of a completed handshake."""
        return SrtpReader(self._rx_srtp), SrtpWriter(self._tx_srtp)

    def release(self) -> None:
        """Let go of the peer and of OpenSSL's and libsrtp's memory, after `stop`, for good."""
        self.remove_all_listeners()
        self._path.close()
        self._ssl = None
        vars(self).update(_rx_srtp=None, _tx_srtp=None)  # as aiortc begins with them

    async def _do_handshake(self) -> None:
        if self._ssl is None:
            raise RuntimeError("the handshake starts with start()")
        self._ssl.set_ciphertext_mtu(DTLS_MTU)
        await super()._do_handshake()

    async def _write_ssl(self) -> None:
        # aiortc reads its BIO once, up to 1,500 bytes; a post-quantum flight is longer.
        if self._ssl is None:
            return
        flight = b""
        while True:
            try:
                flight += self._ssl.bio_read(65536)
            except SSL.Error:
                break
        if flight:
            await self._path._send(flight)
