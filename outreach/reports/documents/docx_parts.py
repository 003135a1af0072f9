"""The parts that a DOCX is made of, where python-docx has no word for them."""

import io
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.document import Document as Docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
RED = "C00000"

_EDGES = ("top", "left", "bottom", "right")
_TWIPS = 1440 / 25.4


def twips(millimetres: float) -> str:
    """Millimetres in the unit of Word: twentieths of a point."""
    return str(round(millimetres * _TWIPS))


def part(tag: str, *children: BaseOxmlElement, **attributes: str) -> BaseOxmlElement:
    """Make an element of WordprocessingML: `part("pgBorders", …, offsetFrom="page")`."""
    made: BaseOxmlElement = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    made.extend(children)
    return made


def edge(name: str, eighths: int, space: int = 0, color: str = "000000") -> BaseOxmlElement:
    """One side of a border, so many eighths of a point thick, `space` points away."""
    return part(name, val="single", sz=str(eighths), space=str(space), color=color)


def boxed(tag: str, eighths: int, space: int = 0, color: str = "000000") -> BaseOxmlElement:
    """A border on all four sides."""
    return part(tag, *(edge(name, eighths, space, color) for name in _EDGES))


def run_properties(size: float, *, bold: bool = False, italic: bool = False) -> BaseOxmlElement:
    """How letters look, where the paragraph's style does not say it."""
    made = part("rPr")
    if bold:
        made.extend([part("b"), part("bCs")])
    if italic:
        made.extend([part("i"), part("iCs")])
    half_points = str(round(size * 2))
    made.extend([part("sz", val=half_points), part("szCs", val=half_points)])
    return made


def times_new_roman(style: BaseOxmlElement) -> None:
    """Name the font for every script, and no theme beside it."""
    fonts = style.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)


def ruled(paragraph: Paragraph, length: float, room: float) -> None:
    """Make an empty paragraph a solid line of so many millimetres in the middle of its room."""
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Mm((room - length) / 2)
    layout.line_spacing = layout.space_before = Pt(3)
    _put(paragraph, part("pBdr", edge("top", 6)))


def bordered(paragraph: Paragraph) -> None:
    """Frame a paragraph; neighbours of the same indents share the frame."""
    _put(paragraph, boxed("pBdr", 4, 4))


def shaded(paragraph: Paragraph) -> None:
    """White letters on red."""
    _put(paragraph, part("shd", val="clear", color="auto", fill=RED))
    for run in paragraph.runs:
        run.font.color.rgb = RGBColor(255, 255, 255)


def framed() -> BaseOxmlElement:
    """A thick red frame around every page of a section."""
    made = boxed("pgBorders", 36, 14, RED)
    made.set(qn("w:offsetFrom"), "page")
    return made


def described(picture: BaseOxmlElement, words: str) -> None:
    """Say a picture's alternative text; nothing is kept clear around it."""
    picture.docPr.set("descr", words)
    for side in "TBLR":
        picture.set(f"dist{side}", "0")


def tiny(paragraph: Paragraph) -> None:
    """Make a paragraph that must be there as small as it can be."""
    paragraph.paragraph_format.line_spacing = Pt(1)


def number_of_page(paragraph: Paragraph) -> None:
    """Put the field that a page's number comes from into a paragraph."""
    for kind in ("begin", None, "separate", "1", "end"):
        run = paragraph.add_run()._r  # noqa: SLF001  # python-docx has no fields
        if kind is None:
            instruction = part("instrText")
            instruction.text = "PAGE"
            run.append(instruction)
        elif kind == "1":
            run.text = kind
        else:
            run.append(part("fldChar", fldCharType=kind))


def saved(document: Docx) -> bytes:
    """The file; the same document gives the same bytes, whenever it is written."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with ZipFile(written) as source, ZipFile(fixed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            target.writestr(entry, source.read(name), ZIP_DEFLATED)
    return fixed.getvalue()


def _put(paragraph: Paragraph, element: BaseOxmlElement) -> None:
    """Put a border or a shade at its place among a paragraph's properties: their order is fixed."""
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001  # python-docx has neither
    properties.insert_element_before(element, *_BEHIND)


_BEHIND = tuple(
    f"w:{name}"
    for name in (
        "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct",
        "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind",
        "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc", "textDirection",
        "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr",
        "pPrChange",
    )
)  # fmt: skip
