"""Issued reports: their sums, that they stay as they are, and what is named when figures move."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import jsonschema
import pytest
from sqlalchemy import text

from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError
from outreach.domain.message import Event
from outreach.domain.month import Month
from outreach.reports import issuing, proof, verifying
from outreach.reports.columns import Column
from outreach.reports.export import results
from outreach.reports.figures import campaign_figures
from outreach.reports.issuing import Signing
from outreach.reports.ledgers import Setting
from outreach.reports.verifying import Verdict
from outreach.store import audit, editions
from outreach.store.database import Database
from outreach.store.editions import Edition
from outreach.store.messages import Change, apply
from outreach.store.statements import Line
from tests.reports import others, year
from tests.reports.conftest import CONFIG, of_month
from tests.reports.year import EACH

NOVEMBER = Month(2026, 11)
SIGNING = Signing("binh", date(2026, 12, 2), 5)
CORRECTING = Signing("binh", date(2026, 12, 7), 6, "biên nhận về muộn")
LATER = datetime(2026, 12, 7, 3, tzinfo=UTC)

Issue = Callable[..., tuple[Edition, dict[str, bytes]]]


@pytest.fixture
def issue(filled: Database, setting: Setting) -> Issue:
    """Issue November's report to the department."""
    return partial(_issue, filled, setting)


def _issue(
    database: Database, setting: Setting, signing: Signing = SIGNING, now: datetime = year.MADE_AT
) -> tuple[Edition, dict[str, bytes]]:
    told = replace(setting, now=now)
    return issuing.issue(database, NOVEMBER, told.reporting.edition("so-tttt"), told, signing)


def verdict(database: Database, setting: Setting, now: datetime = LATER) -> Verdict:
    """Prove November's reports."""
    with database.read() as conn:
        told = replace(setting, now=now)
        return verifying.verify(conn, NOVEMBER, told, None, lambda _, __: None)


def receipts_come(database: Database, campaign: int) -> None:
    """Those that awaited a receipt get it, a week after the month."""
    with database.write() as conn:
        waiting = conn.execute(
            text("SELECT id FROM message WHERE state = 1 AND account = :esms ORDER BY id"),
            {"esms": year.ESMS},
        ).scalars()
        changes = [Change(message, Event.DELIVERED, None, 20261207) for message in waiting]
        assert len(changes) == EACH
        apply(conn, changes, 20261207)


def figures(files: Mapping[str, bytes]) -> Any:
    """The report's JSON file, read."""
    return json.loads(next(body for name, body in files.items() if name.endswith(".json")))


def test_report_status_export_and_recount_are_one(
    filled: Database, campaigns: tuple[int, int], setting: Setting, issue: Issue
) -> None:
    _, files = issue()
    told = figures(files)["total"]
    with filled.read() as conn:
        status = campaign_figures(conn, campaigns[0], year.PRICES, year.PUSHED)
        exported = Counter(row.state for row in results(conn, campaigns[0]))
        counted = proof.recount(conn, campaigns[0]).figures
        live = of_month(conn, 11, setting)
    assert told == {
        **status.sums.to_json(),
        "opened": 0,
        "installed": 3,
        "registered": 0,
        "opted_out": 0,
    }
    assert live.total.to_json() == status.sums.to_json()
    assert told["recipients"] == sum(exported.values()) == status.recipients
    assert sum(figure.messages for figure in counted) == told["messages"]
    for state in ("delivered", "undelivered", "unconfirmed", "unknown", "rejected", "failed"):
        of_state = [figure for figure in counted if figure.group.state.label == state]
        assert told[state] == exported[state] == sum(figure.messages for figure in of_state) > 0
    accepted = told[Column.AWAITING.value] + told[Column.NO_FAILURE.value]
    assert accepted == exported["accepted"] == 2 * EACH


def test_sends_by_order_stand_beside_and_are_never_added(filled: Database, issue: Issue) -> None:
    _, files = issue()
    told = figures(files)
    line = next(each for each in told["by_order"] if each["carrier"] == "VinaPhone")
    assert (line["sent"], line["delivered"]) == others.ORDERED
    assert next(each for each in told["by_order"] if each["carrier"] == "Viettel")["sent"] is None
    assert sum(each["sent"] for each in told["carriers"]) == told["total"]["sent"] == 9 * EACH


def test_what_carriers_state_is_laid_beside_our_own_counts(issue: Issue) -> None:
    _, files = issue()
    told = figures(files)
    line = next(each for each in told["statements"] if each["carrier"] == "VinaPhone")
    assert (line["revision"], line["days_overdue"]) == (1, 0)
    assert (line["installs"], line["installed"], line["installs_difference"]) == (31_000, 3, 30_997)
    assert told["unprompted"]["installed"] == 2
    cost = next(each for each in told["costs"] if each["carrier"] == "esms")
    assert cost["invoiced_dong"] is None
    assert cost["parts"] == 6 * EACH * year.PARTS
    vinaphone = next(each for each in told["costs"] if each["carrier"] == "VinaPhone")
    assert (vinaphone["invoiced_dong"], vinaphone["difference_dong"]) == (20_000, "20000")
    assert told["coverage"]["total"]["registered"] == 60_000
    assert told["coverage"]["progress"]["gap"] == 4_440_000


def test_an_edition_holds_until_receipts_come(
    filled: Database, campaigns: tuple[int, int], setting: Setting, issue: Issue
) -> None:
    issue()
    before = verdict(filled, setting)
    assert before.holds, before.to_json()
    assert before.messages == 20 * EACH
    receipts_come(filled, campaigns[0])
    after = verdict(filled, setting)
    (proven,) = after.editions
    assert not after.holds
    assert not after.tally
    assert proven.receipts_since == EACH
    changed = {each.words: (each.before, each.after) for each in proven.differences}
    assert changed["total / delivered"] == (str(2 * EACH), str(3 * EACH))
    assert changed["total / awaiting_receipt"] == (str(EACH), "0")
    assert changed["late / delivered"] == (str(EACH), str(2 * EACH))
    assert "total / sent" not in changed


def test_a_correction_says_what_changed_and_the_first_stays(
    filled: Database, campaigns: tuple[int, int], setting: Setting, issue: Issue
) -> None:
    first, files = issue()
    receipts_come(filled, campaigns[0])
    with pytest.raises(BadInputError, match="--why"):
        issue(replace(CORRECTING, why=""), LATER)
    second, corrected = issue(CORRECTING, LATER)
    assert (first.revision, second.revision) == (1, 2)
    words = {change["words"] for change in second.changes}
    assert {"total / delivered", "total / awaiting_receipt"} <= words
    text = next(body for name, body in corrected.items() if name.endswith(".csv")).decode()
    assert "Nội dung điều chỉnh" in text.replace("NỘI DUNG ĐIỀU CHỈNH", "Nội dung điều chỉnh")
    assert f"Tổng cộng / Đã chuyển,{2 * EACH},{3 * EACH}" in text
    assert "total / " not in text
    assert "thay thế Báo cáo số 05/BC-TTCĐS ngày 02/12/2026." in text
    assert not files.keys() & corrected.keys(), "the first files are in the way of no correction"
    assert verdict(filled, setting).holds
    with filled.read() as conn:
        kept = editions.find(conn, NOVEMBER.number, "so-tttt", 1)
        assert {file.name: file.body for file in editions.files(conn, kept.id)} == files
        assert kept.data == first.data


def test_a_report_that_the_registry_numbered_by_hand_is_replaced_by_its_symbol(
    filled: Database, campaigns: tuple[int, int], issue: Issue
) -> None:
    issue(replace(SIGNING, number=None))
    receipts_come(filled, campaigns[0])
    _, corrected = issue(CORRECTING, LATER)
    text = next(body for name, body in corrected.items() if name.endswith(".csv")).decode()
    assert "thay thế Báo cáo ký hiệu BC-TTCĐS ngày 02/12/2026." in text


def test_without_a_difference_there_is_nothing_to_correct(issue: Issue) -> None:
    issue()
    with pytest.raises(NotAllowedError, match="no figure differs"):
        issue(CORRECTING, LATER)


def test_a_new_statement_is_named_and_changes_no_issued_figure(
    filled: Database, setting: Setting, issue: Issue
) -> None:
    issue()
    with filled.write() as conn:
        others.hand_in(conn, (Line(0, "", None, None, 60_000, 35_000),), "đếm lại")
    found = verdict(filled, setting)
    assert found.holds
    assert found.editions[0].newer == (("VinaPhone", 1, 2),)
    second, _ = issue(CORRECTING, LATER)
    assert "statements / VinaPhone / installs" in {each["words"] for each in second.changes}
    assert second.statements == {"VinaPhone": 2}


def test_files_are_made_while_others_write_and_who_was_faster_has_issued(
    filled: Database, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody issues the same report while files are made: that waits for nobody."""
    make = issuing.files

    def slowly(*told: Any) -> dict[str, bytes]:
        monkeypatch.setattr(issuing, "files", make)
        issue()
        return make(*told)

    monkeypatch.setattr(issuing, "files", slowly)
    with pytest.raises(NotAllowedError, match="revision 1 of edition 'so-tttt' of 2026-11 was"):
        issue()
    with filled.read() as conn:
        (only,) = editions.listed(conn)
        assert len(editions.files(conn, only.id)) == 5
        entries = audit.history(conn, "edition:2026-11:so-tttt")
    assert [(each.actor, each.action) for each in entries] == [("binh", "report.issue")]
    assert entries[0].detail["sha256"] == only.sha256


def test_a_month_that_is_not_over_is_not_issued(issue: Issue) -> None:
    with pytest.raises(NotAllowedError, match="not over"):
        issue(SIGNING, datetime(2026, 11, 30, 16, 59, tzinfo=UTC))
    issue(SIGNING, datetime(2026, 11, 30, 17, 0, tzinfo=UTC))  # midnight in Ho Chi Minh City


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE edition_file SET body = body || ' '", "bao-cao-2026-11-so-tttt.csv"),
        ("UPDATE edition SET sha256 = 'x'", "figures"),
    ],
)
def test_a_touched_file_is_named(
    filled: Database, setting: Setting, issue: Issue, sql: str, told: str
) -> None:
    issue()
    with filled.write() as conn:
        conn.execute(
            text(
                sql.replace("body || ' '", "CAST('x' AS BLOB)")
                if filled.is_sqlite
                else sql.replace("body || ' '", "'x'::bytea")
            )
        )
    found = verdict(filled, setting)
    assert not found.holds
    assert told in found.editions[0].broken


@pytest.mark.parametrize("table", ["tally", "district_tally"])
def test_a_tally_that_lies_is_named(
    filled: Database, setting: Setting, issue: Issue, table: str
) -> None:
    issue()
    delta = f"{table}_delta"
    with filled.write() as conn:
        conn.execute(text(f"UPDATE {delta} SET messages = messages + 1 WHERE state = 2"))
    found = verdict(filled, setting)
    assert not found.holds
    assert any("delivered" in str(each) for each in found.tally)
    # Editions are laid beside the messages; only the day of a receipt none of them keeps.
    wrong = {each.words.partition(" / ")[0] for each in found.editions[0].differences}
    assert wrong <= {"late"}


def test_what_was_never_issued_cannot_be_proven(filled: Database, setting: Setting) -> None:
    with pytest.raises(NotFoundError, match="report issue"):
        verdict(filled, setting)


def test_the_json_file_is_as_the_schema_says(
    filled: Database, setting: Setting, issue: Issue
) -> None:
    schema = json.loads((CONFIG.parent / "outreach/reports/ledger.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    _, files = issue()
    validator.validate(figures(files))
    with filled.read() as conn:
        for month in (None, 10, 12):
            validator.validate(json.loads(issuing.canonical(of_month(conn, month, setting))))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**figures(files), "msisdn": "84900000001"})


def test_no_number_and_no_formula_in_any_file(issue: Issue) -> None:
    _, files = issue()
    text = next(body for name, body in files.items() if name.endswith(".csv")).decode()
    assert "'=khó khăn" in text
    assert "84912345678" not in text
    assert b"84912345678" not in next(body for name, body in files.items() if "json" in name)
