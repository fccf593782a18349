"""The one port of a media server: datagrams to their peers, packets out.

An asyncio shell: `loop.add_reader` wakes it, it takes up to `BATCH` datagrams per wake-up into
one buffer and hands each to its peer before the next is read. A datagram is looked at only when
an authentic connectivity check came from its address before (RFC 8445 section 7.3); only checks
themselves are taken from strangers, and those cost a dictionary look-up unless they name a
session of ours. First byte: RFC 7983. What browsers without UDP send comes by `media.tcp` on the
same port number, datagram by datagram; a connection of theirs is an address like the others.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from typing import Final

import structlog

from media import stun
from media.adapter import BUFFER_SIZE, PacketBuffer, machine_addresses
from media.interface import MediaConfig
from media.limits import CheckLimits, Crowd
from media.peer import Peer
from media.rtp import is_rtcp
from media.stun import Address
from media.tcp import StreamAddress, TcpListener
from media.track import RepairCounts

__all__ = ["MediaPort"]

log = structlog.get_logger(__name__)

BATCH: Final = 32  # datagrams per wake-up; the loop must come round to the signalling as well
KERNEL_BUFFER: Final = 4 * 1024 * 1024  # bytes asked for; the kernel may give less
ATTEMPTS: Final = 20  # at a number that is free for UDP and TCP, when any will do
TAKEOVER: Final = 5.0  # seconds of silence after which a translator may have reused an address
MAPPED: Final = "::ffff:"


class MediaPort:
    """The socket, its two buffers and who is at which address."""

    def __init__(self, config: MediaConfig) -> None:
        self.rx = PacketBuffer()
        self.tx = PacketBuffer()
        self.packets_in = 0
        self.packets_out = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.repair = RepairCounts()
        self.dropped: Counter[str] = Counter()
        self._config = config
        self._socket: socket.socket | None = None
        self._peers: dict[Address, Peer] = {}
        self._sessions: dict[str, Peer] = {}
        self._checks = CheckLimits()
        self._crowd = Crowd()
        self._farewells: set[asyncio.Task[None]] = set()
        self._tcp = TcpListener(self._on_frame, self._forget, self.dropped) if config.tcp else None

    # -- life ---------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The port in use, for UDP and TCP."""
        if self._socket is None:
            raise RuntimeError("the media server is not started")
        return int(self._socket.getsockname()[1])

    @property
    def addresses(self) -> list[str]:
        """The addresses that answers announce."""
        if self._config.announce:
            return list(self._config.announce)
        host = self._config.host
        if host in ("0.0.0.0", "::"):  # noqa: S104
            return machine_addresses(ipv6=host == "::")
        return [host]

    @property
    def tcp(self) -> list[tuple[str, int]]:
        """The addresses and ports that answers announce for TCP."""
        if self._tcp is None:
            return []
        own = [(address, self.number) for address in self.addresses]
        return [*dict.fromkeys((*self._config.tcp_announce, *own))]

    async def open(self) -> None:
        """Bind the sockets and start to listen.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        opened = self._bind()
        self._socket = opened
        asyncio.get_running_loop().add_reader(opened.fileno(), self._on_readable)
        if self._tcp is not None:
            await self._tcp.start()

    def _bind(self) -> socket.socket:
        """Return the UDP socket, with the TCP one on the same number."""
        for _ in range(ATTEMPTS if self._tcp is not None and self._config.port == 0 else 1):
            opened = self._bind_udp()
            if self._tcp is None:
                break
            try:
                self._tcp.bind(self._config.host, int(opened.getsockname()[1]))
                break
            except OSError as error:
                opened.close()
                failed = error
        else:
            raise failed
        return opened

    def _bind_udp(self) -> socket.socket:
        host = self._config.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
            opened.bind((host, self._config.port))
        except OSError:
            opened.close()
            raise
        return opened

    async def aclose(self) -> None:
        """Send the last words of closed peers and close the socket."""
        if self._farewells:
            await asyncio.gather(*self._farewells, return_exceptions=True)
        if self._tcp is not None:
            await self._tcp.aclose()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def keep(self, task: asyncio.Task[None]) -> None:
        """Own a closing peer's last task."""
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def register(self, peer: Peer) -> None:
        """Let checks for the peer's user name fragments reach it."""
        for ufrag in peer.ice.ufrags:
            self._sessions[ufrag] = peer

    def unregister(self, peer: Peer) -> None:
        """Forget a closed peer."""
        for ufrag in peer.ice.ufrags:
            self._sessions.pop(ufrag, None)
        for address in peer.addresses:
            if self._peers.get(address) is peer:
                self._give_up(address)

    def _give_up(self, address: Address) -> None:
        """Take an address away from its peer."""
        del self._peers[address]
        self._crowd.leave(str(address[0]))
        if isinstance(address, StreamAddress):
            address.connection.close()

    def _forget(self, address: StreamAddress) -> None:
        """Let go of a connection that has gone."""
        peer = self._peers.pop(address, None)
        if peer is not None:
            self._crowd.leave(str(address[0]))
            peer.ice.lose(address)

    def expire(self, peer: Peer, now: float) -> None:
        """Take the addresses away from a peer that it no longer checks."""
        for address in peer.ice.expire(now):
            if self._peers.get(address) is peer:
                self._give_up(address)

    # -- in -----------------------------------------------------------------------------------

    def _on_readable(self) -> None:
        opened = self._socket
        if opened is None:
            return
        now = time.monotonic()
        receive, view = opened.recvfrom_into, self.rx.view
        for _ in range(BATCH):
            try:
                size, address = receive(view, BUFFER_SIZE)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error for something we sent
                continue
            try:
                self._on_datagram(size, address, now)
            except Exception:
                # A fault in one peer's packets must not stop the others'.
                self.dropped["fault"] += 1
                log.exception("media.datagram_fault")

    def _on_frame(self, frame: memoryview, address: StreamAddress, now: float) -> bool:
        """Take a datagram that came over TCP; return whether its connection is somebody's."""
        size = len(frame)
        self.rx.view[:size] = frame
        try:
            self._on_datagram(size, address, now)
        except Exception:
            self.dropped["fault"] += 1
            log.exception("media.datagram_fault")
        return address in self._peers

    def _on_datagram(self, size: int, address: Address, now: float) -> None:
        self.packets_in += 1
        self.bytes_in += size
        if size < 2:
            self.dropped["malformed"] += 1
            return
        view = self.rx.view
        first = view[0]
        if first < 4:
            self._on_check(view[:size], address, now)
            return
        peer = self._peers.get(address)
        if peer is None:
            self.dropped["stranger"] += 1
            return
        if 128 <= first < 192:
            reason = peer.on_rtcp(size, now) if is_rtcp(view[1]) else peer.on_rtp(size, now)
            if reason is not None:
                self.dropped[reason] += 1
        elif 20 <= first < 64:
            if not peer.on_dtls(bytes(view[:size])):
                self.dropped["dtls"] += 1
        else:
            self.dropped["malformed"] += 1

    def _on_check(self, data: memoryview, address: Address, now: float) -> None:
        username = stun.peek_username(data)
        peer = self._sessions.get(username[0]) if username else None
        if peer is None or username is None:
            self.dropped["stun"] += 1
            return
        host = str(address[0])
        seen = (host.removeprefix(MAPPED) if "." in host else host, int(address[1]))
        owner = self._peers.get(address)
        if owner is None and (not self._checks.admits(host, now) or self._crowd.full(host)):
            self.dropped["check-limit"] += 1
            return
        if owner is not None and owner is not peer and now - owner.heard < TAKEOVER:
            # A check with a forged source must not take a live participant's address away.
            self.dropped["stun"] += 1
            return
        answer = peer.ice.check(bytes(data), username, address, seen, now)
        if answer is None:
            if owner is None:
                self._checks.failed(host)
            self.dropped["stun"] += 1
            return
        peer.heard = now
        if answer.proven is not None:
            if owner is None:
                self._crowd.enter(host)
            self._peers[answer.proven] = peer
        for given_up in answer.given_up:
            if self._peers.get(given_up) is peer:
                self._give_up(given_up)
        retired = peer.ice.retire_previous()
        if retired is not None:
            self._sessions.pop(retired, None)
        self.send(answer.response, address)

    # -- out ----------------------------------------------------------------------------------

    def send_buffer(self, size: int, address: Address) -> None:
        """Send the first `size` bytes of the outgoing buffer."""
        self._send(self.tx.view[:size], address)

    def send(self, data: bytes, address: Address) -> None:
        """Send a datagram."""
        self._send(data, address)

    def _send(self, data: bytes | memoryview, address: Address) -> None:
        if self._socket is None:
            return
        if isinstance(address, StreamAddress):
            if address.connection.send(data):
                self.packets_out += 1
                self.bytes_out += len(data)
            else:
                self.dropped["tcp-queue-full"] += 1
            return
        try:
            self._socket.sendto(data, address)
        except BlockingIOError:
            self.dropped["send-buffer-full"] += 1
        except OSError:
            self.dropped["unreachable"] += 1
        else:
            self.packets_out += 1
            self.bytes_out += len(data)
