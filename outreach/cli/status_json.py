"""A campaign's status for scripts, under names that stay."""

from datetime import datetime

from outreach.cli.campaign_words import campaign_json
from outreach.cli.output import iso
from outreach.cli.standing import standing
from outreach.cli.status import NetworkLine, Status
from outreach.cli.status_words import sentence
from outreach.cli.words import Lang
from outreach.reports import Column
from outreach.store.installation import Pause


def status_json(found: Status) -> dict[str, object]:
    """A status as plain values."""
    told = found.figures.to_json()
    budget = found.campaign.rules.budget
    return {
        "campaign": campaign_json(found.campaign),
        "at": _iso(found.at),
        "rehearsal": found.rehearsal,
        "engine_running": found.engine_running or found.engine_mute,
        "standing": _standing(found),
        "workers": found.workers,
        "unread": _unread(found),
        "everything_paused": pause_json(found.everything_paused),
        "amendment": _amendment(found),
        "pilot": found.pilot,
        "results": told["results"],
        "messages": told["messages"],
        "reasons": told["reasons"],
        "networks": [_network(line) for line in found.networks],
        "accounts": [line.to_json() for line in found.accounts],
        "backlog": found.backlog,
        "rate_per_s": found.rate,
        "eta": _iso(found.eta),
        "window": _window(found),
        "cost_dong": format(found.figures.cost, "f"),
        "likely_dong": None if found.costs.likely is None else format(found.costs.likely, "f"),
        "ceiling_dong": None if found.costs.ceiling is None else format(found.costs.ceiling, "f"),
        "budget_dong": None if budget is None else str(budget),
    }


def _standing(found: Status) -> dict[str, object]:
    told = standing(found)
    return {
        "code": told.code,
        "good": told.good,
        "en": sentence(told, Lang.EN),
        "vi": sentence(told, Lang.VI),
    }


def _unread(found: Status) -> dict[str, object] | None:
    if found.unread is None:
        return None
    return {"calls": found.unread.calls, "since": iso(found.unread.since)}


def pause_json(held: Pause | None) -> dict[str, object] | None:
    """A pause of everything as plain values."""
    return None if held is None else {"since": iso(held.since), "by": held.by, "why": held.why}


def _amendment(found: Status) -> dict[str, object] | None:
    if found.amendment is None:
        return None
    told = found.amendment
    return {"id": told.id, "author": told.author, "at": iso(told.at)}


def _network(line: NetworkLine) -> dict[str, object]:
    return {
        "network": line.network.title,
        "recipients": line.recipients,
        "done": line.done,
        **{column.value: line.results.get(column, 0) for column in Column},
    }


def _window(found: Status) -> dict[str, object]:
    return {
        "hours": str(found.hours.window),
        "open": found.hours.is_open(found.at),
        "holiday": found.hours.holiday(found.at),
        "next_opening": _iso(found.hours.next_opening(found.at)),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
