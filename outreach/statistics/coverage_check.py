"""Figures of insured and registered people against each other."""

from collections.abc import Iterator, Sequence

from outreach.domain.coverage import FIGURES, Coverage
from outreach.statistics.coverage_words import TITLES, Fault
from outreach.statistics.findings import Finding, Place


def within(told: Coverage, place: Place) -> Iterator[Finding]:
    """What cannot be true of one place."""
    insured, registered, left = told.insured, told.registered, told.not_registered
    values = {name: getattr(told, name) for name in FIGURES}
    if _more(registered, insured):
        yield Finding(Fault.MORE_REGISTERED, place, values)
    elif _more(left, insured):
        yield Finding(Fault.MORE_LEFT, place, values)
    elif insured is not None and registered is not None and left is not None:
        gap = abs(registered + left - insured)
        if gap:
            yield Finding(Fault.PARTS, place, {**values, "gap": gap})
    if _more(told.approved, told.registered):
        yield Finding(Fault.MORE_APPROVED, place, values)


def without(city: Coverage, districts: Sequence[Coverage], place: Place) -> Iterator[Finding]:
    """Where the whole city is not what its districts add up to, or is less than those told."""
    for name in FIGURES:
        total = getattr(city, name)
        told = [count for each in districts if (count := getattr(each, name)) is not None]
        if total is None or not told:
            continue
        found = sum(told)
        if found > total or (found < total and len(told) == len(districts)):
            vi, en = TITLES[name]
            values = {"vi": vi, "en": en, "sum": found, "total": total, "gap": abs(found - total)}
            yield Finding(Fault.TOTAL, place, values)


def _more(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole
