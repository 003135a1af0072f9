"""What we say ourselves."""

WORDS = {
    "no_route": "không có tài khoản nào phục vụ mạng này",
    "interrupted": "bị ngắt khi đang gửi",
    "suppressed": "trong danh sách không được nhắn",
    "registered": "đã có ứng dụng",
    "cap": "đã nhận đủ số tin cho phép",
    "unlisted code": "mã chưa có trong bảng mã",
    "a fault of ours": "lỗi của phần mềm",
    "a control character in the text": "nội dung có ký tự điều khiển",
    "the carrier calls the key a duplicate": "nhà mạng báo trùng mã yêu cầu",
    "no answer, and too late to ask again": "không có trả lời, đã quá lúc hỏi lại",
    "the account's limit is used up": "đã dùng hết hạn mức của tài khoản",
    "broken answer": "trả lời bị hỏng",
    "unreadable answer": "trả lời không đọc được",
    "no answer in time": "quá hạn chờ trả lời",
    "connection lost": "mất kết nối",
    "no connection": "không kết nối được",
    "connect time-out": "quá hạn kết nối",
    "no free connection": "không còn kết nối trống",
    "request refused": "yêu cầu bị từ chối",
    "credentials refused": "thông tin đăng nhập bị từ chối",
    "a proxy asks for credentials": "máy chủ trung gian đòi đăng nhập",
    "another reason": "lý do khác",
    "fallback: not delivered": "kênh trước chưa chuyển được",
}
LEADS = {
    "no access token": "không có mã truy cập",
    "no connection": "không kết nối được",
    "unreadable answer": "trả lời không đọc được",
}
