"""Lists that were handed over together, for whoever finds them after a crash."""

from outreach.store import batches
from outreach.store.batches import Handed
from outreach.store.database import Database


def _handed(key: str, *members: int, owner: str = "dead") -> Handed:
    return Handed(3, 7, key, members, owner, 0)


def test_of_two_lists_a_message_was_lost_with_the_later(database: Database) -> None:
    """It was held back at the last moment, and went with others while the first was under way."""
    with database.write() as conn:
        batches.write_down(conn, [_handed("first", 71, 72), _handed("other", 74, owner="alive")])
        batches.write_down(conn, [_handed("second", 72, 73)])
        found = batches.take_back(conn, {"alive"})
        assert found == {71: "first", 72: "second", 73: "second"}
        assert batches.take_back(conn, ()) == {74: "other"}
        assert batches.take_back(conn, ()) == {}
