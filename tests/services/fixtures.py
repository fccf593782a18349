"""The fixtures that give tests real servers; each starts with the first test that asks for it."""

from collections.abc import Iterator

import pytest

from tests.services.postgres import PostgresServer, postgres_running
from tests.services.process import ServiceError
from tests.services.redis import RedisServer, redis_running
from tests.services.turn import TurnServer, turn_running

__all__ = ["postgres_server", "postgres_url", "redis_server", "redis_url", "turn_server"]


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """Give one Redis to the whole run."""
    try:
        with redis_running() as server:
            yield server
    except ServiceError as error:
        pytest.fail(str(error))


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Give the address of a Redis in which nothing is left of another test."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Give one PostgreSQL to the whole run."""
    try:
        with postgres_running() as server:
            yield server
    except ServiceError as error:
        pytest.fail(str(error))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Give the SQLAlchemy address (asyncpg) of an empty database of the test's own."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def turn_server() -> Iterator[TurnServer]:
    """Give one coturn, which relays to loopback too, to the whole run."""
    try:
        with turn_running() as server:
            yield server
    except ServiceError as error:
        pytest.fail(str(error))
