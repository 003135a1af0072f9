"""Networks by name and by number block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.network import Network, PrefixTable


@pytest.mark.parametrize("network", Network)
def test_a_title_names_its_network_in_any_case(network: Network) -> None:
    assert Network.named(network.title.upper()) is network


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


@given(
    st.dictionaries(st.text("0123456789", min_size=2, max_size=4), st.sampled_from([*Network][1:])),
    st.text("0123456789", min_size=9, max_size=9),
)
def test_lookup_is_the_longest_match(blocks: dict[str, Network], national: str) -> None:
    fitting = [prefix for prefix in blocks if national.startswith(prefix)]
    expected = blocks[max(fitting, key=len)] if fitting else Network.UNKNOWN
    assert PrefixTable(blocks).network("84" + national) is expected


@pytest.mark.parametrize(
    ("national", "network"),
    [
        ("896100000", Network.ITEL),
        ("896200000", Network.GMOBILE),
        ("891000000", Network.MOBIFONE),
    ],
)
def test_two_three_and_four_digits(national: str, network: Network) -> None:
    blocks = {"89": Network.MOBIFONE, "896": Network.GMOBILE, "8961": Network.ITEL}
    assert PrefixTable(blocks).network("84" + national) is network


def test_every_network_has_blocks(prefixes: PrefixTable) -> None:
    assert {*prefixes.prefixes.values()} == {*Network} - {Network.UNKNOWN}


def test_blocks_have_a_length_that_lookup_tries(prefixes: PrefixTable) -> None:
    assert {len(prefix) for prefix in prefixes.prefixes} <= {2, 3, 4}
