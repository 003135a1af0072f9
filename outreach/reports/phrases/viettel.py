"""What Viettel says."""

WORDS = {
    "contract code unknown": "mã hợp đồng không tồn tại",
    "user or password wrong": "sai tài khoản hoặc mật khẩu",
    "user, password or contract code missing": "thiếu tài khoản, mật khẩu hoặc mã hợp đồng",
    "two different numbers in one call": "hai số khác nhau trong một yêu cầu",
    "request id missing or not a number": "thiếu mã yêu cầu hoặc mã không phải là số",
    "number missing": "thiếu số điện thoại",
    "network of the number unknown": "không xác định được mạng của số",
    "number of a wrong length": "số sai độ dài",
    "command code missing or wrong": "thiếu hoặc sai mã lệnh",
    "text longer than the contract allows": "nội dung dài quá mức hợp đồng cho phép",
    "text missing": "thiếu nội dung",
    "sender not registered there": "chưa đăng ký brandname ở đó",
}
