"""The page of Nghị định 30/2020 (A4), and what is measured on it, in millimetres."""

from collections.abc import Sequence

from outreach.reports.documents.fonts import face

SHORT, LONG = 210.0, 297.0
TOP = BOTTOM = 20.0
LEFT, RIGHT = 30.0, 15.0
INDENT = 12.7
"""Of a paragraph's first line."""
HEAD = (65.0, 100.0)
"""The columns of the head: the agency, the nation."""
FOOT = (80.0, 85.0)
"""The columns below the text: who receives it, who signs."""
BODY = 14
"""The size of the text, in points."""
ROOM = 75
"""Points between the signer's title and name."""

_POINT = 25.4 / 72
_STEP = 4.0  # millimetres that lines are narrowed by
_BALANCED = 6  # lines; more are no head but a text


def text_width(*, landscape: bool = False) -> float:
    """How wide the text is."""
    return (LONG if landscape else SHORT) - LEFT - RIGHT


def width(text: str, size: float, name: str = "Regular") -> float:
    """How wide a text is on one line, in a face and a size in points."""
    return face(name).width(text) * size * _POINT


def balanced(text: str, size: float, name: str, room: float) -> list[str]:
    """Break a centred text into as few lines as it needs, none much shorter than the others."""
    lines = _broken(text.split(), size, name, room)
    narrow = room
    while 1 < len(lines) <= _BALANCED:
        narrow -= _STEP
        closer = _broken(text.split(), size, name, narrow)
        if len(closer) > len(lines) or max(width(line, size, name) for line in closer) > narrow:
            break
        lines = closer
    return lines


def rule(lines: Sequence[str], size: float, room: float) -> float:
    """A line below bold lines: two fifths of the longest (a third to a half is asked)."""
    return 0.4 * min(max((width(line, size, "Bold") for line in lines), default=0.0), room)


def _broken(words: Sequence[str], size: float, name: str, room: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, name) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
