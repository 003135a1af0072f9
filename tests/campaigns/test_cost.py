"""What messages cost: in both spellings, by parts, and what a shorter text would save."""

from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.compose import ACCENTED, MOST_REASONS, PLAIN, Params, Renderer
from outreach.campaigns.cost import Routes, cost
from outreach.domain.network import Channel, Network
from outreach.domain.text import Steps
from tests.campaigns.trial import account, text, words

ROUTES: Routes = {
    (Channel.SMS, Network.VIETTEL): account("viettel"),
    (Channel.SMS, Network.MOBIFONE): account("mobifone", price_per_part=Decimal(780)),
    (Channel.ZALO, Network.VIETTEL): account("zalo", Channel.ZALO, price_per_part=Decimal(300)),
}
GOOD: Params = {"code": "1"}
BAD: Params = {"name": "An"}


def test_cost_is_counted_per_channel_and_network() -> None:
    renderer = Renderer(words("ạ" * 71, "a" * 10))
    rows = [
        (Network.VIETTEL, GOOD),
        (Network.GMOBILE, GOOD),
        (Network.VIETTEL, GOOD),
        (Network.VIETTEL, BAD),
        (Network.MOBIFONE, GOOD),
    ]
    costs = cost(renderer, iter(rows), ROUTES)
    told = [
        (at.account.name, at.accented.messages, at.accented.parts, at.accented.cost, at.plain.cost)
        for at in costs.lines
    ]
    assert told == [
        ("viettel", 2, 4, Decimal(2400), Decimal(1200)),
        ("mobifone", 1, 2, Decimal(1560), Decimal(780)),
        ("zalo", 2, 2, Decimal(600), Decimal(600)),
    ]
    assert [at.one_spelling for at in costs.lines] == [False, False, True]
    assert sum(costs.refused.values()) == 2
    assert costs.unserved == {
        (Channel.SMS, Network.GMOBILE): 1,
        (Channel.ZALO, Network.GMOBILE): 1,
        (Channel.ZALO, Network.MOBIFONE): 1,
    }


def test_an_account_counts_by_its_own_steps() -> None:
    routes = {(Channel.SMS, Network.VIETTEL): account("a", steps=Steps((5, 20), (30, 80)))}
    [line] = cost(Renderer(words("ạ" * 71, "a" * 10)), [(Network.VIETTEL, GOOD)], routes).lines
    assert (line.accented.by_parts, line.plain.by_parts) == ({2: 1}, {2: 1})


def test_reasons_do_not_grow_without_end() -> None:
    rows: list[tuple[Network, Params]] = [
        (Network.VIETTEL, {"code": "1" * length}) for length in range(11, 211)
    ]
    costs = cost(Renderer(words()), rows, ROUTES)
    assert sum(costs.refused.values()) == 400
    assert len(costs.refused) <= MOST_REASONS + 2


CODES = st.lists(st.text("aạ", min_size=1, max_size=10), min_size=1, max_size=12)


@settings(deadline=None)
@given(CODES, st.integers(1, 5))
def test_what_is_saved_is_what_a_shorter_text_costs_less(codes: list[str], fewer: int) -> None:
    """The oracle renders everybody's message with a text that really is shorter."""
    rows: list[tuple[Network, Params]] = [(Network.VIETTEL, {"code": code}) for code in codes]
    long, short = (
        cost(Renderer(words("ạ" * (128 - less) + "{{ code }}", "a" * (154 - less) + "{{ code }}")),
             rows, ROUTES)
        for less in (0, fewer)
    )  # fmt: skip
    for at, less in zip(long.lines, short.lines, strict=True):
        for one, other in ((at.accented, less.accented), (at.plain, less.plain)):
            parts = one.parts - other.parts
            assert one.saving(fewer, at.steps) == (fewer, parts, parts * one.price_per_part)


@settings(deadline=None)
@given(CODES)
def test_lines_count_what_is_rendered(codes: list[str]) -> None:
    renderer = Renderer(words("ạ" * 65 + "{{ code }}", "a" * 155 + "{{ code }}"))
    rows: list[tuple[Network, Params]] = [(Network.VIETTEL, {"code": code}) for code in codes]
    [line] = [at for at in cost(renderer, rows, ROUTES).lines if not at.one_spelling]
    for told, wanted in ((line.accented, ACCENTED), (line.plain, PLAIN)):
        parts = [text(renderer, params, wanted).parts for _, params in rows]
        assert told.by_parts == Counter(parts)
        assert (told.messages, told.parts) == (len(parts), sum(parts))
        assert max(told.by_parts) == max(parts)


def test_the_other_spelling_is_counted_where_one_does_not_fit() -> None:
    """The accented text is too long for a contract that takes plain ones, and the reverse."""
    renderer = Renderer(words("ạ" * 60 + "{{ code }}", "a" * 160 + "{{ code }}"))
    rows: list[tuple[Network, Params]] = [(Network.VIETTEL, GOOD)]
    told = []
    for steps in (Steps((200,), (60,)), Steps((160,), (70,))):
        for plain_only in (True, False):
            carrier = account("a", steps=steps, plain_only=plain_only)
            costs = cost(renderer, rows, {(Channel.SMS, Network.VIETTEL): carrier})
            [line] = costs.lines
            refused = sum(costs.refused.values())
            told.append((line.accented.messages, line.plain.messages, refused))
    assert told == [(0, 1, 0), (0, 1, 1), (1, 0, 1), (1, 0, 0)]
