"""Statements as they are stored: revisions, those that count, closed months, who did it."""

import threading
from dataclasses import replace

import pytest

from outreach.domain.errors import NotAllowedError
from outreach.store import audit, statements
from outreach.store.database import Database
from outreach.store.statements import Line, Statement

MONTH = 202611


def _statement(carrier: str = "Viettel", month: int = MONTH, **more: object) -> Statement:
    plain = Statement(
        id=0, carrier=carrier, month=month, revision=0, source="typed", document="",
        fingerprint="f", at=1_000, made_by="an", why="", difficulties="", causes="",
        invoiced_parts=None, invoiced_dong=None, cautions=(), lines=(Line(accesses=10),),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]  # a test's own words


def test_the_highest_revision_counts_and_all_are_kept(database: Database) -> None:
    lines = (
        Line(0, "Xã Thạnh An", None, None, 1, 2),
        Line(0, "", None, None, 3, 0),
        Line(7, "", 5, 4),
        Line(0, "Phường Đức Nhuận", None, None, 2, None),
    )
    with database.write() as conn:
        first = statements.add(conn, _statement(lines=lines, cautions=({"vi": "ạ", "en": "a"},)))
        second = statements.add(conn, _statement(why="again", invoiced_dong=10**12))
        other = statements.add(conn, _statement("MobiFone"))
        statements.add(conn, _statement(month=202610))
    with database.read() as conn:
        assert statements.latest(conn, MONTH) == {"Viettel": second, "MobiFone": other}
        assert statements.latest(conn, MONTH, {"Viettel": 1}) == {"Viettel": first}
        assert statements.latest(conn, MONTH, {"Viettel": 3}) == {}
        assert statements.history(conn, "Viettel", MONTH) == [first, second]
        assert (first.revision, second.revision, other.revision) == (1, 2, 1)
        assert set(first.lines) == set(lines)
        assert statements.months(conn) == [202610, MONTH]
        assert statements.first_at(conn, MONTH) == {"Viettel": 1_000, "MobiFone": 1_000}
        entries = audit.history(conn, statements.subject(MONTH))
    told = [(each.actor, each.action, each.detail["revision"]) for each in entries]
    assert told == [
        ("an", "statement.add", 1),
        ("an", "statement.add", 2),
        ("an", "statement.add", 1),
    ]


def test_totals_by_order_and_district() -> None:
    found = _statement(
        lines=(
            Line(0, "", None, None, 100, None),
            Line(0, "A", None, None, 60, 6),
            Line(0, "B", None, None, 40, 4),
            Line(1, "", 9, 8),
            Line(2, "A", 1, 1),
            Line(2, "B", 2, None),
        )
    )
    assert [found.total("sent"), found.total("delivered")] == [12, 9]
    assert [found.total("accesses"), found.total("installs")] == [100, 10]
    assert found.of_order(0) == Line(0, "", None, None, 100, 10)
    assert found.of_order(2) == Line(2, "", 3, 1, None, None)
    assert found.of_order(3) == Line(3)


def test_a_month_is_closed_once_and_opened_with_a_reason(database: Database) -> None:
    with database.write() as conn:
        assert statements.closed(conn, MONTH) is None
        with pytest.raises(NotAllowedError, match="2026-11 is open"):
            statements.reopen(conn, MONTH, "quan", "why", 1)
        statements.close(conn, MONTH, "quan", 5)
        assert statements.closed(conn, 202610) is None
        with pytest.raises(NotAllowedError, match="closed by 'quan' already"):
            statements.close(conn, MONTH, "binh", 6)
        found = statements.closed(conn, MONTH)
        assert found
        assert (found.made_by, found.at) == ("quan", 5)
        statements.reopen(conn, MONTH, "binh", "MobiFone đếm lại", 7)
        assert statements.closed(conn, MONTH) is None
        entries = audit.history(conn, statements.subject(MONTH))
    assert [(each.actor, each.action, dict(each.detail)) for each in entries] == [
        ("quan", "month.close", {}),
        ("binh", "month.reopen", {"why": "MobiFone đếm lại"}),
    ]


def test_two_at_once_make_two_revisions(database: Database) -> None:
    begun = threading.Barrier(4)

    def hand_in() -> None:
        begun.wait()
        with database.write() as conn:
            statements.take_turn(conn)
            statements.add(conn, _statement())

    threads = [threading.Thread(target=hand_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as conn:
        found = statements.history(conn, "Viettel", MONTH)
    assert [each.revision for each in found] == [1, 2, 3, 4]
