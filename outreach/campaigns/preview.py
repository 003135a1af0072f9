"""Rendering a whole audience to show what stands out: longest, shortest, strangest, a sample."""

import heapq
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from outreach.campaigns.compose import MOST_REASONS, Params, Renderer, RenderError, Sized
from outreach.campaigns.fields import FALLBACK, Field, Kind
from outreach.campaigns.names import LETTERS, person
from outreach.campaigns.wording import Value
from outreach.carriers.base import Text
from outreach.domain.text import tidy
from outreach.settings import Account

SAMPLE = 0
"""The place of the sample recipient, before the first of the audience."""

_STRANGE = re.compile(rf"[^\x00-\x7f{LETTERS}]")
_LONG_WORD = 8
_SHORT_NAME = 4
_POINTS = {
    "default": 3,
    "shortened": 3,
    "capitals": 1,
    "tidied": 1,
    "letters": 4,
    "long_word": 2,
    "short": 2,
    "parts": 2,
}
"""What makes a row strange, and how strange."""


class Seen(NamedTuple):
    """A recipient: his place in the audience, his number, his fields."""

    n: int
    msisdn: int
    params: Params


@dataclass(frozen=True, slots=True)
class Shown:
    """A message worth a look, and what is odd about it."""

    row: Seen
    message: Sized
    oddities: tuple[str, ...]


@dataclass(slots=True)
class Fault:
    """A reason for which messages cannot be made: how many, and the first of them."""

    count: int = 0
    first: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Preview:
    """What rendering every recipient of an audience showed."""

    account: Account
    messages: int = 0
    by_parts: Counter[int] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    longest: list[Shown] = field(default_factory=list)
    shortest: list[Shown] = field(default_factory=list)
    strangest: list[Shown] = field(default_factory=list)
    sample: list[Shown] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)

    def refuse(self, reason: str, n: int, each: int) -> None:
        """Count a row that cannot be rendered."""
        if len(self.faults) >= MOST_REASONS and reason not in self.faults:
            reason = "other reasons"
        told = self.faults.setdefault(reason, Fault())
        told.count += 1
        if len(told.first) < each:
            told.first.append(n)


def preview(
    renderer: Renderer, rows: Iterable[Seen], account: Account, each: int, seed: int
) -> Preview:
    """Render every row on an account once, in memory that does not grow with the rows.

    `each` rows are kept of every sort; the sample is drawn by `seed`.
    """
    found = Preview(account)
    watch = _Watch(renderer, _usual_parts(renderer, found))
    best = {"longest": _Best(each), "shortest": _Best(each), "strangest": _Best(each)}
    sample = _Sample(each, random.Random(seed))  # noqa: S311 - to be drawn again, no secret
    for row in rows:
        try:
            message = renderer.sized(row.params, account)
        except RenderError as fault:
            found.refuse(str(fault), row.n, each)
            continue
        odd = watch.oddities(row.params, message)
        found.messages += 1
        found.by_parts[message.content.parts] += 1
        found.oddities.update(odd)
        size = _size(message)
        sample.offer(row, message, odd)
        best["longest"].offer(size, row, message, odd)
        best["shortest"].offer(-size, row, message, odd)
        if odd:
            best["strangest"].offer(sum(map(_POINTS.__getitem__, odd)), row, message, odd)
    found.longest, found.shortest, found.strangest = (kept.shown() for kept in best.values())
    found.sample = sample.shown()
    return found


def _usual_parts(renderer: Renderer, found: Preview) -> int:
    """What the sample takes; the most that anybody may where it does not fit, a fault by itself."""
    templates = renderer.templates
    try:
        return renderer.sized(templates.sample, found.account).content.parts
    except RenderError as fault:
        found.refuse(f"the sample: {fault}", SAMPLE, 1)
        return templates.max_parts


def _size(message: Sized) -> int:
    """Units of an SMS; characters of all that is filled into a template."""
    if message.size is not None:
        return message.size.units
    assert not isinstance(message.content, Text)
    return sum(map(len, message.content.values.values()))


class _Best:
    """The few rows of the highest score; of equals, the first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[int, int, Shown]] = []

    def offer(self, score: int, row: Seen, message: Sized, odd: tuple[str, ...]) -> None:
        """Keep a row that is better than the worst kept one."""
        if len(self._kept) < self._most:
            heapq.heappush(self._kept, (score, -row.n, Shown(row, message, odd)))
        elif score > self._kept[0][0]:
            heapq.heapreplace(self._kept, (score, -row.n, Shown(row, message, odd)))

    def shown(self) -> list[Shown]:
        """The kept rows, the best first."""
        return [shown for _, _, shown in sorted(self._kept, reverse=True, key=lambda one: one[:2])]


class _Sample:
    """Rows drawn evenly from a stream of unknown length."""

    def __init__(self, most: int, chance: random.Random) -> None:
        self._most = most
        self._chance = chance
        self._kept: list[Shown] = []
        self._seen = 0

    def offer(self, row: Seen, message: Sized, odd: tuple[str, ...]) -> None:
        """Let chance decide whether a row takes the place of another."""
        self._seen += 1
        if len(self._kept) < self._most:
            self._kept.append(Shown(row, message, odd))
            return
        place = int(self._chance.random() * self._seen)
        if place < self._most:
            self._kept[place] = Shown(row, message, odd)

    def shown(self) -> list[Shown]:
        """The sample in the audience's order."""
        return sorted(self._kept, key=lambda shown: shown.row.n)


class _Watch:
    """Sees what is odd about a row: what the sample's message has not."""

    def __init__(self, renderer: Renderer, usual: int) -> None:
        self._renderer = renderer
        self._fields = tuple(renderer.templates.fields.values())
        self._usual = usual

    def oddities(self, params: Params, message: Sized) -> tuple[str, ...]:
        """The words of `_POINTS` that hold of a row."""
        found: list[str] = []
        values = self._renderer.values(params)
        for each in self._fields:
            value = values[each.name]
            for raw, shown in _pairs(each, params, value):
                if raw != shown or not raw:
                    found.append(_change(each, raw, shown))
                found += _looks(each, shown)
        if message.content.parts > self._usual:
            found.append("parts")
        return tuple(dict.fromkeys(found))


def _pairs(each: Field, params: Params, value: Value) -> Iterator[tuple[str, str]]:
    """What is stored beside what is said, one by one; a default for no name is odd, no others."""
    raw = params.get(each.name) or ""
    if isinstance(value, list):
        raw = raw or params.get(FALLBACK) or ""
        told = [raw] if isinstance(raw, str) else raw
        named = [each for each in told if person(each)] or told
        yield from zip(named, value, strict=False)
    elif isinstance(raw, str) and (raw or each.kind is Kind.NAME):
        yield raw, str(value)


def _change(each: Field, raw: str, shown: str) -> str:
    if shown == each.default:
        return "default"
    tidied = " ".join(tidy(raw).split())
    if len(shown) < len(tidied):
        return "shortened"
    return "tidied" if tidied == shown else "capitals"


def _looks(each: Field, shown: str) -> Iterator[str]:
    if not shown.isascii() and _STRANGE.search(shown):
        yield "letters"
    if each.kind not in {Kind.NAME, Kind.NAMES} or shown == each.default:
        return
    if len(shown) < _SHORT_NAME:
        yield "short"
    elif max(map(len, shown.split())) > _LONG_WORD:
        yield "long_word"


def oddity_words(lang: str) -> dict[str, str]:
    """What the oddities are called."""
    return {name: told[lang == "vi"] for name, told in _WORDS.items()}


_WORDS = {
    "default": ("a default stands in", "dùng giá trị thay thế"),
    "shortened": ("a name shortened", "tên bị rút gọn"),
    "capitals": ("letter case changed", "đổi chữ hoa, chữ thường"),
    "tidied": ("signs tidied", "đã dọn ký tự lạ"),
    "letters": ("letters outside Vietnamese", "chữ ngoài tiếng Việt"),
    "long_word": ("a very long word in a name", "tên có từ rất dài"),
    "short": ("a very short name", "tên rất ngắn"),
    "parts": ("more parts than the sample", "nhiều đoạn hơn tin mẫu"),
}
