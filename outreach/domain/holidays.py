"""Days on which a campaign rests: public holidays, and days that an installation closes itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Holidays:
    """Local days with their names."""

    names: Mapping[date, str] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    """The years whose public holidays are known; in any other year no day is one."""

    def __contains__(self, day: date) -> bool:
        return day in self.names

    def unknown(self, first: date, last: date) -> list[int]:
        """The years of a span of days whose public holidays nobody has told us."""
        return [year for year in range(first.year, last.year + 1) if year not in self.years]
