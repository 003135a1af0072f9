"""Which account carries a message next."""

from outreach.domain.key import MessageId
from outreach.domain.network import Network
from outreach.domain.share import WEIGHTS
from outreach.store.campaigns import Campaign, Step
from outreach.store.choice import first_choice, place


def alternative(
    campaign: Campaign, message: int, recipient: int, network: Network, account: int
) -> int | None:
    """The next account of the message's own channel for a network; None if there is no other.

    After the last comes the first again. A message that comes from another network has its
    first choice there.
    """
    step = _step(campaign, MessageId.of(message).step)
    if step is None:
        return None
    accounts = step.accounts.get(network, ())
    if account not in accounts:
        return first_choice(step, network, place(recipient, WEIGHTS))
    after = accounts[(accounts.index(account) + 1) % len(accounts)]
    return None if after == account else after


def fallback(campaign: Campaign, message: int, recipient: int, network: Network) -> int | None:
    """The first choice of the plan's next channel for a network; None if the plan ends here."""
    step = _step(campaign, MessageId.of(message).step + 1)
    return None if step is None else first_choice(step, network, place(recipient, WEIGHTS))


def _step(campaign: Campaign, number: int) -> Step | None:
    """A step of the plan; an amended plan may have fewer than a message has come to."""
    return campaign.steps[number] if number < len(campaign.steps) else None
