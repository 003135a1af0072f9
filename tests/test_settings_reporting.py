"""config/reporting.toml: every key is told there, and what is wrong with one is named."""

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from outreach.domain.errors import BadInputError
from outreach.domain.month import Month
from outreach.settings.reporting import (
    ANNEXES,
    SECTIONS,
    Carrier,
    DocumentTerms,
    EditionTerms,
    OpenTerms,
    RegistrationTerms,
    StatementTerms,
    Target,
    read_reporting,
)
from tests.cli.shell import ROOT

FILE = ROOT / "config" / "reporting.toml"
TABLES = {
    "[document]": DocumentTerms,
    "[[edition]]": EditionTerms,
    "[[carrier]]": Carrier,
    "[statements]": StatementTerms,
    "[target]": Target,
    "[opens]": OpenTerms,
    "[registrations]": RegistrationTerms,
}


@pytest.mark.parametrize(
    ("table", "key"),
    [(table, field.name) for table, kind in TABLES.items() for field in fields(kind)],
)
def test_every_key_is_told_in_the_file(table: str, key: str) -> None:
    blocks = re.findall(
        rf"^{re.escape(table)}\n(.*?)(?=^\[|\Z)", FILE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert any(re.search(rf"^{key} = ", block, re.MULTILINE) for block in blocks)


def test_every_section_and_annex_is_told_in_the_file() -> None:
    comments = "".join(re.findall("^#.*$", FILE.read_text(), re.MULTILINE))
    for name in (*SECTIONS, *ANNEXES):
        assert re.search(rf"\b{name}\b", comments), name


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("[target]", "[goal]", "does not know goal"),
        ('unit = "CNTT"', 'units = "CNTT"', r"\[document\] does not know units; it knows symbol"),
        ('title = "GIÁM ĐỐC"', "", r"\[document\] lacks title"),
        ('signer = "Nguyễn Thị Minh Khai"', "signer = 7", "signer is 7; expected text in quotes"),
        ('name = "bhxh"', 'name = "so-tttt"', "edition so-tttt is told twice"),
        ('name = "Gmobile"', 'name = "viettel"', "carrier viettel is told twice"),
        ('accounts = ["vnpt"]', 'accounts = ["viettel"]', "account viettel is told twice"),
        ('network = "Gmobile"', 'network = "Gmobil"', "carrier 'Gmobile': .*Gmobil"),
        (
            'annexes = ["coverage",',
            'annexes = ["map",',
            "edition 'bhxh': annexes does not know map",
        ),
        ('sections = ["coverage",', "sections = [7,", "sections is .*; expected a list of texts"),
        ("due_day = 5", "due_day = 29", r"due_day is 29; expected 1 to 28"),
        ("due_day = 5", "due_day = true", "due_day is True; expected a whole number"),
        ("jump_percent = 50", "jump_percent = 0", "jump_percent is 0; expected 1 to 10000"),
        ("within_days = 30", "within_days = 367", "within_days is 367; expected 1 to 366"),
        ("by = 2026-12-31", 'by = "2026-12-31"', "by is '2026-12-31'; expected a day such as"),
        ("enabled = false", "enabled = 1", "enabled is 1; expected true or false"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, before: str, after: str, named: str) -> None:
    text = FILE.read_text()
    assert before in text
    path = tmp_path / "reporting.toml"
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(BadInputError, match=named) as refused:
        read_reporting(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('address = "http://127.0.0.1:8080/v"', 'address = "http://127.0.0.1:8080/v/"'),
        ('address = "http://127.0.0.1:8080/v"', 'address = "vssid.example.vn/v"'),
        ('ios = "http://127.0.0.1:8080/store/ios"', 'ios = ""'),
    ],
)
def test_links_that_are_on_lead_somewhere(tmp_path: Path, before: str, after: str) -> None:
    """Off, nobody follows them, and nothing is asked of them."""
    text = FILE.read_text()
    assert before in text
    path = tmp_path / "reporting.toml"
    path.write_text(text.replace(before, after))
    read_reporting(path)
    path.write_text(path.read_text().replace("enabled = false", "enabled = true"))
    with pytest.raises(BadInputError, match=r"\[opens\] (address|ios)"):
        read_reporting(path)


def test_who_is_not_there_is_told_of_who_is() -> None:
    reporting = read_reporting(FILE)
    with pytest.raises(BadInputError, match=r"no edition is called 'x'; .* has: so-tttt, bhxh"):
        reporting.edition("x")
    with pytest.raises(BadInputError, match=r"no carrier is called 'x'; .* has: Viettel"):
        reporting.carrier("x")
    assert reporting.carrier(" vinaphone ").name == "VinaPhone"


@pytest.mark.parametrize(
    ("on", "days"), [((2026, 12, 31), 0), ((2027, 1, 5), 0), ((2027, 1, 6), 1), ((2027, 2, 5), 31)]
)
def test_days_overdue_begin_behind_the_day_on_which_figures_are_due(
    on: tuple[int, int, int], days: int
) -> None:
    terms = StatementTerms(due_day=5)
    assert terms.days_overdue(Month(2026, 12), date(*on)) == days
