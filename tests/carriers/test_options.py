"""Options of an account: what is read, and what is said of one that cannot be meant."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from outreach.carriers import options
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel
from outreach.settings import Account

from .dialects import account

READ: dict[str, Callable[[Account], object]] = {
    "whole": lambda its: options.whole(its, "it", 100),
    "whole of 30": lambda its: options.whole(its, "it", 100, least=30),
    "figure": lambda its: options.figure(its, "it", 0.5),
    "one of": lambda its: options.one_of(its, "it", "1", {"1": "care", "2": "ads"}),
    "hour": lambda its: options.hour(its, "it", "00:05"),
}


def with_it(value: Any) -> Account:
    made = account("acme", Channel.SMS, {})
    return replace(made, options={"it": value})


@pytest.mark.parametrize(
    ("kind", "found"),
    [("whole", 100), ("figure", 0.5), ("one of", "1"), ("hour", time(0, 5))],
)
def test_what_is_not_said_is_as_usual(kind: str, found: object) -> None:
    assert READ[kind](account("acme", Channel.SMS, {})) == found


@pytest.mark.parametrize(
    ("kind", "told", "found"),
    [
        ("whole", 1, 1),
        ("whole", "50", 50),
        ("whole of 30", 30, 30),
        ("figure", 0, 0.0),
        ("figure", "1.5", 1.5),
        ("figure", 24, 24.0),
        ("one of", 2, "2"),
        ("one of", "2", "2"),
        ("hour", "07:00", time(7)),
    ],
)
def test_what_is_said_counts_be_it_text_from_the_environment(
    kind: str, told: object, found: object
) -> None:
    read = READ[kind](with_it(told))
    assert (read, type(read)) == (found, type(found))


@pytest.mark.parametrize(
    ("kind", "told", "expected"),
    [
        *(("whole", told, "a whole number of 1 or more") for told in (0, -1, 1.5, "", "many")),
        *(
            ("whole", told, "a whole number of 1 or more")
            for told in (True, "1_000", "٣", "9" * 10)
        ),
        ("whole of 30", 29, "a whole number of 30 or more"),
        *(("figure", told, "a number of 0 or more") for told in (-1, "nan", "inf", True, "1e9")),
        ("one of", 3, "one of 1 (care), 2 (ads)"),
        *(("hour", told, "a time such as 00:05") for told in ("noon", "00:05Z", 7)),
    ],
)
def test_what_cannot_be_meant_names_file_and_key(kind: str, told: object, expected: str) -> None:
    words = f"config/accounts/acme.toml: it must be {expected}, not '{told}'"
    with pytest.raises(BadInputError, match=f"^{re.escape(words)}$"):
        READ[kind](with_it(told))
