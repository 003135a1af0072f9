"""Which column of a file holds what: by an option, by its title, or by what stands in it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import mask_text
from outreach.domain.network import PrefixTable
from outreach.files import header, titles
from outreach.files.header import Header
from outreach.files.model import Column, Reading, Record, Source, Understanding
from outreach.files.values import is_name

_APART = frozenset({"phone", "district", "network"})
_MADE_LATER = frozenset({"persons", "names"})  # of several persons behind one phone
_WEAK = {
    titles.GIVEN: "full_name",
    titles.HOUSEHOLDER: "full_name",
    titles.REGISTERED: "installed",
}
_NO_ROLE = frozenset({"", titles.LANDLINE, titles.FAMILY, titles.MIDDLE, *titles.PHONES, *_WEAK})
_ROLE = re.compile("[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a row of cells each field stands; places count from 0."""

    width: int
    phone: int
    district: int | None
    network: int | None
    names: tuple[int, ...]
    """Columns that make up the full name together; empty where one has it whole, or none."""
    params: tuple[tuple[int, str], ...]
    """The other fields, without those in `names`."""
    rows: int
    """How many of the first records are above the data."""
    above: frozenset[tuple[str, ...]]
    """Those records as `essence`: when they come again they are no persons."""
    header: int
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


def find(head: Sequence[Record], reading: Reading, prefixes: PrefixTable) -> Layout:
    """Find the columns by the first records; BadInputError if no phone column is certain."""
    if all(record.fault for record in head):
        raise BadInputError(
            "none of the first lines can be read as a row: is this a CSV file?"
            " If it is, say its encoding: --encoding"
        )
    named = {titles.words(told) for told in reading.columns.values()}
    top = header.find(head, reading.header, named, prefixes)
    told = _told(reading.columns, top)
    rows = [record.cells for record in head[top.rows :] if not record.fault]
    taken = _phone(told, top, rows, prefixes)
    by_content = taken not in told and titles.meaning(top.cells[taken]) not in titles.PHONES
    note = f"column {_shown(taken, top)} was taken for the phone numbers by what stands in it"
    notes = (note,) if by_content else ()
    roles = _roles({**told, taken: "phone"}, top)
    if top.line == 0 and "full_name" not in roles:
        _name_by_content(roles, rows, told)
    return _layout(top, roles, head, notes)


def understand(source: Source, member: str, layout: Layout) -> Understanding:
    """Sum up how a file was understood."""
    return Understanding(
        format=source.format,
        member=member,
        encoding=source.encoding,
        delimiter=source.delimiter,
        sheet=source.sheet,
        sheets=tuple(source.sheets),
        header=layout.header,
        columns=layout.columns,
        notes=(*source.notes, *layout.notes),
    )


def essence(cells: Sequence[str]) -> tuple[str, ...]:
    """What of a row tells whether it is the same row again: its words, spelling aside."""
    return tuple(said for cell in cells if (said := titles.words(cell)))


def letter(place: int) -> str:
    """Name a column as spreadsheets do: 0 is A, 26 is AA."""
    high, low = divmod(place, 26)
    return (letter(high - 1) if high else "") + chr(ord("A") + low)


def _told(columns: Mapping[str, str], top: Header) -> dict[int, str]:
    """What the operator said of columns: place to role."""
    told: dict[int, str] = {}
    for role, column in columns.items():
        if not _ROLE.fullmatch(role):
            raise BadInputError(
                f"a column cannot be called {role[:40]!r}: expected a role such as 'phone', or a"
                " name of small letters, digits and '_'"
            )
        place = _place(column, top)
        if place in told:
            raise BadInputError(
                f"column {_shown(place, top)} cannot be both '{told[place]}' and '{role}'"
            )
        told[place] = role
    return told


def _place(column: str, top: Header) -> int:
    said = titles.words(column)
    same = [n for n, title in enumerate(top.cells) if said and titles.words(title) == said]
    if len(same) > 1:
        raise BadInputError(
            f"{_list(same, top)} have the title that was named; name one by its letter"
        )
    place = same[0] if same else _by_letter_or_number(column.strip())
    if not 0 <= place < len(top.cells):
        raise BadInputError(
            f"there is no column {mask_text(column[:40])!r}: {_understood(top)};"
            ' expected a title, a letter such as "C" or a number such as "3"'
        )
    return place


def _by_letter_or_number(column: str) -> int:
    """The place of column "C" or "3"; -1 if it is neither."""
    if re.fullmatch("[0-9]{1,6}", column):
        return int(column) - 1
    if not re.fullmatch("[A-Za-z]{1,3}", column):
        return -1
    place = 0
    for sign in column.upper():
        place = place * 26 + ord(sign) - ord("A") + 1
    return place - 1


def _phone(
    told: Mapping[int, str], top: Header, rows: Sequence[Sequence[str]], prefixes: PrefixTable
) -> int:
    """Find the one column of phone numbers."""
    for place, role in told.items():
        if role == "phone":
            return place
    meant = {n: titles.meaning(title) for n, title in enumerate(top.cells) if n not in told}
    *ranked, relatives = ([n for n in meant if meant[n] == kind] for kind in titles.PHONES)
    found = next(filter(None, ranked), []) + relatives  # whose is meant only an operator knows
    if not found:
        found = _phone_by_content(told, top, rows, prefixes)
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadInputError(
            f"no column of phone numbers: {_understood(top, rows)}; expected one called"
            " 'Số điện thoại', 'SĐT', 'Di động' or 'phone'; or say which it is: --column phone=C"
        )
    raise BadInputError(
        f"{_list(found, top)} may all hold the phone number; say which:"
        f" --column phone={letter(found[0])}"
    )


def _phone_by_content(
    told: Collection[int], top: Header, rows: Sequence[Sequence[str]], prefixes: PrefixTable
) -> list[int]:
    """Find the columns of what looks like phone numbers, under no title.

    Identity cards and accounts have numbers that look the same: a title that is not known as a
    phone's is asked about, since messages would reach strangers.
    """
    places = range(len(top.cells))
    over = {n: top.cells[n] if top.line else header.above(rows, n, prefixes) for n in places}
    but = {n for n in places if titles.is_another_number(over[n])} | {*told}
    found = [n for n in header.phone_column(rows, prefixes, but) if n in over]
    if len(found) == 1:
        _ask_about(found[0], over[found[0]])
    return found


def _ask_about(place: int, title: str) -> None:
    """Refuse to take a column by content under a title that may mean other numbers."""
    if titles.is_none(title) or titles.meaning(title) in titles.PHONES:
        return
    raise BadInputError(
        f"column {letter(place)} '{mask_text(' '.join(title[:40].split()))}' looks like phone"
        " numbers, but its title may mean other numbers; expected 'Số điện thoại', 'SĐT',"
        f" 'Di động' or 'phone'; if they are phones, say so: --column phone={letter(place)}"
    )


def _roles(told: Mapping[int, str], top: Header) -> list[str]:
    """Give each column its role or its plain name, each name once; "" is left out."""
    meant = [titles.meaning(title) for title in top.cells]
    roles = [told.get(place, "") for place in range(len(meant))]
    given = {*told.values()} | {role for role in meant if role not in _NO_ROLE}
    parts = _name_parts(meant, told) if "full_name" not in given else ()
    used = {*told.values(), *_MADE_LATER, *(["full_name"] if parts else [])}
    for place, title in enumerate(top.cells):
        if place in told:
            continue
        if place in parts:
            roles[place] = "full_name"
            continue
        role = _role(meant[place], given)
        nameless = (top.line != 0 and not title.strip()) or titles.is_counted(title)
        plain_name = "" if nameless else titles.name(title) or f"column_{place + 1}"
        roles[place] = role if role and role not in used else _free(plain_name, role, used)
        used.add(roles[place])
    return roles


def _role(meaning: str, given: Collection[str]) -> str:
    """The role of a meaning, where no better column has it."""
    weak = _WEAK.get(meaning, "")
    if weak:
        return weak if weak not in given else ""
    return "" if meaning in _NO_ROLE else meaning


def _free(name: str, role: str, used: Collection[str]) -> str:
    """A name not used yet; the second column of a role has a number in any case."""
    if not name or (not role and name not in used):
        return name
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"


def _name_parts(meant: Sequence[str], told: Collection[int]) -> tuple[int, ...]:
    """The columns of family, middle and given name, if the name is in several."""
    free = [role if place not in told else "" for place, role in enumerate(meant)]
    if titles.FAMILY not in free or titles.GIVEN not in free:
        return ()
    return tuple(free.index(part) for part in titles.PARTS if part in free)


def _name_by_content(
    roles: list[str], rows: Sequence[Sequence[str]], told: Collection[int]
) -> None:
    """Call the one column full_name in which most cells begin with a surname."""
    found = [
        place
        for place, role in enumerate(roles)
        if role.startswith("column_") and place not in told and _are_names(rows, place)
    ]
    if len(found) == 1:
        roles[found[0]] = "full_name"


def _are_names(rows: Sequence[Sequence[str]], place: int) -> bool:
    cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
    differ = len(set(cells)) * 2 > len(cells)  # as places do not, some of which sound like names
    return differ and sum(map(is_name, cells)) * 2 > len(cells)


def _layout(
    top: Header, roles: Sequence[str], head: Sequence[Record], notes: tuple[str, ...]
) -> Layout:
    parts = {titles.meaning(top.cells[n]): n for n, role in enumerate(roles) if role == "full_name"}
    names = tuple(parts[part] for part in titles.PARTS if part in parts) if len(parts) > 1 else ()
    columns = zip(range(len(roles)), top.cells, roles, strict=True)
    return Layout(
        width=len(roles),
        phone=roles.index("phone"),
        district=roles.index("district") if "district" in roles else None,
        network=roles.index("network") if "network" in roles else None,
        names=names,
        params=tuple(
            (place, role)
            for place, role in enumerate(roles)
            if role and role not in _APART and place not in names
        ),
        rows=top.rows,
        above=frozenset(essence(record.cells) for record in head[: top.rows]),
        header=top.line,
        columns=tuple(Column(*column) for column in columns if column[1].strip() or column[2]),
        notes=notes,
    )


def _shown(place: int, top: Header) -> str:
    title = mask_text(" ".join(top.cells[place][:40].split()))
    return f"{letter(place)} '{title}'" if title else letter(place)


def _list(places: Sequence[int], top: Header) -> str:
    return "columns " + " and ".join(_shown(place, top) for place in places[:6])


def _understood(top: Header, rows: Sequence[Sequence[str]] = ()) -> str:
    """What was read, short, and masked in case it is a row of data."""
    what = "the header reads" if top.line else "no header was found, and the first row reads"
    cells = top.cells if top.line or not rows else rows[0]
    return f"{what} {mask_text(', '.join(repr(cell[:40]) for cell in cells[:20]))}"
