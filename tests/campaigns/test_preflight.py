"""What an approval covers: whoever may carry a text, by their own count and price."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from outreach import settings
from outreach.campaigns.compose import MOST_REASONS
from outreach.campaigns.preflight import Preflight, preflight
from outreach.campaigns.templates import TemplateSet
from outreach.domain.campaign import CampaignState
from outreach.domain.holidays import Holidays
from outreach.domain.limit import Limit, Span, Unit
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Rules
from outreach.domain.text import Steps
from outreach.settings import Account, Settings
from outreach.settings.approvals import Approved
from outreach.store import accounts, audiences, campaigns, schema
from outreach.store.audiences import Audience
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database
from tests.campaigns.trial import account, approving, words
from tests.cli.shell import ENVIRON

ROOT = Path(__file__).parents[2]
PLAIN_FIRST = words("ạ" * 140 + "{{ code }}", "a" * 100 + "{{ code }}")
NO_ZALO = TemplateSet.from_dict(
    {"name": "trial", "files": {k: v for k, v in words().files.items() if k != "zalo.toml"}}
)
Rows = Sequence[Mapping[str, str]]
Check = Callable[..., Preflight]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Checks a campaign of these words for these people on these accounts, one after the other."""
    usual = settings.load(ROOT / "config", {**ENVIRON, "OUTREACH_DATA": str(tmp_path)})

    def checked(
        kept: TemplateSet,
        rows: Rows,
        *carriers: Account,
        serving: int = 9,
        weights: tuple[int, ...] = (),
        closed: Holidays = usual.holidays,
        registered: bool = False,
        **rules: Any,
    ) -> Preflight:
        known = replace(
            usual,
            accounts=tuple(each if registered else approving(each, kept) for each in carriers),
            clock=lambda: datetime(2026, 11, 20, 5, tzinfo=UTC),
            holidays=closed,
        )
        number = len(list(tmp_path.iterdir()))
        database = Database(f"sqlite:///{tmp_path / f'{number}.db'}")
        try:
            return _checked(database, known, kept, rows, serving, weights, Rules(**rules))
        finally:
            database.close()

    return checked


def _checked(
    database: Database,
    known: Settings,
    kept: TemplateSet,
    rows: Rows,
    serving: int,
    weights: tuple[int, ...],
    rules: Rules,
) -> Preflight:
    schema.upgrade(database)
    stored = [
        (84_900_000_000 + n, int(Network.VIETTEL), None, None, json.dumps(row))
        for n, row in enumerate(rows)
    ]
    with database.write() as conn:
        numbers = accounts.register(conn, [(a.name, a.channel) for a in known.accounts])
        audience = audiences.create(conn, Audience(0, "people", "f", "f", "", 0, 0, 0, 0, "an"))
        audiences.add_recipients(conn, audience, 1, stored)
        audiences.progress(conn, audience, len(rows), len(rows), audiences.READY)
        steps = []
        for channel in dict.fromkeys(a.channel for a in known.accounts):
            carrying = tuple(numbers[a.name] for a in known.accounts if a.channel is channel)
            shares = dict(zip(carrying, weights, strict=False))
            steps.append(Step(channel, {Network.VIETTEL: carrying[:serving]}, shares))
        draft = Campaign(
            0, "c", CampaignState.DRAFT, audience, None, (), kept.name, kept.message_class,
            kept.to_dict(), tuple(steps), "07:00", "22:00", None, "an", None, None, None, None,
            0, 0, 0, None, None, None, rules=rules,
        )  # fmt: skip
        found = campaigns.get(conn, campaigns.create(conn, draft))
    return preflight(database, known, found)


def test_the_ceiling_knows_the_spelling_of_every_account(check: Check) -> None:
    plain, accented = account("a", plain_only=True), account("b")
    told = check(PLAIN_FIRST, [{"code": "1"}] * 10, plain, accented)
    assert told.likely_cost == 10 * 600
    assert told.ceiling == 10 * 3 * 600


def test_what_only_a_later_account_takes_weighs_too(check: Check) -> None:
    rows = [{"code": "1"}] * 9 + [{"code": "abcdefghij"}]
    kept = words("a" * 155 + "{{ code }}", "a" * 155 + "{{ code }}")
    told = check(kept, rows, account("a", max_parts=1), account("b"))
    assert (told.recipients, told.likely_cost) == (10, Decimal(9 * 600))
    assert told.ceiling == 10 * 2 * 600
    assert [warning for warning in told.warnings if warning.startswith("1 recipients: text")]


@pytest.mark.parametrize(
    ("first", "second", "dearest"),
    [
        ({"price_per_part": Decimal(900)}, {}, 2 * 900),
        ({}, {"price_per_part": Decimal(1000)}, 2 * 1000),
        ({}, {"steps": Steps((160,), (30, 60, 90))}, 3 * 600),
        ({"price_per_part": Decimal(900)}, {"steps": Steps((160,), (30, 60, 90))}, 3 * 600),
        ({"price_per_part": Decimal(901)}, {"steps": Steps((160,), (30, 60, 90))}, 2 * 901),
    ],
)
def test_the_ceiling_is_that_of_the_dearest_account(
    check: Check, first: dict[str, Any], second: dict[str, Any], dearest: int
) -> None:
    carriers = [replace(account("a"), **first), replace(account("b"), **second)]
    told = check(words("ạ" * 71), [{"code": "1"}] * 2, *carriers)
    assert told.ceiling == 2 * dearest


def test_the_ceiling_adds_up_the_channels(check: Check) -> None:
    zalo = account("z", Channel.ZALO, price_per_part=Decimal(300))
    told = check(words("ạ" * 71), [{"code": "1"}] * 2, zalo, account("a"))
    assert told.ceiling == told.worst_cost == 2 * (300 + 2 * 600)


@pytest.mark.parametrize(
    "change",
    [
        {"price_per_part": Decimal(599)},
        {"plain_only": True},
        {"max_parts": 2},
        {"max_bytes": 1000},
        {"steps": Steps((160, 300), (70, 130))},
        {"ad_steps": Steps((160, 300), (70, 130))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_approval_is_bound_to_the_contracts(check: Check, change: dict[str, Any]) -> None:
    """The account that is altered stands behind a dearer one, so the ceiling stays."""
    dear = account("a", price_per_part=Decimal(5000))
    usual, same, altered = (
        check(words(), [{"code": "1"}], dear, replace(account("b"), **each))
        for each in ({}, {}, change)
    )
    assert usual.approval_hash == same.approval_hash != altered.approval_hash
    assert usual.ceiling == altered.ceiling


def test_an_account_that_the_plan_does_not_use_is_free_to_change(check: Check) -> None:
    told = [
        check(words(), [{"code": "1"}], account("a"), account("b", max_bytes=most), serving=1)
        for most in (1000, 2000)
    ]
    assert told[0].approval_hash == told[1].approval_hash


def test_who_is_reached_by_one_channel_is_reached(check: Check) -> None:
    rows = [{"code": "1"}] * 10
    told = check(NO_ZALO, rows, account("z", Channel.ZALO), account("a"))
    assert told.errors == ()
    assert told.warnings == ("10 recipients: zalo.toml: 'trial' has no Zalo template",)


def test_the_ceiling_is_for_those_whom_something_can_be_sent(check: Check) -> None:
    told = check(words("a{{ code }}"), [{"code": "1"}] * 2 + [{"code": ""}] * 8, account("a"))
    assert told.recipients == 10
    assert told.ceiling == told.worst_cost == 2 * 600


def test_nobody_at_all_is_refused(check: Check) -> None:
    told = check(words(), [{"code": ""}] * 2, account("z", Channel.ZALO), account("a"))
    assert told.errors == ("no recipient could be sent to",)
    assert told.warnings == ("2 recipients: code: missing, and about.toml gives no default",)
    unserved = check(words(), [{"code": "1"}], account("a"), serving=0)
    assert unserved.errors == ("no recipient could be sent to",)


def test_reasons_do_not_grow_without_end(check: Check) -> None:
    rows = [{"code": "1" * length} for length in range(11, 12 + 2 * MOST_REASONS)]
    told = check(words(), [*rows, {"code": "1"}], account("a"))
    assert told.warnings[0] == f"{MOST_REASONS + 1} recipients: other reasons"
    assert told.errors == ()


def test_accounts_share_by_weight_and_the_plan_says_who_sends_what(check: Check) -> None:
    rows = [{"code": "1"}] * 1_000
    told = check(words("x"), rows, account("a"), account("b"), weights=(30, 70))
    sent = {line.account: line.messages for line in told.lines}
    assert sum(sent.values()) == 1_000
    assert sent["a"] == pytest.approx(300, abs=15)
    assert {row.account: row.messages for row in told.plan.days} == sent


def test_reminders_may_cost_everything_again(check: Check) -> None:
    carriers = account("z", Channel.ZALO, price_per_part=Decimal(300)), account("a")
    told = check(words("x"), [{"code": "1"}] * 2, *carriers, waves=3)
    assert told.likely_cost == 2 * 300
    assert told.worst_cost == told.ceiling == 4 * 2 * (300 + 600)


def test_the_plan_of_a_daily_quota(check: Check) -> None:
    quota = Limit(Unit.MESSAGES, 5, timedelta(days=1), span=Span.DAY)
    told = check(words("x"), [{"code": "1"}] * 12, account("a", limits=(quota,)))
    assert [(row.day, row.messages) for row in told.plan.days] == [
        (date(2026, 11, 20), 5),
        (date(2026, 11, 21), 5),
        (date(2026, 11, 22), 2),
    ]
    assert told.plan.left == {}


TET = Holidays({date(2027, 2, 6): "Tết"}, frozenset({2027}))
SLOW = Limit(Unit.MESSAGES, 5, timedelta(days=1), span=Span.DAY)


@pytest.mark.parametrize(
    "change",
    [
        {"closed": TET},
        {"weights": (50, 50)},
        {"rate": 100},
        {"priority": "urgent"},
        {"starts_at": 1_900_000_000_000},
        {"budget": 10_000_000},
        {"pilot": 10},
        {"waves": 1},
        {"fallback_hours": 6},
        {"error_percent": 10},
        {"share": (0, 500)},
        {"serving": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_approval_is_bound_to_rules_routes_and_holidays(
    check: Check, change: dict[str, Any]
) -> None:
    rows = [{"code": "1"}] * 4
    carriers = account("a"), account("b")
    usual, same, altered = (check(words(), rows, *carriers, **each) for each in ({}, {}, change))
    assert usual.approval_hash == same.approval_hash != altered.approval_hash


def test_an_approval_is_bound_to_limits_and_quotas(check: Check) -> None:
    slower = account("b", limits=(SLOW,))
    usual, altered = (
        check(words(), [{"code": "1"}], account("a"), second) for second in (account("b"), slower)
    )
    assert usual.approval_hash != altered.approval_hash


def test_an_approval_is_bound_to_weights(check: Check) -> None:
    """Also where this audience would be divided in the same way."""
    carriers = account("a"), account("b")
    usual, altered = (
        check(words(), [{"code": "1"}], *carriers, weights=each) for each in ((1, 999), (2, 998))
    )
    assert [line.account for line in usual.lines] == [line.account for line in altered.lines]
    assert usual.approval_hash != altered.approval_hash


def test_holidays_do_not_bind_who_sends_on_them(check: Check) -> None:
    usual, altered = (
        check(words(), [{"code": "1"}], account("a"), holidays=True, **each)
        for each in ({}, {"closed": TET})
    )
    assert usual.approval_hash == altered.approval_hash


def test_a_text_that_an_account_has_not_approved_is_refused_naming_both(check: Check) -> None:
    kept = words()
    told = check(kept, [{"code": "1"}], account("a"), registered=True)
    where = "(config/accounts/a.toml, [account.approvals])"
    line = f'trial = {{ state = "approved", words = "{kept.words(Channel.SMS)}" }}'
    sender, text = told.errors
    assert sender.startswith("account 'a': its sender 'SIM-CITY' is not registered there;")
    assert sender.endswith(f'write sender = "approved" {where}')
    assert text.startswith(
        "account 'a' has not approved the text of 'trial': nothing is registered"
    )
    assert text.endswith(f"then write {line} {where}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": Approved.PENDING}, "it is pending"),
        ({"state": Approved.REFUSED}, "it is refused"),
        ({"words": "0123456789ab"}, r"other words \(0123456789ab\) are registered than these"),
        ({"template": "9", "parameters": ("age",)}, "its template of 'trial' wants 'age'"),
    ],
)
def test_what_is_wrong_with_an_approval(check: Check, changes: dict[str, Any], why: str) -> None:
    kept = words()
    told = check(kept, [{"code": "1"}], approving(account("a"), kept, **changes), registered=True)
    assert re.search(why, "; ".join(told.errors))


def test_another_template_at_the_carrier_is_another_approval(check: Check) -> None:
    kept = words()
    hashes = {
        check(
            kept, [{"code": "1"}], approving(account("a"), kept, **changes), registered=True
        ).approval_hash
        for changes in ({}, {"template": "1"}, {"template": "1", "parameters": ("code",)})
    }
    assert len(hashes) == 3
