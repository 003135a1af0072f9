"""Months of figures and their revisions, on both databases."""

from dataclasses import replace

from outreach.domain.coverage import Coverage
from outreach.store import audit, coverage
from outreach.store.coverage import MonthCoverage
from outreach.store.database import Database

NOVEMBER = MonthCoverage(
    month=202611,
    revision=0,
    source="thang-11.xlsx",
    at=1_000,
    made_by="an",
    why="",
    lines={"Quận 1": Coverage(200, 150, 100, 50), "Quận 3": Coverage(300, 100)},
    city=Coverage(),
)


def add(database: Database, told: MonthCoverage) -> int:
    with database.write() as conn:
        return coverage.add(conn, told)


def latest(database: Database, month: int, revision: int | None = None) -> MonthCoverage | None:
    with database.read() as conn:
        return coverage.latest(conn, month, revision)


def test_what_is_added_is_read_back(database: Database) -> None:
    assert add(database, NOVEMBER) == 1
    assert latest(database, 202611) == replace(NOVEMBER, revision=1)
    assert latest(database, 202610) is None
    assert latest(database, 202611, 2) is None


def test_the_highest_revision_counts_and_others_stay(database: Database) -> None:
    add(database, NOVEMBER)
    lines = {"Quận 1": Coverage(210, 150, 100, 60)}
    corrected = replace(NOVEMBER, lines=lines, at=2_000, made_by="quan", why="BHXH corrected")
    assert add(database, corrected) == 2
    assert latest(database, 202611) == replace(corrected, revision=2)
    assert latest(database, 202611, 1) == replace(NOVEMBER, revision=1)
    with database.read() as conn:
        told = audit.history(conn, "month:2026-11")
    assert [(each.actor, each.action, each.detail) for each in told] == [
        ("an", "coverage.import", {"revision": 1, "source": "thang-11.xlsx", "why": ""}),
        (
            "quan",
            "coverage.import",
            {"revision": 2, "source": "thang-11.xlsx", "why": "BHXH corrected"},
        ),
    ]


def test_months_are_told_in_their_order(database: Database) -> None:
    for month in (202611, 202512, 202601, 202611):
        add(database, replace(NOVEMBER, month=month, why="x"))
    with database.read() as conn:
        assert coverage.months(conn) == [202512, 202601, 202611]


def test_the_total_is_as_told_or_the_sum(database: Database) -> None:
    assert NOVEMBER.total == Coverage(500, 250)
    whole = replace(NOVEMBER, city=Coverage(insured=600, approved=170))
    add(database, whole)
    found = latest(database, 202611)
    assert found is not None
    assert found.total == Coverage(600, 250, 170)
    assert found.city == Coverage(insured=600, approved=170)


def test_a_fingerprint_is_of_the_figures_alone() -> None:
    other = replace(NOVEMBER, month=202610, source="x.csv", why="y", made_by="quan", at=5)
    turned = replace(NOVEMBER, lines=dict(sorted(NOVEMBER.lines.items(), reverse=True)))
    assert other.fingerprint == turned.fingerprint == NOVEMBER.fingerprint
    changed = [
        replace(NOVEMBER, city=Coverage(500)),
        replace(NOVEMBER, lines={**NOVEMBER.lines, "Quận 3": Coverage(300, None, 100)}),
        replace(NOVEMBER, lines={**NOVEMBER.lines, "Quận 4": Coverage()}),
    ]
    assert len({NOVEMBER.fingerprint, *(each.fingerprint for each in changed)}) == 4
