"""Handing a statement in, by whichever door: checked against what we know, asked about, stored."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.domain.msisdn import mask_text
from outreach.domain.order import PartState
from outreach.domain.text import nfc
from outreach.settings import Settings
from outreach.statistics.findings import Finding, Place, RefusedError
from outreach.statistics.statements.check import Known, check
from outreach.statistics.statements.model import Told
from outreach.statistics.statements.words import Fault
from outreach.store import orders, statements
from outreach.store.statements import Line, Statement

MOST_WORDS: Final = 4_000
"""Characters of a text."""


class UnconfirmedError(RefusedError):
    """Nothing is wrong, but something looks odd and was not confirmed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that may be stored."""

    statement: Statement
    before: Statement | None
    """The revision that it takes the place of."""
    findings: tuple[Finding, ...]
    """What looked odd."""
    new: bool
    """False: the same was handed in before, as `statement`; nothing is to be done."""

    @property
    def counts(self) -> int:
        """The revision that counts once this is stored."""
        return self.statement.revision if self.new or not self.before else self.before.revision


def prepare(conn: Connection, settings: Settings, told: Told, by: str, why: str) -> Prepared:
    """Check a statement against what we know; RefusedError names everything that is wrong."""
    statements.take_turn(conn)
    month, carrier = told.month, told.carrier
    checked = check(told, _known(conn, settings, told))
    words = {name: _clean(getattr(told, name)) for name in ("difficulties", "causes")}
    words["why"] = _clean(why).strip()
    faults = [*checked.faults, *_too_long(words)]
    earlier = statements.history(conn, carrier, month.number)
    before = earlier[-1] if earlier else None
    fingerprint = _fingerprint(told, checked.lines, words)
    if all(fault.kind is Fault.CLOSED for fault in faults):
        for same in reversed(earlier):
            # A program may repeat an older call word for word; a person who comes with old figures
            # means to return to them.
            repeated = told.source == "api" and same.why == words["why"]
            if same.fingerprint == fingerprint and (same is before or repeated):
                return Prepared(same, before, (), new=False)
    if before is not None and not words["why"]:
        values = {"month": month, "revision": before.revision, "at": _moment(before.at)}
        faults.append(Finding(Fault.WHY, values=values))
    if faults:
        raise RefusedError(faults)
    made = Statement(
        id=0,
        carrier=carrier,
        month=month.number,
        revision=before.revision + 1 if before else 1,
        source=told.source,
        document=told.document,
        fingerprint=fingerprint,
        at=int(settings.clock().timestamp() * 1000),
        made_by=by,
        invoiced_parts=told.invoiced_parts,
        invoiced_dong=told.invoiced_dong,
        cautions=tuple({"kind": c.kind, "vi": c.vi, "en": c.en} for c in checked.cautions),
        lines=checked.lines,
        **words if before else {**words, "why": ""},
    )
    return Prepared(made, before, checked.cautions, new=True)


def hand_in(conn: Connection, prepared: Prepared, *, confirm: bool) -> Statement:
    """Store a prepared statement in the same transaction; UnconfirmedError asks what looks odd.

    The orders of which it tells are noted as reported by the carrier.
    """
    if not prepared.new:
        return prepared.statement
    if prepared.findings and not confirm:
        raise UnconfirmedError(prepared.findings)
    stored = statements.add(conn, prepared.statement)
    for order in sorted({line.by_order for line in stored.lines} - {0}):
        orders.reported(conn, order, stored.carrier, stored.at)
    return stored


def orders_of(conn: Connection, carrier: str, month: Month) -> dict[str, int]:
    """The orders that have gone to a carrier and have a day in a month: name and number."""
    return {
        order.name: order.id
        for order in orders.of_month(conn, month.number)
        for part in orders.parts(conn, order)
        if part.carrier == carrier and part.state is not PartState.PENDING
    }


def _known(conn: Connection, settings: Settings, told: Told) -> Known:
    previous = statements.latest(conn, told.month.previous.number)
    return Known(
        present=Month.of(settings.clock()),
        closed=statements.closed(conn, told.month.number),
        orders=orders_of(conn, told.carrier, told.month),
        districts=settings.districts,
        before=previous.get(told.carrier),
        jump_percent=settings.reporting.statements.jump_percent,
    )


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _clean(text: str) -> str:
    """A text as a report may hold it: composed, without control signs and phone numbers."""
    kept = (sign for sign in nfc(text) if sign == "\n" or unicodedata.category(sign)[0] != "C")
    return mask_text("".join(kept)).strip()


def _too_long(words: Mapping[str, str]) -> list[Finding]:
    told = {"vi": f"nhiều nhất {MOST_WORDS} ký tự", "en": f"at most {MOST_WORDS} characters"}
    return [
        Finding(Fault.FIELD, Place(field=name), told)
        for name, text in words.items()
        if len(text) > MOST_WORDS
    ]


def _fingerprint(told: Told, lines: Sequence[Line], words: Mapping[str, str]) -> str:
    """Of what is told, not of how: the same figures in another file are the same."""
    rows = [
        [line.by_order, line.district, line.sent, line.delivered, line.accesses, line.installs]
        for line in sorted(lines, key=lambda line: (line.by_order, line.district))
    ]
    invoice = [told.invoiced_parts, told.invoiced_dong]
    content = [told.carrier, told.month, rows, invoice, words["difficulties"], words["causes"]]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
