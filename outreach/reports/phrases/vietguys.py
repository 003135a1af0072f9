"""What VietGuys says of an SMS, beyond what others say too."""

WORDS = {
    "no such account": "không có tài khoản này",
    "user or password wrong": "tên đăng nhập hoặc mật khẩu sai",
    "the account may not use the API": "tài khoản chưa được bật API",
    "number on the refusal list": "số trong danh sách từ chối nhận tin",
    "longer than 459 characters": "dài quá 459 ký tự",
    "advertising words in a text of care": "có từ quảng cáo trong tin chăm sóc khách hàng",
    "not the text of a one-time password": "không phải nội dung OTP",
    "number ported, or its network not set up": "số đã chuyển mạng hoặc mạng chưa được khai báo",
    "server busy": "máy chủ bận",
    "the account's daily limit": "hết hạn mức ngày của tài khoản",
    "the number's daily limit": "hết hạn mức ngày của số này",
    "fail: not delivered": "nhà cung cấp báo không chuyển được",
}
