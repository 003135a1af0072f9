"""The letters to carriers: what they ask for, and that they are what the law wants of a letter."""

import io
from dataclasses import replace
from datetime import date, datetime

import docx as python_docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.month import Month
from outreach.domain.order import OrderAction, OrderState, PartAction, PartState, Words
from outreach.domain.text import measure_sent
from outreach.domain.window import LOCAL
from outreach.reports.by_order import OrderLine, by_order
from outreach.reports.documents import docx, pdf
from outreach.reports.documents.model import (
    Document,
    DocumentType,
    Item,
    Paragraph,
    Quotation,
    Registered,
    Table,
)
from outreach.reports.letters import order_letter, reminder
from outreach.reports.overdue import Late, late
from outreach.store import orders, statements
from outreach.store.database import Database
from outreach.store.orders import Order, Part
from outreach.store.statements import Line, Statement
from tests.campaigns.desks import installed

ACCENTED = "BHXH Thành phố kính mời Ông/Bà cài VssID. Hỗ trợ: 1900 9068."
PLAIN = "BHXH Thanh pho kinh moi Ong/Ba cai VssID. Ho tro: 1900 9068."
ORDER = Order(
    id=1,
    name="dec-by-order",
    purpose="install-guide",
    words=Words(ACCENTED, PLAIN),
    audience="thuê bao cá nhân từ 18 tuổi trở lên.",
    opens_on=20261230,
    closes_on=20270102,
    hours="08:00-20:30",
    state=OrderState.ORDERED,
    author="an",
    approver="binh",
    approved_hash="x",
    created_at=1,
    approved_at=2,
)
ISSUED = int(datetime(2026, 12, 1, 0, 30, tzinfo=LOCAL).timestamp() * 1000)
PART = Part(1, "Viettel", PartState.ORDERED, "05/TTCĐS-CNTT", ISSUED)
ENTRY = Registered(31, date(2027, 1, 8))


def _texts(document: Document) -> list[str]:
    return [each.text for each in document.blocks if isinstance(each, Paragraph | Item)]


def _letter(order: Order = ORDER, part: Part = PART) -> Document:
    return order_letter(order, part, installed())


def _remind(*found: Late) -> Document:
    until = date(2027, 1, 13)
    return reminder(Month(2026, 12), found, until, ENTRY, installed())


def _carrier(name: str) -> Late:
    return Late(installed().reporting.carrier(name), 3)


def test_the_order_is_a_letter_to_one_carrier() -> None:
    found = _letter()
    assert found.type is DocumentType.LETTER
    assert found.sign == "Số: 05/TTCĐS-CNTT"
    assert found.place_and_date == "Thành phố Hồ Chí Minh, ngày 01 tháng 12 năm 2026"
    assert found.title == "phối hợp nhắn tin hướng dẫn cài đặt ứng dụng VssID"
    assert found.to == ("Tập đoàn Công nghiệp - Viễn thông Quân đội",)
    assert found.recipients == ("Như trên", "Lưu: VT, CNTT")
    assert (found.agency, found.parent) == ("TRUNG TÂM CHUYỂN ĐỔI SỐ", "THÀNH PHỐ HỒ CHÍ MINH")
    assert found.bases == (), "a letter has them in its first sentence"


def test_a_letter_may_be_written_on_several_grounds() -> None:
    settings = installed()
    terms = replace(settings.reporting.document, letter_bases=("Căn cứ A", "Thực hiện B"))
    told = replace(settings, reporting=replace(settings.reporting, document=terms))
    first = _texts(order_letter(ORDER, PART, told))[0]
    assert first.startswith("Căn cứ A; thực hiện B, ")


def test_the_order_says_all_that_a_carrier_has_to_know() -> None:
    told = _texts(_letter())
    assert told[0].startswith("Thực hiện chỉ đạo của Ủy ban nhân dân Thành phố")
    assert "1. Đối tượng nhận tin: thuê bao cá nhân từ 18 tuổi trở lên. Danh sách" in told[1]
    assert "bản không dấu" in told[2]
    assert (
        "từ ngày 30 tháng 12 năm 2026 đến hết ngày 02 tháng 01 năm 2027,"
        " trong khoảng từ 08 giờ 00 đến 20 giờ 30 hằng ngày; không gửi tin vào ngày nghỉ lễ, tết."
    ) in told[3]
    assert told[4] == "4. Tên định danh người gửi: SIM-CITY."
    assert "(từ 07 giờ 00 đến 22 giờ 00)" in told[5]
    assert "Danh sách không quảng cáo (DNC) theo Nghị định số 91/2020/NĐ-CP" in told[5]
    assert told[7:9] == [
        "Số liệu tháng 12 năm 2026: gửi chậm nhất ngày 05 tháng 01 năm 2027;",
        "Số liệu tháng 1 năm 2027: gửi chậm nhất ngày 05 tháng 02 năm 2027;",
    ]
    assert "(XLSX, CSV) hoặc qua giao diện lập trình ứng dụng (API)" in told[10]
    assert "“dec-by-order”" in told[10]
    assert "điện thoại 028 0000 0000" in told[-1]


@pytest.mark.parametrize("made", [_letter(), _remind(_carrier("Viettel"), _carrier("Gmobile"))])
def test_the_mark_of_the_end_stands_once_at_the_end(made: Document) -> None:
    last = made.blocks[-1]
    assert isinstance(last, Paragraph)
    assert last.text.endswith("./.")
    assert not last.text.endswith("../.")
    assert "".join(_texts(made)).count("./.") == 1


def test_one_day_is_not_every_day() -> None:
    told = _texts(_letter(replace(ORDER, closes_on=20261230)))
    assert "3. Thời gian gửi tin: ngày 30 tháng 12 năm 2026, trong khoảng" in told[3]
    assert "hằng ngày" not in told[3]
    assert len([each for each in told if each.startswith("Số liệu tháng")]) == 1


def test_a_carrier_is_never_asked_to_answer_before_it_was_asked() -> None:
    assert "kế hoạch gửi tin trước ngày 30 tháng 12 năm 2026 và" in _texts(_letter())[-1]
    today = _texts(_letter(replace(ORDER, opens_on=20261201)))
    assert "kế hoạch gửi tin ngay khi nhận được văn bản này và" in today[-1]


def test_a_carrier_that_has_no_account_of_ours_knows_our_name() -> None:
    told = _texts(_letter(part=replace(PART, carrier="Gmobile")))
    assert told[4].endswith("tên định danh đã cấp cho cơ quan trên mạng của đơn vị.")


def test_a_letter_without_number_leaves_room_for_one() -> None:
    assert _letter(part=replace(PART, letter="")).sign == "Số:       /TTCĐS-CNTT"


@given(
    accented=st.text(min_size=1, max_size=300).filter(str.strip),
    spelled=st.text(st.characters(codec="ascii"), min_size=1, max_size=300).filter(str.strip),
)
def test_the_annex_has_the_text_as_it_is_to_be_sent(accented: str, spelled: str) -> None:
    (annex,) = _letter(replace(ORDER, words=Words(accented, spelled))).annexes
    quoted = [each.text for each in annex.blocks if isinstance(each, Quotation)]
    assert quoted == [accented, spelled] if accented != spelled else [spelled]
    titles = [each.text for each in annex.blocks if isinstance(each, Paragraph)]
    for title, body in zip(titles, quoted, strict=True):
        size = measure_sent(body)
        measured = f"({len(body)} ký tự, mã hóa {size.encoding}, {size.segments} đoạn tin):"
        assert title.endswith(measured)


def test_a_text_without_accents_stands_once() -> None:
    found = _letter(replace(ORDER, words=Words(PLAIN, PLAIN)))
    assert len(found.annexes[0].blocks) == 2
    assert "bản không dấu" not in _texts(found)[2]


def test_the_reminder_goes_to_all_that_are_late() -> None:
    found = _remind(_carrier("Viettel"), replace(_carrier("MobiFone"), days=4, orders=("a", "b")))
    assert found.to == (
        "Tập đoàn Công nghiệp - Viễn thông Quân đội",
        "Tổng công ty Viễn thông MobiFone",
    )
    assert found.sign == "Số: 31/TTCĐS-CNTT"
    assert found.title.endswith("VssID tháng 12 năm 2026")
    (table,) = [each for each in found.blocks if isinstance(each, Table)]
    assert table.rows == (
        (1, "Tập đoàn Công nghiệp - Viễn thông Quân đội", "Toàn bộ số liệu của tháng", 3),
        (2, "Tổng công ty Viễn thông MobiFone", "Số liệu của đợt nhắn tin “a”, “b”", 4),
    )
    told = _texts(found)
    assert "chậm nhất ngày 05 tháng 01 năm 2027. Đến ngày 08 tháng 01 năm 2027" in told[0]
    assert "các đơn vị gửi số liệu còn thiếu chậm nhất ngày 13 tháng 01 năm 2027" in told[1]


def test_one_that_is_late_is_called_by_its_name() -> None:
    told = _texts(_remind(_carrier("Viettel")))
    assert "các đơn vị" not in "".join(told)
    assert "đề nghị Tập đoàn Công nghiệp - Viễn thông Quân đội gửi số liệu còn thiếu" in told[1]


@pytest.mark.parametrize("made", [_letter(), _remind(_carrier("Viettel"), _carrier("Gmobile"))])
def test_letters_become_files(made: Document) -> None:
    assert pdf.render(made).startswith(b"%PDF-")
    read = python_docx.Document(io.BytesIO(docx.render(made)))
    told = "\n".join(paragraph.text for paragraph in read.paragraphs)
    assert _texts(made)[0] in told


def _statement(carrier: str, *lines: Line) -> Statement:
    return Statement(
        id=0, carrier=carrier, month=202612, revision=0, source="typed", document="",
        fingerprint=f"{carrier}{lines}", at=1, made_by="an", why="", difficulties="", causes="",
        invoiced_parts=None, invoiced_dong=None, cautions=(), lines=lines,
    )  # fmt: skip


def _ordered(database: Database) -> Order:
    """An order whose letters have gone to Viettel and VinaPhone, and not to MobiFone."""
    with database.write() as conn:
        draft = replace(ORDER, state=OrderState.DRAFT, approver=None, approved_at=None)
        made = orders.add(conn, draft, ["Viettel", "VinaPhone", "MobiFone"])
        made = orders.move(conn, made, OrderAction.SUBMIT)
        made = orders.move(conn, made, OrderAction.APPROVE, approved_at=2)
        for name in ("Viettel", "VinaPhone"):
            part = orders.part(conn, made, name)
            orders.move_part(conn, part, PartAction.ISSUE, ordered_at=ISSUED)
    return made


def _lines(database: Database, month: Month) -> dict[str, OrderLine]:
    with database.read() as conn:
        return {line.carrier: line for line in by_order(conn, month, installed().reporting)}


def test_orders_stand_with_the_figures_of_the_latest_statement(database: Database) -> None:
    made = _ordered(database)
    with database.write() as conn:
        statements.add(conn, _statement("Viettel", Line(made.id, sent=7)))
        own = Line(0, sent=100, accesses=50)
        of_order = Line(made.id, sent=9, delivered=8, accesses=0)
        statements.add(conn, replace(_statement("Viettel", own, of_order), why="sửa"))
        statements.add(conn, _statement("VinaPhone", own))
    found = _lines(database, Month(2026, 12))
    assert found["Viettel"] == OrderLine(
        "dec-by-order", "Viettel", "Viettel", PartState.ORDERED, 9, 8, 0, None, revision=2
    )
    nothing = OrderLine("dec-by-order", "VinaPhone", "VinaPhone", PartState.ORDERED)
    assert found["VinaPhone"] == nothing, "a statement that does not speak of the order"
    assert found["MobiFone"].state is PartState.PENDING
    assert set(_lines(database, Month(2027, 1))) == {"Viettel", "VinaPhone", "MobiFone"}
    assert _lines(database, Month(2026, 11)) == {}


def test_figures_are_those_of_the_statements_that_are_asked_for(database: Database) -> None:
    made = _ordered(database)
    month, reporting = Month(2026, 12), installed().reporting
    with database.write() as conn:
        first = statements.add(conn, _statement("Viettel", Line(made.id, sent=7)))
        statements.add(conn, replace(_statement("Viettel", Line(made.id, sent=9)), why="sửa"))
        found = by_order(conn, month, reporting, {"Viettel": first})
    assert [(line.sent, line.revision) for line in found if line.carrier == "Viettel"] == [(7, 1)]


def _late(database: Database, today: date) -> list[tuple[str, int, tuple[str, ...]]]:
    with database.read() as conn:
        found = late(conn, Month(2026, 12), installed().reporting, today)
    return [(each.carrier.name, each.days, each.orders) for each in found]


def test_who_owes_figures_from_the_day_after_they_were_due(database: Database) -> None:
    made = _ordered(database)
    assert _late(database, date(2027, 1, 5)) == []
    assert [name for name, _, _ in _late(database, date(2027, 1, 6))] == [
        "Viettel",
        "VinaPhone",
        "MobiFone",
        "Vietnamobile",
        "Gmobile",
    ]
    with database.write() as conn:
        statements.add(conn, _statement("Viettel", Line(made.id, sent=0)))
        for name in ("VinaPhone", "MobiFone", "Gmobile"):
            statements.add(conn, _statement(name, Line(0, accesses=3)))
    assert _late(database, date(2027, 1, 8)) == [
        ("VinaPhone", 3, ("dec-by-order",)),
        ("Vietnamobile", 3, ()),
    ]
