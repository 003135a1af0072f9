"""How we open a SQLite file: durable, with one writer, and patient."""

from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from outreach.store.filelock import PATIENCE_S


def connect(path: str) -> Engine:
    """Open a file, made with its folder where it is missing; a `write` begins as one."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)  # numbers and tokens are in it; -wal and -shm follow its mode
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": PATIENCE_S},
        hide_parameters=True,  # tokens and numbers are among them, and faults are logged
    )

    @event.listens_for(engine, "connect")
    def _connected(dbapi: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves
        cursor = dbapi.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a send or an answer depends on it
            f"busy_timeout={PATIENCE_S * 1000:.0f}",
            "cache_size=-65536",
            "wal_autocheckpoint=4000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(conn: Connection) -> None:
        write = conn.get_execution_options().get("write", False)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
