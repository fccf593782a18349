"""The load client's DTLS: the active end, by pyOpenSSL, and the SRTP keys it agrees.

RFC 5764 (DTLS-SRTP) over DTLS 1.2, which every server under test speaks. Driven by `connection`
with datagrams and a timer; what is to be sent goes out through `send`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Final

import pylibsrtp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

__all__ = ["Certificate", "DtlsClient", "HandshakeError"]

_Policy = pylibsrtp.Policy
# Key and salt lengths: RFC 7714 section 12, RFC 5764 section 4.1.2. In a browser's order.
PROFILES: Final = {
    b"SRTP_AEAD_AES_128_GCM": (_Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AEAD_AES_256_GCM": (_Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    b"SRTP_AES128_CM_SHA1_80": (_Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}
DTLS_1_2: Final = 0xFEFD
REPLAY_WINDOW: Final = 1024  # packets


class HandshakeError(Exception):
    """The handshake failed, or the server showed a certificate that its SDP does not name."""


class Certificate:
    """A self-signed certificate for all the load's connections, and their TLS context."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "load")])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = _fingerprint(made)
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.set_max_proto_version(DTLS_1_2)
        # Whom we talk to is in the SDP's fingerprint, not in a chain of certificates.
        self.context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        self.context.use_certificate(made)
        self.context.use_privatekey(key)
        self.context.set_tlsext_use_srtp(b":".join(PROFILES))


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


class DtlsClient:
    """One connection's end of DTLS."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None]) -> None:
        self.profile = b""
        self.done = False
        self._send = send
        self._ssl = SSL.Connection(certificate.context, None)
        self._ssl.set_connect_state()
        self._ssl.set_ciphertext_mtu(1200)
        self.inbound: pylibsrtp.Session | None = None
        """Opens what the server sends; None until the handshake is done."""
        self.outbound: pylibsrtp.Session | None = None

    def start(self) -> None:
        """Send the ClientHello."""
        self._step()

    def receive(self, data: bytes, fingerprint: str) -> None:
        """Take a datagram of the server, whose SDP names `fingerprint`.

        Raises:
            HandshakeError: it is not the server of that SDP, or TLS failed.
        """
        self._ssl.bio_write(data)
        if self.done:
            return  # alerts and the like: nobody asks
        self._step()
        if self.profile:
            self._keys(fingerprint)

    def resend(self) -> None:
        """Repeat the last flight when its time has come."""
        if not self.done and self._ssl.DTLSv1_handle_timeout():
            self._flush()

    def _step(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            raise HandshakeError(f"DTLS failed: {error}") from error
        else:
            self.profile = self._ssl.get_selected_srtp_profile()
            if not self.profile:
                raise HandshakeError("the server chose no SRTP profile")
        self._flush()

    def _flush(self) -> None:
        flight = b""
        while True:
            try:
                flight += self._ssl.bio_read(65536)
            except SSL.Error:
                break
        if flight:
            self._send(flight)

    def _keys(self, fingerprint: str) -> None:
        shown = self._ssl.get_peer_certificate(as_cryptography=True)
        if shown is None or _fingerprint(shown) != fingerprint:
            raise HandshakeError("the server's certificate is not the one of its SDP")
        profile, key, salt = PROFILES[self.profile]
        material = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt), None)
        keys, salts = material[: 2 * key], material[2 * key :]
        self.outbound = _session(profile, keys[:key] + salts[:salt], _Policy.SSRC_ANY_OUTBOUND)
        self.done = True
        self.inbound = _session(profile, keys[key:] + salts[salt:], _Policy.SSRC_ANY_INBOUND)


def _session(profile: int, key: bytes, direction: int) -> pylibsrtp.Session:
    policy = _Policy(key=key, ssrc_type=direction, srtp_profile=profile)
    policy.allow_repeat_tx = True
    policy.window_size = REPLAY_WINDOW
    return pylibsrtp.Session(policy)
