"""What SpeedSMS says of an SMS, beyond what others say too."""

WORDS = {
    "address locked": "địa chỉ IP bị khóa",
    "the account may not do this": "tài khoản không được dùng chức năng này",
    "the text's coding is not supported": "không hỗ trợ kiểu mã hóa của nội dung",
    "text too long": "nội dung quá dài",
    "internal error": "lỗi nội bộ phía nhà cung cấp",
    "a passing failure": "lỗi tạm thời",
    "not delivered": "không chuyển được",
}
