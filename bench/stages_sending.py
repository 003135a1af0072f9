"""The stages that need carriers: sending by dialect, callbacks taken in, and their settling."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import uvloop
from yarl import URL

from bench import lists, smpp
from bench.engine import bare, lift_limits
from bench.scene import Scene
from bench.stages_bare import bare_bind, bare_door, bare_rows
from bench.stages_works import WAYS, Figures, Meter, Works, until, works
from bench.trial import read_ledger
from outreach.domain.network import Channel
from outreach.simulator.caller import Caller
from outreach.simulator.zalo_webhook import sign

_CALLERS = 64
_IN_FLIGHT = 600
"""Calls that may be under way at once by HTTP, one message each."""
_FINAL = ("delivered", "undelivered", "rejected", "unconfirmed")
_LIST = "vnpt"


def http(folder: Path, mode: str, messages: int) -> Iterator[tuple[str, Figures]]:
    """One message a call, until every receipt is settled; the baseline stores nothing."""
    with works(folder, mode, _by_http) as made:
        made.stage.people(messages)
        made.stage.campaign("bench", [Channel.ZALO])
        alone = uvloop.run(bare(f"{made.stage.town.url}/zalo/message/template"))
        yield "http", {**_sent(made, mode, messages, settled=True), **_base("client", alone)}


def by_lists(folder: Path, mode: str, messages: int) -> Iterator[tuple[str, Figures]]:
    """Lists of up to 1,000, until all are accepted; the baseline writes the same rows."""
    change = partial(lists.only_lists, account=_LIST, in_flight=None)
    with works(folder, mode, change) as made:
        made.stage.people(messages, networks=lists.NETWORKS[_LIST])
        made.stage.campaign("bench", [Channel.SMS])
        alone = bare_rows(made.url, folder, min(messages, 100_000))
        yield "lists", {**_sent(made, mode, messages, settled=False), **_base("rows", alone)}


def by_smpp(folder: Path, mode: str, messages: int) -> Iterator[tuple[str, Figures]]:
    """One bind, window 1,000, until every receipt is settled; the baseline stores nothing."""
    wish = smpp.Wish(messages, binds=1, window=1_000, in_flight=3_000, parts=1)
    with works(folder, mode, partial(smpp.only_smpp, wish=wish)) as made:
        made.stage.people(messages)
        made.stage.campaign("bench", [Channel.SMS])
        line = next(iter(made.stage.town.lines.values()))
        alone = uvloop.run(bare_bind(line, min(messages, 50_000)))
        yield "smpp", {**_sent(made, mode, messages, settled=True), **_base("bind", alone)}


def callbacks(folder: Path, mode: str, messages: int) -> Iterator[tuple[str, Figures]]:
    """Messages that were sent without receipts; then their receipts called in; then settled."""
    plan = folder / "faults.json"
    plan.write_text(json.dumps({"receipt_lost": 1.0}), encoding="ascii")
    with works(folder, mode, _by_http, ["--faults", str(plan)]) as made:
        made.stage.people(messages)
        made.stage.campaign("bench", [Channel.ZALO])
        yield "http, sent alone", _sent(made, mode, messages, settled=False, senders=True)
        made.stop()
        calls = list(_calls(made.stage))
        with bare_door(made.stage) as url:
            alone = len(calls) / uvloop.run(_call(url, calls))
        yield "callbacks", {**_called(made, calls), **_base("door", alone)}
        made.stop()
        yield (
            "settle",
            {
                **_settled(made, mode, messages),
                **_base("rows", bare_rows(made.url, folder, min(messages, 100_000))),
            },
        )


def _by_http(config: Path) -> None:
    lift_limits(config)
    path = config / "accounts" / "zalo.toml"
    block = path.read_text(encoding="utf-8")
    assert "in_flight = 100\n" in block, f"{path}: no window of 100"
    block = block.replace("in_flight = 100\n", f"in_flight = {_IN_FLIGHT}\n")
    # Nothing is to run out before its receipt is called in.
    block = block.replace("receipt_deadline_hours = 0.002", "receipt_deadline_hours = 2")
    path.write_text(block, encoding="utf-8")


def _sent(
    made: Works, mode: str, messages: int, *, settled: bool, senders: bool = False
) -> Figures:
    """Send a campaign, and have its receipts settled where that is wanted."""
    made.start(*(WAYS[mode].senders if senders else WAYS[mode].everybody))
    patience = time.monotonic() + 60
    while made.stage.states().get("pending", 0) == messages:
        if time.monotonic() > patience:
            raise RuntimeError("nothing was sent within a minute")
        time.sleep(0.02)  # until the first are recorded
    meter, before = Meter(made), made.stage.states()
    sent, final = messages - before.get("pending", 0), _final(before)
    done, ended = _all(lambda: messages - made.stage.states().get("pending", 0), messages)
    found = meter.read(done - sent, ended)
    if settled:
        sent_per_s = found["per_s"]
        done, ended = _all(lambda: _final(made.stage.states()), messages)
        found = {**meter.read(done - final, ended), "sent_per_s": sent_per_s}
    return {**found, "states": made.stage.states()}


def _all(count: Callable[[], int], messages: int) -> tuple[int, float]:
    """Wait until all are counted, and since when they are; RuntimeError where they come to rest."""
    done, ended = until(count, messages)
    if done < messages:
        raise RuntimeError(f"{done:,} of {messages:,} messages, and no more for a while")
    return done, ended


def _called(made: Works, calls: list[tuple[bytes, str]]) -> Figures:
    """Call every receipt in; each answer is a receipt that is durable."""
    made.start("silent door")
    address = made.stage.environ["OUTREACH_CALLBACK_URL"]
    token = made.stage.environ["OUTREACH_CALLBACK_TOKEN"]
    meter = Meter(made)
    seconds = uvloop.run(_call(f"{address}/callbacks/zalo/{token}", calls))
    found = meter.read(len(calls), meter.began + seconds)
    return {**found, "kept": made.stage.waiting()}


def _settled(made: Works, mode: str, messages: int) -> Figures:
    """Settle a full inbox."""
    made.start(*WAYS[mode].settlers)
    while made.stage.waiting() >= messages:
        time.sleep(0.02)  # until the first are settled
    meter, before = Meter(made), messages - made.stage.waiting()
    done, ended = _all(lambda: messages - made.stage.waiting(), messages)
    return {**meter.read(done - before, ended), "states": made.stage.states()}


def _calls(stage: Scene) -> Iterator[tuple[bytes, str]]:
    """What Zalo would call in of each message that it took: body and seal, in any order."""
    app, secret = (stage.environ[f"OUTREACH_ZALO_{name}"] for name in ("APP_ID", "OA_SECRET"))
    now = str(int(stage.house.tools.now_ms()))
    rows = "SELECT key, msisdn, reference FROM request WHERE accepted ORDER BY text, rowid"
    for key, phone, reference in read_ledger(stage.ledger, rows):
        event = {
            "sender": {"id": "sim-oa"},
            "recipient": {"id": phone},
            "event_name": "user_received_message",
            "message": {"delivery_time": now, "msg_id": reference, "tracking_id": key},
            "app_id": app,
            "timestamp": now,
        }
        body = json.dumps(event).encode()
        yield body, sign(app, body, now, secret)


async def _call(url: str, calls: list[tuple[bytes, str]]) -> float:
    """Call so often over kept connections; returns the seconds until the last answer."""
    address, rest = URL(url), iter(calls)
    refused: list[int] = []

    async def caller() -> None:
        one = Caller()
        for body, seal in rest:
            head = {"content-type": "application/json", "x-zevent-signature": seal}
            status = await one.call(address, body, head)
            if status != 200:
                refused.append(status)
        one.close()

    began = time.monotonic()
    await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    seconds = time.monotonic() - began
    if refused:
        raise RuntimeError(f"{len(refused)} calls were not taken, the first with {refused[0]}")
    return seconds


def _final(states: Mapping[str, int]) -> int:
    return sum(states.get(name, 0) for name in _FINAL)


def _base(what: str, per_s: float) -> Figures:
    return {"baseline": f"bare {what}", "baseline_per_s": round(per_s)}
