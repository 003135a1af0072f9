"""Addresses that cannot be called are refused where they are read, and no part of them is told."""

from pathlib import Path

import pytest

from outreach.domain.errors import BadInputError
from outreach.settings.addresses import database_url, redis_url

CUT_IN_TWO = ["sim/secret", "sim#secret", "sim@secret", "sim?secret", "12/secret", "12#secret"]


@pytest.mark.parametrize("password", CUT_IN_TWO)
def test_a_password_with_a_mark_of_the_address_is_told_of_and_not_told(password: str) -> None:
    environ = {
        "OUTREACH_REDIS_URL": f"redis://:{password}@127.0.0.1:6379/0",
        "OUTREACH_DATABASE_URL": f"postgresql://outreach:{password}@127.0.0.1/outreach",
    }
    with pytest.raises(BadInputError, match="in a password write") as redis:
        redis_url(environ)
    with pytest.raises(BadInputError, match="in a password write") as database:
        database_url(environ, Path("data"))
    for fault in (redis.value, database.value):
        assert "secret" not in repr(fault) + str(fault)
        assert fault.__cause__ is None
        assert fault.__context__ is None


@pytest.mark.parametrize(
    "address",
    [
        "redis://127.0.0.1:port/0",
        "redis://127.0.0.1/abc",
        "redis://127.0.0.1:0",
        "127.0.0.1:6379",
        "http://127.0.0.1",
        "unix:///run/redis.sock",  # the bells' library knows no such way
        "redis+tls://127.0.0.1",
        "REDIS://127.0.0.1",
        "redis://127.0.0.1?ssl_cert_reqs=none",
        "rediss://127.0.0.1?ssl_cert_reqs=CERT_NONE",
        "rediss://127.0.0.1?ssl_cert_reqs=optional&ssl_cert_reqs=none",
        "rediss://127.0.0.1?ssl_check_hostname=0",
        "rediss://127.0.0.1?ssl_ca_certs=",
        "rediss://127.0.0.1?ssl_keyfile=/etc/ssl/own.key",  # of which certificate?
        "rediss://127.0.0.1?socket_timeout=3",
    ],
)
def test_what_is_no_address_of_a_redis_is_refused(address: str) -> None:
    with pytest.raises(BadInputError, match="OUTREACH_REDIS_URL"):
        redis_url({"OUTREACH_REDIS_URL": address})


@pytest.mark.parametrize("address", ["sim-secret", "postgresql://127.0.0.1:x/a", "mysql://a/b"])
def test_what_is_no_address_of_a_database_is_refused(address: str) -> None:
    with pytest.raises(BadInputError, match="OUTREACH_DATABASE_URL") as fault:
        database_url({"OUTREACH_DATABASE_URL": address}, Path("data"))
    assert "sim-secret" not in str(fault.value)


@pytest.mark.parametrize(
    "address",
    [
        "redis://127.0.0.1",
        "redis://:sim%2Fsecret@127.0.0.1:6379/3",
        "rediss://user:sim@redis.example:6380",
        "rediss://redis.example/1?ssl_ca_certs=/etc/ssl/own.pem&ssl_check_hostname=false",
        "rediss://redis.example/1?ssl_cert_reqs=optional&ssl_certfile=a.pem&ssl_keyfile=b.pem",
        "redis://[::1]:6379/0",
    ],
)
def test_an_address_of_a_redis_is_taken_as_it_is(address: str) -> None:
    assert redis_url({"OUTREACH_REDIS_URL": address}) == address


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://outreach:sim%40secret@db.example:5432/outreach?sslmode=verify-full",
        "postgresql+psycopg://outreach@db.example/outreach",
        "postgresql:///outreach?host=/run/postgresql",
        "sqlite:////var/lib/outreach/a#b@c.db",
    ],
)
def test_an_address_of_a_database_is_taken_as_it_is(address: str) -> None:
    assert database_url({"OUTREACH_DATABASE_URL": address}, Path("data")) == address


def test_without_a_word_it_is_a_file_and_no_redis() -> None:
    assert database_url({}, Path("data")) == "sqlite:///data/outreach.db"
    assert redis_url({}) == ""
