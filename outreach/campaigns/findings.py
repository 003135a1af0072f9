"""A finding: what is wrong with a text, where, and what to do, in both languages."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """An error forbids approval; a warning asks for a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a text."""

    level: Level
    where: str
    """The file, and what of it: a character's place, an account, a parameter."""
    message_vi: str
    message_en: str


def error(where: str, vi: str, en: str) -> Finding:
    """What forbids approval."""
    return Finding(Level.ERROR, where, vi, en)


def warning(where: str, vi: str, en: str) -> Finding:
    """What asks for a look."""
    return Finding(Level.WARNING, where, vi, en)
