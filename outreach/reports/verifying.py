"""Issued reports, laid beside messages, statements and what people did, all counted again."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
from sqlalchemy import Connection

from outreach.domain.errors import NotFoundError
from outreach.domain.month import Month
from outreach.domain.network import Network
from outreach.domain.window import day_number
from outreach.reports import books, claims, editing, ledgers, proof
from outreach.reports.books import Counts
from outreach.reports.editing import Change
from outreach.reports.issuing import canonical, figures
from outreach.reports.ledgers import Setting
from outreach.reports.proof import Difference
from outreach.store import editions, responses, statements, tally
from outreach.store.campaigns import Campaign
from outreach.store.editions import Edition
from outreach.store.tally import Figure, Group

Step = Callable[[int, int | None], None]
"""Says how many campaigns were counted again, and of how many."""


@dataclass(frozen=True, slots=True)
class Proven:
    """An edition, and all that speaks against it."""

    edition: Edition
    broken: tuple[str, ...]
    """What is no longer, byte by byte, what was stored: files, or the figures themselves."""
    differences: tuple[Change, ...]
    """Figures that are other ones when they are counted now."""
    newer: tuple[tuple[str, int, int], ...]
    """Carriers that have handed in again: name, revision in the edition, latest revision."""
    receipts_since: int
    """Messages of its month that got their final word after the day of its issue."""

    @property
    def holds(self) -> bool:
        """Whether nothing differs; a newer statement is told, and is no difference by itself."""
        return not self.broken and not self.differences

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "name": self.edition.name,
            "revision": self.edition.revision,
            "holds": self.holds,
            "broken": list(self.broken),
            "differences": [
                {"figure": each.words, "before": each.before, "after": each.after}
                for each in self.differences
            ],
            "newer_statements": [
                {"carrier": carrier, "in_edition": before, "latest": after}
                for carrier, before, after in self.newer
            ],
            "receipts_since": self.receipts_since,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of laying a month's editions beside all that they were made of."""

    month: Month
    messages: int
    """That were counted again."""
    editions: tuple[Proven, ...]
    tally: tuple[Difference, ...]
    """Where the tallies do not say what the messages say."""

    @property
    def holds(self) -> bool:
        """Whether no figure differs anywhere."""
        return not self.tally and all(each.holds for each in self.editions)

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "month": str(self.month),
            "holds": self.holds,
            "messages": self.messages,
            "editions": [each.to_json() for each in self.editions],
            "tally": [str(each) for each in self.tally],
        }


def verify(
    conn: Connection, month: Month, setting: Setting, name: str | None, step: Step
) -> Verdict:
    """Count a month's messages again and compare its latest editions; NotFoundError if none."""
    wanted = _latest(editions.listed(conn, month.number, name))
    if not wanted:
        which = f"edition '{name}'" if name else "report"
        raise NotFoundError(f"no {which} of {month} was issued yet; `report issue` issues one")
    counts, against = _recount(conn, month, step)
    proven = tuple(_prove(conn, each, month, setting, counts) for each in wanted)
    messages = sum(figure.messages for figure in counts.figures)
    return Verdict(month, messages, proven, tuple(against))


def _latest(found: Iterable[Edition]) -> list[Edition]:
    """Of each name the edition that counts."""
    return list({each.name: each for each in found}.values())


def _recount(conn: Connection, month: Month, step: Step) -> tuple[Counts, list[Difference]]:
    """Every figure of the campaigns of a month, counted from messages and rows.

    The month before is counted again too: the report tells the change on it.
    """
    known = books.known(conn)
    wanted = sorted(campaign.id for campaign in known.values() if _touches(campaign, month))
    whole: list[Figure] = []
    by_district: list[Figure] = []
    against: list[Difference] = []
    for n, campaign in enumerate(wanted):
        step(n, len(wanted))
        found = proof.recount(conn, campaign)
        whole += found.figures
        by_district += _months(found.district_figures)
        against += proof.against(conn, found)
    heard = tally.figures(conn)
    return Counts(known, whole, by_district, responses.recount(conn), heard), against


def _months(figures: Iterable[Figure]) -> list[Figure]:
    """Figures by district as `tally.district_months` has them: few, and all that a report needs."""
    sums: defaultdict[Group, list[int]] = defaultdict(lambda: [0, 0])
    for figure in figures:
        group = figure.group
        first = group.day - group.day % 100 + 1 if group.day else 0
        of_month = sums[group._replace(network=Network.UNKNOWN, day=first)]
        of_month[0] += figure.messages
        of_month[1] += figure.parts
    return [Figure(group, *counts) for group, counts in sums.items()]


def _touches(campaign: Campaign, month: Month) -> bool:
    """Whether a campaign may have a message of a month, or of the one before."""
    began = campaign.started_at or campaign.created_at
    ended = campaign.finished_at
    first, end = (int(each.begins.timestamp() * 1000) for each in (month.previous, month.next))
    return began < end and (ended is None or ended >= first)


def _prove(
    conn: Connection, edition: Edition, month: Month, setting: Setting, counts: Counts
) -> Proven:
    then = replace(setting, now=datetime.fromtimestamp(edition.at / 1000, UTC))
    issued = figures(edition)
    behind = claims.Behind.of(issued)
    made = ledgers.of_month(conn, month, then, counts, behind)
    latest = statements.latest(conn, month.number)
    return Proven(
        edition,
        _broken(conn, edition),
        tuple(editing.changes(issued, orjson.loads(canonical(made)))),
        tuple(
            (carrier, edition.statements.get(carrier, 0), found.revision)
            for carrier, found in sorted(latest.items())
            if found.revision != edition.statements.get(carrier, 0)
        ),
        _heard_since(counts, month, day_number(then.now)),
    )


def _broken(conn: Connection, edition: Edition) -> tuple[str, ...]:
    broken = [file.name for file in editions.files(conn, edition.id) if not file.intact]
    return (*([] if edition.intact else ["figures"]), *broken)


def _heard_since(counts: Counts, month: Month, day: int) -> int:
    """Messages of a month whose final word came after a day."""
    return sum(
        figure.messages
        for figure in counts.receipts
        if figure.group.day // 100 == month.number and figure.group.receipt_day > day
    )
