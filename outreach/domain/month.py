"""A month of Ho Chi Minh City, the time that every report is about."""

import re
from datetime import UTC, date, datetime
from typing import NamedTuple, Self

from outreach.domain.errors import BadInputError
from outreach.domain.window import LOCAL

_FORM = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])", re.ASCII)


class Month(NamedTuple):
    """Year and month; ordered as time goes."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-11`; BadInputError otherwise."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise BadInputError(f"month '{text}': expected YYYY-MM, such as 2026-11")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of_number(cls, number: int) -> Self:
        """Take 202611 apart."""
        return cls(*divmod(number, 100))

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The local month of a moment."""
        local = moment.astimezone(LOCAL)
        return cls(local.year, local.month)

    @property
    def number(self) -> int:
        """As tables store it: 202611."""
        return self.year * 100 + self.month

    @property
    def next(self) -> Self:
        """The month after."""
        return type(self)(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Self:
        """The month before."""
        return type(self)(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def begins(self) -> datetime:
        """Its first moment, in UTC."""
        return datetime(self.year, self.month, 1, tzinfo=LOCAL).astimezone(UTC)
