"""Networks by name and by number block; phonenumbers is the oracle, its faults are listed."""

import random
import re
from collections.abc import Iterator

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from outreach.domain.msisdn import Parsed, parse
from outreach.domain.network import Block, Network, PrefixTable


@pytest.mark.parametrize("network", Network)
def test_a_title_names_its_network_in_any_case(network: Network) -> None:
    assert Network.named(network.title.upper()) is network


@pytest.mark.parametrize("network", Network)
def test_what_a_carrier_calls_a_network_is_heard(network: Network) -> None:
    assert Network.heard(f" {network.title.upper()} ") is (network or None)


@pytest.mark.parametrize("title", [None, "", "vtl", "1"])
def test_what_is_no_title_is_not_heard(title: str | None) -> None:
    assert Network.heard(title) is None


def test_an_unknown_title_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"'Vinafone'; known are Viettel, VinaPhone, .*Wintel"):
        Network.named("Vinafone")


@pytest.mark.parametrize(
    ("msisdn", "network"),
    [
        ("84993000123", Network.GMOBILE),
        ("84998000123", Network.ITEL),
        ("84990000123", Network.GMOBILE),
        ("84870000123", Network.ITEL),
        ("84950000123", Network.UNKNOWN),
    ],
)
def test_the_longest_prefix_wins(prefixes: PrefixTable, msisdn: str, network: Network) -> None:
    assert prefixes.network(msisdn) is network


def table(prefixes: dict[str, Network]) -> PrefixTable:
    return PrefixTable(Block(network, (prefix,)) for prefix, network in prefixes.items())


@given(
    st.dictionaries(st.text("01", min_size=2, max_size=9), st.sampled_from([*Network][1:])),
    st.text("01", min_size=9, max_size=9),
)
def test_lookup_is_the_longest_match(blocks: dict[str, Network], national: str) -> None:
    fitting = [prefix for prefix in blocks if national.startswith(prefix)]
    longest = max(fitting, key=len, default=None)
    found = table(blocks).block("84" + national)
    assert (found and found.prefixes) == (longest and (longest,))
    expected = blocks[longest] if longest else Network.UNKNOWN
    assert table(blocks).network("84" + national) is expected


@pytest.mark.parametrize(
    ("national", "network"),
    [
        ("896100001", Network.WINTEL),
        ("896100000", Network.ITEL),
        ("896200000", Network.GMOBILE),
        ("891000000", Network.MOBIFONE),
        ("880000000", Network.UNKNOWN),
    ],
)
def test_prefixes_of_two_to_nine_digits(national: str, network: Network) -> None:
    blocks = {"89": Network.MOBIFONE, "896": Network.GMOBILE, "8961": Network.ITEL}
    assert table(blocks | {"896100001": Network.WINTEL}).network("84" + national) is network


def test_every_network_has_blocks(prefixes: PrefixTable) -> None:
    assert {block.network for block in prefixes.blocks} == {*Network} - {Network.UNKNOWN}


@pytest.mark.parametrize(
    ("msisdn", "seller", "sure"),
    [
        ("84770000123", "MobiFone", True),
        ("84777000123", "VNSKY", False),
        ("84775000123", "FPT", False),
        ("84890000123", "MobiFone", False),
        ("84889000123", "VinaPhone", False),
        ("84880000123", "VinaPhone", True),
        ("84870000123", "iTel", True),
        ("84559000123", "Wintel", True),
    ],
)
def test_guests_on_a_network(prefixes: PrefixTable, msisdn: str, seller: str, sure: bool) -> None:  # noqa: FBT001 - a column of the table
    block = prefixes.block(msisdn)
    assert block is not None
    assert (block.seller, block.sure) == (seller, sure)


def test_what_is_not_sure_says_why(prefixes: PrefixTable) -> None:
    assert all(block.note for block in prefixes.blocks if not block.sure)


CARRIERS = {
    "Viettel": "Viettel",
    "Vinaphone": "VinaPhone",
    "MobiFone": "MobiFone",
    "Vietnamobile": "Vietnamobile",
    "G-Mobile": "Gmobile",
    "Indochina Telecom": "iTel",
    "Reddi": "Wintel",
    "": "no name",
}
DISAGREEMENTS = [
    # prefixes, ours, theirs (a network, "no name", or None for no mobile number), why we differ
    ("0121[0-3] 0140", None, "MobiFone", "numbers of machines: nobody reads there"),
    ("0160", None, "Viettel", "numbers of machines"),
    ("030 051", None, "MobiFone", "not in public use; 030 was Ninh Bình's area code until 2017"),
    ("031", None, "Viettel", "not in public use; Hải Phòng's area code until 2017"),
    ("095", None, "no name", "S-Fone, which is no more"),
    ("0520 0521 0524 0525 0526 0527 0529", "Vietnamobile", None, "given whole; seen in part"),
    ("055[0-8]", "Wintel", None, "given whole to Reddi, now Wintel; they have seen 0559 in use"),
    ("087", "iTel", "VinaPhone", "they name the network that carries it"),
    ("089[0-5]", "MobiFone", None, "given whole; they have seen the rest in use"),
    ("099[01]", "Gmobile", "no name", "099 was given to Gmobile; we mark it as not sure"),
    ("0992", "Gmobile", None, "the same; they have not seen it in use"),
]


def heads(prefixes: str) -> Iterator[str]:
    """All four-digit national heads that prefixes such as 055[0-8] stand for."""
    form = "|".join(each.removeprefix("0") + r"\d*" for each in prefixes.split())
    return (str(head) for head in range(1000, 10000) if re.fullmatch(form, str(head)))


def ours(prefixes: PrefixTable, national: str) -> str | None:
    told = parse("0" + national, prefixes)
    return told.network.title if isinstance(told, Parsed) else None


def theirs(national: str) -> str | None:
    from phonenumbers import carrier  # noqa: PLC0415 - loads much, and only this test wants it

    number = phonenumbers.parse("+84" + national)
    mobile = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in mobile:
        return None
    return CARRIERS[carrier.name_for_number(number, "en")]


def test_phonenumbers_disagrees_where_we_know_and_nowhere_else(prefixes: PrefixTable) -> None:
    listed = {
        head: (mine, other)
        for given, mine, other, why in DISAGREEMENTS
        for head in heads(given)
        if why
    }
    found = {}
    chance = random.Random(20261122)
    for head in range(1000, 10000):
        for suffix in (0, 99_999, chance.randrange(100_000)):
            national = f"{head}{suffix:05}"
            answers = ours(prefixes, national), theirs(national)
            if answers[0] != answers[1]:
                found[str(head)] = answers
    assert found.items() - listed.items() == set(), "not in the list, or not so"
    assert listed.items() - found.items() == set(), "they agree by now: take it off the list"
