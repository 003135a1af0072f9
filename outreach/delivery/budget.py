"""What a campaign spends, and its ceiling: nothing leaves that would go beyond it."""

from decimal import Decimal


class Budget:
    """What a campaign may spend and has spent, in đồng, exact; one of them in the whole process.

    Without a ceiling it counts too, so that a ceiling that comes later knows what is under way.
    """

    def __init__(self, ceiling: Decimal | None = None, spent: Decimal = Decimal(0)) -> None:
        self.ceiling = ceiling
        self.spent = spent

    def take(self, dong: Decimal) -> bool:
        """Spend what a message costs at worst, before it leaves; False if that is too much."""
        if self.ceiling is not None and self.spent + dong > self.ceiling:
            return False
        self.spent += dong
        return True

    def give_back(self, dong: Decimal) -> None:
        """Take back what a message was to cost that turned out to cost nothing."""
        self.spent -= dong
