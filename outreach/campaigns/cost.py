"""What messages cost: parts and đồng per network and account, in both spellings."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from outreach.campaigns.compose import (
    MOST_REASONS,
    Params,
    Renderer,
    RenderError,
    Terms,
    terms,
)
from outreach.domain.network import Channel, Network
from outreach.domain.text import Encoding, Measure, Steps
from outreach.settings import Account

FEWER = (1, 5, 10, 20)
"""Characters by which a text might be shorter, for what that would save."""


class Weight(NamedTuple):
    """What messages of one size have in common: coding and units of an SMS, and billed parts."""

    encoding: Encoding | None
    units: int
    parts: int


class Saving(NamedTuple):
    """What a text shorter by some characters would save."""

    characters: int
    parts: int
    dong: Decimal


@dataclass(slots=True)
class CostLine:
    """What the messages by one channel to one network cost on one account."""

    channel: Channel
    network: Network
    account: str
    price_per_part: Decimal
    weights: Counter[Weight] = field(default_factory=Counter)
    """How many messages have each size."""

    def add(self, size: Measure | None, parts: int) -> None:
        """Count one message; a template has no size."""
        weight = (size.encoding, size.units, parts) if size else (None, 0, parts)
        self.weights[tuple.__new__(Weight, weight)] += 1  # half the time of Weight(…)

    @property
    def messages(self) -> int:
        return self.weights.total()

    @property
    def parts(self) -> int:
        return sum(parts * count for (_, _, parts), count in self.weights.items())

    @property
    def cost(self) -> Decimal:
        """đồng."""
        return self.parts * self.price_per_part

    @property
    def by_parts(self) -> dict[int, int]:
        """How many messages take one part, two, three …"""
        found: Counter[int] = Counter()
        for (_, _, parts), count in self.weights.items():
            found[parts] += count
        return dict(sorted(found.items()))

    def saving(self, characters: int, steps: Steps) -> Saving:
        """What so many characters less in every SMS would save, under an account's steps."""
        parts = sum(
            count * (parts - min(parts, _parts(units - characters, steps.of(encoding), parts)))
            for (encoding, units, parts), count in self.weights.items()
            if encoding is not None
        )
        return Saving(characters, parts, parts * self.price_per_part)


def _parts(units: int, steps: tuple[int, ...], otherwise: int) -> int:
    """Parts of so many units; a pair at a border, which may cost one more, is left out."""
    return next((n for n, most in enumerate(steps, 1) if units <= most), otherwise)


@dataclass(slots=True)
class Comparison:
    """One account's messages to one network, accented against plain."""

    account: Account
    accented: CostLine
    plain: CostLine
    steps: Steps

    @property
    def one_spelling(self) -> bool:
        """True for Zalo, whose words have one spelling only."""
        return self.account.channel is Channel.ZALO


@dataclass(slots=True)
class Cost:
    """What an audience's messages would cost on each channel, if all were sent by it."""

    lines: list[Comparison]
    refused: Counter[tuple[Channel, str]]
    """Recipients for whom no message can be made in the account's own spelling, by reason."""
    unserved: Counter[tuple[Channel, Network]]
    """Recipients whose network no account serves."""


Routes = Mapping[tuple[Channel, Network], Account]


def cost(renderer: Renderer, rows: Iterable[tuple[Network, Params]], routes: Routes) -> Cost:
    """Count messages, parts and đồng per channel, network and account, streaming.

    Zalo has one spelling only: both then say the same.
    """
    counts = _Counts(renderer, routes)
    for network, params in rows:
        counts.add(network, params)
    lines = [counts.lines[key] for key in sorted(counts.lines)]
    return Cost(lines, counts.refused, counts.unserved)


class _Counts:
    """Adds up, in memory that does not grow with the rows."""

    def __init__(self, renderer: Renderer, routes: Routes) -> None:
        self._renderer = renderer
        self._routes = routes
        self._channels = sorted({channel for channel, _ in routes})
        self._terms: dict[str, tuple[Terms, Terms]] = {
            account.name: (
                terms(account, renderer.templates, plain_only=False),
                terms(account, renderer.templates, plain_only=True),
            )
            for account in routes.values()
        }
        self.lines: dict[tuple[Channel, Network], Comparison] = {}
        self.refused: Counter[tuple[Channel, str]] = Counter()
        self.unserved: Counter[tuple[Channel, Network]] = Counter()

    def add(self, network: Network, params: Params) -> None:
        """Count one recipient on every channel."""
        for channel in self._channels:
            account = self._routes.get((channel, network))
            if account is None:
                self.unserved[channel, network] += 1
                continue
            try:
                self._compare(self._line(channel, network, account), params)
            except RenderError as fault:
                self._refuse(channel, str(fault))

    def _refuse(self, channel: Channel, reason: str) -> None:
        if len(self.refused) >= MOST_REASONS and (channel, reason) not in self.refused:
            reason = "other reasons"
        self.refused[channel, reason] += 1

    def _compare(self, line: Comparison, params: Params) -> None:
        if line.one_spelling:
            parts = self._renderer.zalo(params).parts
            line.accented.add(None, parts)
            line.plain.add(None, parts)
            return
        accented, plain = self._terms[line.account.name]
        values = self._renderer.values(params)
        for spelling, wanted in ((line.accented, accented), (line.plain, plain)):
            try:
                spelling.add(*self._renderer.weighed(values, params, wanted))
            except RenderError as fault:
                if wanted.plain_only is line.account.plain_only:
                    self._refuse(line.account.channel, str(fault))

    def _line(self, channel: Channel, network: Network, account: Account) -> Comparison:
        found = self.lines.get((channel, network))
        if found is None:
            told = (channel, network, account.name, account.price_per_part)
            steps = terms(account, self._renderer.templates).steps
            found = Comparison(account, CostLine(*told), CostLine(*told), steps)
            self.lines[channel, network] = found
        return found
