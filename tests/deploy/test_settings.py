"""What deploy/ and docs/operations.md set is what the server reads, no less and no more."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.develop.ports import PORTS
from server.config import Settings

ROOT = Path(__file__).parents[2]
# Read by compose.yaml, Caddyfile, the Dockerfile and `make run` themselves, never by the server.
OF_DEPLOY = {
    *(port.variable.removeprefix("TISKI_") for port in PORTS if port.bank),
    "DOMAIN",
    "PLAYER_DOMAIN",
    "PLAYER_UPSTREAM",
    "PRIVATE_ADDRESS",
    "PUBLIC_ADDRESS",
    "UPSTREAM",
}


class _Asked(Mapping[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _read() -> set[str]:
    asked = _Asked()
    Settings.from_environment(asked)
    return {name.removeprefix("TISKI_") for name in asked.names}


def _named(text: str) -> set[str]:
    return set(re.findall(r"TISKI_([A-Z_]*[A-Z])", text)) - OF_DEPLOY


def test_operations_lists_every_setting_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    table = text.partition("## Settings")[2].partition("\n## ")[0]
    assert _named(table) == _read()


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "SECURITY.md",
        "docs/operations.md",
        "deploy/compose.yaml",
        "deploy/.env.example",
        "deploy/Dockerfile",
        "deploy/Caddyfile",
        "deploy/systemd/tiski.service",
    ],
)
def test_a_setting_that_is_named_is_read(name: str) -> None:
    assert _named((ROOT / name).read_text()) <= _read()


def test_the_ports_looked_at_before_the_start_are_the_ones_the_server_takes() -> None:
    settings = Settings.from_environment(_Asked())
    taken = {port.variable: port.default for port in PORTS if not port.bank}
    assert taken == {
        "TISKI_PORT": settings.port,
        "TISKI_SHOP_PORT": settings.shop_port,
        "TISKI_MEDIA_PORT": settings.media_port,
        "TISKI_PLAYER_PORT": settings.player_port,
    }
