"""Stored reasons as people read them, in English and in Vietnamese; numbers masked."""

import re

from outreach.domain.msisdn import mask_text
from outreach.reports.phrases import PHRASES

_CODED = re.compile(r"((?:HTTP )?-?\d{1,5}):? (.+)", re.DOTALL)
_ENGLISH = {
    "no_route": "no account serves this network",
    "interrupted": "interrupted while it was being sent",
    "suppressed": "on a suppression list",
    "cap": "has had as many messages as one number may get",
}


def in_english(stored: str) -> str:
    """A reason in English, as it is stored but for our own codes."""
    return _ENGLISH.get(stored) or mask_text(stored)


def in_vietnamese(stored: str) -> str:
    """A reason in Vietnamese, behind its code; as it is stored where nobody translated it."""
    if (told := PHRASES.get(stored)) is not None:
        return told
    coded = _CODED.fullmatch(stored)
    if coded is not None and coded[2] in PHRASES:
        return f"{coded[1]} {PHRASES[coded[2]]}"
    return mask_text(stored)
