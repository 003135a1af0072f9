"""The sentences of the month's report."""

from outreach.domain.coverage import Progress
from outreach.domain.month import Month
from outreach.domain.text import dotted
from outreach.domain.window import LOCAL
from outreach.reports.claims import StatementLine
from outreach.reports.columns import Column
from outreach.reports.covered import CoverageClaim
from outreach.reports.documents.model import percent
from outreach.reports.ledger import Ledger
from outreach.reports.sums import Sums
from outreach.reports.vietnamese import of_month

DELIVERED_MEANS = (
    "“Đã chuyển”: với SMS, mạng di động báo đã nhận tin để chuyển; các mạng tại Việt Nam không"
    " xác nhận tin đã đến máy. Với Zalo, Zalo báo người dùng đã nhận tin."
)
NO_FAILURE_MEANS = (
    "“Đã nhận, không báo lỗi”: nhà mạng đã nhận tin và không báo lỗi, nhưng không gửi biên nhận;"
    " số này không cộng vào “Đã chuyển”."
)
REACHED_MEANS = (
    "“Đã tiếp cận” gồm tin đã chuyển và tin nhà mạng đã nhận, không báo lỗi. “Mở” là người bấm liên"
    " kết của thành phố, mỗi người tính một lần trong tháng; “Cài đặt”, “Đăng ký” theo ứng dụng và"
    " danh sách của Bảo hiểm xã hội, tính cho tin gần nhất trước đó."
)
CONFIRMABLE_MEANS = (
    "“Có biên nhận”: tin do nhà mạng có gửi biên nhận đã nhận; tỷ lệ chuyển tính trên số này."
)
SENT_MEANS = "“Đã gửi” gồm tin nhà mạng đã nhận, tin bị từ chối và tin chưa rõ đã gửi hay chưa."
MESSAGES_MEANS = (
    "Mỗi tin nằm ở đúng một cột kết quả. Một người nhận có thể có nhiều tin (không gửi được qua"
    " Zalo thì gửi SMS) nhưng chỉ có một kết quả, tính ở nhà mạng và kênh của tin có kết quả đó."
)
PENDING_MEANS = (
    "“Chưa gửi”: tin còn chờ tại lúc lập báo cáo, của các chiến dịch có tin trong tháng."
)
COST_MEANS = "Chi phí chưa gồm thuế, tính theo số đoạn tin của tin nhà mạng đã nhận và tin chưa rõ."
MEANINGS = (
    DELIVERED_MEANS,
    NO_FAILURE_MEANS,
    REACHED_MEANS,
    CONFIRMABLE_MEANS,
    SENT_MEANS,
    MESSAGES_MEANS,
    PENDING_MEANS,
    COST_MEANS,
)

LATE = "Biên nhận về sau tháng báo cáo (đã tính trong bảng)"
EARLIER = "Biên nhận về trong tháng, của tin gửi các tháng trước (không tính trong bảng)"


def title(ledger: Ledger) -> str:
    """What the report is about."""
    return f"Kết quả nhắn tin hướng dẫn cài đặt ứng dụng VssID {time(ledger)}"


def time(ledger: Ledger) -> str:
    """Of which time the figures are."""
    if ledger.month is None:
        return f"từ đầu đến {ledger.made_at.astimezone(LOCAL):%d/%m/%Y}"
    return of_month(ledger.month)


def sent(total: Sums) -> str:
    """How many were addressed, and what was sent to them."""
    left = total.of(Column.SUPPRESSED)
    kept_back = f"Có {dotted(left)} tin không gửi" if left else "Không có tin nào phải giữ lại"
    return (
        f"Tổng số người nhận: {dotted(total.recipients)}. Đã gửi {dotted(total.sent)} tin,"
        f" gồm {dotted(total.parts)} đoạn tin tính phí; nhà mạng đã nhận"
        f" {dotted(total.taken)} tin{_share(total.taken_rate)}. {kept_back} vì người nhận"
        " thuộc danh sách không được nhắn hoặc đã nhận đủ số tin cho phép."
    )


def reached(total: Sums) -> str:
    """What came of it."""
    return (
        f"Trong {dotted(total.confirmable)} tin có biên nhận,"
        f" {dotted(total.of(Column.DELIVERED))} tin đã chuyển{_share(total.delivered_rate)}."
        f" {dotted(total.of(Column.NO_FAILURE))} tin nhà mạng đã nhận và không báo lỗi nhưng không"
        f" gửi biên nhận, không cộng vào số đã chuyển. {dotted(total.of(Column.UNDELIVERED))} tin"
        f" không chuyển được, {dotted(total.of(Column.UNCONFIRMED))} tin quá hạn biên nhận,"
        f" {dotted(total.of(Column.UNKNOWN))} tin chưa rõ đã gửi hay chưa."
    )


def _share(rate: float | None) -> str:
    return "" if rate is None else f" (đạt {percent(rate)})"


def compared(total: Sums, before: Sums) -> str:
    """The change on last month."""
    changes = "; ".join(
        f"{name} {_change(now, then)}"
        for name, now, then in (
            ("tin đã gửi", total.sent, before.sent),
            ("tin đã chuyển", total.of(Column.DELIVERED), before.of(Column.DELIVERED)),
        )
    )
    return f"So với tháng trước: {changes}."


def _change(now: int, then: int) -> str:
    if now == then:
        return "không đổi"
    way = "tăng" if now > then else "giảm"
    of = "" if then == 0 else f" ({percent(abs(now - then) / then)})"
    return f"{way} {dotted(abs(now - then))}{of}"


def answered(ledger: Ledger) -> str:
    """What people did after the messages, by our own counts."""
    done, alone = ledger.entry.answers, ledger.unprompted
    opened = f"{dotted(done.opened)} người mở liên kết hướng dẫn, " if done.opened else ""
    none = "" if done.opened else "; hệ thống không ghi nhận lượt mở liên kết nào"
    return (
        f"Theo số hệ thống đếm, sau khi nhận tin có {opened}{dotted(done.installed)} người cài đặt"
        f" và {dotted(done.registered)} người đăng ký tài khoản{none}; ngoài ra"
        f" {dotted(alone.installed)} người cài đặt và {dotted(alone.registered)} người đăng ký"
        f" không qua tin nhắn của hệ thống; {dotted(done.opted_out)} người đề nghị không nhận tin"
        " nữa. Số do doanh nghiệp viễn thông báo cáo được đặt cạnh để đối chiếu."
    )


def handed_in(line: StatementLine) -> str:
    """How a carrier stands with its figures."""
    if not line.missing:
        return "Đã gửi" if line.revision is None else f"Đã gửi, bản thứ {line.revision}"
    if line.days_overdue:
        return f"Chưa gửi, quá hạn {line.days_overdue} ngày"
    return "Chưa gửi, còn trong hạn"


_PARTS = {
    "pending": "Chưa gửi văn bản",
    "ordered": "Đã gửi văn bản",
    "confirmed": "Đã xác nhận",
    "sent": "Đã nhắn tin",
    "reported": "Đã báo cáo",
}


def part(state: str) -> str:
    """How far a carrier is with an order."""
    return _PARTS[state]


def covered(claim: CoverageClaim) -> str:
    """How many of the insured are registered."""
    told = claim.total.coverage
    counts = "; ".join(
        f"{name} {dotted(count)}"
        for name, count in (
            ("số người tham gia", told.insured),
            ("đã đăng ký", told.registered),
            ("đã phê duyệt", told.approved),
            ("chưa đăng ký", told.not_registered),
        )
        if count is not None
    )
    return f"Theo số liệu {of_month(claim.month)} của Bảo hiểm xã hội: {counts}."


def progress(found: Progress) -> str:
    """How far the city is from its target, and the pace that it needs."""
    goal = f"Mục tiêu {dotted(found.target)} người đăng ký đến ngày {found.by:%d/%m/%Y}"
    if found.gap <= 0:
        return f"{goal}: đã đạt ({percent(found.share)})."
    if found.per_day is None:
        return f"{goal}: đã quá thời hạn, còn thiếu {dotted(found.gap)} người."
    return (
        f"{goal}: đạt {percent(found.share)}, còn thiếu {dotted(found.gap)} người; cần trung bình"
        f" {dotted(round(found.per_day))} người mỗi ngày trong {found.days_left} ngày còn lại."
    )


def correction(name: str, sums: Sums) -> str:
    """What receipts that crossed a month's end came to."""
    if not sums.messages:
        return f"{name}: không có."
    final = (Column.DELIVERED, Column.UNDELIVERED, Column.REJECTED)
    counts = "; ".join(f"{column.vi.lower()} {dotted(sums.of(column))}" for column in final)
    return f"{name}: {dotted(sums.messages)} tin ({counts})."


def unpriced(sums: Sums) -> str:
    """What the cost leaves out."""
    return f"Chi phí chưa gồm {dotted(sums.unpriced)} đoạn tin của tài khoản không có đơn giá."


def nothing(ledger: Ledger) -> str | None:
    """Why there are no figures; None where there are some."""
    if ledger.total.messages:
        return None
    if ledger.month is None:
        return "Chưa có tin nào được gửi."
    if ledger.month > Month.of(ledger.made_at):
        return f"{of_month(ledger.month).capitalize()} chưa đến: chưa có tin nào."
    return f"Không có tin nào được gửi trong {of_month(ledger.month)}."
