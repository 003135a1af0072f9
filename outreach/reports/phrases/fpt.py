"""What FPT says of an SMS, beyond what others say too."""

WORDS = {
    "client id or secret wrong": "client_id hoặc client_secret sai",
    "access token expired": "mã truy cập hết hạn",
}
