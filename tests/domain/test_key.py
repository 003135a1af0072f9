"""Keys: what goes out is what comes back, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.key import MAX_LENGTH, MAX_RECIPIENTS, Key, KeySeal, MessageId, SendClass

SEAL = KeySeal(b"an invented secret of a test")
keys = st.builds(
    Key,
    message=st.integers(1, 2**63 - 1),
    send_class=st.sampled_from(SendClass),
    generation=st.integers(0, 999),
)


@given(keys)
def test_a_key_reads_back(key: Key) -> None:
    text = SEAL.encode(key.message, key.send_class, key.generation)
    assert SEAL.decode(text) == key
    assert len(text) <= MAX_LENGTH


@given(keys, st.integers(0, 47), st.characters())
def test_a_changed_key_is_none_of_ours(key: Key, place: int, letter: str) -> None:
    text = SEAL.encode(key.message, key.send_class, key.generation)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        assert SEAL.decode(changed) is None


@given(st.text())
def test_any_text_is_refused_quietly(text: str) -> None:
    assert SEAL.decode(text) is None


def test_another_installation_reads_nothing() -> None:
    text = SEAL.encode(7_100_000_042, SendClass.LIVE, 0)
    assert KeySeal(b"another secret").decode(text) is None


@given(keys, keys)
def test_numeric_forms_differ(one: Key, other: Key) -> None:
    same = (one.message, one.generation) == (other.message, other.generation)
    assert (KeySeal.numeric(one) == KeySeal.numeric(other)) is same


@pytest.mark.parametrize(
    "text", ["7L0-", "", "٧L0-0123456789", "7X0-0123456789", "7L0-0123456789\n"]
)
def test_malformed(text: str) -> None:
    assert SEAL.decode(text) is None


@given(st.integers(0, 10**9), st.integers(0, 9), st.integers(0, MAX_RECIPIENTS))
def test_message_ids_take_apart(campaign: int, step: int, number: int) -> None:
    place = MessageId(campaign, step, number)
    assert MessageId.of(int(place)) == place


def test_message_id_reads_as_written() -> None:
    assert int(MessageId(7, 1, 42)) == 7_100_000_042
