"""Weighing a campaign: every recipient's message on the accounts that would carry it."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import orjson

from outreach.campaigns.approved import missing_approvals
from outreach.campaigns.compose import MOST_REASONS, Params, Renderer, RenderError, Terms, terms
from outreach.campaigns.cost import CostLine
from outreach.campaigns.lint import Level, lint
from outreach.campaigns.sampled import Sample, sampled
from outreach.campaigns.templates import TemplateSet
from outreach.campaigns.wording import Values
from outreach.domain.network import Channel, Network
from outreach.domain.text import Measure
from outreach.settings import Account, Settings
from outreach.store import choice
from outreach.store.campaigns import Campaign, Step

_Weight = tuple[Measure | None, int]
"""What a message measures, if it is ours to measure, and its billed parts."""

_Path = tuple[tuple[Channel, int], ...]
"""The first choice of each channel that serves a recipient."""

_EXAMPLES = 5


class Weighing:
    """Adds up lines and faults over all rows."""

    def __init__(
        self, settings: Settings, campaign: Campaign, known: Mapping[int, tuple[str, Channel]]
    ) -> None:
        configured = {account.name: account for account in settings.accounts}
        used = {n for step in campaign.steps for each in step.accounts.values() for n in each}
        self.accounts = {
            number: configured[name]
            for number, (name, _) in known.items()
            if number in used and name in configured
        }
        self._campaign = campaign
        self._words = Renderer(TemplateSet.from_dict(campaign.template), settings.links)
        self._links = settings.links
        terms_of = {number: self._terms(account) for number, account in self.accounts.items()}
        self._distinct = tuple(dict.fromkeys(terms_of.values()))
        self._place = {n: self._distinct.index(wanted) for n, wanted in terms_of.items()}
        self._most_parts = [0] * len(self._distinct)
        self._faults: Counter[str] = Counter()
        self._unreached = 0
        self.servable = 0
        """Recipients whom some account takes, if not their first choice."""
        self._errors: list[str] = []
        self._paths: dict[tuple[Network, int], _Path] = {}
        self.lines: dict[tuple[Channel, Network, int], CostLine] = {}

    @property
    def link(self) -> str:
        """Where the texts' links lead, which an approval is bound to; empty without any."""
        return self._links.address if self._words.linked else ""

    def _terms(self, account: Account) -> Terms | None:
        """By what an account counts; None for Zalo, which counts no parts."""
        if account.channel is Channel.ZALO:
            return None
        return terms(account, self._words.templates)

    def row(self, network: Network, bucket: int, params: str) -> None:
        """Weigh one recipient's message on every account of the plan, and count it by its way."""
        try:
            weights = self._weights(orjson.loads(params))
        except RenderError as fault:
            self._unreached += 1
            self._fault(str(fault))
            return
        takes = any(not isinstance(weight, RenderError) for weight in weights)
        self.servable += takes and bool(self._campaign.steps[0].accounts.get(network))
        reached, faults = False, []
        for channel, number in self._path(network, bucket):
            weight = weights[self._place[number]]
            if isinstance(weight, RenderError):
                faults.append(str(weight))
                continue
            self._line(channel, network, number).add(*weight)
            reached = True
        self._unreached += not reached
        for words in dict.fromkeys(faults):
            self._fault(words)

    def _weights(self, fields: Params) -> list[_Weight | RenderError]:
        """The row's message under each of the distinct terms; RenderError if it has none at all."""
        values = self._words.values(fields)
        weights = [self._weight(values, fields, wanted) for wanted in self._distinct]
        for place, weight in enumerate(weights):
            if not isinstance(weight, RenderError) and weight[1] > self._most_parts[place]:
                self._most_parts[place] = weight[1]
        return weights

    def _weight(
        self, values: Values, fields: Params, wanted: Terms | None
    ) -> _Weight | RenderError:
        try:
            if wanted is None:
                return None, self._words.filled(values).parts
            return self._words.weighed(values, fields, wanted)
        except RenderError as fault:
            return fault

    def _fault(self, words: str, count: int = 1) -> None:
        if len(self._faults) >= MOST_REASONS and words not in self._faults:
            words = "other reasons"
        self._faults[words] += count

    def routes(self, by_network: Mapping[Network, int]) -> None:
        """Refuse a plan whose accounts are gone; note recipients without a way."""
        for step in self._campaign.steps:
            for numbers in step.accounts.values():
                for number in numbers:
                    if number not in self.accounts:
                        self._errors.append(f"account {number} of the plan is no longer configured")
        for network, count in by_network.items():
            if not self._campaign.steps[0].accounts.get(network):
                self._fault(f"no account serves network {network.title}", count)

    def samples(self) -> tuple[Sample, ...]:
        """What the texts say, and the most parts that any recipient's take."""
        known, steps = self.accounts, self._campaign.steps
        return sampled(self._words, steps, known, lambda n: self._most_parts[self._place[n]])

    def dearest(self) -> Decimal:
        """The most that one recipient can cost, over all steps, in đồng."""
        return sum((self._dearest(step) for step in self._campaign.steps), Decimal(0))

    def _dearest(self, step: Step) -> Decimal:
        """By whichever account of a step counts and charges most for the dearest of its texts."""
        costs = [
            self._most_parts[self._place[number]] * self.accounts[number].price_per_part
            for number in self._carrying(step)
        ]
        return max(costs, default=Decimal(0))

    def _carrying(self, step: Step) -> set[int]:
        """The accounts of a step that are configured."""
        return {n for each in step.accounts.values() for n in each} & self.accounts.keys()

    def times(self, now_ms: float) -> None:
        """Refuse a campaign that would expire before it begins."""
        until = self._campaign.until
        if until is not None and until <= now_ms:
            self._errors.append("its last moment (--until) is past")

    def words(self) -> None:
        """Refuse texts that lint calls wrong, or that an account's carrier has not approved."""
        for account in self.accounts.values():
            self._errors += missing_approvals(account, self._words.templates)
        for finding in lint(self._words.templates, self.accounts.values(), self._links):
            told = f"{finding.where}: {finding.message_en}"
            if finding.level is Level.ERROR:
                self._errors.append(told)

    def nothing_leaves(self) -> None:
        """Refuse a campaign of whose messages none would leave."""
        self._errors.append(
            "nothing would leave: no open hour is left for it, or its spending ceiling pays for"
            " no message; change --window, --at, --until or --budget"
        )

    def verdict(self, recipients: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Errors, which refuse; warnings, which an approver weighs."""
        if not recipients:
            self._errors.append("there is nobody to send to")
        if self._unreached >= recipients > 0:
            self._errors.append("no recipient could be sent to")
        worst = self._faults.most_common(_EXAMPLES)
        warnings = [f"{count} recipients: {words}" for words, count in worst]
        return tuple(dict.fromkeys(self._errors)), tuple(warnings)

    def _path(self, network: Network, bucket: int) -> _Path:
        found = self._paths.get((network, bucket))
        if found is None:
            found = self._paths[network, bucket] = self._choices(network, bucket)
        return found

    def _choices(self, network: Network, bucket: int) -> _Path:
        """The first choice of every channel; without one of the first channel nothing is sent."""
        steps = self._campaign.steps
        chosen = [(s.channel, choice.first_choice(s, network, bucket)) for s in steps]
        if chosen[0][1] is None:
            return ()
        return tuple((channel, n) for channel, n in chosen if n is not None and n in self.accounts)

    def _line(self, channel: Channel, network: Network, number: int) -> CostLine:
        found = self.lines.get((channel, network, number))
        if found is None:
            account = self.accounts[number]
            found = CostLine(channel, network, account.name, account.price_per_part)
            self.lines[channel, network, number] = found
        return found
