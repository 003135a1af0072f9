"""What a correction changed, as officials read it: figures by the names that tables give them."""

from collections.abc import Iterable, Iterator

from outreach.domain.message import State
from outreach.domain.text import dotted
from outreach.reports.columns import Column, state_title
from outreach.reports.documents.model import percent
from outreach.reports.editing import Change

_NAMES = {
    "total": "Tổng cộng",
    "previous": "Tháng trước",
    "late": "Biên nhận về sau tháng báo cáo",
    "earlier": "Biên nhận của tin gửi các tháng trước",
    "unprompted": "Không qua tin nhắn của hệ thống",
    "carriers": "Nhà mạng",
    "campaigns": "Chiến dịch",
    "districts": "Đơn vị hành chính",
    "reasons": "Lý do",
    "costs": "Chi phí và hóa đơn",
    "by_order": "Nhắn tin theo văn bản",
    "statements": "Doanh nghiệp báo cáo",
    "stated": "Doanh nghiệp báo cáo",
    "coverage": "Tham gia và đăng ký",
    "progress": "Tiến độ",
    "month": "Tháng",
    "revision": "Bản thứ",
    "messages": "Số tin",
    "recipients": "Người nhận",
    "sent": "Đã gửi",
    "taken": "Nhà mạng đã nhận",
    "confirmable": "Có biên nhận",
    "parts": "Số đoạn tin",
    "cost_dong": "Chi phí (đồng)",
    "unpriced_parts": "Đoạn tin không có đơn giá",
    "opened": "Mở",
    "installed": "Cài đặt",
    "registered": "Đăng ký",
    "opted_out": "Từ chối nhận tin",
    "accesses": "Lượt truy cập",
    "installs": "Lượt cài đặt",
    "accesses_difference": "Chênh lệch truy cập",
    "installs_difference": "Chênh lệch cài đặt",
    "accounts": "Tài khoản gửi",
    "invoiced_parts": "Đoạn tin theo hóa đơn",
    "invoiced_dong": "Hóa đơn (đồng)",
    "difference_dong": "Chênh lệch (đồng)",
    "difficulties": "Khó khăn",
    "causes": "Nguyên nhân",
    "insured": "Tham gia",
    "approved": "Đã phê duyệt",
    "not_registered": "Chưa đăng ký",
    "share": "Tỷ lệ",
    "target": "Mục tiêu",
    "by": "Thời hạn",
    "gap": "Còn thiếu",
    **{column.value: column.vi for column in Column},
}
"""What a name in JSON is called; what is not here is the name of a carrier, a campaign, a place."""

_CALLED = frozenset(
    {"id", "name", "network", "channel", "district", "state", "reason", "order", "carrier", "way"}
)
"""What a line is called."""

_STATES = {state.label: state_title(state) for state in State}


def rows(changes: Iterable[Change]) -> Iterator[tuple[str, str, str]]:
    """Changes in words: which figure, what it was, what it is."""
    for change in changes:
        first, *parts = change.words.split(" / ")
        last = parts[-1] if parts else first
        if last in _CALLED:
            continue  # a line that is new, or gone: its other figures say so under its name
        if first == "reasons":
            state, _, words = parts[0].partition(" ")
            parts[0] = f"{_STATES[state]} {words}"
        where = " / ".join(_NAMES.get(part, part) for part in (first, *parts) if part)
        shares = last == "share"
        yield where, _told(change.before, shares=shares), _told(change.after, shares=shares)


def _told(figure: str, *, shares: bool) -> str:
    if figure == "-":
        return figure
    if shares:
        return percent(float(figure))
    whole, point, rest = figure.partition(".")
    if whole.removeprefix("-").isdecimal() and (rest.isdecimal() or not point):
        return dotted(int(whole)) + (f",{rest}" if point else "")
    return figure
