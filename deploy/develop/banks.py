"""The demo's bank and BankID: what they are told, and what the server is told of them.

Also used by the tests (`tests/services/bank.py`), so that what they try is what `make run` serves.
"""

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.develop.steps import ROOT

__all__ = [
    "BANK",
    "CLIENT_ID",
    "Demo",
    "bank_command",
    "bankid_command",
    "demo_of",
    "vault_settings",
    "write_demo",
]

BANK = ROOT / "deploy" / "demobank"
CLIENT_ID = "tiski"
_SHOP = "A shop"  # when a request does not name one


@dataclass(frozen=True)
class Demo:
    """Where everything of the demo is. `server_url`: as browsers see it."""

    folder: Path  # for the files of this demo
    server_url: str
    bank_port: int
    bankid_port: int | None = None  # None: without BankID
    app_port: int | None = None
    shop_url: str = ""  # the demo shop's origin, where BankID's app may lead back to
    testing: bool = False  # lets tests make the bank slow, fail and so on

    @property
    def bank_url(self) -> str:
        """The bank's origin and issuer."""
        return f"http://127.0.0.1:{self.bank_port}"

    @property
    def redirect_uri(self) -> str:
        return f"{self.server_url}/identity/callback/demobank"

    @property
    def bank_file(self) -> Path:
        """What the bank is told."""
        return self.folder / "bank.json"

    @property
    def identity_file(self) -> Path:
        """What the server is told: `TISKI_IDENTITY`."""
        return self.folder / "identity.toml"

    @property
    def bankid_folder(self) -> Path:
        """Where the BankID server leaves the certificates for its clients."""
        return self.folder / "bankid"


def demo_of(environ: Mapping[str, str], ports: Mapping[str, int]) -> Demo:
    """Return the demo of `make run`, by the variables of the server."""
    data = Path(environ.get("TISKI_DATA_DIR") or ".data").expanduser().resolve()
    server = environ.get("TISKI_PUBLIC_URL") or f"http://localhost:{ports['TISKI_PORT']}"
    return Demo(
        data / "demo",
        server.rstrip("/"),
        ports["TISKI_BANK_PORT"],
        ports["TISKI_BANKID_PORT"],
        ports["TISKI_BANKID_APP_PORT"],
        shop_url=f"http://127.0.0.1:{ports['TISKI_SHOP_PORT']}",
    )


def bank_command(demo: Demo, node: Path | str) -> list[str | Path]:
    """Return how to start the bank; it prints a line when it is ready."""
    return [node, BANK / "bank.js", demo.bank_file]


def bankid_command(demo: Demo, python: Path | str) -> list[str | Path]:
    """Return how to start BankID; it prints a line when it is ready."""
    origins = [origin for origin in (demo.server_url, demo.shop_url) if origin]
    return [
        *(python, "-m", "deploy.demobank.bankid"),
        *("--port", str(demo.bankid_port), "--app-port", str(demo.app_port)),
        *("--folder", demo.bankid_folder),
        *(word for origin in origins for word in ("--return-ok", origin)),
    ]


def vault_settings(environ: Mapping[str, str], demo: Demo) -> dict[str, str]:
    """Return settings of the server's vault: none, unless it cannot keep its keys by itself.

    With PostgreSQL or Redis it asks for keys; those of a demo are made here, once.
    """
    if environ.get("TISKI_VAULT_KEYS") or not (
        environ.get("TISKI_DATABASE_URL") or environ.get("TISKI_REDIS_URL")
    ):
        return {}
    path = demo.folder / "vault.json"
    if not path.exists():
        made = {
            "TISKI_VAULT_KEYS": f"demo:{b64encode(secrets.token_bytes(32)).decode()}",
            "TISKI_VAULT_MATCH": secrets.token_hex(32),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    settings: dict[str, str] = json.loads(path.read_text())
    return settings


def write_demo(demo: Demo) -> None:
    """Write the files of a demo."""
    demo.folder.mkdir(parents=True, exist_ok=True)
    client = {
        "client_id": CLIENT_ID,
        "client_name": _SHOP,
        "jwks_uri": f"{demo.server_url}/identity/jwks/demobank",
        "redirect_uris": [demo.redirect_uri],
    }
    bank = {"port": demo.bank_port, "testing": demo.testing, "clients": [client]}
    demo.bank_file.write_text(json.dumps(bank, indent=2) + "\n")
    demo.identity_file.write_text(_identity(demo))


def _identity(demo: Demo) -> str:
    text = (
        "# Made by each start of the demo.\n\n"
        "[provider.demobank]\n"
        'preset = "demobank"\n'
        f'issuer = "{demo.bank_url}"\n'
    )
    if demo.bankid_port is not None:
        text += (
            "\n[provider.demobankid]\n"
            'preset = "demobankid"\n'
            f'api = "https://127.0.0.1:{demo.bankid_port}/rp/v6.0"\n'
            f'autostart = "http://127.0.0.1:{demo.app_port}/"\n'
            'certificate = "bankid/client.pem"\n'
            'key = "bankid/client.key"\n'
            'ca = "bankid/ca.pem"\n'
        )
    return text
