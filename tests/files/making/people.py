"""The invented people of most samples, and a list of them as text."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Person(NamedTuple):
    """One line of a list."""

    name: str
    phone: str
    district: str
    ward: str


PEOPLE = (
    Person("Nguyễn Thị Ánh", "0900000101", "Quận 3", "Phường Võ Thị Sáu"),
    Person("Trần Văn Bình", "0860000102", "Huyện Củ Chi", "Xã Tân Thông Hội"),
    Person("Lê Hoàng Đức", "0910000103", "Quận Bình Thạnh", "Phường 25"),
    Person("Phạm Thị Tuyết Hương", "0920000104", "Thành phố Thủ Đức", "Phường Hiệp Bình Chánh"),
    Person("Đặng Quốc Khánh", "0870000105", "Quận 12", "Phường Thới An"),
    Person("Võ Ngọc Yến Nhi", "0993000106", "Huyện Nhà Bè", "Xã Phước Kiển"),
)
HEADER = ("STT", "Họ và tên", "Số điện thoại", "Quận/Huyện", "Phường/Xã")


def people_rows(header: Sequence[str] = HEADER) -> list[Sequence[str]]:
    """The header and the six people, numbered."""
    return [header, *((str(n), p.name, p.phone, *p[2:]) for n, p in enumerate(PEOPLE, 1))]


def as_csv(rows: Iterable[Sequence[str]], delimiter: str = ",", ending: str = "\r\n") -> str:
    """Rows as a spreadsheet saves them: quotes only where they are needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows(rows)
    return text.getvalue()


def people_csv(delimiter: str = ",", ending: str = "\r\n") -> str:
    """The header and the six people as text."""
    return as_csv(people_rows(), delimiter, ending)
