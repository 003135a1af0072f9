"""Small words of official Vietnamese that several documents need."""

from collections.abc import Mapping

from outreach.domain.month import Month


def of_month(month: Month) -> str:
    """A month in words: `tháng 11 năm 2026`."""
    return f"tháng {month.month} năm {month.year}"


def called(agency: Mapping[str, str]) -> str:
    """An agency's name as it stands within a sentence: as settings say, or its first letter large.

    Which letters of a name in capitals are large ones nobody can tell but its owner.
    """
    return agency.get("called") or agency.get("name", "").capitalize()


def lowered(words: str) -> str:
    """Words as they stand within a sentence."""
    return words[:1].lower() + words[1:]
