"""The one UDP port of a media server: datagrams to their peers, packets out.

An asyncio shell: `loop.add_reader` wakes it, `media.udp` hands it what waits, one datagram after
the other in one buffer, each handled to the end before the next; at the end of the wake-up the
bursts leave. A datagram is looked at only when an authentic connectivity check came from its
address before (RFC 8445 section 7.3); only checks themselves are taken from strangers, and those
cost a dictionary look-up unless they name a session of ours. First byte: RFC 7983.
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
from media.peer import Peer
from media.rtp import is_rtcp
from media.stun import Address
from media.track import RepairCounts
from media.udp import UdpSocket

__all__ = ["MediaPort"]

log = structlog.get_logger(__name__)

TAKEOVER: Final = 5.0  # seconds of silence after which a translator may have reused an address
MAPPED: Final = "::ffff:"


class MediaPort:
    """The socket, what is about to leave, and who is at which address."""

    def __init__(self, config: MediaConfig) -> None:
        self.udp: UdpSocket | None = None
        """The socket; its counters stay when it is closed."""
        self.control = PacketBuffer()
        """Where an RTCP packet is sealed."""
        self.repair = RepairCounts()
        self.dropped: Counter[str] = Counter()
        self._config = config
        self._peers: dict[Address, Peer] = {}
        self._sessions: dict[str, Peer] = {}
        self._farewells: set[asyncio.Task[None]] = set()
        self._open: list[Burst] = []
        self._awake = False

    # -- life ---------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The UDP port in use."""
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

    def open(self) -> None:
        """Bind the socket and start to listen.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        self.udp = udp = UdpSocket(self._config.host, self._config.port)
        udp.dropped = self.dropped
        asyncio.get_running_loop().add_reader(udp.socket.fileno(), self._on_readable)

    async def aclose(self) -> None:
        """Send the last words of closed peers and close the socket."""
        if self._farewells:
            await asyncio.gather(*self._farewells, return_exceptions=True)
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

    def unregister(self, peer: Peer) -> None:
        """Forget a closed peer."""
        for ufrag in peer.ice.ufrags:
            self._sessions.pop(ufrag, None)
        for address in peer.addresses:
            if self._peers.get(address) is peer:
                del self._peers[address]

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

    def take(self, at: int, size: int, address: Address, now: float, arrival: float) -> None:
        """Take the datagram at `at` in the receive buffer, which came at `arrival`."""
        try:
            reason = self._take(at, size, address, now, arrival)
        except Exception:
            # A fault in one peer's packets must not stop the others'.
            reason = "fault"
            log.exception("media.datagram_fault")
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
        if owner is not None and owner is not peer and now - owner.heard < TAKEOVER:
            # A check with a forged source must not take a live participant's address away.
            return "stun"
        answer = peer.check(bytes(data), username, address, seen, now)
        if answer is None:
            return "stun"
        if answer.proven is not None:
            self._peers[answer.proven] = peer
        for given_up in answer.given_up:
            if self._peers.get(given_up) is peer:
                del self._peers[given_up]
        retired = peer.ice.retire_previous()
        if retired is not None:
            self._sessions.pop(retired, None)
        self.send(answer.response, address)
        return None

    # -- out ----------------------------------------------------------------------------------

    def send(self, data: bytes | memoryview, address: Address) -> None:
        """Send a datagram now."""
        if self.udp is not None:
            self.udp.send(data, address)

    def send_burst(self, data: memoryview, segment: int, address: Address) -> None:
        """Send `data` now, as datagrams of `segment` bytes of which the last may be shorter."""
        if self.udp is not None:
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
