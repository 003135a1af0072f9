"""Registered texts and banned words, as brandname carriers check them."""

import re
from collections.abc import Iterable

_PLACE = re.compile(r"\\\{\w+\\\}")
_UNACCENTED = re.compile("[\n\r -~@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€\f]*")
"""What an SMS without UCS-2 can carry (wire-formats.md 5.1), and a few more of ASCII."""


class Registry:
    """Templates with `{places}` that stand for one or more characters; `{text}` takes anything."""

    def __init__(self, templates: Iterable[str], banned: Iterable[str]) -> None:
        patterns = [_PLACE.sub("(?:.+?)", re.escape(template)) for template in templates]
        self._registered = re.compile("|".join(patterns), re.DOTALL)
        self._banned = tuple(word.lower() for word in banned)

    def knows(self, text: str, *, accented: bool = True) -> bool:
        """Say whether a text matches a registered template as a whole.

        Sent as unaccented, Vietnamese letters would not reach the template, nor the recipient.
        """
        readable = accented or _UNACCENTED.fullmatch(text) is not None
        return readable and self._registered.fullmatch(text) is not None

    def bans(self, text: str) -> bool:
        """Say whether a text contains a banned word."""
        lower = text.lower()
        return any(word in lower for word in self._banned)
