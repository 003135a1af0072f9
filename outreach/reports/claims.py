"""What others say, laid beside our own counts: statements, sends by order, invoices, coverage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.domain.network import Channel
from outreach.domain.window import LOCAL
from outreach.reports.books import NOBODY, Answers, grouped
from outreach.reports.by_order import OrderLine, by_order
from outreach.reports.covered import CoverageClaim, Reading, covered
from outreach.reports.sums import NOTHING, Sums, Terms, add_up, dong
from outreach.settings.reporting import Carrier
from outreach.store import orders, statements
from outreach.store.statements import FIGURES, Statement
from outreach.store.tally import Figure


def _plus(one: int | None, other: int | None) -> int | None:
    """Add what is told; None where neither is."""
    return other if one is None else one if other is None else one + other


@dataclass(frozen=True, slots=True)
class Stated:
    """A carrier's own figures; None is what it did not tell."""

    sent: int | None = None
    delivered: int | None = None
    accesses: int | None = None
    installs: int | None = None
    invoiced_parts: int | None = None
    invoiced_dong: int | None = None

    @property
    def invoiced(self) -> bool:
        """Whether an invoice came with them."""
        return self.invoiced_parts is not None or self.invoiced_dong is not None

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """The figures of a statement over all its lines."""
        return cls(
            **{figure: statement.total(figure) for figure in FIGURES},
            invoiced_parts=statement.invoiced_parts,
            invoiced_dong=statement.invoiced_dong,
        )

    def __add__(self, other: "Stated") -> "Stated":
        return Stated(
            *(_plus(getattr(self, f.name), getattr(other, f.name)) for f in fields(Stated))
        )

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def by_district_json(self) -> dict[str, object]:
        """The same without invoices, which no district has."""
        return {figure: getattr(self, figure) for figure in FIGURES}


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One carrier: what it states, and what we count of its subscribers."""

    carrier: Carrier
    stated: Stated
    revision: int | None
    """Of the month's statement; None if there is none, or where months are added up."""
    days_overdue: int
    """0: handed in, or still in time."""
    own: Answers
    difficulties: str = ""
    causes: str = ""

    @property
    def missing(self) -> bool:
        """Whether nothing was handed in."""
        return self.stated == Stated()

    @property
    def accesses_difference(self) -> int | None:
        """Stated accesses less the opens that we count."""
        return _less(self.stated.accesses, self.own.opened)

    @property
    def installs_difference(self) -> int | None:
        """Stated installs less those that we count."""
        return _less(self.stated.installs, self.own.installed)

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "carrier": self.carrier.name,
            "network": self.carrier.network or None,
            "revision": self.revision,
            "days_overdue": self.days_overdue,
            **self.stated.to_json(),
            **self.own._asdict(),
            "accesses_difference": self.accesses_difference,
            "installs_difference": self.installs_difference,
            "difficulties": self.difficulties,
            "causes": self.causes,
        }


def _less(stated: int | None, own: int) -> int | None:
    return None if stated is None else stated - own


@dataclass(frozen=True, slots=True)
class CostLine:
    """What a carrier's accounts came to, and what it asks for."""

    carrier: str
    accounts: tuple[str, ...]
    sums: Sums
    invoiced_parts: int | None
    invoiced_dong: int | None

    @property
    def difference(self) -> Decimal | None:
        """The invoice less our cost, đồng."""
        return None if self.invoiced_dong is None else self.invoiced_dong - self.sums.cost

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "carrier": self.carrier,
            "accounts": list(self.accounts),
            "parts": self.sums.parts,
            "cost_dong": dong(self.sums.cost),
            "unpriced_parts": self.sums.unpriced,
            "invoiced_parts": self.invoiced_parts,
            "invoiced_dong": self.invoiced_dong,
            "difference_dong": None if self.difference is None else dong(self.difference),
        }


@dataclass(frozen=True, slots=True)
class Claims:
    """All that others say of a month, or of all months."""

    statements: tuple[StatementLine, ...]
    orders: tuple[OrderLine, ...]
    districts: Mapping[str, Stated]
    """What statements tell by district, all carriers together, by its title."""
    coverage: CoverageClaim | None

    def revisions(self) -> dict[str, int]:
        """Carrier -> the revision of its statement that the figures are of."""
        return {
            line.carrier.name: line.revision
            for line in self.statements
            if line.revision is not None
        }

    def costs(
        self, figures: Iterable[Figure], names: Mapping[int, tuple[str, Channel]], terms: Terms
    ) -> tuple[CostLine, ...]:
        """Our cost by carrier, beside what its invoice says; accounts of no carrier by name."""
        carriers = [line.carrier for line in self.statements]
        whose = {name: carrier.name for carrier in carriers for name in carrier.accounts}
        spent: dict[str, Sums] = {}
        used: dict[str, set[str]] = {}
        for account, of_account in grouped(figures, lambda figure: figure.group.account).items():
            if account in names:
                name = names[account][0]
                carrier = whose.get(name, name)
                spent[carrier] = spent.get(carrier, NOTHING) + add_up(of_account, terms)
                used.setdefault(carrier, set()).add(name)
        stated = {line.carrier.name: line.stated for line in self.statements}
        invoiced = {name for name, each in stated.items() if each.invoiced}
        return tuple(
            CostLine(
                carrier,
                tuple(sorted(used.get(carrier, ()))),
                spent.get(carrier, NOTHING),
                stated.get(carrier, Stated()).invoiced_parts,
                stated.get(carrier, Stated()).invoiced_dong,
            )
            for carrier in sorted({*spent, *invoiced})
        )

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "statements": [line.to_json() for line in self.statements],
            "by_order": [line.to_json() for line in self.orders],
            "coverage": self.coverage and self.coverage.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Behind:
    """The revisions of others' figures that an issued report was made of."""

    statements: Mapping[str, int]
    coverage: int
    """0: there was none."""

    @classmethod
    def of(cls, issued: Mapping[str, Any]) -> Self:
        """Read them in the figures of an edition."""
        statements = {
            line["carrier"]: line["revision"]
            for line in issued["statements"]
            if line["revision"] is not None
        }
        return cls(statements, issued["coverage"]["revision"] if issued["coverage"] else 0)


def read(
    conn: Connection,
    month: Month | None,
    reading: Reading,
    own: Mapping[str, Answers],
    behind: Behind | None = None,
) -> Claims:
    """Read what carriers and BHXH say of a month, or of all; `own` are our counts by network."""
    months = [month.number] if month else sorted({*statements.months(conn), *orders.months(conn)})
    revisions = behind.statements if behind else None
    found = [statements.latest(conn, each, revisions) for each in months]
    return Claims(
        tuple(
            _line(carrier, month, [each.get(carrier.name) for each in found], reading, own)
            for carrier in reading.reporting.carriers
        ),
        tuple(
            line
            for number, of_month in zip(months, found, strict=True)
            for line in by_order(conn, Month.of_number(number), reading.reporting, of_month)
        ),
        _districts(found, reading),
        covered(conn, month, reading, behind.coverage if behind else None),
    )


def _districts(found: Iterable[Mapping[str, Statement]], reading: Reading) -> dict[str, Stated]:
    """Add up the lines of districts, over all carriers and orders."""
    stated: dict[str, Stated] = {}
    for of_month in found:
        for statement in of_month.values():
            for line in statement.lines:
                if line.district:
                    title = reading.naming.title(line.district)
                    told = Stated(line.sent, line.delivered, line.accesses, line.installs)
                    stated[title] = stated.get(title, Stated()) + told
    return stated


def _line(
    carrier: Carrier,
    month: Month | None,
    handed_in: Sequence[Statement | None],
    reading: Reading,
    own: Mapping[str, Answers],
) -> StatementLine:
    there = [statement for statement in handed_in if statement]
    today = reading.now.astimezone(LOCAL).date()
    terms = reading.reporting.statements
    return StatementLine(
        carrier=carrier,
        stated=sum((Stated.of(statement) for statement in there), Stated()),
        revision=there[0].revision if month and there else None,
        days_overdue=terms.days_overdue(month, today) if month and not there else 0,
        own=own.get(carrier.network, NOBODY),
        difficulties="; ".join(filter(None, (statement.difficulties for statement in there))),
        causes="; ".join(filter(None, (statement.causes for statement in there))),
    )
