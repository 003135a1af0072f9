"""A PostgreSQL that is gone without a word is missed by both pools, and soon."""

from sqlalchemy import Connection

from outreach.store.database import Database


def told(conn: Connection) -> dict[str, str]:
    """What the server's library was told of the connection beneath."""
    driver = conn.connection.driver_connection
    assert driver is not None
    return dict(driver.info.get_parameters())


def test_both_pools_miss_a_silent_server_within_twenty_seconds(shared: Database) -> None:
    with shared.read() as looking, shared.write() as writing:
        for conn in (looking, writing):
            parameters = told(conn)
            assert parameters["tcp_user_timeout"] == "20000"
            idle, every, count = (
                int(parameters[f"keepalives_{name}"]) for name in ("idle", "interval", "count")
            )
            assert idle + every * count <= 20
            assert parameters["connect_timeout"] == "5"


def test_the_address_has_the_last_word(shared: Database) -> None:
    url = shared.url.update_query_dict({"tcp_user_timeout": "60000"})
    other = Database(url.render_as_string(hide_password=False))
    with other.read() as conn:
        assert told(conn)["tcp_user_timeout"] == "60000"
        assert told(conn)["keepalives_idle"] == "5"
    other.close()
