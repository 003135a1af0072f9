"""What the report's commands say, in English and Vietnamese."""

from outreach.cli.words import Lang

_WORDS: dict[str, tuple[str, str]] = {
    "ledger_columns": (
        "Network|Channel|Recipients|Sent|Delivered|No failure|Undelivered|Opened|Installed|Cost",
        "Nhà mạng|Kênh|Người nhận|Đã gửi|Đã chuyển|Không lỗi|Không chuyển|Mở|Cài đặt|Chi phí",
    ),
    "total": ("Total", "Tổng cộng"),
    "by_order": ("By order, as carriers state", "Theo văn bản, số doanh nghiệp báo cáo"),
    "order_columns": (
        "Order|Carrier|State|Sent|Delivered",
        "Đợt|Doanh nghiệp|Tình trạng|Đã gửi|Đã chuyển",
    ),
    "empty": ("No message belongs to this month.", "Tháng này không có tin nào."),
    "overdue": (
        "Statements overdue (days): {carriers}",
        "Doanh nghiệp chưa gửi số liệu (số ngày quá hạn): {carriers}",
    ),
    "rehearsal": ("REHEARSAL: invented figures", "DIỄN TẬP: số liệu không có thật"),
    "drafts": ("Drafts, not issued:", "Bản nháp, chưa ban hành:"),
    "issued": (
        "Issued: {name} {month}, revision {revision}; {changes} figures changed",
        "Đã ban hành: {name} {month}, bản thứ {revision}; {changes} số liệu thay đổi",
    ),
    "edition_columns": (
        "Month|Edition|Revision|Number|Issued|By|Changes|Why",
        "Tháng|Báo cáo|Bản|Số|Ban hành lúc|Người|Thay đổi|Lý do",
    ),
    "holds": (
        "✓ {name} revision {revision}: every figure counted again from {messages} messages",
        "✓ {name} bản {revision}: mọi số liệu khớp, đếm lại từ {messages} tin",
    ),
    "differs": (
        "✗ {name} revision {revision}: {figures} figures differ from {messages} messages",
        "✗ {name} bản {revision}: {figures} số liệu khác khi đếm lại {messages} tin",
    ),
    "broken": ("{file} is not what was issued", "{file} không còn như khi ban hành"),
    "newer": (
        "{carrier} has handed in revision {after}; the edition has {before}",
        "{carrier} đã gửi bản {after}; báo cáo dùng bản {before}",
    ),
    "receipts_since": (
        "{n} messages got their final word since it was issued; `report issue --why` corrects it",
        "{n} tin có kết quả cuối sau khi ban hành; `report issue --why` để điều chỉnh",
    ),
    "nobody_late": (
        "Nobody is late with {month}: the figures are due on {due}, or all are there.",
        "Không nhà mạng nào trễ số liệu {month}: hạn là {due}, hoặc đã nộp đủ.",
    ),
    "late_columns": ("Carrier|Days overdue|Missing", "Nhà mạng|Quá hạn (ngày)|Còn thiếu"),
    "everything": ("everything", "toàn bộ"),
    "difference_columns": ("Figure|In the edition|Counted now", "Số liệu|Trong báo cáo|Đếm lại"),
}


def say(lang: Lang, name: str) -> str:
    """A text by its name."""
    return _WORDS[name][lang is Lang.VI]
