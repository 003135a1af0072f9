"""What is said of the installation as a whole."""

import threading

from outreach.store import installation
from outreach.store.database import Database
from outreach.store.installation import Pause

_HELD = Pause(5, "quan", "a copy")


def test_a_pause_stays_as_it_is_until_it_ends(database: Database) -> None:
    with database.write() as conn:
        assert installation.paused(conn) is None
        assert not installation.resume(conn)
        assert installation.pause(conn, _HELD)
        assert not installation.pause(conn, Pause(6, "an", "another"))
        assert installation.paused(conn) == _HELD
        assert installation.resume(conn)
        assert installation.paused(conn) is None


def test_the_first_secret_holds_until_another_is_taken(database: Database) -> None:
    with database.write() as conn:
        assert installation.sealed_by(conn) is None
        assert installation.seal_first(conn, "one") == "one"
        assert installation.seal_first(conn, "two") == "one"
        installation.seal(conn, "two")
        assert installation.seal_first(conn, "one") == "two"
        assert installation.paused(conn) is None


def test_of_two_who_begin_together_one_is_first(shared: Database) -> None:
    both, held = threading.Barrier(2), []

    def begin(fingerprint: str) -> None:
        with shared.write() as conn:
            installation.sealed_by(conn)
            both.wait()
            held.append(installation.seal_first(conn, fingerprint))

    threads = [threading.Thread(target=begin, args=(each,)) for each in ("one", "two")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert held in (["one", "one"], ["two", "two"])
