"""What districts are called in reports, however audience files and statements wrote them."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property

from sqlalchemy import Connection

from outreach.domain.district import DistrictTable
from outreach.domain.month import Month
from outreach.store import districts

NOT_TOLD, OTHER, OLD = "Chưa rõ", "Khác", "(đơn vị cũ)"


class Naming:
    """The titles of one day's districts, and their official order."""

    def __init__(self, table: DistrictTable, day: date, numbered: Mapping[int, str]) -> None:
        self._table, self._day = table, day
        self._titles = {number: self.title(name) for number, name in numbered.items()}

    @classmethod
    def of(
        cls, conn: Connection, table: DistrictTable, month: Month | None, today: date
    ) -> "Naming":
        """As they were at the end of a month; without one, as they are today."""
        day = month.next.first - timedelta(days=1) if month else today
        return cls(table, day, districts.names(conn))

    def title(self, text: str) -> str:
        """The official title of what somebody wrote; units that are no more are marked."""
        if not text.strip():
            return NOT_TOLD
        found = self._table.find(text, self._day)
        if found is None:
            return OTHER
        return found.district.title if found.current else f"{found.district.title} {OLD}"

    def numbered(self, number: int) -> str:
        """The title of a district by the number that messages have."""
        return self._titles.get(number, NOT_TOLD)

    def order(self, title: str) -> tuple[int, str]:
        """Where a title stands: those of the day in their order, old ones, others, not told."""
        place = self._places.get(title)
        if place is None:
            place = len(self._places) + (title == OTHER) + 2 * (title == NOT_TOLD)
        return place, title

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each.title: n for n, each in enumerate(self._table.on(self._day))}
