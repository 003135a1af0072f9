"""What a campaign's frozen texts say: the sample recipient's message, channel by channel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from outreach.campaigns.compose import Renderer, RenderError
from outreach.carriers.base import Template, Text
from outreach.domain.network import Channel
from outreach.settings import Account
from outreach.store.campaigns import Step


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample's message as some accounts of one channel would carry it."""

    channel: Channel
    accounts: tuple[str, ...]
    message: Text | Template | RenderError
    """RenderError where the sample itself cannot be sent so."""
    most_parts: int
    """What the longest recipient's takes on these accounts; 0 where nobody's can be made."""


def sampled(
    renderer: Renderer,
    steps: Sequence[Step],
    accounts: Mapping[int, Account],
    most_parts: Callable[[int], int],
) -> tuple[Sample, ...]:
    """The sample in every spelling that a campaign would use, in the order of its channels."""
    found: list[Sample] = []
    for step in steps:
        spellings: dict[bool, list[int]] = {}
        for number in dict.fromkeys(n for each in step.accounts.values() for n in each):
            if number in accounts:
                spellings.setdefault(accounts[number].plain_only, []).append(number)
        for numbers in spellings.values():
            names = tuple(accounts[number].name for number in numbers)
            longest = max(map(most_parts, numbers))
            message = _sample(renderer, accounts[numbers[0]])
            found.append(Sample(step.channel, names, message, longest))
    return tuple(found)


def _sample(renderer: Renderer, account: Account) -> Text | Template | RenderError:
    try:
        return renderer.message(renderer.templates.sample, account)
    except RenderError as fault:
        return fault
