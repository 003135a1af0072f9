"""What stands in a cell, tidied: text in one form, networks by any of their names, asides told."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeVar

from outreach.domain.network import Network
from outreach.domain.text import plain
from outreach.files.fonts import rescued
from outreach.files.titles import words

_REMEMBERED = 50_000
_LONG = 200  # characters
_WORDS_OF_NAME = 7
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\xad\u180e "


T = TypeVar("T")


class Remembered(dict[str, T]):
    """Cells to what was made of them; those seen lately are not made again."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cell: str) -> T:
        """Make it of a new cell; memory is bounded."""
        made = self._make(cell)
        if len(cell) <= _LONG:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[cell] = made
        return made


def tidy(cell: str) -> str:
    """Compose letters and marks, and reduce white space (line breaks too) to single spaces."""
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", rescued(cell))
    return " ".join(cell.replace("\0", "").split()).strip(_INVISIBLE)


_ALIASES = {
    Network.VIETTEL: "viettel vietel vt vtt",
    Network.VINAPHONE: "vinaphone vina vinafone vnpt vnp",
    Network.MOBIFONE: "mobifone mobi mobiphone vms",
    Network.VIETNAMOBILE: "vietnamobile vietnammobile vnmobile vnm",
    Network.GMOBILE: "gmobile gtel beeline",
    Network.ITEL: "itel itelecom",
    Network.WINTEL: "wintel reddi mobicast",
}
_NETWORKS = {alias: network for network, aliases in _ALIASES.items() for alias in aliases.split()}


def network(cell: str) -> Network | None:
    """Find the network that a cell names; None for no name, an unknown one, or two."""
    said = words(cell)
    found = {_NETWORKS.get(word) for word in [said.replace(" ", ""), *said.split()]} - {None}
    return found.pop() if len(found) == 1 else None


_TOTAL = re.compile(
    r"(?:tổng|cộng|tổng cộng|tổng số|tong so|(?:grand )?total)\b"
    r"|(?:tong|cong|tong cong|sum)\s*(?:[:=(.\d]|$)"  # "Tống Công Bình" is a person
)
_ASIDE = re.compile(
    r"ghi chú|ghi chu\b|lưu ý|luu y\b|note\b|người (?:lập|duyệt|kiểm)|nguoi (?:lap|duyet|kiem)\b"
    r"|lập (?:biểu|bảng)|lap (?:bieu|bang)\b|kế toán|thủ trưởng|giám đốc|phó giám đốc|chủ tịch"
    r"|phó chủ tịch|trưởng phòng|xác nhận|xac nhan\b|nơi nhận|ký tên|\(?ký,|(?:tm|kt|tl|tuq)\. "
    r"|\(?danh sách|\(?danh sach\b|bằng chữ|prepared by|approved by|(?:trang|page) \d|-+ ?\d+ ?-+$"
    r"|.{0,40}ngày.{1,8}tháng.{1,8}năm|.{0,40}ngay.{1,8}thang.{1,8}nam\b",
)


_HEADING = re.compile(
    r"(?:(?:[ivx]+|[a-z]|\d+)[.)]? )?(?:(?:phường|xã|thị trấn|quận|huyện|tỉnh|khu phố|tổ|ấp|thôn"
    r"|đơn vị)\b|(?:phuong|thi tran|quan|huyen|khu pho|to dan pho) \d)"
)


def is_aside(said: Sequence[str], *, alone: bool) -> bool:
    """Whether a row without a number is a total, a note, a signature, or heads the rows below.

    `said` are its first three cells that are not blank; `alone` if none is in the phone's column.
    """
    first = said[0][:_LONG].lower()
    if _TOTAL.match(first) or _ASIDE.match(first):
        return True
    if len(said) == 1 and alone and _is_prose(first):
        return True
    return len(said) <= 2 and _HEADING.match(" ".join(said)[:_LONG].lower()) is not None


def _is_prose(text: str) -> bool:
    """Whether a text has more words than a name, or numbers among them."""
    return text.count(" ") >= (_WORDS_OF_NAME if text.replace(" ", "").isalpha() else 3)


_SURNAME = re.compile(
    r"(?:nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|dao|doan|vuong"
    r"|trinh|truong|dinh|lam|phung|mai|to|ha|cao|luu|luong|thai|ta|quach|kieu|trieu) [a-z ]+"
)


def is_name(cell: str) -> bool:
    """Whether a cell holds a person's full name: it begins with a common surname."""
    return _SURNAME.fullmatch(plain(cell[:80]).lower().strip()) is not None
