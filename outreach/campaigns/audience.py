"""Importing an audience: every row of the file is imported, joined or rejected, none is lost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import orjson

from outreach.campaigns import feed, sharing
from outreach.campaigns.feed import Feed, Found, Portion
from outreach.campaigns.origin import Content, changed, content, origin, stamp
from outreach.campaigns.seen import Firsts, Seen
from outreach.domain.errors import BadInputError, check_name
from outreach.domain.key import MAX_RECIPIENTS
from outreach.domain.msisdn import mask
from outreach.domain.network import PrefixTable
from outreach.domain.window import LOCAL
from outreach.files import Reading
from outreach.store import audiences, audit, rejects, shared_rows
from outreach.store.audiences import IMPORTING, READY, Audience, Gain
from outreach.store.bulk import Row as StoredRow
from outreach.store.database import Database
from outreach.store.rejects import Rejected
from outreach.store.users import User

DUPLICATE, ELSEWHERE = sharing.DUPLICATE, "elsewhere"

Progress = Callable[[int, int | None], None]
"""Rows done, and of how many where that is known."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator asks a file to become."""

    name: str
    path: Path
    reading: Reading = field(default_factory=Reading)
    not_in: Sequence[str] = ()
    """Audiences whose numbers are left out."""
    again: bool = False
    """Import a file of which there is an audience already."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import under way: where it goes, by whom, and what it leaves out."""

    database: Database
    prefixes: PrefixTable
    user: User
    wish: Wish
    now: int
    elsewhere: Seen | None
    progress: Progress | None = None


def import_file(
    database: Database,
    prefixes: PrefixTable,
    user: User,
    wish: Wish,
    now: int,
    progress: Progress | None = None,
) -> Audience:
    """Read a file into an audience; one that was interrupted goes on from its last commit."""
    wish, elsewhere = others(database, wish)
    return run(Import(database, prefixes, user, wish, now, elsewhere, progress))


def others(database: Database, wish: Wish) -> tuple[Wish, Seen | None]:
    """Find the audiences whose numbers a wish leaves out, by their names; and the numbers."""
    seen = Seen()
    names = set()
    with database.read() as conn:
        for name in wish.not_in:
            audience = audiences.find(conn, name)
            if audience.state != READY:
                raise BadInputError(f"audience '{audience.name}' is not ready; import it first")
            names.add(audience.name)
            for page in audiences.numbers(conn, audience.id):
                seen.add_all(page)
    return replace(wish, not_in=sorted(names)), seen if names else None


def run(job: Import) -> Audience:
    """Do an import to its end."""
    check_name("audience", job.wish.name)
    whole = content(job.wish.path)
    begun = _begun(job, whole.fingerprint)
    with feed.opened(job.wish.path, job.prefixes, job.wish.reading) as source:
        audience = _go_on(job, source, begun) if begun else _create(job, source, whole)
        audience = _copy(job, source, audience, whole)
    audience = sharing.tell_apart(job.database, audience)
    with job.database.write() as conn:
        audience = audiences.advance(conn, audience, Gain(), audience.position, READY)
        detail = {"rows": audience.rows, "name": audience.name}
        subject = f"audience:{audience.id}"
        audit.write(conn, audit.Entry(job.now, job.user.name, "audience.import", subject, detail))
    return audience


def _begun(job: Import, fingerprint: str) -> Audience | None:
    """The interrupted import of that name; BadInputError if it cannot be what is asked for."""
    name = job.wish.name
    with job.database.read() as conn:
        named, same = audiences.named(conn, name), audiences.of_file(conn, fingerprint)
    is_done = named is not None and named.state == READY and named.fingerprint == fingerprint
    if named and is_done and not job.wish.again:
        raise BadInputError(
            f"audience '{name}' is this file already, imported on {_day(named)} by"
            f" {named.created_by}; there is nothing left to do"
        )
    if same and not job.wish.again and (named is None or named.state == READY):
        raise BadInputError(
            f"{job.wish.path}: its content is audience '{same.name}' already, imported on"
            f" {_day(same)} by {same.created_by}; use that, or say --again"
        )
    if named is None:
        return None
    if named.state != IMPORTING:
        raise BadInputError(f"an audience called '{name}' exists; choose another name")
    if named.fingerprint != fingerprint:
        raise _other(named, f"another file ({named.source})")
    return named


def _day(audience: Audience) -> str:
    return f"{datetime.fromtimestamp(audience.created_at / 1000, LOCAL):%Y-%m-%d}"


def _other(begun: Audience, what: str) -> BadInputError:
    return BadInputError(
        f"an import called '{begun.name}' was begun on {_day(begun)} by {begun.created_by} with"
        f" {what}; give the same again to go on with it, choose another name, or remove it:"
        f" outreach audience discard '{begun.name}'"
    )


def _go_on(job: Import, source: Feed, begun: Audience) -> Audience:
    now = _origin(job, source)
    difference = changed(orjson.loads(begun.origin or "{}"), orjson.loads(now))
    if difference:
        raise _other(begun, difference)
    return begun


def _origin(job: Import, source: Feed) -> str:
    return origin(source.understanding, job.wish.reading, job.wish.not_in, job.prefixes)


def _create(job: Import, source: Feed, whole: Content) -> Audience:
    wish = job.wish
    wanted = Audience(
        id=0,
        name=wish.name,
        source=wish.path.name,
        fingerprint=whole.fingerprint,
        state=IMPORTING,
        rows=0,
        imported=0,
        rejected=0,
        created_at=job.now,
        created_by=job.user.name,
        origin=_origin(job, source),
    )
    with job.database.write() as conn:
        return replace(wanted, id=audiences.create(conn, wanted))


def _copy(job: Import, source: Feed, audience: Audience, whole: Content) -> Audience:
    """Store the rows of the file after those that are stored."""
    guess = whole.lines if source.understanding.format == "CSV" else None
    known = _known(job, audience)
    try:
        for portion in source.portions(audience.position):
            audience = _store(job, known, audience, portion)
            if job.progress:
                job.progress(audience.position, guess)
        _check_whole(job.wish.path, whole, audience)
    except BadInputError:
        # Nothing of a file that cannot be read to its end is kept.
        with job.database.write() as conn:
            audiences.abandon(conn, audience)
        raise
    return audience


def _check_whole(path: Path, whole: Content, audience: Audience) -> None:
    if stamp(path) != whole.stamp:
        raise BadInputError(f"{path}: changed while it was read; nothing is kept, import it again")
    if not audience.position:
        raise BadInputError(f"{path}: there is a header, but no row below it")


@dataclass(slots=True)
class _Known:
    """The numbers that need no look into the database."""

    elsewhere: Seen | None
    seen: Seen = field(default_factory=Seen)
    firsts: Firsts = field(default_factory=Firsts)


def _known(job: Import, audience: Audience) -> _Known:
    known = _Known(job.elsewhere)
    with job.database.read() as conn:
        for page in audiences.numbers(conn, audience.id):
            known.seen.add_all(page)
    return known


def _store(job: Import, known: _Known, audience: Audience, portion: Portion) -> Audience:
    batch = _sorted(portion, known)
    if audience.imported + len(batch.new) > MAX_RECIPIENTS:
        raise BadInputError(f"{job.wish.path}: an audience has at most {MAX_RECIPIENTS} recipients")
    with job.database.write() as conn:
        gain = Gain(imported=len(batch.new), rejected=len(batch.rejects))
        after = audiences.advance(conn, audience, gain, batch.position)
        audiences.add_recipients(conn, audience.id, audience.imported + 1, batch.new)
        rejects.add(conn, audience.id, batch.rejects)
        shared_rows.add(conn, audience.id, batch.again)
    return after


@dataclass(slots=True)
class _Batch:
    """Rows by what becomes of them."""

    position: int = 0
    new: list[StoredRow] = field(default_factory=list)
    again: list[tuple[int, int, str]] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)


def _sorted(portion: Portion, known: _Known) -> _Batch:
    batch = _Batch()
    for piece in portion:
        batch.position = piece.position
        batch.rejects += piece.rejects
        _sort(piece.found, batch, known)
    return batch


def _sort(found: Sequence[Found], batch: _Batch, known: _Known) -> None:
    if known.elsewhere is not None:
        found = [row for row in found if not _is_elsewhere(row, batch, known.elsewhere)]
    note, says_the_same = known.firsts.note, known.firsts.has
    are_new = known.seen.add_all([row[1] for row in found])
    for row, is_new in zip(found, are_new, strict=True):
        line, msisdn, network, declared, district, params = row
        if is_new:
            note(msisdn, params)
            batch.new.append((msisdn, network, declared, district, params))
        elif says_the_same(msisdn, params):
            batch.rejects.append((line, DUPLICATE, mask(str(msisdn))))
        else:
            batch.again.append((msisdn, line, params))


def _is_elsewhere(row: Found, batch: _Batch, elsewhere: Seen) -> bool:
    if row[1] not in elsewhere:
        return False
    batch.rejects.append((row[0], ELSEWHERE, mask(str(row[1]))))
    return True
