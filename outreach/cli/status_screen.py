"""The status of a campaign on a terminal."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from outreach.cli.campaign_words import change_words
from outreach.cli.output import local, money, table
from outreach.cli.pause_words import pause_words
from outreach.cli.standing import remarks, standing, unread
from outreach.cli.status import NetworkLine, Status
from outreach.cli.status_accounts import AccountLine
from outreach.cli.status_words import reason_words, sentence, unit_words
from outreach.cli.words import Lang, Say, count, tenths, words
from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.reports import Column

_BAR = 24
_WIDE = 100
"""Columns from which on a bar leaves room for the figures beside it."""
_SLOW = 10.0
"""Units a second below which a pace is told by the minute."""
_GOOD = frozenset({State.ACCEPTED, State.DELIVERED})
"""States whose reason is only the carrier's code for "well"."""
_SENDING = frozenset({CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.SCHEDULED})


def screen(found: Status, lang: Lang, width: int) -> RenderableType:
    """Lay a status out for a terminal of so many columns."""
    say = words(lang)
    parts: list[RenderableType] = [*_head(found, say, lang)]
    if found.networks:
        parts += [_networks(found, say, lang, width), Text(), _results(found, say, lang)]
    if any(state not in _GOOD for state in found.figures.reasons):
        parts += [Text(), _reasons(found, say, lang)]
    if found.campaign.state in _SENDING:
        parts += [Text(), _accounts(found, say, lang)]
        parts += [Text(f"! {sentence(each, lang)}", style="yellow") for each in remarks(found)]
        parts += [Text(), *(Text(line) for line in _outlook(found, say, lang))]
    parts += [Text(line) for line in _costs(found, say, lang)]
    return Group(*parts)


def _head(found: Status, say: Say, lang: Lang) -> Iterator[Text]:
    campaign = found.campaign
    if found.rehearsal:
        yield Text(say("rehearsal"), style="bold yellow")
    title = f"{say('campaign')} {campaign.id} '{campaign.name}': {say(campaign.state)}"
    yield Text(title, style="bold")
    told = standing(found)
    yield Text(sentence(told, lang), style="green" if told.good else "bold red")
    if (waits := unread(found)) is not None:
        yield Text(f"! {sentence(waits, lang)}", style="yellow")
    if found.amendment is not None:
        for line in change_words(found.amendment.changes, lang):
            yield Text(f"  {line}")
    yield Text()


def _networks(found: Status, say: Say, lang: Lang, width: int) -> Table:
    keys = ("network", "done", "recipients", "delivered", "no_failure_short", "other")
    made = table(None, [say(key) for key in keys], numeric=[2, 3, 4, 5])
    made.columns[0].no_wrap = True
    for line in found.networks:
        done = _done(line, bar=width >= _WIDE)
        made.add_row(line.network.title, done, *(count(n, lang) for n in _counts(line)))
    return made


def _done(line: NetworkLine, *, bar: bool) -> RenderableType:
    """The share that is done, beside a bar where there is room for one."""
    share = f"{line.done * 100 // max(line.recipients, 1):3d} %"
    if not bar:
        return share
    made = Table.grid(padding=(0, 1, 0, 0))
    made.add_row(ProgressBar(max(line.recipients, 1), line.done, width=_BAR), share)
    return made


def _counts(line: NetworkLine) -> tuple[int, ...]:
    """Recipients, delivered, accepted without a failure reported, and all else that is done."""
    delivered = line.results.get(Column.DELIVERED, 0)
    no_failure = line.results.get(Column.NO_FAILURE, 0)
    return line.recipients, delivered, no_failure, line.done - delivered - no_failure


def _results(found: Status, say: Say, lang: Lang) -> Table:
    made = table(None, (say("result"), say("recipients"), "%"), numeric=[1, 2])
    everybody = found.figures.recipients
    for column in Column:
        people = found.figures.results.get(column, 0)
        if people:
            share = tenths(people * 100 / everybody, lang)
            made.add_row(_title(column, lang), count(people, lang), share)
    return made


def _title(column: Column, lang: Lang) -> str:
    if lang is Lang.VI:
        return column.vi
    if column is Column.NO_FAILURE:
        return words(lang)("no_failure")
    return column.value.replace("_", " ").capitalize()


def _reasons(found: Status, say: Say, lang: Lang) -> Table:
    made = table(None, (say("result"), say("reason"), say("messages")), numeric=[2])
    for state, reasons in found.figures.reasons.items():
        for reason in () if state in _GOOD else reasons:
            made.add_row(
                _title(Column(state.label), lang),
                reason_words(reason.words, lang),
                count(reason.messages, lang),
            )
    return made


def _accounts(found: Status, say: Say, lang: Lang) -> Table:
    keys = ("account", "left", "rate", "in_flight", "breaker")
    made = table(None, [say(key) for key in keys], numeric=[1, 3])
    for line in found.accounts:
        made.add_row(*_account(found, line, say, lang))
    return made


def _account(found: Status, line: AccountLine, say: Say, lang: Lang) -> tuple[RenderableType, ...]:
    left = count(line.backlog, lang)
    if not line.running:
        silent = say("engine_mute" if found.engine_mute else "engine_down")
        return line.account, left, "", "", Text(silent, style="red")
    running = found.campaign.state is CampaignState.RUNNING
    told = say(f"breaker_{line.breaker}")
    if line.reason:
        told = f"{told}: {pause_words(line.reason, lang)}"
    breaker = Text(told, style="bold red" if line.held else "green")
    rate = _rate(line, say, lang) if running else ""
    return line.account, left, rate, count(line.in_flight, lang), breaker


def _rate(line: AccountLine, say: Say, lang: Lang) -> str:
    """What leaves beside what may, in the limit's unit; slow ones are told by the minute."""
    unit = unit_words(line.unit, lang)
    if not line.full_per_s or line.full_per_s >= _SLOW:
        sent = round(line.rate_per_s * line.units_per_message)
        may = count(line.allowed_per_s, lang) if line.full_per_s else "∞"
        return say("per_second", sent=count(sent, lang), may=may, unit=unit)
    sent = round(line.per_minute * line.units_per_message)
    return say("per_minute", sent=count(sent, lang), may=f"{line.full_per_s * 60:g}", unit=unit)


def _outlook(found: Status, say: Say, lang: Lang) -> Iterator[str]:
    if found.workers is not None:
        yield say("workers", workers=found.workers)
    yield say("backlog", left=count(found.backlog, lang))
    window = found.hours.window
    if found.hours.is_open(found.at):
        yield say("window_open", window=window)
    else:
        yield say("window_closed", window=window, at=local(found.hours.next_opening(found.at)))
    if found.eta is not None:
        yield say("eta", at=local(found.eta))
    elif found.campaign.state is CampaignState.RUNNING and found.backlog:
        yield say("eta_late" if found.moving else "eta_none")


def _costs(found: Status, say: Say, lang: Lang) -> Iterator[str]:
    cost, costs, budget = found.figures.cost, found.costs, found.campaign.rules.budget
    told = [say("spent", cost=money(cost, lang))]
    if costs.likely is not None:
        told.append(say("planned", cost=money(costs.likely, lang)))
    if costs.ceiling is not None and budget is None:  # two ceilings would be one too many
        told.append(say("at_most", cost=money(costs.ceiling, lang)))
    yield "; ".join(told)
    if budget is not None:
        used = tenths(float(cost * 100 / budget), lang)
        yield say("budget", budget=money(Decimal(budget), lang), percent=used)
