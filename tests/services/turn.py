"""A coturn server on loopback with time-limited credentials.

Credentials: draft-uberti-behave-turn-rest-00, the scheme of coturn's `use-auth-secret`.
"""

import base64
import contextlib
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

    @property
    def url(self) -> str:
        return f"turn:127.0.0.1:{self.port}?transport=udp"

    def credentials(self, name: str = "test", lifetime: float = 600) -> tuple[str, str]:
        """Return a user name and password valid for `lifetime` seconds from now."""
        user = f"{int(time.time() + lifetime)}:{name}"
        code = hmac.new(self.secret.encode(), user.encode(), hashlib.sha1).digest()
        return user, base64.b64encode(code).decode()


@contextlib.contextmanager
def turn_running(
    configuration: str | None = None, extra: Sequence[str] = ("--allow-loopback-peers",)
) -> Iterator[TurnServer]:
    """Run a coturn of our own until the block ends.

    `configuration` is the text of a configuration file, `extra` adds to the command line.
    """
    program = shutil.which("turnserver")
    if program is None:
        raise ServiceError("coturn is not installed; `make test` as root installs it")
    secret, realm = secrets.token_urlsafe(24), "tiski.test"
    with tempfile.TemporaryDirectory(prefix="tiski-turn-") as name:
        folder = Path(name)
        file = folder / "turnserver.conf"
        file.write_text(configuration or "no-tls\nno-dtls\nfingerprint\n")

        def command(port: int) -> list[str]:
            return [
                *(program, "-c", str(file), "--listening-port", str(port)),
                *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"),
                *("--use-auth-secret", "--static-auth-secret", secret, "--realm", realm),
                *("--no-cli", "--log-file", "stdout", "--userdb", str(folder / "users")),
                *("--pidfile", str(folder / "pid"), *extra),
            ]

        with running(command, _answers, folder / "log") as port:
            yield TurnServer(port, secret, realm, folder / "log")


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
