"""A công văn as the files that are signed and sent: one DOCX and one PDF."""

import re

from outreach.domain.text import plain
from outreach.reports.documents import docx, pdf
from outreach.reports.documents.model import Document

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def files(document: Document, *names: str) -> dict[str, bytes]:
    """Lay a letter out; the files are named by what it is about."""
    stem = "-".join(_UNSAFE.sub("-", plain(name)).strip("-.") for name in names)
    return {f"{stem}.docx": docx.render(document), f"{stem}.pdf": pdf.render(document)}
