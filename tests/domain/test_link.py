"""Tokens of links: what goes out is what comes back, and nobody makes one of his own."""

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outreach.domain.key import KeySeal, SendClass
from outreach.domain.link import Links, LinkSeal

SECRET = b"an invented secret of a test"
SEAL = LinkSeal(SECRET)
LETTERS = string.ascii_letters + string.digits
messages = st.integers(0, 2**63 - 1)
tokens = st.text(LETTERS, min_size=16, max_size=16)


@given(messages)
def test_a_token_reads_back_and_is_of_one_length(message: int) -> None:
    token = SEAL.encode(message)
    assert re.fullmatch("[0-9A-Za-z]{16}", token)
    assert SEAL.decode(token) == message
    assert SEAL.encode(message) == token, "the same each time"


@given(messages, messages)
def test_no_two_messages_share_a_token(one: int, other: int) -> None:
    assert (SEAL.encode(one) == SEAL.encode(other)) is (one == other)


def test_the_messages_of_a_campaign_have_as_many_tokens() -> None:
    assert len({SEAL.encode(7_000_000_001 + n) for n in range(20_000)}) == 20_000


@given(messages, st.integers(0, 15), st.sampled_from(LETTERS))
def test_a_changed_token_is_nobodys_neighbour(message: int, place: int, letter: str) -> None:
    token = SEAL.encode(message)
    changed = token[:place] + letter + token[place + 1 :]
    assume(changed != token)
    found = SEAL.decode(changed)
    assert found is None or abs(found - message) > 10**9, "not even of the same campaign"


def test_guesses_are_refused() -> None:
    # One in 2^31 would pass as an id, of which hardly any is a message's.
    guesses = (f"{n:016}" for n in range(20_000))
    assert not [guess for guess in guesses if SEAL.decode(guess) is not None]


@given(st.text() | tokens)
def test_any_text_is_read_quietly(text: str) -> None:
    found = SEAL.decode(text)
    assert found is None or SEAL.encode(found) == text


@pytest.mark.parametrize("text", ["", "short", "0" * 17, "z" * 16, "٠" * 16, "0" * 15 + "\n"])
def test_malformed(text: str) -> None:
    assert SEAL.decode(text) is None


def test_another_installation_reads_nothing() -> None:
    assert LinkSeal(b"another secret").decode(SEAL.encode(7_100_000_042)) is None


@given(messages)
def test_a_key_is_no_token_and_a_token_no_key(message: int) -> None:
    keys = KeySeal(SECRET)
    key = keys.encode(message, SendClass.LIVE, 0)
    assert SEAL.decode(key) is None
    assert SEAL.decode(key[-16:]) is None
    assert keys.decode(SEAL.encode(message)) is None


@given(st.integers(1, 10**13))
def test_a_token_tells_nothing_of_its_message(message: int) -> None:
    one, next_ = SEAL.encode(message), SEAL.encode(message + 1)
    alike = sum(a == b for a, b in zip(one, next_, strict=True))
    assert alike <= 8, "neighbours look like strangers"


def test_every_link_is_as_long_as_the_sample() -> None:
    links = Links("https://vssid.example.vn/v", SEAL, enabled=True)
    lengths = {len(links.to(message)) for message in (0, 1, 7_100_000_042, 2**63 - 1)}
    assert lengths == {len("https://vssid.example.vn/v/") + 16}
