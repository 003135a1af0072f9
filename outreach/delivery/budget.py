"""A campaign's spending ceiling: nothing leaves that would go beyond it."""

from decimal import Decimal


class Budget:
    """What a campaign may spend and has spent, in đồng, exact; one of them in the whole process."""

    def __init__(self, ceiling: Decimal, spent: Decimal = Decimal(0)) -> None:
        self.ceiling = ceiling
        self.spent = spent

    def take(self, dong: Decimal) -> bool:
        """Spend what a message costs at worst, before it leaves; False if that is too much."""
        if self.spent + dong > self.ceiling:
            return False
        self.spent += dong
        return True

    def give_back(self, dong: Decimal) -> None:
        """Take back what a message was to cost that turned out to cost nothing."""
        self.spent -= dong
