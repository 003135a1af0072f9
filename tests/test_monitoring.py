"""Alerts and dashboard ask for metrics that exist, as they are to be read over many processes."""

import inspect
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, CollectorRegistry, Gauge
from prometheus_client.metrics import MetricWrapperBase

from outreach import observe
from outreach.delivery.gauges import Gauges
from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.reports import campaign_figures
from outreach.store import campaigns, tally
from outreach.store.database import Database
from outreach.store.tally import Group
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage, account
from tests.deployment import CONFIG, JOBS, PROMETHEUS, ROOT, SERVICES, headings

ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((CONFIG / "prometheus" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((CONFIG / "grafana/dashboards/campaign.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
TARGETS = [(panel, target) for panel in PANELS for target in panel.get("targets", [])]
ASKED = [rule["expr"] for rule in ALERTS] + [target["expr"] for _, target in TARGETS]

OF_PROMETHEUS = {"up", "ALERTS"}
PLACE = {"job", "service", "instance"}
"""What Prometheus adds to whatever it reads, and our relabelling."""
METRIC = re.compile(
    r"(?P<together>\w+)(?: by \([^)]*\))?\s?\((?P<growth>rate|increase|changes)?\(?"
    r"(?P<name>(?:outreach|process)_\w+)(?P<labels>\{[^}]*\})?"
)
_METRICS: dict[str, MetricWrapperBase] = {
    metric._name: metric
    for _, metric in inspect.getmembers(observe, lambda each: isinstance(each, MetricWrapperBase))
}
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
ROWS = {
    name: (together, rest)
    for name, together, rest in re.findall(
        r"^\| `(\w+)` \|[\w, ]*\| (sum|max) \|(.*)$", PAGE, re.MULTILINE
    )
}


def _metric(name: str) -> MetricWrapperBase:
    """The metric behind a name as Prometheus knows it."""
    plain = re.sub(r"_(total|bucket|count|sum)$", "", name)
    return _METRICS[name] if name in _METRICS else _METRICS[plain]


def _documented(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


def _labels_of(name: str) -> set[str]:
    if name.startswith("process_"):
        return PLACE
    own = set(_metric(name)._labelnames) | PLACE
    return own | {"le"} if name.endswith("_bucket") else own


def _of_processes() -> set[str]:
    """What every process tells of itself."""
    return {each.name for each in REGISTRY.collect() if each.name.startswith("process_")}


@pytest.mark.parametrize("expr", ASKED)
def test_what_is_asked_for_exists(expr: str) -> None:
    names = re.findall(r"\b(?:outreach|process)_\w+", expr)
    assert names or any(each in expr for each in OF_PROMETHEUS)
    assert expr.count("(") == expr.count(")")
    labels = set[str]().union(*(_labels_of(name) for name in names))
    for found in METRIC.finditer(expr):
        name = found["name"]
        assert name in _of_processes() if name.startswith("process_") else _metric(name)
        for label in re.findall(r"(\w+)=~?\"", found["labels"] or ""):
            assert label in _labels_of(name), f"{name} has no {label}"
    if names:
        for told in re.findall(r"\b(?:by|on) \(([^)]*)\)", expr):
            assert set(re.findall(r"\w+", told)) <= labels, expr


@pytest.mark.parametrize("expr", ASKED)
def test_many_processes_are_read_as_one(expr: str) -> None:
    found = list(METRIC.finditer(expr))
    assert len(found) == len(re.findall(r"\b(?:outreach|process)_\w+", expr))
    for each in found:
        name, together, growth = each["name"], each["together"], each["growth"]
        if name.startswith("process_"):
            assert together in {"max", "sum"}
            continue
        is_gauge = isinstance(_metric(name), Gauge)
        assert (growth is None) == is_gauge, f"{name}: growth is of counters, and only of them"
        assert together == ROWS[_documented(name)][0] or together == "absent"


@pytest.mark.parametrize("expr", ASKED)
def test_the_kinds_that_are_asked_for_are_told(expr: str) -> None:
    for found in METRIC.finditer(expr):
        for label, values in re.findall(r"(outcome|effect)=~?\"([^\"]*)\"", found["labels"] or ""):
            told = ROWS[_documented(found["name"])][1]
            for value in values.split("|"):
                assert re.search(rf"\b{value}\b", told), f"{label} {value}"


def test_the_page_says_of_every_metric_how_it_is_read() -> None:
    assert ROWS.keys() == {
        name if not _is_counter(metric) else f"{name}_total" for name, metric in _METRICS.items()
    }


def _is_counter(metric: MetricWrapperBase) -> bool:
    return next(iter(metric.describe())).type == "counter"


def test_every_metric_is_shown_or_watched() -> None:
    text = "\n".join(target["expr"] for _, target in TARGETS)
    for name in _METRICS:
        assert name in text, f"{name} is nowhere on the dashboard"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_tells_what_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    told = rule["annotations"]
    page, _, heading = told["runbook"].partition("#")
    assert page == "docs/operating.md"
    assert heading in headings()
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert told["description"].endswith(".")
    kept = set(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", rule["expr"]))))
    used = set(re.findall(r"\$labels\.(\w+)", told["summary"] + told["description"]))
    assert used <= kept, "an empty place in a sentence"


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(names) == len(set(names)) > 10


def test_prometheus_finds_its_files_and_grafana_finds_prometheus() -> None:
    mounts = {
        each.split(":")[1]: each.split(":")[0]
        for name in ("prometheus", "grafana")
        for each in SERVICES[name]["volumes"]
    }
    assert mounts["/etc/prometheus"] == "./config/prometheus"
    assert PROMETHEUS["rule_files"] == ["alerts.yml"]
    assert "--config.file=/etc/prometheus/prometheus.yml" in SERVICES["prometheus"]["command"]
    provisioning = CONFIG / "grafana" / "provisioning"
    assert ROOT / mounts["/etc/grafana/provisioning"] == provisioning
    [source] = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    port = SERVICES["prometheus"]["ports"][0].rpartition(":")[2]
    assert source["url"] == f"http://prometheus:{port}"
    [provider] = yaml.safe_load((provisioning / "dashboards/outreach.yml").read_text())["providers"]
    folder = ROOT / mounts[provider["options"]["path"]]
    assert list(folder.glob("*.json")) == [CONFIG / "grafana/dashboards/campaign.json"]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/campaign.json"
    assert {each["datasource"]["uid"] for each in _with_source()} == {source["uid"]}
    assert JOBS.keys() == set(re.findall(r"job=~\"(\w+)\|(\w+)\"", "\n".join(ASKED))[0])


def _with_source() -> Iterator[dict[str, Any]]:
    for panel, target in TARGETS:
        yield panel
        yield target
    yield from DASHBOARD["templating"]["list"]


def test_the_dashboard_is_one_that_grafana_can_read() -> None:
    needed = {
        "uid",
        "title",
        "schemaVersion",
        "panels",
        "templating",
        "time",
        "refresh",
        "timezone",
    }
    assert needed <= DASHBOARD.keys()
    assert "id" not in DASHBOARD, "Grafana gives it"
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    kinds = {"stat", "timeseries", "state-timeline", "table", "row"}
    for panel in PANELS:
        assert panel["type"] in kinds
        assert panel["title"]
        if panel["type"] != "row":
            refs = [target["refId"] for target in panel["targets"]]
            assert len(refs) == len(set(refs)) > 0
            assert panel["fieldConfig"]["defaults"]["unit"]


def test_no_panel_lies_on_another() -> None:
    places = [panel["gridPos"] for panel in PANELS]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


def test_the_dashboard_asks_only_for_choices_that_it_offers() -> None:
    offered = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$(\w+)", "\n".join(target["expr"] for _, target in TARGETS)))
    assert used == offered.keys()
    for name, each in offered.items():
        metric, label = re.findall(r"label_values\((\w+), (\w+)\)", each["definition"])[0]
        assert label == name
        assert label in _labels_of(metric)


async def test_the_cost_is_that_of_the_reports_and_ends_with_the_campaign(
    database: Database,
) -> None:
    stage = Stage(database)
    rows = [{"name": "An", "parts": str(1 + n % 2)} for n in range(20)]
    campaign = stage.campaign(stage.audience(rows), SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    refused_later = tally.Counter()
    refused_later.add(Group(campaign.id, VIETTEL, Network.VIETTEL, State.REJECTED), 2, 4)
    with database.write() as conn:
        refused_later.write(conn)
    prices = {VIETTEL: Decimal("620.5"), OTHER: Decimal(780)}
    known = {n: account(str(n), price_per_part=price) for n, price in prices.items()}
    gauges = Gauges(database, known, stage.clock)
    with database.read() as conn:
        figures = campaign_figures(conn, campaign.id, prices, frozenset())
    assert figures.sums.parts > 0
    gauges.read()
    assert _cost(campaign.id) == float(figures.cost) > 0
    with database.write() as conn:
        campaigns.move(conn, campaign, CampaignState.PAUSED)
    gauges.read()
    assert _cost(campaign.id) is None
    stage.close()


def _cost(campaign: int) -> float | None:
    registry = CollectorRegistry()
    registry.register(observe.COST)
    return registry.get_sample_value("outreach_campaign_cost_dong", {"campaign": str(campaign)})
