"""The boxes of Nghị định 30/2020 in a DOCX: head, title, addressees, signature, margins."""

from collections.abc import Sequence

from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Line

from outreach.reports.documents import page, wording
from outreach.reports.documents.docx_parts import (
    bordered,
    framed,
    number_of_page,
    part,
    ruled,
    shaded,
    tiny,
)
from outreach.reports.documents.model import Document, DocumentType

_CENTRE, _LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT


def line(
    where: Docx | _Cell,
    text: str,
    size: float = page.BODY,
    *,
    bold: bool = False,
    italic: bool = False,
    align: WD_ALIGN_PARAGRAPH = _CENTRE,
) -> Line:
    """Write a line that stands by itself, in a document or a cell; a cell's first is there."""
    empty = isinstance(where, _Cell) and not where.paragraphs[0].runs and len(where.paragraphs) == 1
    made: Line = where.paragraphs[0] if empty else where.add_paragraph()
    made.alignment = align
    run = made.add_run(text)
    run.bold, run.italic, run.font.size = bold or None, italic or None, Pt(size)
    return made


def centred(
    where: Docx | _Cell,
    texts: Sequence[str],
    size: float = page.BODY,
    *,
    bold: bool = False,
    italic: bool = False,
    after: float = 0,
) -> None:
    """Write lines in the middle, with so many points below the last."""
    made = [line(where, text, size, bold=bold, italic=italic) for text in texts]
    for each in made[-1:]:
        each.paragraph_format.space_after = Pt(after)


def spacer(file: Docx) -> None:
    """Leave a little room, as tables need it between them."""
    file.add_paragraph().paragraph_format.line_spacing = Pt(8)


def first_section(file: Docx, rehearsal: str) -> None:
    """Set up the page, its number in the top margin, and the mark of a rehearsal."""
    section = file.sections[0]
    section.page_width, section.page_height = Mm(page.SHORT), Mm(page.LONG)
    section.top_margin, section.bottom_margin = Mm(page.TOP), Mm(page.BOTTOM)
    section.left_margin, section.right_margin = Mm(page.LEFT), Mm(page.RIGHT)
    section.header_distance = Mm(10)
    section.footer_distance = Mm(8)
    section.different_first_page_header_footer = True
    properties = section._sectPr  # noqa: SLF001  # python-docx has neither numbers nor frames
    margins = properties.find(qn("w:pgMar"))
    margins.addnext(part("pgNumType", start="1"))
    if rehearsal:
        margins.addnext(framed())
    section.first_page_header.is_linked_to_previous = False
    number = section.header.paragraphs[0]
    number.alignment = _CENTRE
    number_of_page(number)
    for footer in (section.footer, section.first_page_footer):
        footer.is_linked_to_previous = False
        if rehearsal:
            mark = footer.paragraphs[0]
            mark.alignment = _CENTRE
            mark.add_run(rehearsal).bold = True
            shaded(mark)


def next_section(file: Docx) -> Section:
    """Begin a part on a new page, whose pages are counted from 1."""
    section: Section = file.add_section()
    tiny(file.paragraphs[-1])  # it ends the part before, and must not need a page for that
    return section


def head(file: Docx, document: Document) -> None:
    """Boxes 1 to 4 and 5b: the agency and its number, the nation, the place and the day."""
    above, below = _grid(file, page.HEAD, 2)
    left, right = page.HEAD
    centred(above[0], page.balanced(document.parent.upper(), 12, "Regular", left), 12)
    agency = page.balanced(document.agency.upper(), 12, "Bold", left)
    centred(above[0], agency, 12, bold=True)
    ruled(above[0].add_paragraph(), page.rule(agency, 12, left), left)
    centred(above[1], [wording.NATION], 12, bold=True)
    centred(above[1], [wording.MOTTO], 13, bold=True)
    ruled(above[1].add_paragraph(), page.width(wording.MOTTO, 13, "Bold"), right)
    number = line(below[0], document.sign, 13)
    place = line(below[1], document.place_and_date, 13, italic=True)
    number.paragraph_format.space_before = place.paragraph_format.space_before = Pt(4)
    if document.type is DocumentType.LETTER:
        subject = page.balanced(f"V/v {document.title}", 12, "Regular", left)
        number.paragraph_format.space_after = Pt(6)
        centred(below[0], subject, 12)


def title(file: Docx, document: Document) -> None:
    """Box 5a: what it is, and of what."""
    lines = page.balanced(document.title, page.BODY, "Bold", page.text_width())
    name = line(file, wording.type_name(document).upper(), bold=True)
    name.paragraph_format.space_before = Pt(14)
    centred(file, lines, bold=True)
    width = page.text_width()
    ruled(file.add_paragraph(), page.rule(lines, page.BODY, width), width)


def addressees(file: Docx, to: Sequence[str]) -> None:
    """Box 9a: one on the line of `Kính gửi`, several below its colon."""
    if not to:
        return
    if len(to) == 1:
        made = [line(file, f"{wording.TO}: {to[0]}")]
    else:
        made = [line(file, f"{wording.TO}:", align=_LEFT)]
        made[0].paragraph_format.left_indent = Mm(25)
        for each in wording.listed(to):
            made.append(line(file, each, align=_LEFT))
            layout = made[-1].paragraph_format
            hanging = page.width("- ", page.BODY)
            layout.left_indent = Mm(25 + page.width(wording.TO, page.BODY) + hanging)
            layout.first_line_indent = Mm(-hanging)
    made[0].paragraph_format.space_before = Pt(12)
    made[-1].paragraph_format.space_after = Pt(12)


def caption(file: Docx, text: str) -> None:
    """Write a table's title, which stays with the table."""
    made = line(file, text, 13, bold=True)
    made.paragraph_format.space_before = made.paragraph_format.space_after = Pt(6)
    made.paragraph_format.keep_with_next = True


def quotation(file: Docx, texts: Sequence[str]) -> None:
    """Write lines as they are, in one frame."""
    for text in texts:
        made = line(file, text, align=_LEFT)
        made.paragraph_format.left_indent = made.paragraph_format.right_indent = Mm(3)
        bordered(made)
    spacer(file)


def signature(file: Docx, document: Document) -> None:
    """Boxes 9b and 7: who receives it, who signs; on one page."""
    spacer(file)
    file.paragraphs[-1].paragraph_format.keep_with_next = True
    ((left, right),) = _grid(file, page.FOOT, 1)
    line(left, wording.RECIPIENTS, 12, bold=True, italic=True, align=_LEFT)
    for each in wording.listed(document.recipients):
        line(left, each, 11, align=_LEFT)
    for each in (*document.authority, document.signer_title):
        line(right, each.upper(), bold=True)
    signer = line(right, document.signer, bold=True)
    signer.paragraph_format.space_before = Pt(page.ROOM)
    tiny(file.add_paragraph())


def _grid(file: Docx, widths: Sequence[float], rows: int) -> list[tuple[_Cell, ...]]:
    """Cells beside each other, without lines; no row is split over pages."""
    table = file.add_table(rows, len(widths))
    table.autofit = False
    sides = part("tblCellMar", *(part(n, w="0", type="dxa") for n in ("left", "right")))
    table._tblPr.append(sides)  # noqa: SLF001  # python-docx has no margins of cells
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(part("cantSplit"))  # noqa: SLF001  # nor this
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    return [row.cells for row in table.rows]
