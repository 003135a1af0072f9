"""How we open a PostgreSQL: a pool for looking, and one for writing with plans that hold still."""

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_STEADY = (
    # Queues grow and shrink faster than they are analysed: by old figures the planner would read
    # and sort the whole of one for each claim, where its index gives the first rows at once.
    "SET enable_bitmapscan = off",
    "SET jit = off",  # what is written takes milliseconds; to compile it takes longer
)

_MISSED_SOON = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that is gone without a word is missed after twenty seconds, not a quarter of an hour.

libpq's names, in seconds, the last in ms; what the URL says goes before them.
"""


def connect(url: URL) -> tuple[Engine, Engine]:
    """Make the pools for looking and for writing; connections are made when they are needed."""
    looking, writing = _pool(url), _pool(url)

    @event.listens_for(writing, "connect")
    def _connected(dbapi: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = dbapi.cursor()
        for setting in _STEADY:
            cursor.execute(setting)
        cursor.close()
        dbapi.commit()

    return looking, writing


def _pool(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: n for name, n in _MISSED_SOON.items() if name not in url.query},
        hide_parameters=True,  # tokens and numbers are among them, and faults are logged
    )
