import csv
from collections import Counter
from dataclasses import replace
from functools import reduce
from operator import add

from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.domain.network import Channel, Network
from outreach.reports import words
from outreach.reports.columns import SENT, Column
from outreach.reports.documents import csv as documents
from outreach.reports.documents import wording
from outreach.reports.documents.model import Document, Item, Paragraph, Registered
from outreach.reports.export import results
from outreach.reports.ledger import Ledger
from outreach.reports.ledgers import Setting
from outreach.reports.official import official
from outreach.reports.sums import NOTHING, Sums
from tests.reports import year
from tests.reports.conftest import of_month
from tests.reports.year import EACH


def test_all_tables_have_one_total(november: Ledger) -> None:
    for lines in (november.carriers, november.campaigns):
        assert _same(reduce(add, (line.sums for line in lines), NOTHING), november.total)
    assert november.total.messages == november.total.sent + november.total.of(*(set(Column) - SENT))


def _same(one: Sums, other: Sums) -> bool:
    return one.to_json() == other.to_json()


def test_the_report_agrees_with_the_export(
    conn: Connection, campaigns: tuple[int, int], november: Ledger
) -> None:
    rows = list(results(conn, campaigns[0]))
    total = november.total
    assert total.recipients == len(rows)
    states = Counter(row.state for row in rows)
    assert total.of(Column.NO_FAILURE, Column.AWAITING) == states.pop("accepted")
    assert states == {column.value: total.of(Column(column)) for column in map(Column, states)}
    assert total.parts == sum(row.parts for row in rows)


def test_the_two_months_hold_every_message_once(
    conn: Connection, november: Ledger, setting: Setting
) -> None:
    december = of_month(conn, 12, setting)
    assert november.total.messages == 14 * EACH
    assert december.total.messages == 6 * EACH
    assert december.total.recipients == 4 * EACH


def test_a_month_without_messages_says_so(
    conn: Connection, november: Ledger, setting: Setting
) -> None:
    assert words.nothing(november) is None
    empty = of_month(conn, 10, setting)
    future = replace(empty, month=Month(2027, 2))
    assert empty.total.messages == 0
    assert words.nothing(empty) == "Không có tin nào được gửi trong tháng 10 năm 2026."
    assert words.nothing(future) == "Tháng 2 năm 2027 chưa đến: chưa có tin nào."
    for ledger in (empty, future):
        assert words.nothing(ledger) in texts(written(ledger, setting))


def test_what_was_never_routed_belongs_to_the_month_of_the_start(
    november: Ledger,
) -> None:
    line = next(line for line in november.carriers if line.network is Network.GMOBILE)
    assert line.channel is None
    assert line.sums.of(Column.FAILED) == line.sums.messages == EACH


def test_pending_goes_with_a_campaign_of_the_month(
    conn: Connection, november: Ledger, setting: Setting
) -> None:
    assert november.total.of(Column.PENDING) == 0
    assert of_month(conn, 12, setting).total.of(Column.PENDING) == 2 * EACH


def test_carriers_and_channels_stand_apart(conn: Connection, setting: Setting) -> None:
    lines = {
        (line.network, line.channel): line.sums for line in of_month(conn, 12, setting).carriers
    }
    assert set(lines) == {
        (Network.VINAPHONE, Channel.SMS),
        (Network.VINAPHONE, Channel.ZALO),
    }
    zalo = lines[Network.VINAPHONE, Channel.ZALO]
    assert (zalo.messages, zalo.recipients) == (4 * EACH, 2 * EACH)


def test_receipts_after_the_month_are_named_on_both_sides(
    conn: Connection, november: Ledger, setting: Setting
) -> None:
    december = of_month(conn, 12, setting)
    assert november.late.of(Column.DELIVERED) == november.late.of(Column.UNDELIVERED) == EACH
    assert november.late.messages == 2 * EACH
    assert _same(november.late, december.earlier)
    assert november.earlier.messages == december.late.messages == 0


def test_a_carrier_without_receipts_is_never_called_delivered(november: Ledger) -> None:
    viettel = next(line.sums for line in november.carriers if line.network is Network.VIETTEL)
    assert viettel.of(Column.DELIVERED) == 0
    assert viettel.of(Column.NO_FAILURE) == EACH
    assert viettel.delivered_rate is None


def test_reasons_are_the_most_frequent_first(november: Ledger) -> None:
    counts = [line.messages for line in november.reasons]
    assert counts == sorted(counts, reverse=True)
    assert any(line.words == year.INJECTION for line in november.reasons)


def test_the_csv_says_what_the_report_says(november: Ledger, setting: Setting) -> None:
    rows = _csv(november, setting)
    at = rows.index(["Tin đã đến nhà mạng"])
    assert rows[at + 1][:6] == [
        *("Nhà mạng", "Kênh", "Người nhận", "Số tin", "Đã gửi", "Nhà mạng đã nhận"),
    ]
    total = next(row for row in rows[at:] if row[:1] == ["Tổng cộng"])
    assert [int(cell) for cell in total[2:6]] == [14 * EACH, 14 * EACH, 9 * EACH, 7 * EACH]
    at = rows.index(["Tin chưa đến nhà mạng và chi phí"])
    total = next(row for row in rows[at:] if row[:1] == ["Tổng cộng"])
    assert total[-1] == "64836"
    campaign = [f"'{year.INJECTION} tháng 11", "Gửi trực tiếp", str(14 * EACH), str(9 * EACH)]
    assert campaign in [row[:4] for row in rows]
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert wording.REHEARSAL not in str(rows)


def test_what_delivered_means_is_said(november: Ledger, setting: Setting) -> None:
    for edition in setting.reporting.editions:
        told = texts(written(november, setting, edition.name))
        assert set(words.MEANINGS) <= told


def test_a_rehearsal_says_so_first(november: Ledger, setting: Setting) -> None:
    rows = _csv(replace(november, rehearsal=True), setting)
    assert rows[0] == [wording.REHEARSAL]


def test_a_missing_price_is_said(november: Ledger, setting: Setting) -> None:
    sums = replace(november.total, unpriced=1_234)
    unpriced = replace(november, entry=replace(november.entry, sums=sums))
    assert not any("không có đơn giá" in each for each in texts(written(november, setting)))
    assert any("1.234 đoạn tin" in each for each in texts(written(unpriced, setting)))


def written(ledger: Ledger, setting: Setting, name: str = "so-tttt") -> Document:
    """The report of a ledger, not issued yet."""
    entered = Registered(None, ledger.made_at.date())
    return official(ledger, setting.reporting.edition(name), setting.reporting, entered)


def texts(document: Document) -> set[str]:
    """What its paragraphs and points say."""
    return {block.text for block in document.blocks if isinstance(block, Paragraph | Item)}


def _csv(ledger: Ledger, setting: Setting) -> list[list[str]]:
    text = documents.render(written(ledger, setting)).decode("utf-8-sig")
    return list(csv.reader(text.splitlines()))
