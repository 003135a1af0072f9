"""Making an audience of others: chosen by a definition, in fixed memory, every row accounted for.

Choosing takes one byte a recipient, and one bit a number for each set that is joined or taken off.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import compress, islice
from random import Random

from sqlalchemy import Connection

from outreach.campaigns.means import Progress
from outreach.campaigns.seen import Seen
from outreach.campaigns.segments import Definition, Filters, checked
from outreach.domain.errors import BadInputError
from outreach.domain.key import MAX_RECIPIENTS
from outreach.domain.network import Network
from outreach.domain.window import local_day
from outreach.store import audiences, audit, suppressions
from outreach.store import derive as store
from outreach.store.audiences import IMPORTING, READY, Audience, Gain
from outreach.store.database import Database
from outreach.store.sql import Fetched
from outreach.store.users import User

_MOST_PLACES = 10_000
OTHERS = "…"
"""Stands for the districts beyond the first thousands that are met."""


class LeftOut(StrEnum):
    """Why a row of the audiences is not in what is made of them; the first that holds counts."""

    ALREADY_THERE = "already_there"
    IN_MINUS = "in_minus"
    SUPPRESSED = "suppressed"
    NOT_MATCHED = "not_matched"
    NOT_IN_SAMPLE = "not_in_sample"


@dataclass(slots=True)
class Choice:
    """Who was chosen: rows = chosen + left out."""

    rows: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    """Of those not matched: who only does not say, by what is not said."""
    places: Counter[tuple[int, str]] = field(default_factory=Counter)
    """The chosen by network and district, as the rows have them."""
    marks: list[tuple[Audience, range, bytearray]] = field(default_factory=list)
    """Per audience: its ids, and a 1 for each of them that is chosen."""

    @property
    def chosen(self) -> int:
        """How many were chosen."""
        return self.rows - self.left_out.total()

    def by_network(self) -> dict[Network, int]:
        """How many of the chosen each network has."""
        found: Counter[Network] = Counter()
        for (network, _), people in self.places.items():
            found[Network(network)] += people
        return dict(found.most_common())

    def by_district(self) -> dict[str, int]:
        """How many of the chosen each district has, as it is written."""
        found: Counter[str] = Counter()
        for (_, district), people in self.places.items():
            found[district] += people
        return dict(found.most_common())

    def ids(self) -> Iterator[tuple[int, list[int]]]:
        """The ids that were chosen, a page at a time, each page with its audience."""
        for audience, ids, marks in self.marks:
            chosen = compress(ids, marks)
            while page := list(islice(chosen, store.PAGE)):
                yield audience.id, page

    def sample(self, size: int, seed: int) -> None:
        """Keep exactly `size` of the chosen, each as likely as any other, the same for a seed."""
        left = self.chosen
        if size > left:
            raise BadInputError(f"--sample {size}: only {left} people are left to choose from")
        self.left_out[LeftOut.NOT_IN_SAMPLE] = left - size
        chance = Random(seed).random  # noqa: S311 - a sample is to be repeatable, not secret
        for _, _, marks in self.marks:
            at = marks.find(1)
            while at >= 0:
                # Knuth's selection sampling: what is still wanted of what is still to come.
                if chance() * left < size:
                    size -= 1
                else:
                    marks[at] = 0
                left -= 1
                at = marks.find(1, at + 1)


class Chooser:
    """Goes over audiences in order and marks who belongs to a definition."""

    def __init__(self, conn: Connection, told: Definition, now: datetime) -> None:
        self._conn = conn
        self._audiences = [audiences.find(conn, name) for name in told.audiences]
        self._filters = Filters(told, local_day(now))
        taken = (audiences.find(conn, name).id for name in told.minus)
        self._minus = _numbers(page for each in taken for page in audiences.numbers(conn, each))
        at = int(now.timestamp() * 1000)
        self._suppressed = (
            _numbers(suppressions.everywhere(conn, at)) if told.minus_suppressed else None
        )
        # Within one audience a number is there once.
        self._seen = Seen() if len(self._audiences) > 1 else None

    def choose(self, progress: Progress | None = None) -> Choice:
        """Mark who belongs, and count why the others do not."""
        choice = Choice()
        total = sum(audience.imported for audience in self._audiences)
        for audience in self._audiences:
            ids = store.places(self._conn, audience.id)
            marks = bytearray(len(ids))
            choice.marks.append((audience, ids, marks))
            pages = store.people(self._conn, ids, fields=self._filters.needs_fields)
            for page in pages:
                choice.rows += len(page)
                for row in page:
                    why = self._why_not(row, choice)
                    if why is None:
                        marks[row[0] - ids.start] = 1
                    else:
                        choice.left_out[why] += 1
                if progress:
                    progress(choice.rows, total)
        return choice

    def _why_not(self, row: Fetched, choice: Choice) -> LeftOut | None:
        """Why a row does not belong; None counts it where it lives."""
        _, msisdn, network, district, params = row
        if self._seen is not None and not self._seen.add(msisdn):
            return LeftOut.ALREADY_THERE
        if self._minus is not None and msisdn in self._minus:
            return LeftOut.IN_MINUS
        if self._suppressed is not None and msisdn in self._suppressed:
            return LeftOut.SUPPRESSED
        unmet = self._filters.unmet(network, district, params)
        if unmet is not None:
            if unmet:
                choice.silent.update(unmet)
            return LeftOut.NOT_MATCHED
        place = network, district or ""
        known = place in choice.places or len(choice.places) < _MOST_PLACES
        choice.places[place if known else (network, OTHERS)] += 1
        return None


def _numbers(pages: Iterable[list[int]]) -> Seen | None:
    """All numbers of some pages; None if there is nothing to ask."""
    seen = None
    for page in pages:
        seen = seen or Seen()
        seen.add_all(page)
    return seen


def count(
    database: Database, told: Definition, now: datetime, progress: Progress | None = None
) -> Choice:
    """Say whom a definition would choose at present; changes nothing."""
    with database.read() as conn:
        return Chooser(conn, checked(conn, told), now).choose(progress)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator asks a derived audience to be."""

    name: str
    definition: Definition
    segment: str | None = None
    """The saved segment that the definition is from."""
    sample: int | None = None
    seed: int = 0

    def origin(self) -> dict[str, object]:
        """How it was made, for whoever asks later."""
        sampled = {"sample": self.sample, "seed": self.seed} if self.sample is not None else {}
        definition = json.loads(self.definition.to_json())
        return {"segment": self.segment, "definition": definition, **sampled}


def derive(
    database: Database, user: User, wish: Wish, now: datetime, progress: Progress | None = None
) -> tuple[Audience, Choice]:
    """Make a new audience of others, frozen as they are; nothing of it is kept if that fails."""
    at = int(now.timestamp() * 1000)
    with database.write() as conn:
        definition = checked(conn, wish.definition)
        begun = _begin(conn, user, wish, at)
    try:
        choice = count(database, definition, now, progress)
        if wish.sample is not None:
            choice.sample(wish.sample, wish.seed)
        copied = _copy(database, begun, choice, progress)
        return _finish(database, user, wish, (copied, choice), at), choice
    except BaseException:
        _undo(database, begun)
        raise


def _begin(conn: Connection, user: User, wish: Wish, at: int) -> Audience:
    found = audiences.named(conn, wish.name)
    if found is not None and (found.source, found.state) == (store.DERIVED, IMPORTING):
        raise BadInputError(
            f"audience '{found.name}' is being derived, or that was interrupted; wait for it, or"
            f" remove it: outreach audience discard '{found.name}'"
        )
    told = Audience(
        id=0,
        name=wish.name,
        source=store.DERIVED,
        fingerprint="",
        state=IMPORTING,
        rows=0,
        imported=0,
        rejected=0,
        created_at=at,
        created_by=user.name,
        origin=json.dumps(wish.origin(), ensure_ascii=False),
    )
    return replace(told, id=audiences.create(conn, told))


def _copy(
    database: Database, audience: Audience, choice: Choice, progress: Progress | None
) -> Audience:
    if choice.chosen > MAX_RECIPIENTS:
        raise BadInputError(f"an audience has at most {MAX_RECIPIENTS} recipients")
    for source, page in choice.ids():
        first = audience.imported + 1
        with database.write() as conn:
            gain = Gain(imported=len(page))
            audience = audiences.advance(conn, audience, gain, first + len(page) - 1)
            store.copy(conn, audience.id, first, source, page)
        if progress:
            progress(audience.imported, choice.chosen)
    return audience


def _finish(
    database: Database, user: User, wish: Wish, made: tuple[Audience, Choice], at: int
) -> Audience:
    audience, choice = made
    counts = {"left_out": dict(choice.left_out), "silent": dict(choice.silent)}
    origin = {**wish.origin(), **counts}
    with database.write() as conn:
        gain = Gain(rejected=choice.left_out.total())
        audience = audiences.advance(conn, audience, gain, audience.position, READY)
        _check_sources(conn, choice)
        store.set_origin(conn, audience.id, json.dumps(origin, ensure_ascii=False))
        detail = {"name": wish.name, "rows": audience.rows, "imported": audience.imported}
        subject = f"audience:{audience.id}"
        entry = audit.Entry(at, user.name, "audience.derive", subject, {**detail, **origin})
        audit.write(conn, entry)
        return audiences.find(conn, wish.name)


def _check_sources(conn: Connection, choice: Choice) -> None:
    """See that the people copied are those who were chosen: BadInputError if a source is gone."""
    for source, _, _ in choice.marks:
        if not store.still_there(conn, source):
            raise BadInputError(
                f"audience '{source.name}' was discarded while its people were copied; nothing of"
                " that is kept: see `outreach audience list`, and derive again"
            )


def _undo(database: Database, begun: Audience) -> None:
    """Remove what was begun, unless somebody did and the id is another's by now."""
    with database.write() as conn:
        found = audiences.named(conn, begun.name)
        if found is not None and (found.id, found.created_at) == (begun.id, begun.created_at):
            audiences.discard(conn, begun.id)
