"""The limits of an account: what is read, and what is refused in which words."""

import re
import shutil
from datetime import time, timedelta
from pathlib import Path

import pytest

from outreach import settings
from outreach.cli.town import environment
from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit, LimitScope, Span, Unit

ROOT = Path(__file__).parent.parent
PLAIN = '{ unit = "parts", amount = 20, per = "second" }'


def account(folder: Path, limits: str, more: str = "") -> settings.Account:
    """Load the shipped settings with other limits in one account."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    path = config / "accounts" / "esms.toml"
    text = re.sub("(?m)^limits = .*$", f"limits = [{limits}]\n{more}", path.read_text())
    text = re.sub("(?m)^weight = 100 .*$", "", text)
    path.write_text(text)
    environ = environment("http://127.0.0.1:1", folder, "http://127.0.0.1:2", ("k" * 20, "t" * 20))
    return settings.load(config, environ).account("esms")


def test_limits_of_every_kind(tmp_path: Path) -> None:
    found = account(
        tmp_path,
        f'{PLAIN}, {{ unit = "requests", amount = 30, per = "minute", scope = "status" }},'
        ' { unit = "requests", amount = 4000, per = "hour", scope = "any", reserve_percent = 10 },'
        ' { unit = "messages", amount = 500, per = "day", resets = "05:30" },'
        ' { unit = "messages", amount = 9000, per = "month" }',
        "weight = 70",
    )
    day, month = timedelta(days=1), timedelta(days=31)
    assert found.limits == (
        Limit(Unit.PARTS, 20, timedelta(seconds=1)),
        Limit(Unit.REQUESTS, 30, timedelta(minutes=1), LimitScope.STATUS),
        Limit(Unit.REQUESTS, 4000, timedelta(hours=1), LimitScope.ANY, reserve_percent=10),
        Limit(Unit.MESSAGES, 500, day, span=Span.DAY, resets=time(5, 30)),
        Limit(Unit.MESSAGES, 9000, month, span=Span.MONTH),
    )
    assert (found.weight, found.preference) == (70, 200)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("", r"limits is \[\]; expected a list of tables"),
        ("7", r"limit 1 is 7; expected a table"),
        (PLAIN[:-1] + ", burst = 3 }", r"limit 1 does not know burst; it knows amount, per, res"),
        (PLAIN.replace("20", "0"), r"limit 1: amount is 0; expected a whole number, 1 to"),
        (PLAIN.replace("20", "2.5"), r"limit 1: amount is 2\.5; expected a whole number"),
        (PLAIN.replace("second", "week"), r"per is 'week'; expected one of second, minute, hour"),
        (PLAIN.replace("parts", "sms"), r"unit is 'sms'; expected one of parts, messages, req"),
        ('{ amount = 20, per = "second" }', r"limit 1: unit is None; expected one of parts"),
        (PLAIN[:-1] + ', scope = "all" }', r"scope is 'all'; expected one of send, status, tok"),
        (PLAIN[:-1] + ', scope = "status" }', r"unit is 'parts'; calls of scope 'status' are req"),
        (PLAIN[:-1] + ', resets = "05:00" }', r"resets is for limits per day or month, not per s"),
        (
            PLAIN + ', { unit = "messages", amount = 9, per = "day", resets = "noon" }',
            r"limit 2: resets is 'noon'; expected a local time such as '00:00'",
        ),
        (PLAIN[:-1] + ", reserve_percent = 91 }", r"reserve_percent is 91; expected .* 0 to 90"),
        (
            PLAIN + ', { unit = "requests", amount = 9, per = "second", scope = "token",'
            " reserve_percent = 5 }",
            r"limit 2: reserve_percent is for messages, not for scope 'token'",
        ),
        (f"{PLAIN}, {PLAIN}", r"limits 1 and 2 have the same unit, scope and per; keep the lower"),
        (PLAIN.replace("second", "day"), r"quota is not spread; expected one more limit"),
        (PLAIN.replace("20", "2"), r"2 parts a second stops texts of max_parts = 3"),
        (
            PLAIN.replace("20", "5")[:-1] + ", reserve_percent = 50 }",
            r"5 parts a second, of which 2 are not reserved, stops texts of max_parts = 3",
        ),
        (
            '{ unit = "messages", amount = 1, per = "second", reserve_percent = 10 }',
            r"limit 1: 1 messages a second, of which 0 are not reserved, stops every message",
        ),
    ],
)
def test_a_limit_that_is_not_right_is_named(tmp_path: Path, limits: str, told: str) -> None:
    with pytest.raises(BadInputError, match=rf"esms\.toml: .*{told}"):
        account(tmp_path, limits)


@pytest.mark.parametrize("value", ["-1", "1.5", "true", '"many"'])
def test_weight_and_preference_are_whole_numbers(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadInputError, match=r"esms\.toml: weight is .*; expected a whole number"):
        account(tmp_path, PLAIN, f"weight = {value}")
