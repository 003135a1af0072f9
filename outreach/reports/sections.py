"""The sections of a month's report, each made of the ledger alone."""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import add

from outreach.domain.text import dotted
from outreach.reports import words
from outreach.reports.annexes_of_others import TOTAL
from outreach.reports.by_order import told
from outreach.reports.claims import Stated
from outreach.reports.columns import Column as Result
from outreach.reports.columns import channel_title, state_title
from outreach.reports.documents.model import (
    Block,
    Cell,
    Chart,
    Column,
    Item,
    Kind,
    Paragraph,
    Series,
    Table,
)
from outreach.reports.ledger import Ledger
from outreach.reports.sums import Sums
from outreach.reports.vietnamese import lowered

CHARTED = (
    Result.DELIVERED,
    Result.NO_FAILURE,
    Result.AWAITING,
    Result.UNDELIVERED,
    Result.UNCONFIRMED,
    Result.UNKNOWN,
    Result.REJECTED,
    Result.FAILED,
)
"""What the chart shows, light and dark in turn."""


def _results(ledger: Ledger) -> Iterator[Block]:
    empty = words.nothing(ledger)
    if empty is not None:
        yield Paragraph(empty)
    else:
        yield Paragraph(words.sent(ledger.total))
        yield Paragraph(words.reached(ledger.total))
        if ledger.previous is not None:
            yield Paragraph(words.compared(ledger.total, ledger.previous.entry.sums))
        yield _by_carrier(ledger)
        yield _chart(ledger)
    yield Paragraph(words.correction(words.LATE, ledger.late))
    yield Paragraph(words.correction(words.EARLIER, ledger.earlier))


def _by_carrier(ledger: Ledger) -> Table:
    columns = (
        Column("Nhà mạng", Kind.TEXT, 1.4),
        Column("Kênh", Kind.TEXT, 1.0),
        Column("Người nhận"),
        Column("Đã gửi"),
        Column(Result.DELIVERED.vi),
        Column(Result.NO_FAILURE.vi, width=1.2),
        Column(Result.UNDELIVERED.vi, width=1.1),
        Column("Chuyển / có biên nhận", Kind.SHARE, 1.1),
    )
    rows = tuple(
        (line.network.title, channel_title(line.channel), *_counts(line.sums))
        for line in ledger.carriers
    )
    title = "Kết quả theo nhà mạng và kênh"
    return Table(columns, rows, (TOTAL, "", *_counts(ledger.total)), title)


def _counts(sums: Sums) -> tuple[int | float | None, ...]:
    return (
        sums.recipients,
        sums.sent,
        sums.of(Result.DELIVERED),
        sums.of(Result.NO_FAILURE),
        sums.of(Result.UNDELIVERED),
        sums.delivered_rate,
    )


def _chart(ledger: Ledger) -> Chart:
    networks = ledger.networks
    return Chart(
        "Kết quả theo nhà mạng",
        tuple(networks),
        tuple(
            Series(result.vi, tuple(entry.sums.of(result) for entry in networks.values()))
            for result in CHARTED
        ),
        "Số tin",
    )


def _orders(ledger: Ledger) -> Iterator[Block]:
    lines = ledger.claims.orders
    if not lines:
        yield Paragraph(
            f"{words.time(ledger).capitalize()} không có đợt nhắn tin theo văn bản nào."
        )
        return
    yield Paragraph(
        "Các doanh nghiệp viễn thông nhắn tin cho thuê bao của mình theo văn bản đề nghị; số liệu"
        " do doanh nghiệp báo cáo, không cộng vào số tin gửi trực tiếp nêu trên."
    )
    columns = (
        Column("Đợt nhắn tin", Kind.TEXT, 1.8),
        Column("Doanh nghiệp", Kind.TEXT, 1.3),
        Column("Tình trạng", Kind.TEXT, 1.2),
        Column("Đã gửi"),
        Column("Đã chuyển"),
    )
    rows = tuple(
        (line.name, line.carrier, words.part(line.state), line.sent, line.delivered)
        for line in lines
    )
    total = (TOTAL, "", "", told(lines, "sent"), told(lines, "delivered"))
    yield Table(
        columns, rows, total, "Nhắn tin theo văn bản (do doanh nghiệp viễn thông thực hiện)"
    )


def _responses(ledger: Ledger) -> Iterator[Block]:
    yield Paragraph(words.answered(ledger))
    columns = (
        Column("Nhà mạng", Kind.TEXT, 1.3),
        Column("Truy cập: nhà mạng báo"),
        Column("Mở: hệ thống đếm"),
        Column("Chênh lệch"),
        Column("Cài đặt: nhà mạng báo"),
        Column("Cài đặt: hệ thống đếm"),
        Column("Chênh lệch"),
    )
    total, *rows = _answers_beside(ledger)
    yield Table(columns, tuple(rows), total, "Số người mở hướng dẫn và cài đặt ứng dụng")


def _answers_beside(ledger: Ledger) -> Iterator[tuple[Cell, ...]]:
    """What carriers state beside what we count: all networks together first, then each."""
    handing = [line for line in ledger.claims.statements if line.carrier.network]
    stated, done = reduce(add, (line.stated for line in handing), Stated()), ledger.entry.answers
    # Where no link was opened, none was sent: that is no difference from what carriers count.
    counted = done.opened > 0
    opened = done.opened if counted else None
    # What some of them tell is no difference from all that we count.
    yield TOTAL, stated.accesses, opened, None, stated.installs, done.installed, None
    for line in handing:
        yield (
            *(line.carrier.name, line.stated.accesses),
            *((line.own.opened, line.accesses_difference) if counted else (None, None)),
            *(line.stated.installs, line.own.installed, line.installs_difference),
        )
    known = {line.carrier.network for line in handing}
    for title, entry in ledger.networks.items():
        if title not in known:
            own = entry.answers
            yield title, None, own.opened if counted else None, None, None, own.installed, None


def _coverage(ledger: Ledger) -> Iterator[Block]:
    found = ledger.claims.coverage
    if found is None:
        yield Paragraph("Chưa có số liệu tham gia và đăng ký do Bảo hiểm xã hội cung cấp.")
        return
    yield Paragraph(words.covered(found))
    if found.progress is not None:
        yield Paragraph(words.progress(found.progress))


def _difficulties(ledger: Ledger) -> Iterator[Block]:
    any_told = False
    for line in ledger.claims.statements:
        for what, said in (("Khó khăn", line.difficulties), ("Nguyên nhân", line.causes)):
            if said:
                any_told = True
                yield Item(f"{line.carrier.name}. {what}: {said}")
    for reason in ledger.reasons[:5]:
        any_told = True
        yield Item(
            f"{dotted(reason.messages)} tin {lowered(state_title(reason.state))}: {reason.words}"
        )
    if not any_told:
        yield Paragraph("Không có khó khăn, vướng mắc được ghi nhận.")


def _proposals(ledger: Ledger) -> Iterator[Block]:
    late = [line for line in ledger.claims.statements if line.missing and line.days_overdue]
    if late:
        names = "; ".join(
            f"{line.carrier.name} (quá hạn {line.days_overdue} ngày)" for line in late
        )
        yield Item(f"Đề nghị đôn đốc các doanh nghiệp chưa gửi số liệu tháng: {names}.")
    for cost in ledger.costs:
        if cost.difference:
            yield Item(
                f"Đối soát hóa đơn của {cost.carrier}: hóa đơn"
                f" {'cao' if cost.difference > 0 else 'thấp'} hơn số hệ thống tính"
                f" {dotted(abs(round(cost.difference)))} đồng."
            )
    unknown = ledger.total.of(Result.UNKNOWN)
    if unknown:
        yield Item(f"Đề nghị các nhà mạng xác nhận {dotted(unknown)} tin chưa rõ đã gửi hay chưa.")
    yield Item(
        "Tiếp tục phối hợp nhắn tin, thông tin chính thức trên cổng thông tin của cơ quan bảo hiểm"
        " xã hội để người dân kiểm tra, phòng ngừa tin nhắn giả mạo."
    )


def _method(ledger: Ledger) -> Iterator[Block]:
    for meaning in words.MEANINGS:
        yield Item(meaning)
    if ledger.total.unpriced:
        yield Item(words.unpriced(ledger.total))


_Write = Callable[[Ledger], Iterator[Block]]

SECTION: Mapping[str, tuple[str, _Write]] = {
    "results": ("KẾT QUẢ NHẮN TIN TRỰC TIẾP", _results),
    "orders": ("TIN DO DOANH NGHIỆP VIỄN THÔNG GỬI THEO VĂN BẢN ĐỀ NGHỊ", _orders),
    "responses": ("KẾT QUẢ MỞ HƯỚNG DẪN VÀ CÀI ĐẶT ỨNG DỤNG", _responses),
    "coverage": ("TÌNH HÌNH THAM GIA, ĐĂNG KÝ VÀ TIẾN ĐỘ", _coverage),
    "difficulties": ("KHÓ KHĂN, VƯỚNG MẮC VÀ NGUYÊN NHÂN", _difficulties),
    "proposals": ("ĐỀ XUẤT, KIẾN NGHỊ", _proposals),
    "method": ("CÁCH TÍNH SỐ LIỆU", _method),
}
"""Each of `settings.reporting.SECTIONS`: its title, and what writes it."""
