"""Issuing a month's report: the files of an edition, kept as they are from then on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection

from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.month import Month
from outreach.domain.window import day_of_number, number_of_day
from outreach.reports import editing, ledgers
from outreach.reports.documents import csv, docx, pdf, xlsx
from outreach.reports.documents.model import Document, Registered
from outreach.reports.ledger import Ledger
from outreach.reports.ledgers import Setting
from outreach.reports.official import Correction, official
from outreach.settings.reporting import EditionTerms
from outreach.store import audit, editions
from outreach.store.database import Database
from outreach.store.editions import Edition


@dataclass(frozen=True, slots=True)
class Signing:
    """Who issues an edition, and how the registry enters it."""

    by: str
    on: date
    number: int | None = None
    """None: the registry gives it by hand."""
    why: str = ""
    """Why an edition is replaced; empty for the first."""


def canonical(ledger: Ledger) -> bytes:
    """A ledger as JSON whose bytes depend on the figures alone."""
    return orjson.dumps(ledger.to_json(), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def files(document: Document, ledger: Ledger, stem: str) -> dict[str, bytes]:
    """Every form of a report, by file name; no two reports share one, so none replaces another."""
    return {
        f"{stem}.docx": docx.render(document),
        f"{stem}.pdf": pdf.render(document),
        f"{stem}.xlsx": xlsx.render(document),
        f"{stem}.csv": csv.render(document),
        f"{stem}.json": canonical(ledger),
    }


def draft(ledger: Ledger, terms: EditionTerms, setting: Setting, on: date) -> dict[str, bytes]:
    """The files of a report that is not issued: its number is left open."""
    document = official(ledger, terms, setting.reporting, Registered(None, on))
    return files(document, ledger, f"du-thao-{ledger.month or 'tu-dau'}-{terms.name}")


def issue(
    database: Database, month: Month, terms: EditionTerms, setting: Setting, signing: Signing
) -> tuple[Edition, dict[str, bytes]]:
    """Issue an edition of a month: the first, or one that corrects the one before.

    BadInputError without a reason for a correction; NotAllowedError where no figure differs, the
    month is not over, or somebody else has issued it meanwhile.
    """
    if Month.of(setting.now) <= month:
        raise NotAllowedError(
            f"{month} is not over: its report can be drafted (`report monthly`), not issued"
        )
    with database.read() as conn:
        edition, document, ledger = _unissued(conn, month, terms, setting, signing)
    # Made before anything is written: nobody who sends has to wait for them.
    again = f"-lan-{edition.revision}" if edition.revision > 1 else ""
    made = files(document, ledger, f"bao-cao-{month}-{terms.name}{again}")
    with database.write() as conn:
        editions.add(conn, edition, made)
        detail = {"revision": edition.revision, "sha256": edition.sha256, "why": edition.why}
        subject = f"edition:{month}:{edition.name}"
        audit.write(conn, audit.Entry(edition.at, signing.by, "report.issue", subject, detail))
    return edition, made


def _unissued(
    conn: Connection, month: Month, terms: EditionTerms, setting: Setting, signing: Signing
) -> tuple[Edition, Document, Ledger]:
    """Make what is to be issued."""
    ledger = ledgers.of_month(conn, month, setting)
    before = editions.latest(conn, month.number, terms.name)
    found = _changes(before, ledger, signing)
    entered = Registered(signing.number, signing.on)
    correction = _correction(before, signing, found) if before else None
    document = official(ledger, terms, setting.reporting, entered, correction)
    data = canonical(ledger)
    edition = Edition(
        id=0,
        month=month.number,
        name=terms.name,
        revision=before.revision + 1 if before else 1,
        number=document.sign.removeprefix("Số:").strip(),
        signed_on=number_of_day(signing.on),
        at=int(setting.now.timestamp() * 1000),
        made_by=signing.by,
        why=signing.why,
        data=data,
        sha256=editions.fingerprint(data),
        statements=ledger.claims.revisions(),
        changes=[change.to_json() for change in found],
    )
    return edition, document, ledger


def figures(edition: Edition) -> Mapping[str, Any]:
    """The figures that an edition was made of."""
    found: Mapping[str, Any] = orjson.loads(edition.data)
    return found


def _changes(before: Edition | None, ledger: Ledger, signing: Signing) -> list[editing.Change]:
    """What differs from the edition before; a correction has a reason, and corrects something."""
    if before is None:
        return []
    found = editing.changes(figures(before), orjson.loads(canonical(ledger)))
    if not found:
        raise NotAllowedError(
            f"no figure differs from edition '{before.name}' revision {before.revision}: there is"
            " nothing to correct"
        )
    if not signing.why:
        raise BadInputError(
            f"edition '{before.name}' was issued already (revision {before.revision});"
            f" {len(found)} figures differ: tell --why it is corrected"
        )
    return found


def _correction(before: Edition, signing: Signing, found: list[editing.Change]) -> Correction:
    return Correction(before.number, day_of_number(before.signed_on), signing.why, tuple(found))
