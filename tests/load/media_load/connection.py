"""One peer connection of the load client: a UDP socket with ICE, DTLS and SRTP on it.

An asyncio shell around `ice` and `dtls`. What comes is stamped by the kernel on arrival
(SO_TIMESTAMPNS), so that a latency does not hold the time that the load client needs to wake up.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Final

import pylibsrtp

from tests.load.media_load.description import Local, Remote
from tests.load.media_load.dtls import Certificate, DtlsClient, HandshakeError
from tests.load.media_load.ice import Address, ClientAgent

__all__ = ["ConnectError", "Connection"]

BATCH: Final = 32  # datagrams per wake-up, so that sending comes round
KERNEL_BUFFER: Final = 4 * 1024 * 1024  # bytes
SO_TIMESTAMPNS: Final = 35  # <asm-generic/socket.h>; the socket module does not name it
TIMESPEC: Final = struct.Struct("@qq")
ANCILLARY: Final = socket.CMSG_SPACE(TIMESPEC.size)
CHECK_EVERY: Final = 0.05  # seconds between checks until one is answered (RFC 8445 section 14.2)
CONSENT_EVERY: Final = 2.5  # seconds, as browsers do

# What the kernel refuses is lost, and will be counted as such.
_UNSENT: Final = contextlib.suppress(BlockingIOError, ConnectionRefusedError)


class ConnectError(Exception):
    """ICE or DTLS did not come up."""


class Connection:
    """One end of a peer connection."""

    def __init__(self, certificate: Certificate, host: str) -> None:
        self.on_rtp: Callable[[bytes, int], None] = _nothing
        """Gets each authentic packet in the clear, and when it came in ns of the system clock."""
        self.on_rtcp: Callable[[bytes], None] = _forget
        self.remote = Remote()
        self.rejected = 0
        """Packets that were not authentic, or came before the keys."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((host, 0))
        self.agent = ClientAgent()
        self.dtls = DtlsClient(certificate, self._send_dtls)
        self.local = Local(
            self.agent.ufrag,
            self.agent.password,
            certificate.fingerprint,
            secrets.randbits(62),
            (host, self.port),
        )
        self._inbound: pylibsrtp.Session | None = None
        self._outbound: pylibsrtp.Session | None = None
        self._changed = asyncio.Event()
        self._failure: HandshakeError | None = None
        self._consent: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._on_readable)

    @property
    def port(self) -> int:
        """The local port."""
        return int(self._socket.getsockname()[1])

    async def connect(self, remote: Remote, *, controlling: bool, timeout: float = 15.0) -> None:
        """Bring the connection up with the server that wrote `remote`.

        Raises:
            ConnectError: it was not up after `timeout` seconds, or proved to be another.
        """
        self.remote = remote
        self.agent.controlling = controlling
        self.agent.remote_ufrag, self.agent.remote_password = remote.ufrag, remote.password
        host = self._socket.getsockname()[0]
        places = [place for place in remote.candidates if place[0] == host]
        if not places:
            raise ConnectError(f"the server has no candidate at {host}: {remote.candidates}")
        try:
            async with asyncio.timeout(timeout):
                while self.agent.selected is None:
                    for place in places:
                        self._socket.sendto(self.agent.check(place), place)
                    await self._change(CHECK_EVERY)
                self.dtls.start()
                while not self.dtls.done:
                    await self._change(CHECK_EVERY)
                    self.dtls.resend()
        except TimeoutError as error:
            raise ConnectError(f"not connected after {timeout} s") from error
        except HandshakeError as error:
            raise ConnectError(str(error)) from error
        self._socket.connect(self.agent.selected)
        self._inbound, self._outbound = self.dtls.inbound, self.dtls.outbound
        self._consent = asyncio.create_task(self._keep_consent())

    async def _change(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        self._changed.clear()
        if self._failure is not None:
            raise self._failure

    async def _keep_consent(self) -> None:
        while self.agent.selected is not None:
            await asyncio.sleep(CONSENT_EVERY * random.uniform(0.8, 1.2))
            self._send(self.agent.check(self.agent.selected))

    async def aclose(self) -> None:
        """Close the socket; the server will notice that nobody gives consent."""
        self._loop.remove_reader(self._socket.fileno())
        if self._consent is not None:
            self._consent.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._consent
        self._socket.close()

    # -- out ----------------------------------------------------------------------------------

    def send_rtp(self, packet: bytes) -> None:
        """Seal and send an RTP packet; a connection that is not up drops it."""
        if self._outbound is not None:
            self._send(self._outbound.protect(packet))

    def send_burst(self, packets: Sequence[bytes]) -> list[int]:
        """Seal RTP packets, then send them one right after the other.

        Returns when each left, in ns of the system clock; when not, the same.
        """
        session = self._outbound
        if session is None:
            return [0] * len(packets)
        times = []
        for packet in [session.protect(packet) for packet in packets]:
            times.append(time.time_ns())
            self._send(packet)
        return times

    def send_rtcp(self, packet: bytes) -> None:
        """Seal and send an RTCP packet; a connection that is not up drops it."""
        if self._outbound is not None:
            self._send(self._outbound.protect_rtcp(packet))

    def _send(self, data: bytes) -> None:
        with _UNSENT:
            self._socket.send(data)

    def _send_dtls(self, data: bytes) -> None:
        if self.agent.selected is not None:
            self._socket.sendto(data, self.agent.selected)

    # -- in -----------------------------------------------------------------------------------

    def _on_readable(self) -> None:
        receive = self._socket.recvmsg
        for _ in range(BATCH):
            try:
                data, ancillary, _, address = receive(2048, ANCILLARY)
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue
            if 128 <= data[0] < 192:
                seconds, nanoseconds = TIMESPEC.unpack(ancillary[0][2])
                self._on_srtp(data, seconds * 1_000_000_000 + nanoseconds)
            elif data[0] < 4:
                self._on_stun(data, address)
            elif 20 <= data[0] < 64:
                self._on_dtls(data)

    def _on_srtp(self, data: bytes, at: int) -> None:
        session = self._inbound
        if session is None:
            # The server's keys may be ready a moment before ours are put in place.
            session = self.dtls.inbound
        if session is None:
            self.rejected += 1
            return
        rtcp = 192 <= data[1] < 224
        try:
            packet = session.unprotect_rtcp(data) if rtcp else session.unprotect(data)
        except pylibsrtp.Error:
            self.rejected += 1
            return
        if rtcp:
            self.on_rtcp(packet)
        else:
            self.on_rtp(packet, at)

    def _on_stun(self, data: bytes, address: Address) -> None:
        response = self.agent.receive(data, address)
        if response is not None:
            self._socket.sendto(response, address)
        self._changed.set()

    def _on_dtls(self, data: bytes) -> None:
        try:
            self.dtls.receive(data, self.remote.fingerprint)
        except HandshakeError as error:
            self._failure = error
        self._changed.set()


def _nothing(_data: bytes, _at: int) -> None:
    return


def _forget(_data: bytes) -> None:
    return
