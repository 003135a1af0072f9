"""Rows of cells made recipients or rejects, a batch at a time."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from outreach.domain.msisdn import Bad, Reason, both, mask, parse
from outreach.domain.network import PrefixTable
from outreach.files.columns import Layout, essence
from outreach.files.model import Fault, Record, Reject, Row, TwoNumbers
from outreach.files.titles import words
from outreach.files.values import Remembered, is_aside, network, tidy

_UNREADABLE = mask("")
_DIGITS = re.compile("[0-9 +()./-]*")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_BESIDE_NUMBERS = " ()[]:;,.=-"


class Maker:
    """Makes rows of a file's records by its layout."""

    def __init__(self, layout: Layout, prefixes: PrefixTable, two: TwoNumbers) -> None:
        self._layout = layout
        self._places = layout.width, layout.phone, layout.district, layout.network
        self._prefixes = prefixes
        self._two = two
        self._texts = Remembered(tidy)
        self._networks = Remembered(network)
        self._begun = {row[0] for row in layout.above if row}

    def lines(self, records: Iterable[Record]) -> list[Row | Reject]:
        """Make rows and rejects: one a record, or two rows where a cell holds two numbers.

        In one piece because ten million rows pass here; most cells are ASCII or seen before.
        """
        made: list[Row | Reject] = []
        layout, prefixes, texts = self._layout, self._prefixes, self._texts
        width, phone, district, declaring = self._places
        for line, cells, fault in records:
            if fault is not None or (len(cells) != width and not _fits(cells, width)):
                made.append(Reject(line, fault or Fault.COLUMNS, _UNREADABLE))
                continue
            found = parse(cells[phone], prefixes)
            if isinstance(found, Bad):
                made += self._refused(line, cells, found.reason)
                continue
            params = {}
            for place, role in layout.params:
                cell = cells[place]
                if cell.isascii() and cell.isalnum():
                    params[role] = cell
                elif text := texts[cell]:
                    params[role] = text
            if layout.names and (name := self._name(cells)):
                params["full_name"] = name
            declared = None if declaring is None else self._networks[cells[declaring]]
            where = "" if district is None else texts[cells[district]]
            row = (line, found.msisdn, found.network, declared, where, params)
            made.append(tuple.__new__(Row, row))  # half the time of Row(…)
        return made

    def _name(self, cells: Sequence[str]) -> str:
        """Join the full name from its columns."""
        parts = (self._texts[cells[place]] for place in self._layout.names)
        return " ".join(filter(None, parts))

    def _refused(self, line: int, cells: list[str], reason: Reason) -> list[Row | Reject]:
        """Say why a row has no number; or split two numbers, as the operator wishes."""
        phone = self._layout.phone
        if reason is Reason.TWO_NUMBERS and self._two is not TwoNumbers.REFUSE:
            found = both(cells[phone], self._prefixes)
            kept = found if self._two is TwoNumbers.BOTH else found[:1]
            if kept:
                one_each = ([*cells[:phone], one.msisdn, *cells[phone + 1 :]] for one in kept)
                return self.lines(Record(line, split) for split in one_each)
        fault = self._fault(cells, reason)
        if fault:
            return [Reject(line, fault, _UNREADABLE)]
        return [Reject(line, reason, _shown(cells[phone]))]

    def _fault(self, cells: Sequence[str], reason: Reason) -> Fault | None:
        """Tell a row that is no person: titles again, a total, a note."""
        said = list(islice((text for cell in cells if (text := self._texts[cell])), 3))
        if not said:
            return None
        may_be_titles = reason in {Reason.EMPTY, Reason.LETTERS} and words(said[0]) in self._begun
        if may_be_titles and essence(cells) in self._layout.above:
            return Fault.HEADER
        return Fault.TOTAL if is_aside(said, alone=reason is Reason.EMPTY) else None


def _shown(cell: str) -> str:
    """What may be shown of a phone's cell: no name that stands in it, and no control character."""
    if _DIGITS.fullmatch(cell):
        return mask(cell.strip())
    text = "".join(filter(str.isprintable, tidy(cell)))
    if sum(map(str.isalpha, text)) > sum(map(str.isdecimal, text)):
        return _UNREADABLE
    return mask(_WORDS.sub("", text).strip(_BESIDE_NUMBERS))


def _fits(cells: list[str], width: int) -> bool:
    """Fill up a short row; False for a long one with more than blanks beyond the header."""
    cells.extend([""] * (width - len(cells)))
    return not any(map(str.strip, cells[width:]))
