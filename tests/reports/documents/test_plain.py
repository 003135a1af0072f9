from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from outreach.reports.documents.model import DocumentType
from outreach.reports.documents.plain import each_text, plain
from tests.reports.documents import samples


def test_letters_are_put_together_and_line_ends_are_one() -> None:
    assert plain("Tiê\u0301ng") == "Tiếng"
    assert plain("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"


def test_what_no_file_can_carry_is_marked() -> None:
    assert plain("a\x00b\x1bc\ud800d\ufffee\U0001ffff") == "a□b□c□d□e□"


@given(st.text(st.characters(codec=None)))
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    once.encode()


def test_each_text_of_a_document_is_changed_and_nothing_else() -> None:
    document = samples.report()
    changed = each_text(document, str.upper)
    assert changed.agency == document.agency.upper()
    assert changed.annexes[1].blocks[0].rows[0][1] == "THÀNH PHỐ THỦ ĐỨC"  # type: ignore[union-attr]  # a table
    assert changed.type is DocumentType.REPORT
    assert changed.on == date(2026, 12, 2)
    assert each_text(document, lambda text: text) == document
