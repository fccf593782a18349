"""The one port of a media server: datagrams to their peers, packets out.

An asyncio shell: `loop.add_reader` wakes it, `media.udp` hands it what waits, one datagram after
the other in one buffer, each handled to the end before the next; at the end of the wake-up the
bursts leave. A datagram is looked at only when an authentic connectivity check came from its
address before (RFC 8445 section 7.3); only checks themselves are taken from strangers, and those
cost a dictionary look-up unless they name a session of ours. First byte: RFC 7983. What browsers
without UDP send comes by `media.tcp` on the same port number, datagram by datagram; a connection
of theirs is an address like the others.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import structlog

from media import stun
from media.adapter import PacketBuffer, machine_addresses
from media.burst import Burst
from media.interface import MediaConfig
from media.limits import Allowance, CheckLimits, Crowd
from media.peer import Peer
from media.rtp import is_rtcp
from media.stun import Address
from media.tcp import StreamAddress, TcpListener
from media.track import RepairCounts
from media.udp import UdpSocket

__all__ = ["MediaPort"]

log = structlog.get_logger(__name__)

ATTEMPTS: Final = 20  # at a number that is free for UDP and TCP, when any will do
TAKEOVER: Final = 5.0  # seconds of silence after which a translator may have reused an address
FAULT_PAUSE: Final = 1.0  # seconds between tracebacks
MAPPED: Final = "::ffff:"


class MediaPort:
    """The sockets, what is about to leave, and who is at which address."""

    def __init__(self, config: MediaConfig) -> None:
        self.udp: UdpSocket | None = None
        """The socket; its counters stay when it is closed."""
        self.tcp: TcpListener | None = None
        """Its TCP twin, if there is one."""
        self.control = PacketBuffer()
        """Where an RTCP packet is sealed."""
        self.repair = RepairCounts()
        self.dropped: Counter[str] = Counter()
        self._config = config
        self._peers: dict[Address, Peer] = {}
        self._sessions: dict[str, Peer] = {}
        self._checks = CheckLimits()
        self._crowd = Crowd()
        self._farewells: set[asyncio.Task[None]] = set()
        self._open: list[Burst] = []
        self._awake = False
        self._fault_told = -FAULT_PAUSE

    # -- life ---------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The port in use, for UDP and TCP."""
        if self.udp is None or self.udp.closed:
            raise RuntimeError("the media server is not started")
        return self.udp.number

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
    def streams(self) -> list[tuple[str, int]]:
        """The addresses and ports that answers announce for TCP."""
        if self.tcp is None:
            return []
        own = [(address, self.number) for address in self.addresses]
        return [*dict.fromkeys((*self._config.tcp_announce, *own))]

    async def open(self) -> None:
        """Bind the sockets and start to listen.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        if self._config.tcp:
            self.tcp = TcpListener(self._on_frame, self._forget, self.dropped)
        self.udp = udp = self._bind()
        udp.dropped = self.dropped
        asyncio.get_running_loop().add_reader(udp.socket.fileno(), self._on_readable)
        if self.tcp is not None:
            await self.tcp.start()

    def _bind(self) -> UdpSocket:
        """Return the UDP socket, with the TCP one bound to the same number."""
        host, port = self._config.host, self._config.port
        for left in reversed(range(1 if port else ATTEMPTS)):
            udp = UdpSocket(host, port)
            if self.tcp is None:
                break
            try:
                self.tcp.bind(host, udp.number)
                break
            except OSError:
                udp.close()
                if not left:
                    raise
        return udp

    async def aclose(self) -> None:
        """Send the last words of closed peers and close the socket."""
        if self._farewells:
            await asyncio.gather(*self._farewells, return_exceptions=True)
        if self.tcp is not None:
            await self.tcp.aclose()
        if self.udp is not None and not self.udp.closed:
            asyncio.get_running_loop().remove_reader(self.udp.socket.fileno())
            self.udp.close()

    def keep(self, task: asyncio.Task[None]) -> None:
        """Own a closing peer's last task."""
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def register(self, peer: Peer) -> None:
        """Let checks for the peer's user name fragments reach it."""
        for ufrag in peer.ice.ufrags:
            self._sessions[ufrag] = peer

    def retire(self, ufrag: str | None) -> None:
        """Let checks for a user name fragment reach nobody any more."""
        if ufrag is not None:
            self._sessions.pop(ufrag, None)

    def unregister(self, peer: Peer) -> None:
        """Forget a closed peer."""
        for ufrag in peer.ice.ufrags:
            self._sessions.pop(ufrag, None)
        self.give_up(peer, peer.addresses)

    def give_up(self, peer: Peer, addresses: tuple[Address, ...]) -> None:
        """Take addresses away from a peer."""
        for address in addresses:
            if self._peers.get(address) is peer:
                del self._peers[address]
                self._crowd.leave(str(address[0]))
                if isinstance(address, StreamAddress):
                    address.connection.close()

    def _forget(self, address: StreamAddress) -> None:
        """Let go of a connection that is gone."""
        peer = self._peers.pop(address, None)
        if peer is not None:
            self._crowd.leave(str(address[0]))
            peer.lost(address)

    # -- in -----------------------------------------------------------------------------------

    def _on_readable(self) -> None:
        udp = self.udp
        if udp is None or udp.closed:
            return
        self._awake = True
        try:
            udp.drain(self.take)
        finally:
            self._awake = False
            self.flush()

    def _on_frame(self, frame: memoryview, address: StreamAddress, now: float) -> bool:
        """Take a datagram that came over TCP; return whether its connection is somebody's."""
        if self.udp is None:
            return False
        size = len(frame)
        self.udp.rx.view[:size] = frame
        self.take(0, size, address, now, now)
        return address in self._peers

    def take(self, at: int, size: int, address: Address, now: float, arrival: float) -> None:
        """Take the datagram at `at` in the receive buffer, which came at `arrival`."""
        try:
            reason = self._take(at, size, address, now, arrival)
        except Exception:
            # A fault in one peer's packets must not stop the others', nor may its tracebacks.
            reason = "fault"
            if now - self._fault_told >= FAULT_PAUSE:
                self._fault_told = now
                log.exception("media.datagram_fault", before=self.dropped["fault"])
        if reason is not None:
            self.dropped[reason] += 1

    def _take(self, at: int, size: int, address: Address, now: float, arrival: float) -> str | None:
        if size < 2 or self.udp is None:
            return "malformed"
        buffer = self.udp.rx
        view = buffer.view
        first = view[at]
        peer = self._peers.get(address)
        if 128 <= first < 192 and peer is not None:
            if is_rtcp(view[at + 1]):
                return peer.on_rtcp(buffer, at, size, now)
            return peer.on_rtp(buffer, at, size, now, arrival)
        if first < 4:
            return self._on_check(view[at : at + size], address, now)
        if peer is None:
            return "stranger"
        if 20 <= first < 64:
            return None if peer.on_dtls(buffer.octets[at : at + size]) else "dtls"
        return "malformed"

    def _on_check(self, data: memoryview, address: Address, now: float) -> str | None:
        username = stun.peek_username(data)
        peer = self._sessions.get(username[0]) if username else None
        if peer is None or username is None:
            return "stun"
        host = str(address[0])
        seen = (host.removeprefix(MAPPED) if "." in host else host, int(address[1]))
        owner = self._peers.get(address)
        if owner is None and (not self._checks.admits(host, now) or self._crowd.full(host)):
            return "check-limit"
        if owner is not None and owner is not peer and now - owner.heard < TAKEOVER:
            # A check with a forged source must not take a live participant's address away.
            return "stun"
        if peer.allowance.left < Allowance.MEDIA:
            return "too-many"
        answer = peer.check(bytes(data), username, address, seen, now)
        if answer is None:
            if owner is None:
                self._checks.failed(host)
            return "stun"
        peer.allowance.left -= Allowance.CHECK
        if answer.proven and owner is not peer:
            if owner is None:
                self._crowd.enter(host)
            else:
                owner.lost(address)
            self._peers[address] = peer
        self.give_up(peer, answer.given_up)
        self.retire(peer.ice.retire_previous())
        self.send(answer.response, address)
        return None

    # -- out ----------------------------------------------------------------------------------

    def send(self, data: bytes | memoryview, address: Address) -> None:
        """Send a datagram now."""
        if isinstance(address, StreamAddress):
            address.connection.send(data, len(data))
        elif self.udp is not None:
            self.udp.send(data, address)

    def send_burst(self, data: memoryview, segment: int, address: Address) -> None:
        """Send `data` now, as datagrams of `segment` bytes of which the last may be shorter."""
        if isinstance(address, StreamAddress):
            address.connection.send(data, segment)
        elif self.udp is not None:
            self.udp.send_burst(data, segment, address)

    def expect(self, burst: Burst) -> None:
        """Flush a burst at the end of this wake-up, or, outside of one, in the loop's next turn."""
        if not self._open and not self._awake:
            asyncio.get_running_loop().call_soon(self.flush)
        self._open.append(burst)

    def flush(self) -> None:
        """Let every burst leave."""
        for burst in self._open:
            burst.flush()
        self._open.clear()
