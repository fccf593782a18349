"""Settings are checked at the start, and what is wrong is said with the variable's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.config import ConfigError, Settings


def test_nothing_set_serves_on_this_machine_from_sqlite(tmp_path: Path) -> None:
    settings = Settings.from_environment({"TISKI_DATA_DIR": str(tmp_path)})
    assert (settings.host, settings.port, settings.shop_port) == ("127.0.0.1", 8080, 8081)
    assert settings.database_url == f"sqlite:///{tmp_path / 'tiski.db'}"
    assert settings.public_url == "http://localhost:8080"
    assert settings.redis_url is None


def test_the_public_address_follows_the_port() -> None:
    assert Settings.from_environment({"TISKI_PORT": "9000"}).public_url == "http://localhost:9000"
    settings = Settings.from_environment({"TISKI_PLAYER_PORT": "9003"})
    assert settings.player_url == "http://localhost:9003"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TISKI_PORT", "eighty"),
        ("TISKI_PORT", "0"),
        ("TISKI_PORT", "65536"),
        ("TISKI_PORT", "８０"),
        ("TISKI_PUBLIC_URL", "chat.example.com"),
        ("TISKI_PUBLIC_URL", "https://chat.example.com/path"),
        ("TISKI_PLAYER_PORT", "0"),
        ("TISKI_PLAYER_URL", "player.example.com"),
        ("TISKI_PLAYER_URL", "http://localhost:8080"),  # ours: it must be another origin
        ("TISKI_DATABASE_URL", "mysql://x"),
        ("TISKI_SECRET", "short"),
        ("TISKI_TURN_ONLY", "maybe"),
        ("TISKI_TURN_ONLY", "1"),
        ("TISKI_MEDIA_TCP", "perhaps"),
        ("TISKI_MEDIA_TCP_ANNOUNCE", "192.0.2.7"),
        ("TISKI_MEDIA_TCP_ANNOUNCE", "relay.example:443"),
        ("TISKI_MEDIA_TCP_ANNOUNCE", "192.0.2.7:0"),
        ("TISKI_TURN_URLS", "turn:turn.example:3478"),
        ("TISKI_LOG_LEVEL", "loud"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Settings.from_environment({name: value})


def test_an_unknown_role_is_named() -> None:
    with pytest.raises(ConfigError, match="cook"):
        Settings.from_environment({}, roles=frozenset({"cook"}))


def test_secrets_are_not_printed() -> None:
    secret = "s" * 40
    settings = Settings.from_environment(
        {"TISKI_SECRET": secret, "TISKI_TURN_URLS": "turn:x", "TISKI_TURN_SECRET": secret}
    )
    assert secret not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "http://relay.example",
        "relay.example:3478",
        "turn:relay.example?transport=sctp",
        "turn://relay.example",
        "turns:relay.example:443?transport=tcp&x=1",
    ],
)
def test_a_relay_that_browsers_would_refuse_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigError, match="TISKI_TURN_URLS"):
        Settings.from_environment(
            {"TISKI_TURN_URLS": f"turn:ok.example,{url}", "TISKI_TURN_SECRET": "s"}
        )


def test_relays_and_ways_to_the_media_port_are_read() -> None:
    settings = Settings.from_environment(
        {
            "TISKI_TURN_URLS": "turn:r.example?transport=udp, turns:r.example:443?transport=tcp",
            "TISKI_TURN_SECRET": "s",
            "TISKI_MEDIA_TCP_ANNOUNCE": "192.0.2.7:443, [2001:db8::7]:443",
        }
    )
    assert settings.turn_urls[1] == "turns:r.example:443?transport=tcp"
    assert settings.media_tcp
    assert settings.media_tcp_announce == (("192.0.2.7", 443), ("2001:db8::7", 443))
    assert not Settings.from_environment({"TISKI_MEDIA_TCP": "0"}).media_tcp
