"""Zalo's calls to our door, by number and by user id: the seal, receipts, what they teach."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from outreach.carriers.base import Adapter, Callback, ForgedError, Pushed, Teaches
from outreach.domain.reach import Lesson, Reach
from outreach.domain.receipt import Receipt, Status

from .dialects import KEY, MSISDN, bench_of
from .oa import BY_USER, EVENT, WHO, event
from .test_zalo import DIALECT as BY_NUMBER
from .test_zalo_uid import DIALECT as BY_USER_ID


@pytest.fixture(params=[BY_NUMBER, BY_USER_ID], ids=["zalo", "zalo_uid"])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """An application has one webhook: what either account is called with, both can read."""
    return bench_of(request.param).adapter


def receipts(adapter: Adapter, call: Callback) -> list[Receipt]:
    assert isinstance(adapter, Pushed)
    return list(adapter.receipts(call))


DELIVERED_AT = datetime.fromtimestamp(1_795_143_600, UTC)


@pytest.mark.parametrize("first", ["sim-app-1", "SIM-CITY"])
@pytest.mark.parametrize("secret", ["sim-oa-secret", "sim-app-secret"])
@pytest.mark.parametrize("prefix", ["mac=", ""])
def test_every_candidate_for_the_seal(
    adapter: Adapter, first: str, secret: str, prefix: str
) -> None:
    assert receipts(adapter, event(EVENT, first, secret, prefix)) == [
        Receipt(Status.DELIVERED, KEY, "sim-msg-1", MSISDN, at=DELIVERED_AT)
    ]


def test_a_delivery_to_a_user_id_names_zalos_id(adapter: Adapter) -> None:
    assert receipts(adapter, event(BY_USER)) == [
        Receipt(Status.DELIVERED, None, "sim-msg-1", None, at=DELIVERED_AT)
    ]


def test_a_changed_byte_breaks_the_seal(adapter: Adapter) -> None:
    sealed = event(EVENT)
    with pytest.raises(ForgedError):
        receipts(adapter, replace(sealed, body=sealed.body.replace(b"sim-msg-1", b"sim-msg-2")))


@pytest.mark.parametrize(
    "other",
    [
        EVENT | {"message": {"msg_id": "sim-msg-1"}, "sender": {"id": "sim-user"}},
        EVENT | {"event_name": "user_seen_message"},
        EVENT | {"message": "text"},
        EVENT | {"message": {"delivery_time": "1795143600000"}},
        {"event_name": "follow", "oa_id": "SIM-CITY", "follower": {"id": "1"}, "timestamp": "1"},
        {"event_name": "change_oa_daily_quota", "timestamp": "1"},
    ],
)
def test_other_events_are_no_receipts(adapter: Adapter, other: object) -> None:
    assert receipts(adapter, event(other)) == []


def test_a_hashed_recipient_and_an_odd_time_are_left_out(adapter: Adapter) -> None:
    odd = EVENT | {
        "recipient": {"id": "ab" * 32},
        "message": {"delivery_time": "soon", "tracking_id": KEY},
    }
    assert receipts(adapter, event(odd)) == [Receipt(Status.DELIVERED, KEY)]


FOLLOW = {
    "oa_id": "SIM-CITY",
    "follower": {"id": WHO},
    "user_id_by_app": "1",
    "event_name": "follow",
    "source": "oa_profile",
    "app_id": "sim-app-1",
    "timestamp": "1795143601000",
}
SUBMIT = {
    "sender": {"id": WHO},
    "recipient": {"id": "SIM-CITY"},
    "event_name": "user_submit_info",
    "info": {"name": "Trần Văn A", "phone": "84900000001"},
    "app_id": "sim-app-1",
    "timestamp": "1795143601000",
}


def lessons(adapter: Adapter, body: object) -> list[Lesson]:
    assert isinstance(adapter, Teaches)
    return list(adapter.lessons(event(body)))


@pytest.mark.parametrize(
    ("told", "lesson"),
    [
        (FOLLOW, Lesson(None, WHO, Reach.OPEN)),
        (FOLLOW | {"event_name": "unfollow"}, Lesson(None, WHO, Reach.REFUSES)),
        (SUBMIT, Lesson(MSISDN, WHO)),
        (SUBMIT | {"info": {"phone": "0900 000 001"}}, Lesson(MSISDN, WHO)),
        (SUBMIT | {"info": {"phone": "+84-900.000.001"}}, Lesson(MSISDN, WHO)),
        (SUBMIT | {"info": {"phone": 84900000001}}, Lesson(MSISDN, WHO)),
    ],
)
def test_what_calls_tell_of_persons(adapter: Adapter, told: object, lesson: Lesson) -> None:
    assert lessons(adapter, told) == [lesson]


@pytest.mark.parametrize(
    "told",
    [
        EVENT,
        FOLLOW | {"follower": None},
        FOLLOW | {"follower": {"id": ""}},
        FOLLOW | {"event_name": "user_send_text"},
        SUBMIT | {"info": {"phone": "12345"}},
        SUBMIT | {"info": {"phone": "028 3822 0000"}},
        SUBMIT | {"info": "0900000001"},
        SUBMIT | {"sender": {}},
    ],
)
def test_other_calls_teach_nothing(adapter: Adapter, told: object) -> None:
    assert lessons(adapter, told) == []
