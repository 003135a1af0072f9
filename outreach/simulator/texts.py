"""Registered texts and banned words, as brandname carriers check them."""

import re
from collections.abc import Iterable

_PLACE = re.compile(r"\\\{\w+\\\}")


class Registry:
    """Templates with `{places}` that stand for one or more characters; `{text}` takes anything."""

    def __init__(self, templates: Iterable[str], banned: Iterable[str]) -> None:
        patterns = [_PLACE.sub("(?:.+?)", re.escape(template)) for template in templates]
        self._registered = re.compile("|".join(patterns), re.DOTALL)
        self._banned = tuple(word.lower() for word in banned)

    def knows(self, text: str) -> bool:
        """Say whether a text matches a registered template as a whole."""
        return self._registered.fullmatch(text) is not None

    def bans(self, text: str) -> bool:
        """Say whether a text contains a banned word."""
        lower = text.lower()
        return any(word in lower for word in self._banned)
