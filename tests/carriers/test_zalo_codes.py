"""Zalo: every code of wire-formats.md 1.8, and what each means by number and by user id."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from types import ModuleType

import pytest

from outreach.carriers.zalo import answers as by_number
from outreach.carriers.zalo_uid import answers as by_user
from outreach.domain.outcome import Accepted, Later, NotSent, Refused, Scope, Unknown
from outreach.domain.reach import Reach

from .dialects import NOW

RESET = time(0, 5)
TABLE_A = {
    Scope.RECIPIENT: (
        "-108 -110 -1121 -1124 -114 -118 -119 -134 -139 -140 -141 -1471 -148 -149 -1491 -150 "
    ),
    Scope.TEXT: (
        "-109 -1091 -111 -112 -1122 -1123 -113 -1131 -116 -117 -127 -130 -131 -132 -145 "
        "-146 -151 -153 "
    ),
    Scope.ACCOUNT: (
        "-101 -102 -103 -104 -105 -106 -107 -120 -1201 -1202 -121 -122 -123 -124 -1241 "
        "-125 -126 -128 -129 -135 -1351 -136 -138 -1381 -142 -143 -152 -158 -159 -160 "
        "-161 -162 -216 -220 -14020 "
    ),
}
TABLE_B = {
    Scope.RECIPIENT: "-213 -217 -227 -230 -232 -244",
    Scope.TEXT: "-100 -201 -210 -233 -248 -249",
    Scope.ACCOUNT: (
        "-204 -205 -209 -212 -216 -219 -220 -221 -223 -224 -235 -237 -238 -240 -241 -242 "
        "-320 -403 -1340 -1341"
    ),
}
TELLS: Mapping[str, Reach] = {
    "-118": Reach.ABSENT,
    "-134": Reach.REFUSES,
    "-139": Reach.REFUSES,
    "-141": Reach.REFUSES,
    "-244": Reach.REFUSES,
}
"""What a refusal tells of the person; not -114, -119, -108: they pass, or do not say why."""


@pytest.mark.parametrize(
    ("host", "code", "scope"),
    [
        (host, code, scope)
        for host, table in ((by_number, TABLE_A), (by_user, TABLE_B))
        for scope in table
        for code in table[scope].split()
    ],
)
def test_refusals(host: ModuleType, code: str, scope: Scope) -> None:
    outcome = host.outcome(code, NOW, RESET)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (scope, code)
    assert outcome.reason != "unlisted code"
    assert outcome.reach is TELLS.get(code)
    assert code in host.codes()


NIGHT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 22:30 in Ho Chi Minh City
SMALL_HOURS = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # 03:00 on the 21st there
NEW_YEAR = datetime(2026, 12, 31, 17, 1, tzinfo=UTC)
IN_FIVE_SECONDS, IN_A_MINUTE, IN_AN_HOUR = (
    NOW + wait for wait in (timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=1))
)


@pytest.mark.parametrize(
    ("host", "code", "now", "until", "whole"),
    [
        (by_number, "-133", NIGHT, datetime(2026, 11, 20, 23, 5, tzinfo=UTC), True),
        (by_number, "-133", SMALL_HOURS, datetime(2026, 11, 20, 23, 5, tzinfo=UTC), True),
        (by_number, "-144", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC), True),
        (by_number, "-144", SMALL_HOURS, datetime(2026, 11, 21, 17, 5, tzinfo=UTC), True),
        (by_number, "-147", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC), True),
        (by_number, "-1472", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC), False),
        (by_number, "-1441", NIGHT, datetime(2026, 11, 30, 17, 5, tzinfo=UTC), True),
        (by_number, "-1441", NEW_YEAR, datetime(2027, 1, 31, 17, 5, tzinfo=UTC), True),
        (by_number, "-115", NOW, IN_AN_HOUR, True),
        (by_number, "-137", NOW, IN_AN_HOUR, True),
        (by_number, "-32", NOW, IN_FIVE_SECONDS, False),
        (by_user, "-32", NOW, IN_FIVE_SECONDS, False),
        (by_user, "-211", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC), True),
        (by_user, "-214", NOW, IN_A_MINUTE, False),
        (by_user, "-218", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC), False),
        (by_user, "-234", SMALL_HOURS, datetime(2026, 11, 20, 23, 5, tzinfo=UTC), True),
        (by_user, "-321", NOW, IN_AN_HOUR, True),
    ],
)
def test_waits(host: ModuleType, code: str, now: datetime, until: datetime, *, whole: bool) -> None:
    outcome = host.outcome(code, now, RESET)
    assert isinstance(outcome, Later)
    assert now + outcome.wait == until
    assert outcome.account is whole
    assert outcome.throttled is (code == "-32")
    assert code in host.codes()


@pytest.mark.parametrize(
    ("host", "code", "meant"),
    [
        (by_number, "0", Accepted()),
        (by_number, "-100", NotSent("-100 unknown exception at Zalo")),
        (by_user, "-200", Unknown("-200 send failed")),
    ],
)
def test_what_is_neither_refusal_nor_wait(host: ModuleType, code: str, meant: object) -> None:
    assert host.outcome(code, NOW, RESET) == meant
    assert code in host.codes()


@pytest.mark.parametrize("code", ["-109", "-118", "-124", "-131", "-1121", "-144", "-1471"])
def test_a_code_of_the_other_host_means_the_same(code: str) -> None:
    assert by_user.outcome(code, NOW, RESET) == by_number.outcome(code, NOW, RESET)
    assert code in by_user.codes()
