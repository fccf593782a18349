"""The servers that other tests rely on: they answer, are fresh, and are gone afterwards."""

import os
import socket
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.services.postgres import PostgresServer
from tests.services.process import ServiceError, running
from tests.services.redis import redis_running
from tests.services.turn import TurnServer


@pytest.mark.redis
async def test_redis_publishes_to_a_subscriber(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis, redis.pubsub() as subscriber:
        await subscriber.subscribe("hints")
        await subscriber.get_message(timeout=5)  # the acknowledgement of the subscription
        await redis.publish("hints", b"seq 7")
        message = await subscriber.get_message(timeout=5, ignore_subscribe_messages=True)
    assert message is not None
    assert message["data"] == b"seq 7"


@pytest.mark.redis
@pytest.mark.parametrize("_run", ["first", "second"])
async def test_every_test_gets_an_empty_redis(redis_url: str, _run: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.dbsize() == 0
        await redis.set("left", "behind")


@pytest.mark.redis
def test_redis_is_gone_when_its_block_ends() -> None:
    with redis_running() as server:
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


@pytest.mark.postgres
@pytest.mark.parametrize("_run", ["first", "second"])
async def test_every_test_gets_an_empty_database(postgres_url: str, _run: str) -> None:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        await connection.execute("create table message (id text primary key)")
        assert await connection.fetchval("select count(*) from message") == 0
    finally:
        await connection.close()


@pytest.mark.postgres
async def test_a_database_goes_although_somebody_is_in_it(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        inside = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await inside.fetchval("select 1")
    finally:
        inside.terminate()


def test_coturn_makes_credentials_that_end(turn_server: TurnServer) -> None:
    user, password = turn_server.credentials("visitor", lifetime=60)
    assert user.endswith(":visitor")
    assert len(password) == 28  # base64 of a SHA-1


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(ServiceError, match="no such option"),
        running(
            lambda _: ["/bin/sh", "-c", "echo no such option; exit 2"],
            lambda _: False,
            tmp_path / "log",
        ),
    ):
        pytest.fail("it never became ready")


def test_a_server_that_ignores_the_polite_signal_is_ended(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with running(
        lambda _: ["/bin/sh", "-c", f"trap '' TERM; echo $$ > {pid}; exec sleep 600"],
        lambda _: pid.exists() and pid.read_text() != "",
        tmp_path / "log",
        stop_seconds=0.1,
    ):
        number = int(pid.read_text())
        os.kill(number, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
