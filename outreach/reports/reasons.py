"""Stored reasons as people read them, in English and in Vietnamese; numbers masked."""

import re

from outreach.domain.msisdn import mask_text
from outreach.reports.phrases import LEADS, PHRASES

_CODE = re.compile(r"\S+|[A-Z0-9_: -]+", re.ASCII)
"""One word, or several in capitals: HTTP 401, CHECK CONTENT."""
_PART = re.compile(r"part ([0-9]+) of ([0-9]+): (.+)", re.ASCII)
_LED = re.compile(rf"(?:({_CODE.pattern}) )?({'|'.join(map(re.escape, LEADS))}): (.+)", re.ASCII)
_ENGLISH = {
    "no_route": "no account serves this network",
    "interrupted": "interrupted while it was being sent",
    "suppressed": "on a suppression list",
    "registered": "has the app already",
    "cap": "has had as many messages as one number may get",
}


def in_english(stored: str) -> str:
    """A reason in English, as it is stored but for our own codes."""
    return _ENGLISH.get(stored) or mask_text(stored)


def in_vietnamese(stored: str) -> str:
    """A reason in Vietnamese, behind its code; as it is stored where nobody translated it."""
    if part := _PART.fullmatch(stored):
        return f"phần {part[1]}/{part[2]}: {in_vietnamese(part[3])}"
    if led := _LED.fullmatch(stored):
        code, lead, rest = led.groups(default="")
        return f"{mask_text(code)} {LEADS[lead]}: {in_vietnamese(rest)}".strip()
    return _worded(stored)


def _worded(stored: str) -> str:
    """A reason that is one phrase, in Vietnamese."""
    words = stored
    while words not in PHRASES:
        words = words.partition(" ")[2]
        if not words:
            return mask_text(stored)
    code = stored.removesuffix(words).rstrip(": ")
    if code and not _CODE.fullmatch(code):
        return mask_text(stored)
    return f"{mask_text(code)} {PHRASES[words]}".strip()
