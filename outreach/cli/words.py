"""What the most used screens say, in English and Vietnamese."""

from collections.abc import Callable
from enum import StrEnum

from outreach.domain.text import dotted


class Lang(StrEnum):
    """A language of the screens."""

    EN = "en"
    VI = "vi"


Say = Callable[..., str]
"""Says a text of the catalogue by its name, with its values filled in."""

_DEMO_EN = """\
REHEARSAL. Carriers are simulated on this machine and the people are invented; nothing leaves it.
The clock is set to {at} in Ho Chi Minh City.
Below is what people type: Lan writes a campaign, Minh approves it, and the engine sends it."""
_DEMO_VI = """\
DIỄN TẬP. Nhà mạng được mô phỏng trên máy này, người nhận là hư cấu; không có gì ra ngoài.
Đồng hồ đặt ở {at} tại TP. Hồ Chí Minh.
Dưới đây là những gì mọi người gõ: Lan soạn chiến dịch, Minh duyệt, bộ gửi thực hiện."""

_IMPORTED_EN = """\
Audience '{name}': {rows} rows = {imported} imported + {joined} joined + {rejected} rejected"""
_IMPORTED_VI = """\
Tệp người nhận '{name}': {rows} dòng = {imported} đã nhập + {joined} ghép chung số\
 + {rejected} bị loại"""
_DRY_RUN_EN = """\
Dry run, nothing is stored. Audience '{name}' would have \
{rows} rows = {imported} imported + {joined} joined + {rejected} rejected"""
_DRY_RUN_VI = """\
Chạy thử, không lưu gì. Tệp người nhận '{name}' sẽ có \
{rows} dòng = {imported} được nhập + {joined} ghép chung số + {rejected} bị loại"""

_CATALOGUE: dict[str, tuple[str, str]] = {
    # errors
    "not_allowed": ("Refused", "Từ chối"),
    "bad_input": ("Bad input", "Dữ liệu không hợp lệ"),
    "not_found": ("Not found", "Không tìm thấy"),
    "usage": ("Wrong use", "Sai cú pháp"),
    "database": ("Database fault", "Lỗi cơ sở dữ liệu"),
    "fault": ("A fault of the program", "Lỗi chương trình"),
    "look_database": (
        "Look at `outreach doctor`, and at the database's log; --debug shows where it happened.",
        "Xem `outreach doctor` và nhật ký cơ sở dữ liệu; thêm --debug để biết lỗi ở đâu.",
    ),
    "may_split": (
        "Cells with two numbers can be read too: --two-numbers first, or both.",
        "Ô có hai số vẫn đọc được: thêm --two-numbers first hoặc both.",
    ),
    "no_room": ("Cannot write", "Không ghi được"),
    "look_no_room": (
        "Nothing was half written; make room, or choose another place.",
        "Không có tệp nào bị ghi dở; hãy giải phóng dung lượng hoặc chọn nơi khác.",
    ),
    "look_fault": (
        "This is a bug: run again with --debug and report what it prints.",
        "Đây là lỗi phần mềm: chạy lại với --debug và báo kết quả in ra.",
    ),
    "interrupted": ("Interrupted.", "Đã ngắt."),
    # audience import
    "imported": (_IMPORTED_EN, _IMPORTED_VI),
    "derived": (
        "Audience '{name}': {rows} rows = {imported} chosen + {rejected} left out",
        "Tệp người nhận '{name}': {rows} dòng = {imported} được chọn + {rejected} bỏ qua",
    ),
    "would_import": (_DRY_RUN_EN, _DRY_RUN_VI),
    "goes_on": (
        "What was stored is safe: the same command goes on from there.",
        "Phần đã lưu vẫn còn: chạy lại đúng lệnh này để tiếp tục.",
    ),
    "from_file": ("From {source}: {form}", "Từ tệp {source}: {form}"),
    "member": ("in it {name}", "bên trong là {name}"),
    "sheet": ("sheet '{name}'", "trang tính '{name}'"),
    "other_sheets": ("not read: {names}", "không đọc: {names}"),
    "delimiter": ("delimiter {sign}", "dấu phân cách {sign}"),
    "header": ("header on line {line}", "tiêu đề ở dòng {line}"),
    "no_header": ("no header", "không có tiêu đề"),
    "column": ("Column", "Cột"),
    "title": ("Title", "Tiêu đề"),
    "taken_for": ("Taken for", "Hiểu là"),
    "left_out": ("(left out)", "(bỏ qua)"),
    "not_in": ("Left out: the numbers of {names}", "Bỏ các số đã có trong: {names}"),
    "by_prefixes": (
        "Networks by the prefix table as it was on {day} ({blocks} blocks)",
        "Nhà mạng theo bảng đầu số ngày {day} ({blocks} khối số)",
    ),
    "line": ("Line", "Dòng"),
    "number": ("Number", "Số"),
    "district": ("District", "Quận/huyện"),
    "fields": ("Other fields", "Các trường khác"),
    "rejects_out": ("{rows} rejected rows are in {path}", "{rows} dòng bị loại ghi ở {path}"),
    "discarded": (
        "Audience '{name}' is removed ({rows} rows)",
        "Đã xóa tệp người nhận '{name}' ({rows} dòng)",
    ),
    "rejected_for": ("Rejected", "Bị loại"),
    "rows": ("Rows", "Số dòng"),
    "reason": ("Reason", "Lý do"),
    "duplicate": ("the number came before", "số đã có ở dòng trước"),
    "elsewhere": (
        "the number is in an audience that is left out",
        "số đã có trong tệp người nhận khác",
    ),
    "network": ("Network", "Nhà mạng"),
    "recipients": ("Recipients", "Người nhận"),
    # preflight
    "preflight": ("Preflight of '{name}': {count} recipients", "Kiểm tra '{name}': {count} người"),
    "channel": ("Channel", "Kênh"),
    "account": ("Account", "Tài khoản"),
    "messages": ("Messages", "Số tin"),
    "parts": ("Parts", "Số đoạn"),
    "cost": ("Cost", "Chi phí"),
    "likely": ("Cost if the first channel reaches all", "Chi phí nếu kênh đầu tới được tất cả"),
    "worst": ("Worst cost", "Chi phí tối đa"),
    "ceiling": ("Ceiling approved", "Hạn mức duyệt"),
    "passed": ("It may be submitted.", "Có thể trình duyệt."),
    "error": ("error", "lỗi"),
    "warning": ("warning", "cảnh báo"),
    "ok": ("ok", "đạt"),
    "empty_month": (
        "Nothing was sent in this month; the report says so.",
        "Tháng này không gửi tin nào; báo cáo ghi rõ như vậy.",
    ),
    # status
    "rehearsal": ("REHEARSAL: the clock is moved", "DIỄN TẬP: đồng hồ đã dời"),
    "campaign": ("Campaign", "Chiến dịch"),
    "draft": ("draft", "bản nháp"),
    "awaiting_approval": ("awaiting approval", "chờ duyệt"),
    "scheduled": ("approved, not started", "đã duyệt, chưa chạy"),
    "running": ("running", "đang gửi"),
    "paused": ("paused", "tạm dừng"),
    "finished": ("finished", "đã gửi xong"),
    "settled": ("settled", "đã quyết toán"),
    "cancelled": ("cancelled", "đã hủy"),
    "done": ("Done", "Đã xử lý"),
    "result": ("Result", "Kết quả"),
    "delivered": ("Delivered", "Đã chuyển"),
    "no_failure": ("Accepted, no failure reported", "Đã nhận, không báo lỗi"),
    "no_failure_short": ("No failure", "Không báo lỗi"),
    "other": ("Other", "Khác"),
    "rate": ("Rate / limit", "Tốc độ / hạn mức"),
    "in_flight": ("In flight", "Đang chờ trả lời"),
    "breaker": ("Breaker", "Cầu dao"),
    "breaker_closed": ("closed", "đóng (đang gửi)"),
    "breaker_open": ("open", "ngắt"),
    "breaker_half-open": ("half-open", "đang thử lại"),
    "left": ("Left", "Còn lại"),
    "per_second": ("{sent} / {may} {unit} a second", "{sent} / {may} {unit} mỗi giây"),
    "per_minute": ("{sent} / {may} {unit} a minute", "{sent} / {may} {unit} mỗi phút"),
    "engine_down": ("engine not running", "bộ gửi không chạy"),
    "engine_mute": ("engine cannot write", "bộ gửi không ghi được"),
    "workers": ("Worker processes: {workers}", "Tiến trình worker: {workers}"),
    "backlog": ("Backlog: {left} messages", "Còn lại: {left} tin"),
    "spent": ("Cost so far: {cost}", "Chi phí đến nay: {cost}"),
    "planned": (
        "{cost} if the first channel reaches all",
        "{cost} nếu kênh đầu tới được tất cả",
    ),
    "at_most": ("approved up to {cost}", "được duyệt tối đa {cost}"),
    "budget": (
        "Spending ceiling: {budget}, {percent} % of it used",
        "Trần chi: {budget}, đã dùng {percent} %",
    ),
    "eta": ("done about {at}", "xong khoảng {at}"),
    "eta_none": ("no end in sight: nothing is being sent", "chưa rõ khi nào xong: chưa gửi tin"),
    "eta_late": (
        "at this pace not everything will have left in time",
        "với tốc độ này không kịp gửi hết",
    ),
    "window_closed": ("window {window} is closed; opens {at}", "ngoài giờ {window}; mở lúc {at}"),
    "demo_intro": (_DEMO_EN, _DEMO_VI),
    "demo_receipts": ("waiting for the last receipts …", "đang chờ những biên nhận cuối …"),
    "demo_end": (
        "The demo took {seconds} s. Open a .pdf first; the month's reports:",
        "Diễn tập mất {seconds} giây. Mở tệp .pdf trước; các báo cáo của tháng:",
    ),
    "demo_look": (
        "Look around: source {folder}/environ.sh; outreach campaign history demo",
        "Xem thêm: source {folder}/environ.sh; outreach campaign history demo",
    ),
    "check_rows": (
        "every row of the file is imported, joined, or rejected with its reason",
        "mọi dòng của tệp đều được nhập, ghép, hoặc bị loại kèm lý do",
    ),
    "check_results": (
        "every recipient has exactly one result",
        "mỗi người nhận có đúng một kết quả",
    ),
    "check_recount": (
        "the running figures equal a recount, message by message",
        "số liệu cộng dồn khớp với kiểm đếm từng tin",
    ),
    "demo_month_over": (
        "{month} is over: the clock is set on into the next month",
        "Hết tháng {month}: đồng hồ được đặt sang tháng sau",
    ),
    "check_report": (
        "every figure of the issued reports is what a recount finds",
        "mọi số liệu của báo cáo đã ban hành khớp khi đếm lại",
    ),
    "check_twice": (
        "no carrier was given the same message twice, by the carriers' own ledger",
        "không nhà mạng nào nhận một tin hai lần, theo sổ của chính nhà mạng",
    ),
    "window_open": ("window {window} is open", "trong giờ gửi {window}"),
}


def words(lang: Lang) -> Say:
    """The catalogue in one language."""
    place = 0 if lang is Lang.EN else 1

    def say(key: str, **values: object) -> str:
        return _CATALOGUE[key][place].format(**values)

    return say


def count(number: int, lang: Lang) -> str:
    """A number as the language groups its digits: 20,000 or 20.000."""
    return f"{number:,}" if lang is Lang.EN else dotted(number)


def tenths(number: float, lang: Lang) -> str:
    """A number with one decimal, as the language writes it: 1,234.5 or 1.234,5."""
    told = f"{number:,.1f}"
    return told if lang is Lang.EN else told.translate(_SWAPPED)


_SWAPPED = str.maketrans(",.", ".,")
