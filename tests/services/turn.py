"""A coturn server on loopback with time-limited credentials.

Credentials: draft-uberti-behave-turn-rest-00, the scheme of coturn's `use-auth-secret`.
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services.ports import free_port
from tests.services.process import ServiceError, running

__all__ = ["TurnServer", "turn_running"]

_STUN_BINDING_REQUEST = bytes.fromhex("000100002112a442")


@dataclass(frozen=True)
class TurnServer:
    """Where the test's TURN server listens, and the secret it shares with the API."""

    port: int
    secret: str
    realm: str
    log: Path
    tls_port: int = 0
    """Where it takes TLS, with a certificate that nobody has signed; 0: nowhere."""

    @property
    def url(self) -> str:
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    @property
    def tls_url(self) -> str:
        return f"turns:localhost:{self.tls_port}?transport=tcp"

    def credentials(self, name: str = "test", lifetime: float = 600) -> tuple[str, str]:
        """Return a user name and password valid for `lifetime` seconds from now."""
        user = f"{int(time.time() + lifetime)}:{name}"
        code = hmac.new(self.secret.encode(), user.encode(), hashlib.sha1).digest()
        return user, base64.b64encode(code).decode()


@contextlib.contextmanager
def turn_running(
    configuration: str | None = None,
    extra: Sequence[str] = ("--allow-loopback-peers",),
    *,
    tls: bool = False,
) -> Iterator[TurnServer]:
    """Run a coturn of our own until the block ends.

    `configuration` is the text of a configuration file, `extra` adds to the command line. With
    `tls` it listens for TLS on one more port.
    """
    program = shutil.which("turnserver")
    if program is None:
        raise ServiceError("coturn is not installed; `make test` as root installs it")
    secret, realm = secrets.token_urlsafe(24), "tiski.test"
    with tempfile.TemporaryDirectory(prefix="tiski-turn-") as name:
        folder = Path(name)
        file = folder / "turnserver.conf"
        file.write_text(configuration or "no-dtls\nfingerprint\n" + ("" if tls else "no-tls\n"))
        tls_port = free_port() if tls else 0
        if tls:
            _certify(folder)
            extra = [
                *(*extra, "--tls-listening-port", str(tls_port)),
                *("--cert", str(folder / "cert.pem"), "--pkey", str(folder / "key.pem")),
            ]

        def command(port: int) -> list[str]:
            return [
                *(program, "-c", str(file), "--listening-port", str(port)),
                *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"),
                *("--use-auth-secret", "--static-auth-secret", secret, "--realm", realm),
                *("--no-cli", "--log-file", "stdout", "--userdb", str(folder / "users")),
                *("--pidfile", str(folder / "pid"), *extra),
            ]

        with running(command, _answers, folder / "log") as port:
            yield TurnServer(port, secret, realm, folder / "log", tls_port)


def _certify(folder: Path) -> None:
    """Write a key and its own certificate for `localhost` into `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _answers(port: int) -> bool:
    transaction = secrets.token_bytes(12)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        try:
            client.connect(("127.0.0.1", port))
            client.send(_STUN_BINDING_REQUEST + transaction)
            return client.recv(512)[8:20] == transaction
        except OSError:
            return False
