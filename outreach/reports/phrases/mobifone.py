"""What MobiFone says, and we of our session with it."""

WORDS = {
    "unlisted status": "mã trạng thái chưa có trong bảng mã",
    "login refused": "đăng nhập bị từ chối",
    "a sign that only accented texts carry": "có ký tự chỉ gửi được trong tin có dấu",
}
LEADS = {"no session": "không có phiên"}
