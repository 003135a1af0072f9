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
        hide_parameters=True,  # tokens and numbers are among them, and faults are logged
    )
