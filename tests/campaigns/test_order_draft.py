"""What may be asked of carriers: the text, the days and hours, the carriers themselves."""

from dataclasses import replace
from datetime import date, time

import pytest

from outreach.campaigns.orders import Orders
from outreach.domain.errors import BadInputError
from outreach.domain.window import Window
from outreach.store import orders
from outreach.store.database import Database
from tests.campaigns.desks import AN, NOON, installed
from tests.campaigns.ordering import LINE, WISH, Office


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_the_text_is_the_purposes_own_without_anybodys_name(office: Office) -> None:
    words = office.by(AN).draft(WISH).order.words
    assert words.accented.startswith("BHXH Thành phố kính mời Ông/Bà cài ứng dụng VssID (")
    assert words.plain.startswith("BHXH Thanh pho kinh moi Ong/Ba cai dat ung dung VssID (")
    assert words.plain.isascii()


def test_words_of_its_own_are_taken_as_they_are(office: Office) -> None:
    told = office.by(AN).draft(replace(WISH, text=f"\n{LINE} \r\n“Cảm ơn”\n"))
    assert told.order.words.accented == f'{LINE}\n"Cảm ơn"'
    assert told.order.words.plain.splitlines()[1] == '"Cam on"'


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("  \n ", "there is no text in it"),
        (f"{LINE} {LINE}", "are 4 parts; at most 3 are allowed"),
        (f"{LINE} {LINE} {LINE} {LINE}", "parts; at most 3 are allowed"),
        (f"{LINE} {{{{ full_name }}}}", "carriers know none of ours"),
        (f"{LINE} Tải tại http://tai-app.xyz/a", "a link that is not ours"),
        (f"{LINE} bit.ly/x", "a short link"),
        (f"{LINE} Gọi 0325550101", "a number that is not ours"),
        (f"{LINE} Gửi số CCCD cho chúng tôi.", "seems to ask for personal data"),
        ("BHXH Thành phố: cài VssID từ App Store, Google Play.", "lacks the hotline"),
        (f"[QC] {LINE}", "the label"),
    ],
)
def test_words_that_may_not_go(office: Office, own: str, told: str) -> None:
    with pytest.raises(BadInputError, match=told) as fault:
        office.by(AN).draft(replace(WISH, text=own))
    assert "0325550101" not in str(fault.value)
    with office.database.read() as conn:
        assert orders.listed(conn) == []


def test_a_text_that_needs_a_field_is_refused(office: Office) -> None:
    with pytest.raises(BadInputError, match="needs what carriers do not know: deadline: missing"):
        office.by(AN).draft(replace(WISH, purpose="deadline-reminder"))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"hours": Window(time(6, 59), time(20))}, "--hours 06:59-20:00 reaches beyond 07:00-22:0"),
        ({"hours": Window(time(8), time(22, 1))}, "reaches beyond 07:00-22:00"),
        ({"last": date(2026, 11, 30)}, "last day, 2026-11-30, is before the first, 2026-12-01"),
        ({"last": date(2027, 12, 2)}, "more than a year after"),
        ({"first": date(2026, 11, 19)}, "2026-11-19, is past: today is 2026-11-20"),
        ({"audience": " "}, "--audience is missing"),
        ({"name": "12"}, "order name '12'"),
        ({"purpose": "nope"}, "no texts for purpose 'nope'"),
        ({"carriers": ("Viettel", "viettel")}, "Viettel, Viettel; expected each carrier"),
        ({"carriers": ("nobody",)}, "no carrier is called 'nobody'"),
    ],
)
def test_what_cannot_be_wished_for(office: Office, more: dict[str, object], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        office.by(AN).draft(replace(WISH, **more))  # type: ignore[arg-type]  # each is of its field
    with office.database.read() as conn:
        assert orders.listed(conn) == []


def test_the_bounds_themselves_are_allowed(office: Office) -> None:
    wish = replace(
        WISH,
        hours=Window(time(7), time(22)),
        first=date(2026, 11, 20),
        last=date(2026, 11, 20),
        carriers=(),
    )
    made = office.by(AN).draft(wish)
    assert [part.carrier for part in made.parts] == [
        "Gmobile",
        "MobiFone",
        "Vietnamobile",
        "Viettel",
        "VinaPhone",
    ]


def test_an_aggregator_has_no_subscribers_to_send_to(office: Office) -> None:
    usual = installed()
    carriers = tuple(replace(each, network="") for each in usual.reporting.carriers[:1])
    reporting = replace(usual.reporting, carriers=carriers)
    desk = Orders(replace(usual, reporting=reporting, clock=lambda: NOON), office.database, AN)
    with pytest.raises(BadInputError, match="Viettel has no subscribers of its own"):
        desk.draft(replace(WISH, carriers=("Viettel",)))
    with pytest.raises(BadInputError, match="--carriers: nobody"):
        desk.draft(replace(WISH, carriers=()))


def test_holidays_among_the_days_are_noted(office: Office) -> None:
    wish = replace(WISH, first=date(2026, 12, 30), last=date(2027, 1, 2))
    told = [warning.message_en for warning in office.by(AN).draft(wish).warnings]
    assert [each for each in told if "holiday" in each] == [
        "2027-01-01 is a holiday (Tết Dương lịch): the letters ask not to send on it"
    ]
    unknown = replace(WISH, name="far", first=date(2029, 12, 31), last=date(2030, 1, 1))
    told = [warning.message_en for warning in office.by(AN).draft(unknown).warnings]
    assert [each for each in told if "holidays of" in each] == [
        "the holidays of 2029 are not in config/holidays.toml",
        "the holidays of 2030 are not in config/holidays.toml",
    ]


def test_a_phone_number_in_the_audience_is_masked(office: Office) -> None:
    made = office.by(AN).draft(replace(WISH, audience="như thuê bao 0325550101"))
    assert "0325550101" not in made.order.audience
