"""The sentences that stand in every form of the monthly report."""

from outreach.domain.window import LOCAL
from outreach.reports.columns import Column
from outreach.reports.monthly import MonthlyReport
from outreach.reports.sums import Sums

REHEARSAL = "DIỄN TẬP - số liệu không có thật"

DELIVERED_MEANS = (
    "“Đã chuyển”: với SMS, mạng di động báo đã nhận tin để chuyển; các mạng tại Việt Nam không"
    " xác nhận tin đã đến máy. Với Zalo, Zalo báo người dùng đã nhận tin."
)
NO_FAILURE_MEANS = (
    "“Đã nhận, không báo lỗi”: nhà mạng đã nhận tin và không báo lỗi, nhưng không gửi biên nhận;"
    " số này không cộng vào “Đã chuyển”."
)
CONFIRMABLE_MEANS = (
    "“Có biên nhận”: tin do nhà mạng có gửi biên nhận đã nhận; tỷ lệ chuyển tính trên số này."
)
SENT_MEANS = "“Đã gửi” gồm tin nhà mạng đã nhận, tin bị từ chối và tin chưa rõ đã gửi hay chưa."
MESSAGES_MEANS = (
    "Mỗi tin nằm ở đúng một cột kết quả. Một người nhận có thể có nhiều tin (không gửi được qua"
    " Zalo thì gửi SMS) nhưng chỉ có một kết quả."
)
PENDING_MEANS = (
    "“Chưa gửi”: tin còn chờ tại lúc lập báo cáo, của các chiến dịch có tin trong tháng."
)
COST_MEANS = "Chi phí chưa gồm thuế, tính theo số đoạn tin của tin nhà mạng đã nhận và tin chưa rõ."
MEANINGS = (
    DELIVERED_MEANS,
    NO_FAILURE_MEANS,
    CONFIRMABLE_MEANS,
    SENT_MEANS,
    MESSAGES_MEANS,
    PENDING_MEANS,
    COST_MEANS,
)

LATE = "Biên nhận về sau tháng báo cáo (đã tính trong bảng)"
EARLIER = "Biên nhận về trong tháng, của tin gửi các tháng trước (không tính trong bảng)"


def title(report: MonthlyReport) -> str:
    """What the report is about."""
    year, month = report.month
    return f"Kết quả gửi tin nhắn tháng {month} năm {year}"


def place_and_date(report: MonthlyReport) -> str:
    """Where and when it was made, as official documents have it (Nghị định 30/2020)."""
    made = report.made_at.astimezone(LOCAL)
    month = f"{made.month:02}" if made.month < 3 else str(made.month)
    return f"{report.agency.get('place', '')}, ngày {made.day:02} tháng {month} năm {made.year}"


def made_at(report: MonthlyReport) -> str:
    """The moment that the figures are of."""
    return f"Số liệu lúc {report.made_at.astimezone(LOCAL):%H:%M ngày %d/%m/%Y}"


def correction(name: str, sums: Sums) -> str:
    """What receipts that crossed a month's end came to."""
    final = (Column.DELIVERED, Column.UNDELIVERED, Column.REJECTED)
    counts = "; ".join(f"{column.vi.lower()} {dotted(sums.of(column))}" for column in final)
    return f"{name}: {dotted(sums.messages)} tin ({counts})."


def unpriced(sums: Sums) -> str:
    """What the cost leaves out."""
    return f"Chi phí chưa gồm {dotted(sums.unpriced)} đoạn tin của tài khoản không có đơn giá."


def nothing(report: MonthlyReport) -> str | None:
    """Why there are no figures; None where there are some."""
    if report.total.messages:
        return None
    made = report.made_at.astimezone(LOCAL)
    year, month = report.month
    if (year, month) > (made.year, made.month):
        return f"Tháng {month} năm {year} chưa đến: chưa có tin nào."
    return f"Không có tin nào được gửi trong tháng {month} năm {year}."


def notes(report: MonthlyReport) -> list[str]:
    """All that has to be said under the table."""
    empty = nothing(report)
    lines = [] if empty is None else [empty]
    lines += [correction(LATE, report.late), correction(EARLIER, report.earlier)]
    if report.total.unpriced:
        lines.append(unpriced(report.total))
    return [*lines, *MEANINGS]


def dotted(number: int) -> str:
    """A number as it is written in Vietnam: 1.234.567."""
    return f"{number:,}".replace(",", ".")
