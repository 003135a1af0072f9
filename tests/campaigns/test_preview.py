"""What stands out in an audience: longest, shortest, strangest, a sample, what cannot be sent."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.compose import MOST_REASONS, Params, Renderer
from outreach.campaigns.preview import SAMPLE, Seen, oddity_words, preview
from outreach.domain.network import Channel
from outreach.domain.text import Steps
from tests.campaigns.trial import account, text, words

NAMES = words("Chào {{ name }} {{ code }}", "Chao {{ name }} {{ code }}")


def rows(*params: Params) -> list[Seen]:
    """Recipients with these fields."""
    usual: Params = {"names": ["Lê An"]}
    return [Seen(n, 84900000000 + n, {**usual, **each}) for n, each in enumerate(params, 1)]


@pytest.mark.parametrize(
    ("params", "oddity"),
    [
        ({"name": "Nguyễn Thị An"}, ()),
        ({"name": ""}, ("default",)),
        ({}, ("default",)),
        ({"name": "Lê An (con)"}, ("default",)),
        ({"name": "NGUYỄN THỊ AN"}, ("capitals",)),
        ({"name": " Nguyễn  An"}, ("tidied",)),
        ({"name": "Nguyễn Thị Minh Khai Anh"}, ("shortened",)),
        ({"name": "Müller Anna"}, ("letters",)),
        ({"name": "Wolfeschlegel An"}, ("long_word",)),
        ({"name": "Na"}, ("short",)),
        ({"name": "Lê An", "code": "“7”"}, ("tidied",)),
        ({"name": "Lê An", "names": ["LÊ AN", "Ý"]}, ("capitals",)),
        ({"name": "Lê An", "names": ["???"]}, ("default",)),
        ({"name": "Lê An", "names": ["N/A", "Lê An", "Đỗ Bình"]}, ()),
        ({"name": "Lê An", "names": ["Lê An", "123", "ĐỖ BÌNH"]}, ("capitals",)),
    ],
)
def test_what_is_odd_about_a_row(params: Params, oddity: tuple[str, ...]) -> None:
    seen = preview(Renderer(NAMES), rows({"code": "1", **params}), account("a"), 3, 1)
    assert seen.sample[0].oddities == oddity
    assert [shown.oddities for shown in seen.strangest] == ([oddity] if oddity else [])
    assert set(oddity) <= set(oddity_words("vi")) == set(oddity_words("en"))


def test_more_parts_than_the_sample_is_odd() -> None:
    kept = words("ạ" * 69 + "{{ code }}")
    seen = preview(
        Renderer(kept),
        rows({"code": "1", "name": "Lê An"}, {"code": "12", "name": "Lê An"}),
        account("a"),
        3,
        1,
    )
    assert [shown.oddities for shown in seen.longest] == [("parts",), ()]
    assert seen.by_parts == {1: 1, 2: 1}


def test_a_sample_that_does_not_fit_is_a_fault_among_others() -> None:
    told = rows({"code": "1", "name": "Lê An"}, {"code": "12", "name": "Lê An"})
    narrow = account("a", steps=Steps((160,), (2,)))
    seen = preview(Renderer(words("{{ 'ạạạ' if code == '1' else 'ạ' }}")), told, narrow, 3, 1)
    found = {reason: (fault.count, fault.first) for reason, fault in seen.faults.items()}
    assert found["the sample: text: 3 units, at most 3 parts are allowed"] == (1, [SAMPLE])
    assert seen.messages == 1
    assert seen.oddities == {}


def test_those_who_get_nothing_are_counted_by_reason() -> None:
    told = rows({"name": "An"}, {"code": "1"}, {"name": "Bê"}, {"code": "1" * 11})
    seen = preview(Renderer(NAMES), told, account("a"), 1, 1)
    assert seen.messages == 1
    found = {reason: (fault.count, fault.first) for reason, fault in seen.faults.items()}
    assert found == {
        "code: missing, and about.toml gives no default": (2, [1]),
        "code: 11 characters, at most 10 are allowed": (1, [4]),
    }


def test_reasons_do_not_grow_without_end() -> None:
    told = rows(*({"code": "1" * length} for length in range(11, 211)))
    seen = preview(Renderer(NAMES), told, account("a"), 1, 1)
    assert len(seen.faults) == MOST_REASONS + 1
    assert sum(fault.count for fault in seen.faults.values()) == 200


@settings(deadline=None)
@given(st.lists(st.text("aạ1 ", min_size=1, max_size=9), max_size=40), st.integers(1, 5))
def test_the_longest_and_shortest_are_those_of_all(codes: list[str], each: int) -> None:
    renderer, carrier = Renderer(words("{{ code }}ạ")), account("a")
    told = rows(*({"code": code} for code in codes if code.strip()))
    seen = preview(renderer, told, carrier, each, 1)
    sizes = sorted(len(text(renderer, row.params).body) for row in told)
    assert [_units(shown.message) for shown in seen.shortest] == sizes[:each]
    assert [_units(shown.message) for shown in seen.longest] == sizes[::-1][:each]
    assert len(seen.sample) == min(each, len(told))


def _units(message: object) -> int:
    return message.size.units  # type: ignore[attr-defined,no-any-return]


def test_a_seed_draws_the_same_sample_again() -> None:
    told = rows(*({"code": str(n)} for n in range(500)))
    drawn = [
        [shown.row.n for shown in preview(Renderer(NAMES), told, account("a"), 5, seed).sample]
        for seed in (7, 7, 8)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_everybody_may_be_drawn() -> None:
    told = rows(*({"code": str(n)} for n in range(20)))
    renderer, seeds = Renderer(NAMES), random.Random(1)
    drawn = {
        shown.row.n
        for _ in range(60)
        for shown in preview(renderer, told, account("a"), 3, seeds.getrandbits(32)).sample
    }
    assert drawn == set(range(1, 21))


def test_zalo_is_previewed_by_its_values() -> None:
    told = rows({"code": "1", "name": "Lê An"}, {"code": "1", "name": "Nguyễn Khai"})
    seen = preview(Renderer(NAMES), told, account("z", Channel.ZALO), 2, 1)
    assert [shown.row.n for shown in seen.longest] == [2, 1]
