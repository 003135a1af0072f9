"""The báo cáo of a month: what an edition says, made of the ledger alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from outreach.reports import words
from outreach.reports.annexes import ANNEX
from outreach.reports.annexes_of_others import changed
from outreach.reports.documents.model import (
    Annex,
    Block,
    Document,
    DocumentType,
    Heading,
    Paragraph,
    Registered,
    roman,
)
from outreach.reports.editing import Change
from outreach.reports.ledger import Ledger
from outreach.reports.sections import SECTION
from outreach.reports.vietnamese import called
from outreach.settings.reporting import EditionTerms, Reporting


@dataclass(frozen=True, slots=True)
class Correction:
    """What a later edition of the same report puts right."""

    sign: str
    """Number and symbol of the edition before."""
    on: date
    why: str
    changes: tuple[Change, ...]


def official(
    ledger: Ledger,
    terms: EditionTerms,
    reporting: Reporting,
    entered: Registered,
    correction: Correction | None = None,
) -> Document:
    """Write an edition of a month's report."""
    document, agency = reporting.document, ledger.agency
    return Document(
        type=DocumentType.REPORT,
        parent=agency.get("parent", ""),
        agency=agency.get("name", ""),
        number=entered.number,
        symbol=document.symbol,
        place=agency.get("place", ""),
        on=entered.on,
        title=words.title(ledger),
        to=(terms.to,),
        bases=document.bases,
        blocks=tuple(_body(ledger, terms, correction)),
        authority=document.authority,
        signer_title=document.title,
        signer=document.signer,
        recipients=("Như trên", *terms.also, f"Lưu: VT, {document.unit}"),
        annexes=_annexes(ledger, terms, correction),
        called=called(agency),
        rehearsal=ledger.rehearsal,
    )


def _annexes(
    ledger: Ledger, terms: EditionTerms, correction: Correction | None
) -> tuple[Annex, ...]:
    made = tuple(ANNEX[name](ledger) for name in terms.annexes)
    return (*made, changed(correction.changes)) if correction else made


def _body(ledger: Ledger, terms: EditionTerms, correction: Correction | None) -> Iterator[Block]:
    name = called(ledger.agency)
    yield Paragraph(f"{name} {terms.opening} {words.time(ledger)} như sau:")
    if correction:
        yield Paragraph(
            f"Báo cáo này thay thế Báo cáo {_entered(correction)} ngày"
            f" {correction.on:%d/%m/%Y}. Lý do: {correction.why}. Các số liệu thay đổi nêu tại"
            " Phụ lục cuối."
        )
    for number, section in enumerate(terms.sections, 1):
        title, write = SECTION[section]
        yield Heading(f"{roman(number)}. {title}")
        yield from write(ledger)
    yield Paragraph(f"Trên đây là kết quả {words.time(ledger)}, {name} {terms.closing}./.")


def _entered(correction: Correction) -> str:
    """An edition by its number; by its symbol alone where the registry gave the number by hand."""
    return (
        f"{'ký hiệu ' if correction.sign.startswith('/') else 'số '}{correction.sign.lstrip('/')}"
    )
