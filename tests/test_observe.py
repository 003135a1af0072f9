"""What is seen from outside: bounded labels, documented names, one masked line a record."""

import inspect
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from outreach import observe
from outreach.delivery.gauges import Gauges
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit, Span, Unit
from outreach.store import campaigns, inbox, installation
from outreach.store.database import Database
from outreach.store.installation import Pause
from tests.delivery.stage import NOON, ZALO, Carrier, Stage, account

ROOT = Path(__file__).parent.parent
METRICS: list[MetricWrapperBase] = [
    each for _, each in inspect.getmembers(observe, lambda m: isinstance(m, MetricWrapperBase))
]
BOUNDED = {"account", "campaign", "effect", "outcome", "span", "task", "unit"}
ONLY_WHILE_IT_RUNS = [observe.CAMPAIGN_BACKLOG, observe.UNKNOWN, observe.COST]
NUMBERS = ["84915550102", "0915550102", "+84 915 550 102", "0915.550.102", "(091) 555-0102",
           "915550102", "84 (0) 915 550 102"]  # fmt: skip


def _name(metric: MetricWrapperBase) -> str:
    described = next(iter(metric.describe()))
    return described.name + ("_total" if described.type == "counter" else "")


def test_every_metric_has_bounded_labels() -> None:
    assert len(METRICS) > 15
    for metric in METRICS:
        assert set(metric._labelnames) <= BOUNDED, _name(metric)
        if "campaign" in metric._labelnames:
            assert metric in ONLY_WHILE_IT_RUNS


def test_every_metric_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|([\w, ]*)\|", page, re.MULTILINE)
    told = {name: tuple(re.findall(r"\w+", labels)) for name, labels in rows}
    assert told == {_name(each): tuple(each._labelnames) for each in METRICS}


def _value(metric: MetricWrapperBase, **labels: object) -> float | None:
    registry = CollectorRegistry()
    registry.register(metric)
    return registry.get_sample_value(_name(metric), {k: str(v) for k, v in labels.items()})


async def test_the_gauges_of_a_campaign_end_with_it(database: Database) -> None:
    stage = Stage(
        database,
    )
    campaign = stage.run_of(7)
    gauges = Gauges(database, {ZALO: account("zalo")}, stage.clock)
    gauges.read()
    assert _value(observe.CAMPAIGN_BACKLOG, campaign=campaign.id) == 7
    assert _value(observe.BACKLOG, account="zalo") == 7
    assert _value(observe.UNKNOWN, campaign=campaign.id) == 0
    with database.write() as conn:
        campaigns.move(conn, campaign, CampaignState.PAUSED)
    gauges.read()
    assert _value(observe.CAMPAIGN_BACKLOG, campaign=campaign.id) is None
    assert _value(observe.UNKNOWN, campaign=campaign.id) is None
    assert _value(observe.BACKLOG, account="zalo") == 0
    stage.close()


def test_quota_and_lag_are_read(database: Database) -> None:
    stage = Stage(database)
    daily = Limit(Unit.MESSAGES, 500, timedelta(days=1), span=Span.DAY)
    gauges = Gauges(database, {ZALO: account("zalo", limits=(daily,))}, stage.clock)
    with database.write() as conn:
        inbox.put(conn, [(ZALO, int(NOON.timestamp() * 1000) - 5_000, b"x")])
    gauges.read()
    assert _value(observe.QUOTA_LEFT, account="zalo", unit="messages", span="day") == 500
    assert _value(observe.INBOX_LAG) == 5
    stage.close()


def test_the_pause_of_everything_is_told_while_it_lasts(database: Database) -> None:
    gauges = Gauges(database, {}, lambda: NOON)
    for is_paused in (True, False, True):
        with database.write() as conn:
            if is_paused:
                installation.pause(conn, Pause(1, "quan", "a copy"))
            else:
                installation.resume(conn)
        gauges.read()
        assert _value(observe.PAUSED) == is_paused
    gauges.clear()
    assert _value(observe.PAUSED) == 0


async def test_a_sub_batch_is_a_line_and_a_measurement(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(database)
    campaign = stage.run_of(20)
    before = _value_of_count()
    with caplog.at_level(logging.INFO, "outreach.batch"):
        await stage.finish(stage.senders({ZALO: Carrier()}), campaign)
    lines = [r for r in caplog.records if r.name == "outreach.batch"]
    assert lines
    assert _value_of_count() - before == len(lines)
    told = json.loads(observe.JsonLine().format(lines[0]))
    assert told["account"] == "zalo"
    assert told["campaign"] == campaign.id
    assert told["size"] >= told["accept"] > 0
    stage.close()


def _value_of_count() -> float:
    registry = CollectorRegistry()
    registry.register(observe.SUB_BATCH)
    return registry.get_sample_value("outreach_sub_batch_seconds_count", {"account": "zalo"}) or 0


class Logs:
    """What went to standard error since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def page(self) -> str:
        return self._capsys.readouterr().err


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Logs]:
    """The root's handlers come back afterwards."""
    before, level = logging.root.handlers[:], logging.root.level
    yield Logs(capsys)
    logging.root.handlers[:], logging.root.level = before, level


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_one_masked_line(logs: Logs, form: str) -> None:
    observe.set_up_logging({"OUTREACH_LOG": form})
    try:
        int("no way to 0915550102\nnor further")
    except ValueError:
        logging.getLogger("outreach.any").exception("row of %s", "84915550102")
    page = logs.page()
    assert page.count("\n") == 1
    assert "5550" not in page
    assert "no way to" in page
    assert "Traceback" in page
    if form == "json":
        told = json.loads(page)
        assert (told["level"], told["logger"]) == ("ERROR", "outreach.any")


def test_the_level_is_asked_for(logs: Logs) -> None:
    observe.set_up_logging({})
    logging.getLogger("outreach.batch").info("size=1")
    assert not logs.page()
    observe.set_up_logging({"OUTREACH_LOG_LEVEL": "info"})
    logging.getLogger("outreach.batch").info("size=1")
    logging.getLogger("httpx").info("a line for every call")
    page = logs.page()
    assert page.endswith("INFO outreach.batch size=1\n")
    assert page.count("\n") == 1
    with pytest.raises(BadInputError, match="OUTREACH_LOG_LEVEL is 'loud'; expected one of: debug"):
        observe.set_up_logging({"OUTREACH_LOG_LEVEL": "loud"})


@given(
    st.sampled_from(NUMBERS),
    st.sampled_from([observe.Line(), observe.JsonLine()]),
    st.sampled_from(["outreach.batch", "outreach.delivery.send"]),
    st.sampled_from(
        ["{} refused", "why={} account=zalo", "row: {}", "[{}]", "a={}\nb={}", "{},{}"]
    ),
)
def test_no_number_is_ever_written(
    number: str, form: logging.Formatter, logger: str, text: str
) -> None:
    record = logging.LogRecord(
        logger, logging.INFO, "f", 1, text.format(number, number), None, None
    )
    digits = re.sub(r"\D", "", form.format(record).partition(logger)[2])
    assert "5550" not in digits
    assert "555010" not in digits
