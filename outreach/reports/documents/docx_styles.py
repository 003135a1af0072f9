"""The styles of a DOCX: how Nghị định 30/2020 wants a text to look."""

from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from outreach.reports.documents import page
from outreach.reports.documents.docx_parts import part, times_new_roman

BODY = "Body Text"
HEADINGS = ("Heading 1", "Heading 2", "Heading 3")

_LINE_SPACING = 1.1
_BETWEEN = Pt(6)


def styled(file: Docx) -> None:
    """Make the template's styles those of an official document, in Vietnamese."""
    for name in ("Normal", BODY, *HEADINGS, "Header", "Footer"):
        style = file.styles[name]
        times_new_roman(style.element)
        style.font.size = Pt(page.BODY)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = 1.0
    _language(file)
    for name in (BODY, *HEADINGS):
        layout = file.styles[name].paragraph_format
        layout.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        layout.first_line_indent = Mm(page.INDENT)
        layout.space_after = _BETWEEN
        layout.line_spacing = _LINE_SPACING
        layout.widow_control = True
    for name in HEADINGS:
        font = file.styles[name].font
        font.bold, font.italic = True, False
        file.styles[name].paragraph_format.keep_with_next = True


def _language(file: Docx) -> None:
    properties = file.styles["Normal"].element.get_or_add_rPr()
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(part("lang", val="vi-VN", eastAsia="vi-VN"))
