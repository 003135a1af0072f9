"""What keeps a message from going with others in one list."""

WORDS = {
    "fewer than 30 have this text": "chưa đủ 30 người có cùng nội dung",
}
