"""What a campaign has cost so far, at most: what of its ceiling is gone."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Connection

from outreach.domain.message import State
from outreach.settings import Account
from outreach.store import campaigns, doubtful, tally
from outreach.store.campaigns import Campaign
from outreach.store.closing import INTERRUPTED


def spent(
    conn: Connection, campaign: Campaign, accounts: Mapping[int, Account], *, started: bool
) -> Decimal:
    """What the messages of a campaign cost, đồng; with `started`, those too that are under way.

    Of what may have left without a word, the parts are not known: it counts with the most. So do
    those of an account that is not known here, at the price of the dearest.
    A reminder was approved with the campaign that it follows: they have one ceiling together.
    """
    cost, lost = Decimal(0), Counter[int]()
    if started:  # asked first: who is recorded meanwhile counts twice, and not never
        lost.update(doubtful.under_way(conn, campaign.id))
    lost.update(doubtful.waiting(conn, campaign.id))
    if campaign.wave and campaign.parent is not None:
        cost += spent(conn, campaigns.get(conn, campaign.parent), accounts, started=started)
    for figure in tally.figures(conn, campaign.id):
        group = figure.group
        if group.state is State.UNKNOWN and group.reason == INTERRUPTED:
            lost[group.account] += figure.messages
        else:
            cost += figure.parts * _priced(group.account, accounts)[0]
    for number, messages in lost.items():
        price, parts = _priced(number, accounts)
        cost += messages * parts * price
    return cost


def _priced(number: int, accounts: Mapping[int, Account]) -> tuple[Decimal, int]:
    """The price of a part by an account, đồng, and how many parts a message has at most."""
    account = accounts.get(number)
    known = accounts.values() if account is None else [account]
    prices, parts = [each.price_per_part for each in known], [each.max_parts for each in known]
    return max(prices, default=Decimal(0)), max(parts, default=1)
