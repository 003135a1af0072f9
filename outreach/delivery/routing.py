"""Which account carries a message next."""

from outreach.domain.key import MessageId
from outreach.domain.network import Network
from outreach.store.campaigns import Campaign


def alternative(campaign: Campaign, message: int, network: Network, account: int) -> int | None:
    """The next account of the message's own channel for a network; None if there is no other."""
    accounts = campaign.steps[MessageId.of(message).step].accounts.get(network, ())
    if account in accounts:
        index = accounts.index(account) + 1
        rest = [*accounts[index:], *accounts[: index - 1]]
    else:
        rest = list(accounts)
    return rest[0] if rest else None


def fallback(campaign: Campaign, message: int, network: Network) -> int | None:
    """The first account of the plan's next channel for a network; None if the plan ends here."""
    step = MessageId.of(message).step + 1
    if step >= len(campaign.steps):
        return None
    accounts = campaign.steps[step].accounts.get(network, ())
    return accounts[0] if accounts else None
