import csv
from collections import Counter
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

from sqlalchemy import Connection

from outreach.domain.network import Channel, Network
from outreach.reports import words
from outreach.reports.columns import SENT, Column
from outreach.reports.export import results
from outreach.reports.layout_csv import write_csv
from outreach.reports.monthly import MonthlyReport
from outreach.reports.sums import NOTHING, Sums
from tests.reports import year
from tests.reports.conftest import report
from tests.reports.year import EACH


def test_all_tables_have_one_total(november: MonthlyReport) -> None:
    for lines in (november.carriers, november.campaigns):
        assert _same(reduce(add, (line.sums for line in lines), NOTHING), november.total)
    assert november.total.messages == november.total.sent + november.total.of(*(set(Column) - SENT))


def _same(one: Sums, other: Sums) -> bool:
    return one.to_json() == other.to_json()


def test_the_report_agrees_with_the_export(
    conn: Connection, campaigns: tuple[int, int], november: MonthlyReport
) -> None:
    rows = list(results(conn, campaigns[0]))
    total = november.total
    assert total.recipients == len(rows)
    states = Counter(row.state for row in rows)
    assert total.of(Column.NO_FAILURE, Column.AWAITING) == states.pop("accepted")
    assert states == {column.value: total.of(Column(column)) for column in map(Column, states)}
    assert total.parts == sum(row.parts for row in rows)


def test_the_two_months_hold_every_message_once(conn: Connection, november: MonthlyReport) -> None:
    december = report(conn, 12)
    assert november.total.messages == 14 * EACH
    assert december.total.messages == 6 * EACH
    assert december.total.recipients == 4 * EACH


def test_a_month_without_messages_says_so(conn: Connection, november: MonthlyReport) -> None:
    assert words.nothing(november) is None
    empty, future = report(conn, 10), replace(report(conn, 10), month=(2027, 2))
    assert empty.total.messages == 0
    assert words.notes(empty)[0] == "Không có tin nào được gửi trong tháng 10 năm 2026."
    assert words.notes(future)[0] == "Tháng 2 năm 2027 chưa đến: chưa có tin nào."


def test_what_was_never_routed_belongs_to_the_month_of_the_start(
    november: MonthlyReport,
) -> None:
    line = next(line for line in november.carriers if line.network is Network.GMOBILE)
    assert line.channel is None
    assert line.sums.of(Column.FAILED) == line.sums.messages == EACH


def test_pending_goes_with_a_campaign_of_the_month(
    conn: Connection, november: MonthlyReport
) -> None:
    assert november.total.of(Column.PENDING) == 0
    assert report(conn, 12).total.of(Column.PENDING) == 2 * EACH


def test_carriers_and_channels_stand_apart(conn: Connection) -> None:
    lines = {(line.network, line.channel): line.sums for line in report(conn, 12).carriers}
    assert set(lines) == {
        (Network.VINAPHONE, Channel.SMS),
        (Network.VINAPHONE, Channel.ZALO),
    }
    zalo = lines[Network.VINAPHONE, Channel.ZALO]
    assert (zalo.messages, zalo.recipients) == (4 * EACH, 2 * EACH)


def test_receipts_after_the_month_are_named_on_both_sides(
    conn: Connection, november: MonthlyReport
) -> None:
    december = report(conn, 12)
    assert november.late.of(Column.DELIVERED) == november.late.of(Column.UNDELIVERED) == EACH
    assert november.late.messages == 2 * EACH
    assert _same(november.late, december.earlier)
    assert november.earlier.messages == december.late.messages == 0


def test_a_carrier_without_receipts_is_never_called_delivered(november: MonthlyReport) -> None:
    viettel = next(line.sums for line in november.carriers if line.network is Network.VIETTEL)
    assert viettel.of(Column.DELIVERED) == 0
    assert viettel.of(Column.NO_FAILURE) == EACH
    assert viettel.delivered_rate is None


def test_reasons_are_the_most_frequent_first(november: MonthlyReport) -> None:
    counts = [line.messages for line in november.reasons]
    assert counts == sorted(counts, reverse=True)
    assert any(line.words == year.INJECTION for line in november.reasons)


def test_the_csv_says_what_the_report_says(november: MonthlyReport, tmp_path: Path) -> None:
    rows = _csv(november, tmp_path)
    total = next(row for row in rows if row[:1] == ["Tổng cộng"])
    assert [int(cell) for cell in total[2:6]] == [14 * EACH, 14 * EACH, 9 * EACH, 7 * EACH]
    assert total[-1] == "64836"
    assert [words.DELIVERED_MEANS] in rows
    assert [f"'{year.INJECTION} tháng 11", "1"] in [row[:2] for row in rows]
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert words.REHEARSAL not in str(rows)


def test_a_rehearsal_says_so_first(november: MonthlyReport, tmp_path: Path) -> None:
    assert _csv(replace(november, rehearsal=True), tmp_path)[0] == [words.REHEARSAL]


def test_a_missing_price_is_said(november: MonthlyReport) -> None:
    unpriced = replace(november, total=replace(november.total, unpriced=1_234))
    assert not any("không có đơn giá" in note for note in words.notes(november))
    assert any("1.234 đoạn tin" in note for note in words.notes(unpriced))


def _csv(report: MonthlyReport, folder: Path) -> list[list[str]]:
    path = folder / "report.csv"
    count = write_csv(report, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == count
    return rows
