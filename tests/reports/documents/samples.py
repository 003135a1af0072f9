"""Invented documents: a report with everything in it, and a letter."""

from datetime import date
from decimal import Decimal

from outreach.reports.documents.model import (
    Annex,
    Cell,
    Chart,
    Column,
    Document,
    DocumentType,
    Heading,
    Item,
    Kind,
    Paragraph,
    Quotation,
    Series,
    Table,
)

NETWORKS = (
    "Viettel", "VinaPhone", "MobiFone", "Vietnamobile", "Gmobile", "iTel", "Wintel", "Zalo",
)  # fmt: skip
DISTRICTS = (
    "Thành phố Thủ Đức", "Quận 1", "Quận 3", "Quận 4", "Quận 5", "Quận 6", "Quận 7", "Quận 8",
    "Quận 10", "Quận 11", "Quận 12", "Quận Bình Tân", "Quận Bình Thạnh", "Quận Gò Vấp",
    "Quận Phú Nhuận", "Quận Tân Bình", "Quận Tân Phú", "Huyện Bình Chánh", "Huyện Cần Giờ",
    "Huyện Củ Chi", "Huyện Hóc Môn", "Huyện Nhà Bè", "Ngoài thành phố", "Chưa rõ địa bàn",
)  # fmt: skip

COUNTS = (
    Column("TT", width=0.4),
    Column("Nhà mạng", Kind.TEXT, 1.4),
    Column("Người nhận"),
    Column("Đã gửi"),
    Column("Đã chuyển"),
    Column("Nhận, không báo lỗi"),
    Column("Chuyển / gửi", Kind.SHARE),
)
WIDE = (
    Column("Nhà mạng", Kind.TEXT, 1.5),
    Column("Kênh", Kind.TEXT),
    *(
        Column(title)
        for title in (
            "Người nhận", "Số tin", "Đã gửi", "Nhà mạng đã nhận", "Đã chuyển",
            "Đã nhận, không báo lỗi", "Không chuyển được", "Chưa xác nhận", "Chưa rõ",
        )
    ),
    Column("Chi phí (đồng)"),
    Column("Chuyển / có biên nhận", Kind.SHARE),
)  # fmt: skip


def by_network() -> Table:
    """Counts of eight networks with their total."""
    rows = tuple(
        (n, name, 1_250_000 // n, 1_200_000 // n, 1_100_000 // n,
         None if n == 3 else 90_000 // n, 0.91667)
        for n, name in enumerate(NETWORKS, 1)
    )  # fmt: skip
    sums = [sum(int(row[at] or 0) for row in rows) for at in range(2, 6)]
    return Table(COUNTS, rows, ("", "Tổng cộng", *sums, 0.91667), "Kết quả theo nhà mạng")


def wide() -> Table:
    """Thirteen columns, for a page that lies."""
    row: tuple[Cell, ...] = (
        1_234_567, 1_234_567, 1_200_000, 1_190_001, 1_100_000, 90_001, 12_345, 0, None,
        Decimal("345678900.50"), 0.924369,
    )  # fmt: skip
    rows = tuple((name, "SMS", *row) for name in NETWORKS)
    total = tuple(c * 8 if isinstance(c, int | Decimal) else c for c in row)
    return Table(WIDE, rows, ("Tổng cộng", "", *total), "Chi tiết theo nhà mạng và kênh")


def districts(rows: int = 24) -> Table:
    """As many rows as are asked for."""
    columns = (
        Column("TT", width=0.4),
        Column("Địa bàn", Kind.TEXT, 2),
        Column("Tham gia"),
        Column("Đã đăng ký"),
        Column("Tỷ lệ", Kind.SHARE),
    )
    return Table(
        columns,
        tuple((n + 1, DISTRICTS[n % 24], 187_500 + n, 120_000, 0.64) for n in range(rows)),
        ("", "Tổng cộng", sum(187_500 + n for n in range(rows)), 120_000 * rows, 0.64),
    )


def chart(categories: tuple[str, ...], scale: int = 100_000) -> Chart:
    """Four parts to a bar, each bar shorter than the one before."""
    return Chart(
        "Kết quả gửi tin theo địa bàn" if len(categories) > 8 else "Kết quả gửi tin theo nhà mạng",
        categories,
        tuple(
            Series(title, tuple(scale * share // (n + 1) for n in range(len(categories))))
            for title, share in (
                ("Đã chuyển", 9), ("Đã nhận, không báo lỗi", 3), ("Chưa có biên nhận", 2),
                ("Không chuyển được", 1),
            )
        ),
        "tin nhắn",
    )  # fmt: skip


def report(*, rehearsal: bool = False) -> Document:
    """A report of a month with headings, tables, charts and three annexes, one of them lying."""
    return Document(
        type=DocumentType.REPORT,
        parent="Ủy ban nhân dân Thành phố Mẫu",
        agency="Trung tâm Chuyển đổi số",
        number=5,
        symbol="TTCĐS",
        place="Thành phố Mẫu",
        on=date(2026, 12, 2),
        title="Kết quả nhắn tin hướng dẫn cài đặt ứng dụng VssID tháng 11 năm 2026",
        to=("Sở Thông tin và Truyền thông Thành phố Mẫu",),
        bases=(
            "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 về công tác văn thư",
            "Thực hiện chỉ đạo của Ủy ban nhân dân Thành phố về việc cài đặt ứng dụng VssID;",
        ),
        blocks=(
            Paragraph("Trung tâm báo cáo kết quả nhắn tin tháng 11 năm 2026 như sau:"),
            Heading("I. Kết quả chung"),
            Heading("1. Theo nhà mạng", 2),
            Paragraph(
                "Trong tháng 11 năm 2026, hệ thống đã gửi 3.260.000 tin nhắn đến người tham gia bảo"
                " hiểm xã hội trên địa bàn; các nhà mạng đã chuyển 2.989.000 tin (91,67%). Số liệu"
                " chi tiết tại các Phụ lục kèm theo."
            ),
            by_network(),
            chart(NETWORKS),
            Heading("2. Nội dung đã gửi", 2),
            Paragraph("Văn bản tin nhắn được gửi nguyên văn:"),
            Quotation("BHXH TP: Moi ong/ba cai dat ung dung VssID.\nTong dai 1900 0000."),
            Heading("II. Đánh giá và kiến nghị"),
            Item("Tỷ lệ chuyển đạt yêu cầu so với tháng trước;"),
            Item("Hai doanh nghiệp chưa gửi số liệu; đề nghị Sở đôn đốc."),
            Paragraph(
                "Trên đây là kết quả nhắn tin tháng 11 năm 2026, kính báo cáo Sở Thông tin và"
                " Truyền thông xem xét, chỉ đạo./."
            ),
        ),
        authority=("KT. GIÁM ĐỐC",),
        signer_title="PHÓ GIÁM ĐỐC",
        signer="Nguyễn Thị Minh Khai",
        recipients=(
            "Như trên",
            "Ủy ban nhân dân Thành phố (để báo cáo)",
            "Các doanh nghiệp viễn thông di động (để phối hợp)",
            "Lưu: VT, CNTT",
        ),
        annexes=(
            Annex(
                "Chi tiết theo nhà mạng",
                (wide(), Paragraph("“Đã chuyển”: nhà mạng báo đã nhận tin để chuyển.")),
                landscape=True,
                sheet="Nhà mạng",
            ),
            Annex("Số liệu theo địa bàn", (districts(60), chart(DISTRICTS))),
            Annex(
                "Không có số liệu",
                (Table(COUNTS, (), None, "Chưa có số liệu"), chart(NETWORKS, 0)),
                sheet="Trống",
            ),
        ),
        rehearsal=rehearsal,
    )  # fmt: skip


def letter() -> Document:
    """A letter to two carriers, its number left open, with one annex."""
    return Document(
        type=DocumentType.LETTER,
        parent="Ủy ban nhân dân Thành phố Mẫu",
        agency="Trung tâm Chuyển đổi số",
        number=None,
        symbol="TTCĐS-CNTT",
        place="Thành phố Mẫu",
        on=date(2026, 2, 9),
        title="đề nghị gửi số liệu nhắn tin hướng dẫn cài đặt ứng dụng VssID tháng 01 năm 2026",
        to=("Tập đoàn Công nghiệp - Viễn thông Mẫu", "Tổng công ty Viễn thông Mẫu"),
        bases=(),
        blocks=(
            Paragraph(
                "Thực hiện chỉ đạo của Ủy ban nhân dân Thành phố, Trung tâm Chuyển đổi số đề nghị"
                " các doanh nghiệp gửi số liệu nhắn tin tháng 01 năm 2026 trước ngày 15 tháng 02"
                " năm 2026."
            ),
            Paragraph("1. Số tin đã gửi, số tin gửi thành công, số lượt cài đặt;"),
            Paragraph("2. Khó khăn, vướng mắc và nguyên nhân."),
            Paragraph("Rất mong nhận được sự phối hợp của đơn vị./."),
        ),
        authority=(),
        signer_title="GIÁM ĐỐC",
        signer="Nguyễn Thị Minh Khai",
        recipients=("Như trên", "Lưu: VT, CNTT"),
        annexes=(Annex("Nội dung tin nhắn", (Quotation("Moi ong/ba cai dat VssID."),)),),
    )
