"""`outreach campaign compare`: the texts of an experiment side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer
from sqlalchemy import Connection

from outreach.campaigns.experiment import Difference, Trial, difference
from outreach.cli.campaign_options import Name
from outreach.cli.contracts import Contracts, contracts
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, money, show_table
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count, words
from outreach.domain.errors import BadInputError
from outreach.reports import CampaignFigures, Column, campaign_figures
from outreach.reports.books import answers
from outreach.store import campaigns, responses
from outreach.store.campaigns import Campaign
from outreach.store.responses import ResponseFigure

EPILOG = "Example: outreach campaign compare nov-1"

_REACHED = (Column.DELIVERED, Column.NO_FAILURE)
_FAILED = (Column.UNDELIVERED, Column.REJECTED, Column.FAILED, Column.EXPIRED)

_RAREST = 0.001

_WORDS: dict[str, tuple[str, str]] = {
    "differs": (
        "{name}: {points} points {what} than {first}; {verdict}",
        "{name}: {what} hơn {first} {points} điểm; {verdict}",
    ),
    "rarity": (
        "equal texts would differ as much in {percent} % of comparisons",
        "hai nội dung như nhau chênh bằng thế trong {percent} % lần so sánh",
    ),
    "hardly_chance": ("hardly chance", "khó là ngẫu nhiên"),
    "could_be_chance": ("it could be chance", "có thể do ngẫu nhiên"),
    "too_few": (
        "{name}: too few people to say whether it differs from {first}",
        "{name}: quá ít người để nói có khác {first} hay không",
    ),
    "more": ("more reached", "tới được nhiều"),
    "fewer": ("fewer reached", "tới được ít"),
    "failed": ("Not reached", "Không tới"),
    "opted_out": ("Asked to stop after it", "Từ chối sau tin này"),
    "per_reached": ("Cost of one reached", "Chi phí mỗi người tới được"),
    "texts": ("Texts", "Nội dung"),
}


@dataclass(frozen=True, slots=True)
class _Arm:
    """One text of the experiment, and what came of it."""

    campaign: Campaign
    figures: CampaignFigures
    opted_out: int

    def people(self, *columns: Column) -> int:
        return sum(self.figures.results.get(column, 0) for column in columns)

    @property
    def over(self) -> Trial:
        """Of those whose result is known, how many were reached."""
        return Trial(self.people(*_REACHED, *_FAILED), self.people(*_REACHED))


def compare(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Put the texts of an experiment side by side, and say whether chance may explain it.

    NAME is the experiment or one of its campaigns. Reached: delivered, or accepted with no failure
    reported; shares are of those whose result is known. Opted out: as the month's report counts,
    who asked for silence (--opt-outs) with it as the last message before. JSON: experiment,
    campaigns (name, purpose, recipients, delivered, accepted_no_failure_reported, failed,
    opted_out, cost_dong, cost_per_reached_dong), differences (of each from the first: points,
    chance, verdict).
    """
    with opened(ctx) as office:
        terms = contracts(office.settings)
        with office.database.read() as conn:
            done = responses.figures(conn)
            arms = [_arm(conn, each, terms, done) for each in _siblings(conn, name)]
    differing = [difference(arms[0].over, arm.over) for arm in arms[1:]]
    if as_json:
        emit(_json(arms, differing))
    else:
        _show(arms, differing, options(ctx).lang)


def _siblings(conn: Connection, name: str) -> list[Campaign]:
    found = campaigns.of_experiment(conn, name)
    if not found:
        one = campaigns.find(conn, name)
        if one.experiment is None:
            raise BadInputError(
                f"campaign '{one.name}' is in no comparison; `campaign create … --against PURPOSE`"
                " makes two that are"
            )
        found = campaigns.of_experiment(conn, one.experiment)
    return found


def _arm(
    conn: Connection, each: Campaign, terms: Contracts, done: Sequence[ResponseFigure]
) -> _Arm:
    figures = campaign_figures(conn, each.id, terms.prices, terms.pushed)
    return _Arm(each, figures, answers(one for one in done if one.campaign == each.id).opted_out)


def _json(arms: Sequence[_Arm], differing: Sequence[Difference]) -> dict[str, object]:
    return {
        "experiment": arms[0].campaign.experiment,
        "campaigns": [_arm_json(arm) for arm in arms],
        "differences": [
            {
                "name": arm.campaign.name,
                "points": round(found.points, 2),
                "chance": found.chance,
                "verdict": found.verdict,
            }
            for arm, found in zip(arms[1:], differing, strict=True)
        ],
    }


def _arm_json(arm: _Arm) -> dict[str, object]:
    reached = arm.people(*_REACHED)
    return {
        "name": arm.campaign.name,
        "purpose": arm.campaign.purpose,
        "recipients": arm.figures.recipients,
        "delivered": arm.people(Column.DELIVERED),
        "accepted_no_failure_reported": arm.people(Column.NO_FAILURE),
        "failed": arm.people(*_FAILED),
        "opted_out": arm.opted_out,
        "cost_dong": format(arm.figures.cost, "f"),
        "cost_per_reached_dong": round(float(arm.figures.cost) / reached, 2) if reached else None,
    }


def _show(arms: Sequence[_Arm], differing: Sequence[Difference], lang: Lang) -> None:
    columns = (words(lang)("campaign"), *(arm.campaign.name for arm in arms))
    told = [_column(arm, lang) for arm in arms]
    rows = [(title, *cells) for title, *cells in zip(_titles(lang), *told, strict=True)]
    show_table(columns, rows, numeric=range(1, len(columns)))
    for arm, found in zip(arms[1:], differing, strict=True):
        console().print(_verdict(arms[0], arm, found, lang), soft_wrap=True)


def _titles(lang: Lang) -> tuple[str, ...]:
    say = words(lang)
    return (
        _say(lang, "texts"),
        say("recipients"),
        say("delivered"),
        say("no_failure"),
        _say(lang, "failed"),
        _say(lang, "opted_out"),
        say("cost"),
        _say(lang, "per_reached"),
    )


def _column(arm: _Arm, lang: Lang) -> tuple[str, ...]:
    """An arm's figures under the titles."""
    reached = arm.people(*_REACHED)
    return (
        arm.campaign.purpose,
        count(arm.figures.recipients, lang),
        _part(arm, arm.people(Column.DELIVERED), lang),
        _part(arm, arm.people(Column.NO_FAILURE), lang),
        _part(arm, arm.people(*_FAILED), lang),
        count(arm.opted_out, lang),
        money(arm.figures.cost, lang),
        money(arm.figures.cost / reached, lang) if reached else "",
    )


def _part(arm: _Arm, people: int, lang: Lang) -> str:
    known = arm.over.people
    share = f" ({100 * people / known:.1f} %)" if known else ""
    return count(people, lang) + share


def _verdict(first: _Arm, arm: _Arm, found: Difference, lang: Lang) -> str:
    names = {"name": arm.campaign.name, "first": first.campaign.name}
    if found.chance is None:
        return _say(lang, "too_few", **names)
    what = _say(lang, "more" if found.points >= 0 else "fewer")
    verdict = _say(lang, found.verdict)
    told = _say(
        lang, "differs", points=f"{abs(found.points):.1f}", what=what, verdict=verdict, **names
    )
    percent = f"{100 * found.chance:.1f}" if found.chance >= _RAREST else "< 0.1"
    return f"{told} ({_say(lang, 'rarity', percent=percent)})"


def _say(lang: Lang, key: str, **values: object) -> str:
    return _WORDS[key][lang is Lang.VI].format(**values)
