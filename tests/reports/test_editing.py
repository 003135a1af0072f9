"""Two states of a report, laid side by side."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.reports.editing import Change, changes

LEDGER: Mapping[str, object] = {
    "made_at": "2026-12-02T01:30:00+00:00",
    "total": {"sent": 10, "delivered": 7},
    "carriers": [
        {"network": "Viettel", "channel": "sms", "sent": 6},
        {"network": "Viettel", "channel": "zalo", "sent": 4},
    ],
    "statements": [{"carrier": "Viettel", "installs": None, "difficulties": ""}],
    "coverage": None,
}


def test_a_figure_is_named_by_where_it_stands() -> None:
    later = {
        **LEDGER,
        "carriers": [
            {"network": "Viettel", "channel": "zalo", "sent": 5},
            {"network": "Viettel", "channel": "sms", "sent": 6},
        ],
        "statements": [{"carrier": "Viettel", "installs": 3, "difficulties": "mất sóng"}],
    }
    assert changes(LEDGER, later) == [
        Change("carriers / Viettel zalo / sent", "4", "5"),
        Change("statements / Viettel / installs", "-", "3"),
        Change("statements / Viettel / difficulties", "", "mất sóng"),
    ]


def test_lines_of_one_name_are_told_apart() -> None:
    """Two districts that no table knows, say."""
    before = {"districts": [{"district": "Khác", "sent": 1}, {"district": "Khác", "sent": 2}]}
    after = {"districts": [{"district": "Khác", "sent": 9}, {"district": "Khác", "sent": 2}]}
    assert changes(before, after) == [Change("districts / Khác / sent", "1", "9")]
    assert changes(after, {"districts": after["districts"][:1]}) == [
        Change("districts / Khác (2) / district", "Khác", "-"),
        Change("districts / Khác (2) / sent", "2", "-"),
    ]


def test_lines_that_come_and_go_are_told() -> None:
    carriers = [*LEDGER["carriers"], {"network": "iTel", "channel": None, "sent": 2}]  # type: ignore[misc]  # a list
    later = {**LEDGER, "carriers": carriers}
    came = changes(LEDGER, later)
    assert [change.words for change in came] == [
        "carriers / iTel / network",
        "carriers / iTel / sent",
    ]
    assert [(change.after, change.before) for change in changes(later, LEDGER)] == [
        (change.before, change.after) for change in came
    ]


def test_when_it_was_made_is_no_figure() -> None:
    assert changes(LEDGER, {**LEDGER, "made_at": "2027-01-01T00:00:00+00:00"}) == []


@pytest.mark.parametrize("nothing", [None, {}, [], 0, ""])
def test_nothing_is_nothing(nothing: object) -> None:
    assert changes({"coverage": nothing}, {}) == []


_figures = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.dictionaries(st.text(min_size=1), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(min_size=1), _figures))
def test_the_same_differs_in_nothing(ledger: dict[str, object]) -> None:
    assert changes(ledger, ledger) == []


@given(st.dictionaries(st.text(min_size=1), _figures), st.integers(min_value=1))
def test_a_figure_more_is_one_change(ledger: dict[str, object], figure: int) -> None:
    later = {**ledger, "a new one": figure}
    before = ledger.get("a new one")
    assert changes(ledger, later) == changes({"a new one": before}, {"a new one": figure})
