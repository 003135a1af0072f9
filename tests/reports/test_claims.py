"""What others say of a month, in the ledger."""

from datetime import UTC, datetime

from outreach.reports import ledgers
from outreach.reports.claims import Stated
from outreach.reports.ledger import Ledger
from outreach.reports.ledgers import Setting
from outreach.store.database import Database
from outreach.store.statements import Line
from tests.reports import others
from tests.reports.conftest import of_month

LATER = datetime(2026, 12, 7, 3, tzinfo=UTC)


def test_what_is_stated_of_a_district_is_added_up_over_its_lines(
    filled: Database, setting: Setting
) -> None:
    """However it was written, of whichever order; the line of the whole city is of none."""
    lines = (
        Line(0, "", None, None, 900, 90),
        Line(0, "Phường Sài Gòn", None, None, 60, 6),
        Line(1, "Phường Sài Gòn", 9, 8, None, 2),
        Line(1, "P. Sài Gòn", 1, None, None, None),
        Line(0, "Phường Bến Thành", None, None, 40, None),
    )
    with filled.write() as conn:
        others.hand_in(conn, lines, "theo địa bàn")
    with filled.read() as conn:
        made = of_month(conn, 11, setting)
    stated = {line.title: line.stated for line in made.districts if line.stated != Stated()}
    assert stated == {
        "Phường Sài Gòn": Stated(10, 8, 60, 8),
        "Phường Bến Thành": Stated(None, None, 40, None),
    }


def test_who_is_late_is_told(filled: Database, setting: Setting) -> None:
    with filled.read() as conn:
        made = of_month(conn, 11, setting, LATER)
    overdue = {line.carrier.name: line.days_overdue for line in made.claims.statements}
    assert overdue == {
        "Viettel": 2, "VinaPhone": 0, "MobiFone": 2, "Vietnamobile": 2, "Gmobile": 2,
    }  # fmt: skip


def test_since_the_start_is_the_sum_of_all_months(filled: Database, setting: Setting) -> None:
    with filled.read() as conn:
        months: list[Ledger] = [of_month(conn, month, setting) for month in (11, 12)]
        whole = ledgers.of_month(conn, None, setting)
    assert whole.total.to_json() == (months[0].total + months[1].total).to_json()
    assert whole.entry.answers.installed == 3
    vinaphone = next(each for each in whole.claims.statements if each.carrier.name == "VinaPhone")
    assert vinaphone.stated.installs == 31_000
