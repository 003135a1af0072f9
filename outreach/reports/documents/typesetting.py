"""The door to typst: data goes in as JSON, never as markup; only the bundled fonts are seen."""

import json
import re
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

from outreach.reports.documents.fonts import FAMILY, FOLDER, printable
from outreach.reports.documents.tables import LONGEST

PER_INCH = 220
"""Dots of a picture."""

_TEMPLATES = Path(__file__).parent
_BREAKABLE = re.compile(rf"(\S{{{LONGEST}}})(?=\S)")


def typeset(data: dict[str, Any], on: date) -> bytes:
    """Set official.typ as a PDF/A-2a that is dated so: the same data gives the same bytes."""
    return typst.compile(
        _TEMPLATES / "official.typ",
        format="pdf",
        pdf_standards="a-2a",
        timestamp=datetime.combine(on, time(), UTC),
        root=_TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=_inputs(data),
    )


def pictures(drawn: list[dict[str, Any]], width: float) -> list[bytes]:
    """Draw the pieces of a chart, each a PNG so many millimetres wide."""
    made: bytes | list[bytes] = typst.compile(
        _TEMPLATES / "picture.typ",
        format="png",
        ppi=PER_INCH,
        root=_TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=_inputs({"pictures": drawn, "width": width}),
    )
    return made if isinstance(made, list) else [made]  # a list where there are several pages


def _inputs(data: dict[str, Any]) -> dict[str, str]:
    return {"data": json.dumps(_settable({"font": FAMILY, **data}), ensure_ascii=False)}


def _settable(value: Any) -> Any:  # noqa: ANN401  # JSON, of any shape
    """The data in letters that the font has, words that are too long made breakable."""
    if isinstance(value, str):
        return _BREAKABLE.sub("\\1\N{ZERO WIDTH SPACE}", printable(value))
    if isinstance(value, dict):
        return {key: _settable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_settable(each) for each in value]
    return value


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER]
    )
