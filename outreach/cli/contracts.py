"""What contracts say of accounts, by their lasting number, for those who count."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from outreach.bootstrap import House, open_house
from outreach.settings import Settings


@dataclass(frozen=True, slots=True)
class Contracts:
    """Prices, and which accounts' carriers tell of each message: they call back or are asked."""

    prices: Mapping[int, Decimal]
    pushed: frozenset[int]


def contracts(settings: Settings) -> Contracts:
    """Ask each configured account's adapter how it tells of delivery; nobody is called."""
    house = open_house(settings)
    try:
        pushed = asyncio.run(_pushed(house))
    finally:
        house.close()
    prices = {house.numbers[a.name]: a.price_per_part for a in settings.accounts}
    return Contracts(prices, pushed)


async def _pushed(house: House) -> frozenset[int]:
    async with house.staffed() as staff:
        return frozenset(
            each.number for each in staff if each.adapter.capabilities.receipts.of_each
        )
