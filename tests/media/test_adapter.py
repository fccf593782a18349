"""What the adapter uses of other libraries is still there, and does what we rely on."""

from __future__ import annotations

import asyncio
import inspect
import struct
from importlib.metadata import version

import pylibsrtp
import pytest
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp import Policy, Session

from media import adapter
from media.adapter import (
    DTLS_MTU,
    DtlsServer,
    PacketBuffer,
    SrtpReader,
    SrtpWriter,
    machine_addresses,
    new_certificate,
    split_records,
)


def test_the_versions_are_those_the_adapter_was_written_for() -> None:
    assert version("aiortc").split(".")[:2] == ["1", "16"]
    assert version("aioice").split(".")[:2] == ["0", "13"]
    assert version("pylibsrtp").split(".")[:2] == ["1", "0"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("_do_handshake", ["self"]),
        ("_write_ssl", ["self"]),
        ("_recv_next", ["self"]),
        ("_set_role", ["self", "role"]),
        ("_setup_srtp", ["self"]),
    ],
)
def test_the_dtls_transport_still_has_the_methods_we_lean_on(
    name: str, parameters: list[str]
) -> None:
    method = getattr(RTCDtlsTransport, name)
    assert inspect.iscoroutinefunction(method) is (name not in ("_set_role", "_setup_srtp"))
    assert list(inspect.signature(method).parameters) == parameters


def test_the_dtls_transport_still_has_the_attributes_we_lean_on() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    for name in ("_srtp_profiles", "_rx_srtp", "_tx_srtp", "_ssl"):
        assert f"self.{name}" in source
    for call in ("self.transport._recv()", "self.transport._send(data)"):
        assert call in source
    assert "srtp_profiles" in inspect.signature(RTCCertificate._create_ssl_context).parameters


def test_libsrtp_is_called_as_the_wrapper_calls_it() -> None:
    assert hasattr(Session(), "_srtp")
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert callable(getattr(pylibsrtp.lib, name))


def test_the_cheapest_cipher_is_offered_first() -> None:
    names = [p.openssl_profile for p in adapter._PROFILES]
    assert names == [
        b"SRTP_AEAD_AES_128_GCM",
        b"SRTP_AEAD_AES_256_GCM",
        b"SRTP_AES128_CM_SHA1_80",
    ]


def session(kind: int) -> Session:
    policy = Policy(
        key=bytes(range(28)), ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    )
    return Session(policy)


def test_packets_are_sealed_and_opened_in_place() -> None:
    buffer = PacketBuffer()
    writer = SrtpWriter(session(Policy.SSRC_ANY_OUTBOUND))
    reader = SrtpReader(session(Policy.SSRC_ANY_INBOUND))
    packet = struct.pack("!BBHII", 0x80, 96, 1, 2, 3) + b"payload"
    buffer.view[: len(packet)] = packet
    size = writer.rtp(buffer, 0, len(packet))
    assert size == len(packet) + 16
    assert bytes(buffer.view[12:19]) != b"payload"
    sealed = bytes(buffer.view[:size])
    assert reader.rtp(buffer, 0, size) == len(packet)
    assert bytes(buffer.view[: len(packet)]) == packet
    buffer.view[:size] = sealed
    assert reader.rtp(buffer, 0, size) == -1  # replayed
    buffer.view[:size] = sealed[:-1] + bytes([sealed[-1] ^ 1])
    assert reader.rtp(buffer, 0, size) == -1  # forged
    assert writer.rtp(buffer, 0, 2000) == -1  # no room for the tag


def test_every_length_of_rubbish_is_refused_by_the_ciphers() -> None:
    buffer = PacketBuffer()
    reader = SrtpReader(session(Policy.SSRC_ANY_INBOUND))
    for size in range(64):
        buffer.view[:size] = b"\x9f" * size
        assert reader.rtp(buffer, 0, size) == -1
        assert reader.rtcp(buffer, 0, size) == -1


def record(size: int, kind: int = 22) -> bytes:
    return bytes([kind]) + b"\xfe\xfd" + bytes(8) + struct.pack("!H", size) + bytes(size)


def test_a_flight_is_cut_at_records_into_datagrams_that_fit() -> None:
    flight = record(900) + record(200) + record(300)
    assert [len(d) for d in split_records(flight)] == [913 + 213, 313]
    assert b"".join(split_records(flight)) == flight
    unified = bytes([0x2F, 0, 0]) + struct.pack("!H", 700) + bytes(700)
    assert [len(d) for d in split_records(unified * 2)] == [705, 705]
    assert split_records(b"") == []
    assert split_records(b"\x16\xfe") == [b"\x16\xfe"]


class ClientPath:
    """What aiortc's own client needs of an ICE transport."""

    role = "controlling"

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.server: DtlsServer
        self.sent: list[int] = []

    async def _recv(self) -> bytes:
        return await self.inbox.get()

    async def _send(self, data: bytes) -> None:
        self.server.feed(data)


@pytest.mark.parametrize("honest", [True, False])
async def test_a_handshake_yields_ciphers_only_with_the_announced_certificate(
    honest: bool,
) -> None:
    path = ClientPath()
    certificate, theirs = new_certificate(), RTCCertificate.generateCertificate()
    sizes: list[int] = []

    def back(data: bytes) -> None:
        sizes.append(len(data))
        path.inbox.put_nowait(data)

    path.server = DtlsServer(certificate, back)
    client = RTCDtlsTransport(path, [theirs])  # type: ignore[arg-type]
    client._set_role("client")
    announced = theirs.getFingerprints() if honest else [RTCDtlsFingerprint("sha-256", "00:11")]
    started = asyncio.ensure_future(
        client.start(RTCDtlsParameters(fingerprints=certificate.getFingerprints()))
    )
    assert await asyncio.wait_for(path.server.handshake(announced), 5) is honest
    await asyncio.wait_for(started, 5)
    assert max(sizes) <= DTLS_MTU
    if honest:
        reader, writer = path.server.srtp()
        assert isinstance(reader, SrtpReader)
        assert isinstance(writer, SrtpWriter)
    await client.stop()
    await path.server.stop()
    await asyncio.sleep(0)


async def test_a_flooded_handshake_keeps_a_bounded_backlog() -> None:
    server = DtlsServer(new_certificate(), lambda data: None)
    taken = [server.feed(b"x" * 100) for _ in range(1000)]
    assert sum(taken) == adapter.DTLS_BACKLOG


def test_the_machines_addresses_end_with_loopback() -> None:
    assert machine_addresses(ipv6=False)[-1] == "127.0.0.1"
    assert machine_addresses(ipv6=True)[-1] == "::1"
    assert rtcdtlstransport.SRTP_PROFILES


def sealed(writer: Session, number: int, *, ssrc: int = 7) -> bytes:
    return writer.protect(struct.pack("!BBHII", 0x80, 96, number, 0, ssrc) + b"payload")


def opened(reader: SrtpReader, packet: bytes, *, rtcp: bool = False) -> bool:
    buffer = PacketBuffer()
    buffer.view[: len(packet)] = packet
    return (reader.rtcp if rtcp else reader.rtp)(buffer, 0, len(packet)) > 0


@pytest.fixture
def both_ends() -> tuple[Session, SrtpReader]:
    key = bytes(range(30))
    way_in = Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND)
    way_out = Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND)
    return Session(way_out), SrtpReader(Session(way_in))


def test_a_replayed_packet_is_refused(both_ends: tuple[Session, SrtpReader]) -> None:
    writer, reader = both_ends
    packets = [sealed(writer, number) for number in range(20)]
    assert all(opened(reader, packet) for packet in packets)
    assert not any(opened(reader, packet) for packet in packets)


def test_a_packet_older_than_the_replay_window_is_refused(
    both_ends: tuple[Session, SrtpReader],
) -> None:
    writer, reader = both_ends
    late, *packets = [sealed(writer, number) for number in range(200)]
    assert all(opened(reader, packet) for packet in packets)
    assert not opened(reader, late)


def test_a_late_packet_within_the_window_is_taken_once(
    both_ends: tuple[Session, SrtpReader],
) -> None:
    writer, reader = both_ends
    late, *packets = [sealed(writer, number) for number in range(50)]
    assert all(opened(reader, packet) for packet in packets)
    assert opened(reader, late)
    assert not opened(reader, late)


def test_replayed_feedback_is_refused(both_ends: tuple[Session, SrtpReader]) -> None:
    writer, reader = both_ends
    packets = [writer.protect_rtcp(struct.pack("!BBHI", 0x80, 201, 1, 7)) for _ in range(20)]
    assert all(opened(reader, packet, rtcp=True) for packet in packets)
    assert not any(opened(reader, packet, rtcp=True) for packet in packets)
