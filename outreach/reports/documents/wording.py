"""The words and marks that Nghị định 30/2020 puts around what a document says."""

from collections.abc import Sequence

from outreach.reports.documents.model import Document, DocumentType, in_words, roman

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
REHEARSAL = "DIỄN TẬP - số liệu không có thật"
TO = "Kính gửi"
RECIPIENTS = "Nơi nhận:"

_NAMES = {DocumentType.REPORT: "Báo cáo", DocumentType.LETTER: "Công văn"}


def type_name(document: Document) -> str:
    """What a document of its type is called."""
    return _NAMES[document.type]


def ended(lines: Sequence[str]) -> list[str]:
    """Lines of a list with their marks: `;` at the end of each, `.` at the end of the last."""
    bare = [line.rstrip(" ;.") for line in lines]
    return [f"{line}{'.' if n == len(bare) else ';'}" for n, line in enumerate(bare, 1)]


def listed(lines: Sequence[str]) -> list[str]:
    """Lines of a list behind hyphens, with their marks."""
    return [f"- {line}" for line in ended(lines)]


def annex_number(document: Document, place: int) -> str:
    """`Phụ lục II`; an only annex has no number."""
    return f"Phụ lục {roman(place)}" if len(document.annexes) > 1 else "Phụ lục"


def enclosed(document: Document) -> str:
    """What an annex belongs to: `(Kèm theo Báo cáo số 05/BC-TTCĐS ngày … của …)`."""
    number = document.sign.removeprefix("Số: ")
    agency = document.called or document.agency
    return f"(Kèm theo {type_name(document)} số {number} {in_words(document.on)} của {agency})"
