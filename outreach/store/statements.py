"""Carriers' monthly figures: every revision that was handed in, and which months are closed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, text

from outreach.domain.errors import NotAllowedError
from outreach.domain.month import Month
from outreach.store import audit

Figure = Literal["sent", "delivered", "accesses", "installs"]
FIGURES: tuple[Figure, ...] = ("sent", "delivered", "accesses", "installs")
"""What a line tells: messages that the carrier sent itself, by order; people who opened, who have
installed."""


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of one order and place; None: not told."""

    by_order: int = 0
    """0: of no order."""
    district: str = ""
    """Empty: of the whole city."""
    sent: int | None = None
    delivered: int | None = None
    accesses: int | None = None
    installs: int | None = None

    def figure(self, name: Figure) -> int | None:
        """One of the four."""
        found: int | None = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class Statement:
    """What a carrier handed in for a month; the highest revision counts."""

    id: int
    carrier: str
    month: int
    """202611."""
    revision: int
    """From 1."""
    source: str
    """api, file or typed."""
    document: str
    """The file's name; empty where there was none."""
    fingerprint: str
    at: int
    made_by: str
    why: str
    """Of a later revision."""
    difficulties: str
    causes: str
    invoiced_parts: int | None
    invoiced_dong: int | None
    cautions: tuple[Mapping[str, str], ...]
    """What looked odd and was confirmed: kind, and its words by language (vi, en)."""
    lines: tuple[Line, ...]

    def total(self, figure: Figure) -> int | None:
        """A figure of the whole month, over all orders and none; None: not told."""
        return total(self.lines, figure)

    def of_order(self, order: int) -> Line:
        """What is told of an order (0: of none): for the whole city, or its districts together."""
        lines = [line for line in self.lines if line.by_order == order]
        return Line(order, "", *(total(lines, figure) for figure in FIGURES))


def total(lines: Sequence[Line], figure: Figure) -> int | None:
    """A figure over lines: of each order the whole city, or its districts without that."""
    by_order: dict[int, list[Line]] = {}
    for line in lines:
        if line.figure(figure) is not None:
            by_order.setdefault(line.by_order, []).append(line)
    counted = ([line for line in told if not line.district] or told for told in by_order.values())
    return _sum(line.figure(figure) for told in counted for line in told)


def _sum(figures: Iterable[int | None]) -> int | None:
    """Add up those that are told; None if none is."""
    told = [figure for figure in figures if figure is not None]
    return sum(told) if told else None


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month for which nothing is taken in any more."""

    month: int
    at: int
    made_by: str


_FIELDS = tuple(name for name in Statement.__dataclass_fields__ if name not in {"id", "lines"})
_COLUMNS = ", ".join(f"s.{name}" for name in ("id", *_FIELDS))
_LINE = ", ".join(Line.__dataclass_fields__)


def take_turn(conn: Connection) -> None:
    """Let nobody else hand in, close or reopen until the end of the transaction."""
    if conn.dialect.name == "postgresql":  # SQLite has one writer anyway
        conn.execute(text("LOCK TABLE statement IN SHARE ROW EXCLUSIVE MODE"))


def add(conn: Connection, statement: Statement) -> Statement:
    """Store a statement as the next revision (its id and revision are ignored), with its audit."""
    told = replace(
        statement,
        revision=_newest(conn, statement.carrier, statement.month) + 1,
        lines=tuple(sorted(statement.lines, key=_place)),
    )
    marks = ", ".join(f":{name}" for name in _FIELDS)
    values = {name: getattr(told, name) for name in _FIELDS}
    values["cautions"] = json.dumps([dict(each) for each in told.cautions], ensure_ascii=False)
    number = conn.execute(
        text(f"INSERT INTO statement ({', '.join(_FIELDS)}) VALUES ({marks}) RETURNING id"), values
    ).scalar_one()
    conn.execute(
        text(
            f"INSERT INTO statement_line (statement, {_LINE}) VALUES (:statement,"
            f" {', '.join(f':{name}' for name in Line.__dataclass_fields__)})"
        ),
        [{"statement": number, **asdict(line)} for line in told.lines],
    )
    detail = {
        "carrier": told.carrier,
        "month": str(Month.of_number(told.month)),
        "revision": told.revision,
        "source": told.source,
        "document": told.document,
        "why": told.why,
    }
    _write(conn, told.at, told.made_by, "statement.add", told.month, detail)
    return replace(told, id=int(number))


def latest(
    conn: Connection, month: int, revisions: Mapping[str, int] | None = None
) -> dict[str, Statement]:
    """The statements that count for a month (202611), by carrier.

    With `revisions` those of each carrier instead, and of no other; one that is not there is
    missing in the answer.
    """
    found = {}
    for statement in _statements(conn, "s.month = :month", month=month):
        if revisions is None or revisions.get(statement.carrier) == statement.revision:
            found[statement.carrier] = statement
    return found


def history(conn: Connection, carrier: str, month: int) -> list[Statement]:
    """Every revision of a carrier's statement, the first one first."""
    return _statements(
        conn, "s.carrier = :carrier AND s.month = :month", carrier=carrier, month=month
    )


def first_at(conn: Connection, month: int) -> dict[str, int]:
    """When each carrier first handed a month's figures in (ms)."""
    rows = conn.execute(
        text("SELECT carrier, at FROM statement WHERE month = :month AND revision = 1"),
        {"month": month},
    )
    return {row[0]: row[1] for row in rows}


def months(conn: Connection) -> list[int]:
    """The months of which there are statements, or which are closed, in their order."""
    return list(
        conn.execute(
            text("SELECT month FROM statement UNION SELECT month FROM closed_month ORDER BY month")
        ).scalars()
    )


def closed(conn: Connection, month: int) -> ClosedMonth | None:
    """Who closed a month, and when; None where it is open."""
    row = conn.execute(
        text("SELECT month, at, made_by FROM closed_month WHERE month = :month"), {"month": month}
    ).first()
    return None if row is None else ClosedMonth(*row)


def close(conn: Connection, month: int, made_by: str, now: int) -> None:
    """Take nothing in for a month any more; NotAllowedError if that is so already."""
    take_turn(conn)
    found = closed(conn, month)
    if found is not None:
        raise NotAllowedError(
            f"{Month.of_number(month)} was closed by '{found.made_by}' already; nothing is changed"
        )
    conn.execute(
        text("INSERT INTO closed_month (month, at, made_by) VALUES (:month, :at, :made_by)"),
        {"month": month, "at": now, "made_by": made_by},
    )
    _write(conn, now, made_by, "month.close", month, {})


def reopen(conn: Connection, month: int, made_by: str, why: str, now: int) -> None:
    """Take figures in again; NotAllowedError if the month is open."""
    take_turn(conn)
    done = conn.execute(text("DELETE FROM closed_month WHERE month = :month"), {"month": month})
    if not done.rowcount:
        raise NotAllowedError(f"{Month.of_number(month)} is open; nothing is changed")
    _write(conn, now, made_by, "month.reopen", month, {"why": why})


def subject(month: int) -> str:
    """Under which subject the audit tells of a month's figures."""
    return f"month:{Month.of_number(month)}"


def _write(
    conn: Connection, now: int, actor: str, action: str, month: int, detail: Mapping[str, object]
) -> None:
    audit.write(conn, audit.Entry(now, actor, action, subject(month), detail))


def _place(line: Line) -> tuple[int, str]:
    return line.by_order, line.district  # databases sort Vietnamese in different ways


def _newest(conn: Connection, carrier: str, month: int) -> int:
    return int(
        conn.execute(
            text(
                "SELECT COALESCE(MAX(revision), 0) FROM statement"
                " WHERE carrier = :carrier AND month = :month"
            ),
            {"carrier": carrier, "month": month},
        ).scalar_one()
    )


def _statements(conn: Connection, where: str, **values: object) -> list[Statement]:
    """Statements with their lines, by carrier and revision."""
    lines: dict[int, list[Line]] = {}
    for number, *line in conn.execute(
        text(
            f"SELECT l.statement, {_LINE} FROM statement_line l"
            f" JOIN statement s ON s.id = l.statement WHERE {where}"
        ),
        values,
    ):
        lines.setdefault(number, []).append(Line(*line))
    for each in lines.values():
        each.sort(key=_place)
    rows = conn.execute(
        text(f"SELECT {_COLUMNS} FROM statement s WHERE {where} ORDER BY s.carrier, s.revision"),
        values,
    )
    return [_statement(row, tuple(lines.get(row[0], ()))) for row in rows]


def _statement(row: Sequence[Any], lines: tuple[Line, ...]) -> Statement:
    fields = dict(zip(("id", *_FIELDS), row, strict=True))
    fields["cautions"] = tuple(json.loads(fields["cautions"]))
    return Statement(**fields, lines=lines)
