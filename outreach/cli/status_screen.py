"""The status of a campaign on a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from outreach.cli.output import local, money, table
from outreach.cli.status import AccountLine, NetworkLine, Status
from outreach.cli.words import Lang, Say, count, words
from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.reports import Column

_BAR = 24
_GOOD = frozenset({State.ACCEPTED, State.DELIVERED})
"""States whose reason is only the carrier's code for "well"."""
_SENDING = frozenset({CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.SCHEDULED})


def screen(found: Status, lang: Lang) -> RenderableType:
    """Lay a status out."""
    say = words(lang)
    parts: list[RenderableType] = [*_head(found, say), _networks(found, say, lang)]
    parts += [Text(), _results(found, say, lang)]
    if found.figures.reasons:
        parts += [Text(), _reasons(found, say, lang)]
    if found.campaign.state in _SENDING:
        parts += [Text(), _accounts(found, say, lang), Text()]
        parts += [Text(line) for line in _outlook(found, say, lang)]
    parts.append(Text(_cost(found, say, lang)))
    return Group(*parts)


def _head(found: Status, say: Say) -> Iterator[Text]:
    campaign = found.campaign
    if found.rehearsal:
        yield Text(say("rehearsal"), style="bold yellow")
    title = f"{say('campaign')} {campaign.id} '{campaign.name}': {say(campaign.state)}"
    yield Text(title, style="bold")
    if campaign.state is CampaignState.PAUSED:
        told = say("paused_by", who=campaign.paused_by, why=campaign.paused_why)
        yield Text(told, style="bold red")
    yield Text()


def _networks(found: Status, say: Say, lang: Lang) -> Table:
    keys = ("network", "done", "recipients", "delivered", "no_failure", "other")
    made = table(None, [say(key) for key in keys], numeric=[2, 3, 4, 5])
    for line in found.networks:
        made.add_row(line.network.title, _bar(line), *(count(n, lang) for n in _counts(line)))
    return made


def _bar(line: NetworkLine) -> Table:
    """A bar with its share beside it."""
    bar = Table.grid(padding=(0, 1, 0, 0))
    share = f"{line.done * 100 // max(line.recipients, 1):3d} %"
    bar.add_row(ProgressBar(max(line.recipients, 1), line.done, width=_BAR), share)
    return bar


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
            share = f"{people * 100 / everybody:.1f}"
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
                _title(Column(state.label), lang), reason.words, count(reason.messages, lang)
            )
    return made


def _accounts(found: Status, say: Say, lang: Lang) -> Table:
    keys = ("account", "rate", "in_flight", "breaker")
    made = table(None, [say(key) for key in keys], numeric=[1, 2])
    for line in found.accounts:
        made.add_row(*_account(line, say, lang))
    return made


def _account(line: AccountLine, say: Say, lang: Lang) -> tuple[RenderableType, ...]:
    if not line.running:
        return line.account, "", "", Text(say("engine_down"), style="red")
    rate = f"{count(line.rate_per_s, lang)} / {count(line.allowed_per_s, lang)}"
    told = f"{line.breaker}: {line.reason}" if line.reason else line.breaker
    breaker = Text(told, style="green" if line.breaker == "closed" else "bold red")
    return line.account, rate, count(line.in_flight, lang), breaker


def _outlook(found: Status, say: Say, lang: Lang) -> Iterator[str]:
    yield say("backlog", left=count(found.backlog, lang))
    window = found.window
    if window.is_open(found.at):
        yield say("window_open", window=window)
    else:
        opening = local(window.next_opening(found.at))
        yield say("window_closed", window=window, at=opening)
    yield say("eta", at=local(found.eta)) if found.eta else say("eta_none")


def _cost(found: Status, say: Say, lang: Lang) -> str:
    cost = money(found.figures.cost, lang)
    if found.ceiling is None:
        return say("spent", cost=cost)
    return say("spent_of", cost=cost, ceiling=money(found.ceiling, lang))
