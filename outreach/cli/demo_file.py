"""An invented audience file, as messy as the ones that come from districts."""

import random
from collections.abc import Iterator
from pathlib import Path

_FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
)
_MIDDLE = ("Văn", "Thị", "Minh", "Ngọc", "Hữu", "Thị Thu", "Quốc", "Thanh", "Thị Kim")
_GIVEN = (
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Đức",
    "Giang",
    "Hạnh",
    "Khai",
    "Linh",
    "Mai",
    "Quỳnh",
    "Yến",
)
_DISTRICTS = (
    "Phường Sài Gòn",
    "P. Bến Thành",
    "Bình Thạnh",
    "phường Gò Vấp",
    "Thủ Đức",
    "Xã Củ Chi",
    "Quận 3",
)
_PREFIXES = (
    *("086", "096", "097", "098", "032", "035", "039") * 8,
    *("090", "093", "070") * 6,
    *("091", "094", "081", "088") * 5,
    *("092", "056") * 2,
    *("099", "087", "055"),
)
_BEFORE_2018 = {"070": "0120", "032": "0162", "035": "0165", "039": "0169", "081": "0127"}
_BAD = (
    "", "không có", "028 3822 1234", "1900 9068", "8079", "0912 345", "+1 202 555 0143",
    "0901234567 / 0912345678", "012345678901234", "095 000 0000",
)  # fmt: skip


def write(path: Path, people: int, seed: int) -> None:
    """Write so many different good numbers, and about three rows in a hundred that are not."""
    chance = random.Random(seed)  # noqa: S311 - invented people, the same every time
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write("STT;Họ và tên;Số điện thoại;Quận/Huyện\r\n")
        for n, (name, phone) in enumerate(_rows(people, chance), 1):
            file.write(f"{n};{name};{phone};{chance.choice(_DISTRICTS)}\r\n")


def _rows(people: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    written: list[str] = []
    for n in range(people):
        prefix = chance.choice(_PREFIXES)
        number = _number(prefix, n)
        written.append(number)
        yield _name(chance), _as_people_write(number, chance)
        if chance.random() < 0.015:
            yield _name(chance), chance.choice(_BAD)
        if chance.random() < 0.015:
            yield _name(chance), _as_people_write(chance.choice(written), chance)


def _number(prefix: str, n: int) -> str:
    """A number that no other row has; blocks of which only a part is in use keep to that part."""
    if prefix == "055":
        return f"0559{n:06d}"
    if prefix == "099":
        return f"0993{n:06d}"
    return f"{prefix}{n:07d}"


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_FAMILY)} {chance.choice(_MIDDLE)} {chance.choice(_GIVEN)}"


def _as_people_write(number: str, chance: random.Random) -> str:
    old = _BEFORE_2018.get(number[:3])
    match chance.randrange(8):
        case 0:
            return f"{number[:4]}.{number[4:7]}.{number[7:]}"
        case 1:
            return f"+84{number[1:]}"
        case 2:
            return f"84 {number[1:3]} {number[3:]}"
        case 3:
            return number[1:]
        case 4 if old:
            return old + number[3:]
        case _:
            return number
