import json
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from outreach.domain.message import Event, State
from outreach.domain.network import Network
from outreach.reports.columns import Column, column_of, state_title
from outreach.reports.figures import ReasonCount, campaign_figures
from outreach.reports.proof import differences, recount
from outreach.store import campaigns as store
from outreach.store import closing, tally, work
from outreach.store.database import Database
from outreach.store.record import Result, record_late
from outreach.store.work import Lease
from tests.reports import year
from tests.reports.year import EACH, PARTS

_NOVEMBER = {
    Column.DELIVERED: 2,
    Column.NO_FAILURE: 1,
    Column.AWAITING: 1,
    Column.UNDELIVERED: 2,
    Column.UNCONFIRMED: 1,
    Column.UNKNOWN: 1,
    Column.REJECTED: 1,
    Column.FAILED: 2,
    Column.EXPIRED: 1,
    Column.CANCELLED: 1,
    Column.SUPPRESSED: 1,
}


def test_every_recipient_has_one_result(conn: Connection, campaigns: tuple[int, int]) -> None:
    for campaign in campaigns:
        figures = campaign_figures(conn, campaign, year.PRICES, year.PUSHED)
        assert figures.recipients == store.get(conn, campaign).recipients
        assert figures.recipients == sum(share.recipients for share in figures.shares)
        assert figures.sums.messages == sum(share.messages for share in figures.shares)


def test_each_fate_in_its_column(conn: Connection, campaigns: tuple[int, int]) -> None:
    figures = campaign_figures(conn, campaigns[0], year.PRICES, year.PUSHED)
    assert figures.results == {column: times * EACH for column, times in _NOVEMBER.items()}
    assert (figures.sent, figures.taken, figures.pending) == (9 * EACH, 7 * EACH, 0)


def test_a_fallback_replaces_the_result_and_not_the_message(
    conn: Connection, campaigns: tuple[int, int]
) -> None:
    figures = campaign_figures(conn, campaigns[1], year.PRICES, year.PUSHED)
    assert figures.recipients == 4 * EACH
    assert figures.sums.messages == 6 * EACH
    assert figures.results == {Column.DELIVERED: 2 * EACH, Column.PENDING: 2 * EACH}
    assert figures.sums.of(Column.REJECTED) == 2 * EACH
    assert figures.pending == 2 * EACH


def test_accepted_is_never_folded_into_delivered() -> None:
    assert column_of(State.ACCEPTED, 1, frozenset()) is Column.NO_FAILURE
    assert column_of(State.ACCEPTED, 1, frozenset({1})) is Column.AWAITING


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_column_and_a_name(state: State) -> None:
    assert column_of(state, 1, frozenset()).vi
    assert state_title(state)


def test_cost_is_billed_parts_at_their_accounts_price(
    conn: Connection, campaigns: tuple[int, int]
) -> None:
    figures = campaign_figures(conn, campaigns[0], year.PRICES, year.PUSHED)
    esms, viettel = 6 * EACH * PARTS, 2 * EACH * PARTS
    assert figures.sums.parts == esms + viettel
    assert figures.cost == esms * Decimal("700.5") + viettel * 600


def test_parts_without_a_price_are_named(conn: Connection, campaigns: tuple[int, int]) -> None:
    figures = campaign_figures(conn, campaigns[0], {year.VIETTEL: Decimal(600)}, year.PUSHED)
    assert figures.sums.unpriced == 6 * EACH * PARTS
    assert figures.cost == 2 * EACH * PARTS * 600


def test_a_rate_of_delivered_leaves_out_who_never_confirms(
    conn: Connection, campaigns: tuple[int, int]
) -> None:
    sums = campaign_figures(conn, campaigns[0], year.PRICES, year.PUSHED).sums
    assert sums.confirmable == 5 * EACH
    assert sums.delivered_rate == pytest.approx(2 / 5)
    assert sums.taken_rate == pytest.approx(7 / 9)


def test_reasons_are_in_words_and_masked(conn: Connection, campaigns: tuple[int, int]) -> None:
    found = campaign_figures(conn, campaigns[0], year.PRICES, year.PUSHED).reasons
    assert found[State.UNKNOWN] == (ReasonCount("read time-out of 849****678", EACH),)
    assert found[State.FAILED] == (
        ReasonCount("no route to host", EACH),
        ReasonCount("no_route", EACH),
    )
    assert found[State.FAILED][1].to_json() == {
        "words": "no_route",
        "messages": EACH,
        "en": "no account serves this network",
        "vi": "không có tài khoản nào phục vụ mạng này",
    }
    top = campaign_figures(conn, campaigns[0], year.PRICES, year.PUSHED, top=1).reasons
    assert len(top[State.FAILED]) == 1


def test_json_is_plain_and_its_names_stay(conn: Connection, campaigns: tuple[int, int]) -> None:
    figures = campaign_figures(conn, campaigns[0], year.PRICES, year.PUSHED)
    read = json.loads(json.dumps(figures.to_json()))
    assert read["results"]["accepted_no_failure_reported"] == EACH
    assert read["messages"]["cost_dong"] == "64836"
    assert read["shares"][0]["state"] == "failed"
    assert set(read) == {"campaign", "recipients", "results", "messages", "shares", "reasons"}


def test_the_tally_is_what_a_recount_finds(conn: Connection, campaigns: tuple[int, int]) -> None:
    for campaign in campaigns:
        assert differences(conn, campaign) == []
        counted = recount(conn, campaign).figures
        assert sum(f.messages for f in counted) == sum(
            f.messages for f in tally.figures(conn, campaign)
        )


def test_a_recount_by_windows_is_the_same(
    conn: Connection, campaigns: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [recount(conn, campaign) for campaign in campaigns]
    monkeypatch.setattr("outreach.reports.proof.WINDOW", 5)
    assert [recount(conn, campaign) for campaign in campaigns] == whole


def test_a_difference_is_named(database: Database, campaigns: tuple[int, int]) -> None:
    with database.write() as conn:
        conn.execute(text("UPDATE message SET state = 2 WHERE state = 7"))
    with database.read() as conn:
        found = differences(conn, campaigns[0])
        assert differences(conn, campaigns[1]) == []
    states = {(d.group.state, d.tallied[0], d.counted[0]) for d in found if d.district is None}
    assert states == {(State.UNKNOWN, EACH, 0), (State.DELIVERED, 0, EACH)}
    assert all(d.group.network is Network.VINAPHONE for d in found)
    assert "unknown, reason 'read time-out" in str(found[1])


def test_a_late_answer_brings_the_parts_that_a_lost_lease_left_unknown(
    database: Database, campaigns: tuple[int, int]
) -> None:
    with database.write() as conn:
        lost = work.claim_due(conn, campaigns[1], year.ZALO, year.NOW, EACH, Lease("dead", 0))
        assert closing.recover(conn, "living", year.NOW, year.DECEMBER) == EACH
        late = [Result(ticket, Event.ACCEPT, PARTS) for ticket in lost]
        record_late(conn, late, year.DECEMBER)
    with database.read() as conn:
        figures = campaign_figures(conn, campaigns[1], year.PRICES, year.PUSHED)
        assert differences(conn, campaigns[1]) == []
    assert figures.sums.of(Column.AWAITING) == EACH
    assert figures.sums.parts == 3 * EACH * PARTS


def test_a_late_no_leaves_unknown_what_a_lost_lease_left_unknown(
    database: Database, campaigns: tuple[int, int]
) -> None:
    """No fallback can follow: a refusal would be a certain no of which nothing came."""
    with database.write() as conn:
        lost = work.claim_due(conn, campaigns[1], year.ZALO, year.NOW, EACH, Lease("dead", 0))
        closing.recover(conn, "living", year.NOW, year.DECEMBER)
        before = tally.figures(conn, campaigns[1])
        record_late(conn, [Result(ticket, Event.REFUSE) for ticket in lost], year.DECEMBER)
        assert tally.figures(conn, campaigns[1]) == before
