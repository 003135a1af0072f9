"""Which account carries a message next."""

from outreach.domain.key import MessageId
from outreach.domain.network import Network
from outreach.domain.share import WEIGHTS, bucket
from outreach.store.campaigns import Campaign, Step
from outreach.store.choice import first_choice


def alternative(campaign: Campaign, message: int, network: Network, account: int) -> int | None:
    """The next account of the message's own channel for a network; None if there is no other.

    After the last comes the first again. A message that comes from another network has its
    first choice there.
    """
    at = MessageId.of(message)
    step = _step(campaign, at.step)
    if step is None:
        return None
    accounts = step.accounts.get(network, ())
    if account not in accounts:
        return _first(step, network, at.number)
    after = accounts[(accounts.index(account) + 1) % len(accounts)]
    return None if after == account else after


def fallback(campaign: Campaign, message: int, network: Network) -> int | None:
    """The first choice of the plan's next channel for a network; None if the plan ends here."""
    at = MessageId.of(message)
    step = _step(campaign, at.step + 1)
    return None if step is None else _first(step, network, at.number)


def _step(campaign: Campaign, number: int) -> Step | None:
    """A step of the plan; an amended plan may have fewer than a message has come to."""
    return campaign.steps[number] if number < len(campaign.steps) else None


def _first(step: Step, network: Network, number: int) -> int | None:
    return first_choice(step, network, bucket(number, WEIGHTS))
