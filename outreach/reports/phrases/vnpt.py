"""What VNPT (VinaPhone) says."""

WORDS = {
    "user, password or address refused": "sai tài khoản, mật khẩu hoặc địa chỉ IP",
    "schedule time malformed": "thời gian đặt lịch sai định dạng",
    "method unknown": "phương thức không tồn tại",
    "template invalid": "mẫu tin không hợp lệ",
    "not allowed at this time": "không được gửi vào giờ này",
    "contract type wrong": "sai loại hợp đồng",
    "user name wrong": "sai tên người dùng",
    "text too long": "nội dung quá dài",
    "outside VinaPhone's hours": "ngoài giờ cho phép của VinaPhone",
    "contract wrong": "sai hợp đồng",
    "label wrong": "sai nhãn (brandname)",
    "agent wrong": "sai đại lý",
    "too fast": "gửi quá nhanh",
    "character set wrong": "sai bộ ký tự",
    "contract's quota used up": "hết gói tin của hợp đồng",
    "customer's quota used up": "hết gói tin của khách hàng",
    "agent's quota used up": "hết gói tin của đại lý",
    "number invalid, or several networks in one call": (
        "số không hợp lệ, hoặc nhiều mạng trong một lần gửi"
    ),
    "schedule time in the past": "thời gian đặt lịch đã qua",
    "number on another network, or label not valid there": (
        "số thuộc mạng khác, hoặc nhãn chưa dùng được ở mạng đó"
    ),
    "had three advertisements today": "đã nhận ba tin quảng cáo trong ngày",
    "banned keyword": "có từ khóa bị cấm",
    "customer account not active": "tài khoản khách hàng không hoạt động",
    "template obsolete": "mẫu tin đã cũ",
    "a character, a length, or an error at VNPT": (
        "ký tự hoặc độ dài không hợp lệ, hoặc lỗi phía VNPT"
    ),
    "VNPT sends registered templates only": "VNPT chỉ gửi theo mẫu đã đăng ký",
    "accented texts reach VinaPhone's numbers only": (
        "tin có dấu chỉ gửi được tới thuê bao VinaPhone"
    ),
    "one of & < > \" ' or a control character": "có ký tự & < > \" ' hoặc ký tự điều khiển",
    "sent": "đã gửi",
    "not sent": "gửi không được",
    "waiting": "đang chờ gửi",
    "handed on": "đã chuyển, chờ kết quả",
    "tried again": "đang gửi lại",
    "received": "đã nhận yêu cầu",
}
