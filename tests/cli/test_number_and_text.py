"""What `number parse` and `text measure` say beyond the streams that scripts use."""

import pytest

from tests.cli.shell import Shell

TYPOGRAPHY = "“Mời” 👩 – ok"


def test_detail_tells_who_sells_the_block_and_how_sure_we_are(shell: Shell) -> None:
    told = shell("number", "parse", "0777000123", "--detail", "--json").json
    assert (told["network"], told["operator"], told["sure"]) == ("MobiFone", "VNSKY", False)
    told = shell("number", "parse", "0325550101", "--detail", "--json").json
    assert told == {
        "input": "0325550101",
        "msisdn": "84325550101",
        "network": "Viettel",
        "reason": None,
        "operator": "Viettel",
        "sure": True,
        "since": "2018-09-15",
        "numbers": ["84325550101"],
    }


def test_a_field_of_two_numbers_is_offered_taken_apart(shell: Shell) -> None:
    field = "0325550101 hoặc 0915550102"
    told = shell("number", "parse", "--detail", "--json", field).json
    assert (told["reason"], told["sure"]) == ("two_numbers", None)
    assert told["numbers"] == ["84325550101", "84915550102"]
    shown = shell("number", "parse", "--detail", field).out
    assert "843****101" in shown
    assert "849****102" in shown


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_detail_for_people(shell: Shell, lang: str) -> None:
    told = shell("--lang", lang, "number", "parse", "--detail", "0775000123").out
    assert "FPT" in told
    assert ("không" if lang == "vi" else "no") in told
    assert "847****123" in told


@pytest.mark.parametrize(
    "field", ["03255501010915550102", "0325550101x", "\uff10\uff132555010199", "9.01555E+08"]
)
def test_a_field_that_is_refused_is_masked_however_it_is_written(shell: Shell, field: str) -> None:
    told = shell("number", "parse", field).out
    assert sum(char.isdigit() for char in told.splitlines()[1].split(" ")[0]) == 3


def test_a_text_given_as_an_argument_is_explained_in_json(shell: Shell) -> None:
    told = shell("text", "measure", TYPOGRAPHY, "--json").json
    assert (told["encoding"], told["units"], told["segments"]) == ("UCS-2", 13, 1)
    assert told["left"] == 57
    assert [tuple(culprit.values()) for culprit in told["culprits"]] == [
        (0, "“", "U+201C", '"', True),
        (2, "ờ", "U+1EDD", "o", False),
        (4, "”", "U+201D", '"', True),
        (6, "👩", "U+1F469", None, False),
        (8, "–", "U+2013", "-", True),
    ]
    assert told["tidy"] == {"encoding": "UCS-2", "units": 13, "segments": 1}
    assert told["plain"] == {"encoding": "GSM-7", "units": 11, "segments": 1}


def test_accents_that_gsm_has_are_told_as_they_are_sent(shell: Shell) -> None:
    words = "Chào " * 20
    assert shell("text", "measure", words).out.splitlines() == [
        "GSM-7, 100 units, 1 part",
        "sent as a text with accents: UCS-2, 100 units, 2 parts",
    ]
    told = shell("text", "measure", words, "--json").json
    assert told["sent"] == {"encoding": "UCS-2", "units": 100, "segments": 2}


def test_a_text_is_explained_to_people(shell: Shell) -> None:
    told = shell("text", "measure", TYPOGRAPHY).out.splitlines()
    assert told == [
        "UCS-2, 13 units, 1 part, 57 units left",
        "UCS-2 because of: “ ờ ” 👩 –",
        "  U+201C at 1: '\"' says the same",
        "  U+1EDD at 3: 'o' comes close",
        "  U+201D at 5: '\"' says the same",
        "  U+1F469 at 7: 👩 has no substitute",
        "  U+2013 at 9: '-' says the same",
        "typography written plainly: UCS-2, 13 units, 1 part",
        "without accents (plain): GSM-7, 11 units, 1 part",
    ]


def test_many_places_are_cut_short_and_a_long_text_is_told(shell: Shell) -> None:
    told = shell("text", "measure", "ạ" * 336).out
    assert told.startswith("UCS-2, 336 units, 6 parts, too long")
    assert "U+1EA1 at 1, 2, 3, 4, 5 …:" in told


def test_a_long_text_without_accents_has_units_left(shell: Shell) -> None:
    assert shell("text", "measure", "a" * 161).out == "GSM-7, 161 units, 2 parts, 145 units left\n"
