"""What checks find and say to do, in Vietnamese; scripts and docs have the English."""

import re
from collections.abc import Mapping
from dataclasses import replace

from outreach.cli.checks import Check
from outreach.reports import reasons

_NAMES: Mapping[str, str] = {
    "accounts": "tài khoản",
    "adapter": "bộ nối",
    "address": "địa chỉ",
    "balance": "số dư",
    "callbacks": "gọi về",
    "clock": "đồng hồ",
    "contract": "hợp đồng",
    "credentials": "thông tin bí mật",
    "database": "cơ sở dữ liệu",
    "disk": "ổ đĩa",
    "engine": "bộ gửi",
    "file": "tệp",
    "key": "khóa",
    "pause": "tạm dừng",
    "python": "python",
    "quota": "hạn mức",
    "receipts": "biên nhận",
    "redis": "redis",
    "secrets": "biến bí mật",
    "sender": "tên gửi",
    "settings": "cài đặt",
    "templates": "mẫu tin",
    "trial": "gửi thử",
}
_WORDS: Mapping[str, str] = {
    # doctor
    "correct what the message names; --config DIR says where the settings lie": (
        "sửa chỗ thông báo nêu; --config DIR chỉ nơi đặt cài đặt"
    ),
    "{}, {} accounts": "{}, {} tài khoản",
    "not set: {}": "chưa đặt: {}",
    "export them; `outreach doctor --new-secrets` makes our own two": (
        "hãy export; `outreach doctor --new-secrets` tạo hai biến của chính ta"
    ),
    "{} set": "đã đặt {}",
    "run `outreach template lint`": "chạy `outreach template lint`",
    "{} sets, {} findings": "{} bộ, {} điều cần xem",
    "{} is not there": "không có {}",
    "run `outreach db upgrade`": "chạy `outreach db upgrade`",
    "is it running, and is the address right?": "máy chủ có chạy không, địa chỉ có đúng không?",
    "{}, revision {}": "{}, phiên bản {}",
    "answers": "có trả lời",
    "no answer: {}": "không trả lời: {}",
    "is it running, and is OUTREACH_REDIS_URL right? Without it no worker takes up work": (
        "máy chủ có chạy không, OUTREACH_REDIS_URL có đúng không?"
        " Thiếu nó thì không bộ gửi nào nhận việc"
    ),
    "set adapter to one of {}": "đặt adapter là một trong: {}",
    "no adapter for {}": "không có bộ nối cho {}",
    "none": "không có",
    "add a file to config/accounts/": "thêm một tệp vào config/accounts/",
    "{}; at the simulator: {}": "{}; đang trỏ vào bộ mô phỏng: {}",
    "set their real base URLs before sending": "đặt địa chỉ thật trước khi gửi",
    "{} GB free": "còn trống {} GB",
    "make room: a full disk stops the engine": "giải phóng dung lượng: đầy đĩa thì bộ gửi dừng",
    "ten million messages take several GB": "mười triệu tin chiếm vài GB",
    "{} in Ho Chi Minh City": "{} tại TP. Hồ Chí Minh",
    "{}, REHEARSAL": "{}, DIỄN TẬP",
    "the time zone data are wrong: update tzdata": "dữ liệu múi giờ sai: cập nhật tzdata",
    "unset OUTREACH_REHEARSAL_SHIFT for the real thing": (
        "bỏ OUTREACH_REHEARSAL_SHIFT khi chạy thật"
    ),
    "OUTREACH_KEY_SECRET fits the database": "OUTREACH_KEY_SECRET khớp với cơ sở dữ liệu",
    "OUTREACH_KEY_SECRET is not the one that the messages were sent with": (
        "OUTREACH_KEY_SECRET không phải khóa đã dùng để gửi tin"
    ),
    "put that one back; only where it is lost: `outreach db new-secret`": (
        "hãy đặt lại khóa cũ; chỉ khi đã mất: `outreach db new-secret`"
    ),
    "everything, by {} on {}": "toàn bộ, bởi {} từ {}",
    "it goes on with `outreach resume`": "chạy tiếp bằng `outreach resume`",
    "running": "đang chạy",
    "running: {} worker processes": "đang chạy: {} tiến trình worker",
    "start it: `python -m workers run` and `python -m workers beat`": (
        "hãy chạy: `python -m workers run` và `python -m workers beat`"
    ),
    "not running": "không chạy",
    "not known: the database does not answer": "không rõ: cơ sở dữ liệu không trả lời",
    "no callback waits unread": "không có lượt gọi về nào chưa đọc",
    "{} callbacks wait unread since {}": "{} lượt gọi về chưa đọc, từ {}",
    "no receipt is settled: run `outreach serve`, or `outreach run` without --web none": (
        "chưa ghi biên nhận: chạy `outreach serve`, hoặc `outreach run` không kèm --web none"
    ),
    "no receipt is settled: run `python -m workers run` and `python -m workers beat`": (
        "chưa ghi biên nhận: chạy `python -m workers run` và `python -m workers beat`"
    ),
    # carrier check
    "correct what the message names": "sửa chỗ thông báo nêu",
    "{}; not enabled: nothing is sent by it": "{}; đang tắt: không gửi gì qua đây",
    "adapter {}, {}": "bộ nối {}, {}",
    "set enabled = true when all else is well": "đặt enabled = true khi mọi mục khác đều đạt",
    "export them; the carrier gave their values with the contract": (
        "hãy export; nhà mạng cấp giá trị kèm hợp đồng"
    ),
    "all there": "đủ",
    "{}, approved": "{}, đã duyệt",
    "{}, pending": "{}, chờ duyệt",
    "{}, refused": "{}, bị từ chối",
    "{}, not handed in": "{}, chưa đăng ký",
    "say so in [account.approvals] once the carrier has approved it": (
        "ghi vào [account.approvals] khi nhà mạng đã duyệt"
    ),
    "{}: no such name": "{}: không có tên miền này",
    "is the address right, and does name resolution work here?": (
        "địa chỉ có đúng không, máy này phân giải tên miền được không?"
    ),
    "{}: Connection refused": "{}: bị từ chối kết nối",
    "{}: no answer": "{}: không trả lời",
    "is it right, is our address on the carrier's list, does a firewall keep us in?": (
        "địa chỉ có đúng không, IP của ta có trong danh sách của nhà mạng không, tường lửa có chặn"
        " không?"
    ),
    "none: the carrier confirms nothing": "không có: nhà mạng không xác nhận",
    "none: its list of failures is fetched": "không có: ta tải danh sách lỗi về",
    "none: single messages are asked about": "không có: ta hỏi từng tin",
    "none: receipts come on its own line": "không có: biên nhận về trên đường truyền riêng",
    "{}: this machine only": "{}: chỉ máy này gọi được",
    "set callback_url in config/outreach.toml to what the carrier can reach": (
        "đặt callback_url trong config/outreach.toml thành địa chỉ nhà mạng gọi tới được"
    ),
    "has the carrier been given it? its last part is OUTREACH_CALLBACK_TOKEN": (
        "nhà mạng đã có địa chỉ này chưa? phần cuối là OUTREACH_CALLBACK_TOKEN"
    ),
    "cannot be asked without sending: the credentials are not tried": (
        "không hỏi được nếu không gửi: chưa thử thông tin bí mật"
    ),
    "send one message to yourself first": "trước hết hãy gửi một tin cho chính mình",
    "credentials, the carrier's list of addresses, the contract's end: ask the carrier": (
        "thông tin bí mật, danh sách IP của nhà mạng, hạn hợp đồng: hãy hỏi nhà mạng"
    ),
    "the carrier knows us": "nhà mạng nhận ra ta",
    "top it up: nothing would be taken": "hãy nạp tiền: nhà mạng sẽ không nhận tin",
    "{} messages left today": "hôm nay còn {} tin",
    "nothing more is taken before it begins afresh": "hết hạn mức, chờ kỳ sau mới nhận tiếp",
    "{} s ahead": "nhanh {} giây",
    "{} s behind": "chậm {} giây",
    "set this machine's clock (NTP)": "chỉnh đồng hồ máy này (NTP)",
    "this carrier has no mode for trials that we know of: nothing was sent": (
        "chưa biết nhà mạng này có chế độ gửi thử: không gửi gì"
    ),
    "import yourself, and send a campaign of one": (
        "nhập số của chính mình rồi chạy chiến dịch một người"
    ),
    "taken; look at the telephone": "đã nhận; hãy xem điện thoại",
    "taken before": "đã nhận trước đó",
    "wait a second, and try again": "chờ một giây rồi thử lại",
    "refused because of the {}: {} {}": "bị từ chối ({}): {} {}",
    "not sent: {}": "chưa gửi: {}",
    "perhaps sent: {}": "có thể đã gửi: {}",
    "look the words up in docs/carriers.md": "tra lời báo trong docs/carriers.md",
}


def _form(english: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, english.split("{}"))), re.DOTALL)


_FORMS = [(_form(english), vietnamese) for english, vietnamese in _WORDS.items()]


def in_vietnamese(check: Check) -> Check:
    """A check as people read it in Vietnamese."""
    name = _NAMES.get(check.name, check.name)
    return replace(check, name=name, told=_worded(check.told), to_do=_worded(check.to_do))


def _worded(english: str) -> str:
    """What was found, or is to be done; a carrier's own words as `reasons` has them."""
    return _known(english) or reasons.in_vietnamese(english)


def _known(english: str) -> str:
    """A sentence of ours, with those that stand in it; empty where it is none."""
    for form, vietnamese in _FORMS:
        if (found := form.fullmatch(english)) is not None:
            return vietnamese.format(*(_known(each) or each for each in found.groups()))
    return ""
