"""Audience files as people have them: any of the usual formats in, rows and reasons out."""

from outreach.files.model import (
    Batch,
    Column,
    Fault,
    Reading,
    Reject,
    Row,
    TwoNumbers,
    Understanding,
)
from outreach.files.reader import AudienceFile, open_file, rows

__all__ = [
    "AudienceFile",
    "Batch",
    "Column",
    "Fault",
    "Reading",
    "Reject",
    "Row",
    "TwoNumbers",
    "Understanding",
    "open_file",
    "rows",
]
