"""The callback door where it cannot store: the carrier must hear that it has to come again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection

from outreach.carriers.base import Callback
from outreach.delivery.door import Door
from outreach.store import inbox
from outreach.store.database import Writer
from outreach.store.room import FullError
from tests.full_disk import small_disk

_LARGE = Callback("", {}, b"x" * 500_000)


async def test_on_a_full_disk_a_call_is_refused_at_once_and_taken_later(tmp_path: Path) -> None:
    disk = small_disk(tmp_path)
    writer = Writer(disk.database)
    door = Door(writer, {"esms": 1}, "a-token-of-sixteen", lambda: datetime.now(UTC))
    disk.fill()
    with pytest.raises(FullError, match="disk"):
        await door.take("esms", _LARGE)
    disk.clear()
    await door.take("esms", _LARGE)
    with disk.database.read() as conn:
        assert inbox.waiting(conn) == 1
    writer.close()
    disk.database.close()


def test_an_account_that_has_not_called_is_told_as_silent(tmp_path: Path) -> None:
    disk = small_disk(tmp_path)
    writer = Writer(disk.database)
    Door(writer, {"mute": 1, "dumb": 2}, "a-token-of-sixteen", lambda: datetime.now(UTC))
    for name in ("mute", "dumb"):
        assert REGISTRY.get_sample_value("outreach_callbacks_total", {"account": name}) == 0
    writer.close()
    disk.database.close()


async def test_who_waits_for_room_does_not_keep_a_call_waiting(tmp_path: Path) -> None:
    disk = small_disk(tmp_path)
    writer = Writer(disk.database)
    door = Door(writer, {"esms": 1}, "a-token-of-sixteen", lambda: datetime.now(UTC))

    def much(conn: Connection) -> None:
        inbox.put(conn, [(1, 0, b"x" * 500_000)])

    disk.fill()
    waiting = writer.submit(much)
    with pytest.raises(FullError):
        await door.take("esms", _LARGE)
    assert not waiting.done()
    disk.clear()
    waiting.result(10)
    writer.close()
    disk.database.close()
