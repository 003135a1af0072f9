"""What a campaign spends, and its ceiling: nothing leaves that would go beyond it."""

from decimal import Decimal


class Budget:
    """What a campaign may spend and has spent, in đồng, exact; one of them in the whole process.

    Without a ceiling it counts too, so that a ceiling that comes later knows what is under way.
    """

    def __init__(self, ceiling: Decimal | None = None, spent: Decimal = Decimal(0)) -> None:
        self.ceiling = ceiling
        self.spent = spent

    @property
    def ready(self) -> bool:
        """Whether to start messages: not while they would only have to wait for more."""
        return True

    @property
    def at_once(self) -> int | None:
        """How many messages to start together; None for any number."""
        return None

    @property
    def exhausted(self) -> bool:
        """Whether a part that was refused will not be had: the campaign is to stop."""
        return True

    @property
    def words(self) -> str:
        """Why a campaign has to stop for it."""
        return f"budget: {self.spent:,.0f} đồng of {self.ceiling:,.0f} are spent"

    def take(self, dong: Decimal) -> bool:
        """Spend what a message costs at worst, before it leaves; False if that is too much."""
        if self.ceiling is not None and self.spent + dong > self.ceiling:
            return False
        self.spent += dong
        return True

    def give_back(self, dong: Decimal) -> None:
        """Take back what a message was to cost that turned out to cost nothing."""
        self.spent -= dong


class Allowance(Budget):
    """What one of several processes may spend of a campaign's ceiling: what it has in hand.

    Whoever sees to it asks for more in time; a message that finds too little waits for that. What
    is spent is not counted here: that would be our part of it, and the database knows the whole.
    """

    def __init__(self, ceiling: Decimal | None = None) -> None:
        super().__init__(ceiling)
        self.in_hand = Decimal(0)
        self.wanted = Decimal(0)
        """What a message that did not find enough would have cost; 0 where none has since."""
        self._part: Decimal | None = None
        """What came the last time that more was asked for; None: it never was."""
        self._dearest = Decimal(0)
        self._refused = False

    @property
    def ready(self) -> bool:
        if self.ceiling is None or self._refused:
            return True
        # Where there was none left, one message tells what it would cost; without that in hand or
        # to be had, it is what holds the campaign.
        return not self.wanted and (self.in_hand > 0 or self._part == 0)

    @property
    def at_once(self) -> int | None:
        if self.ceiling is None:
            return None
        if not self.in_hand:
            return 1
        if not self._dearest:
            return None
        return max(1, int(self.in_hand / self._dearest))

    @property
    def exhausted(self) -> bool:
        return self._refused

    @property
    def words(self) -> str:
        # What the others have spent is not known here.
        return f"budget: all of {self.ceiling:,.0f} đồng are spent, or as good as"

    @property
    def low(self) -> bool:
        """Whether it is time to ask for more."""
        if self.ceiling is None:
            return False
        # What is given back may be enough for one, but not for all that have to leave together.
        return self.wanted > 0 or self._part is None or self.in_hand * 2 <= self._part

    def take(self, dong: Decimal) -> bool:
        if self.ceiling is None:
            return True
        self._dearest = max(self._dearest, dong)
        if dong > self.in_hand:
            self.wanted = max(self.wanted, dong)
            return False
        self.in_hand -= dong
        return True

    def give_back(self, dong: Decimal) -> None:
        if self.ceiling is not None:
            self.in_hand += dong

    def receive(self, dong: Decimal) -> None:
        """Take in hand what was asked for; 0 where there was no more."""
        self.in_hand += dong
        self._part = dong
        # A part may be too small because more is wanted since it was asked for: then more is asked.
        self._refused = self.wanted > 0 and not dong
        if not self._refused and self.in_hand >= self.wanted:
            self.wanted = Decimal(0)
