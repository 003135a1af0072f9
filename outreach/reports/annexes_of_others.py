"""The annexes of a month's report that show what others say, and what a correction changes."""

from collections.abc import Sequence

from outreach.reports import corrected, words
from outreach.reports.documents.model import Annex, Column, Kind, Table
from outreach.reports.editing import Change
from outreach.reports.ledger import Ledger

TOTAL = "Tổng cộng"


def stated(ledger: Ledger) -> Annex:
    """Each carrier's figures, and its words."""
    columns = (
        Column("Doanh nghiệp", Kind.TEXT, 1.3),
        Column("Tình trạng", Kind.TEXT, 1.5),
        Column("Tin đã gửi"),
        Column("Tin đã chuyển"),
        Column("Lượt truy cập"),
        Column("Lượt cài đặt"),
    )
    rows = tuple(
        (
            line.carrier.name,
            words.handed_in(line),
            line.stated.sent,
            line.stated.delivered,
            line.stated.accesses,
            line.stated.installs,
        )
        for line in ledger.claims.statements
    )
    told = (
        Column("Doanh nghiệp", Kind.TEXT, 1.0),
        Column("Khó khăn", Kind.TEXT, 2.0),
        Column("Nguyên nhân", Kind.TEXT, 2.0),
    )
    said = tuple(
        (line.carrier.name, line.difficulties, line.causes)
        for line in ledger.claims.statements
        if line.difficulties or line.causes
    )
    return Annex(
        "Số liệu do doanh nghiệp viễn thông báo cáo",
        (
            Table(columns, rows),
            *([Table(told, said, None, "Khó khăn và nguyên nhân")] if said else []),
        ),
        sheet="Doanh nghiệp báo cáo",
    )


def coverage(ledger: Ledger) -> Annex:
    """The insured and registered, district by district."""
    columns = (
        Column("Đơn vị", Kind.TEXT, 1.8),
        Column("Tham gia"),
        Column("Đã đăng ký"),
        Column("Đã phê duyệt"),
        Column("Chưa đăng ký"),
        Column("Tỷ lệ đăng ký", Kind.SHARE),
    )
    found = ledger.claims.coverage
    rows = tuple((line.title, *line.cells) for line in found.lines) if found else ()
    total = (TOTAL if found.adds_up else "Toàn thành phố", *found.total.cells) if found else None
    return Annex(
        "Số người tham gia và đăng ký theo đơn vị hành chính",
        (Table(columns, rows, total),),
        sheet="Tham gia và đăng ký",
    )


def cost(ledger: Ledger) -> Annex:
    """Our cost beside the invoices."""
    columns = (
        Column("Doanh nghiệp", Kind.TEXT, 1.2),
        Column("Tài khoản gửi", Kind.TEXT, 1.2),
        Column("Đoạn tin hệ thống tính"),
        Column("Chi phí hệ thống tính (đồng)", width=1.2),
        Column("Đoạn tin theo hóa đơn"),
        Column("Hóa đơn (đồng)", width=1.2),
        Column("Chênh lệch (đồng)", width=1.2),
    )
    rows = tuple(
        (
            line.carrier,
            ", ".join(line.accounts),
            line.sums.parts,
            line.sums.cost,
            line.invoiced_parts,
            line.invoiced_dong,
            line.difference,
        )
        for line in ledger.costs
    )
    return Annex(
        "Chi phí và hóa đơn", (Table(columns, rows),), landscape=True, sheet="Chi phí và hóa đơn"
    )


def changed(changes: Sequence[Change]) -> Annex:
    """What a correction puts right, figure by figure."""
    columns = (
        Column("Số liệu", Kind.TEXT, 3.0),
        Column("Đã báo cáo", Kind.TEXT),
        Column("Điều chỉnh thành", Kind.TEXT),
    )
    rows = tuple(corrected.rows(changes))
    return Annex("Nội dung điều chỉnh", (Table(columns, rows),), sheet="Điều chỉnh")
