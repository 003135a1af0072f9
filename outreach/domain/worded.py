"""Reasons that people read: each with its words in both languages."""

from enum import StrEnum
from typing import Self


class Worded(StrEnum):
    """A value that is stored, and what it says in Vietnamese and English."""

    vi: str
    en: str

    def __new__(cls, value: str, vi: str = "", en: str = "") -> Self:
        """Make a member of what stands beside its name."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.vi, made.en = vi, en
        return made
