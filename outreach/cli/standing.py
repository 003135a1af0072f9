"""Why a campaign stands where it stands: the one sentence that helps most."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from outreach.cli.status import Status
from outreach.cli.status_accounts import AccountLine
from outreach.domain.campaign import CampaignState
from outreach.store.installation import Pause

_S = CampaignState
_GOES_ON = frozenset({_S.SCHEDULED, _S.RUNNING})
"""States in which something is sent or begins by itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A sentence by its code, with what it tells of."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    good: bool = True
    """False where somebody should do something."""


def standing(found: Status) -> Standing:
    """The most useful thing to know at this moment."""
    if found.everything_paused is not None and found.campaign.state in _GOES_ON:
        return everything_paused(found.everything_paused)
    match found.campaign.state:
        case _S.SCHEDULED:
            return _scheduled(found)
        case _S.PAUSED:
            return _paused(found)
        case _S.RUNNING:
            return _running(found)
        case state:
            values = {"who": found.campaign.author, "waiting": _receipts(found)}
            return Standing(str(state), values)


def everything_paused(held: Pause) -> Standing:
    """That whatever the campaign, nothing is sent."""
    told = {"who": held.by, "at": held.since, "why": held.why}
    return Standing("everything_paused", told, good=False)


def _receipts(found: Status) -> int:
    """Messages whose receipt may still come."""
    return sum(
        share.messages for share in found.figures.shares if share.column == "awaiting_receipt"
    )


def _scheduled(found: Status) -> Standing:
    campaign = found.campaign
    if campaign.released_at is None:
        if campaign.wave:
            return Standing("wave_planned", {"wave": campaign.wave})
        return Standing("unreleased", {"who": campaign.approver, "name": campaign.name}, good=False)
    return Standing("starts_at", {"at": campaign.rules.starts_at})


def _paused(found: Status) -> Standing:
    campaign = found.campaign
    who, why = campaign.paused_by, campaign.paused_why or ""
    if found.amendment is not None:
        told = {"amendment": found.amendment.id, "who": found.amendment.author}
        return Standing("amendment", told, good=False)
    if found.pilot is not None:
        told = {"share": f"{campaign.rules.pilot / 10:g}", "people": found.pilot}
        return Standing("pilot", told, good=False)
    if why.startswith("amendment "):
        return Standing("amended", {"name": campaign.name}, good=False)
    return Standing("paused", {"who": who, "why": why}, good=False)


def _running(found: Status) -> Standing:
    until = found.campaign.until
    if until is not None and found.at.timestamp() * 1000 >= until:
        return Standing("too_late", {"at": until}, good=False)
    if not found.engine_running:
        if found.engine_mute:
            return Standing("engine_mute", good=False)
        return Standing("no_engine", {"start": _start(found, "run")}, good=False)
    if not found.backlog:
        return _all_left(found)
    if not found.hours.is_open(found.at):
        return _closed(found)
    return _open(found)


def _open(found: Status) -> Standing:
    """How it goes within its hours."""
    lines = [line for line in found.accounts if line.backlog]
    if any(line.rate_per_s for line in lines):
        return _sending(found, lines)
    if (why := next(filter(None, map(_still, lines)), None)) is not None:
        return why
    later = found.postponed
    if later is not None and later.messages >= found.backlog:
        return Standing("postponed", {"at": later.at, "why": later.why})
    if any(line.per_minute for line in lines):
        return _sending(found, lines)
    return Standing("engine_begins" if any(line.just_begun for line in lines) else "begins")


def _all_left(found: Status) -> Standing:
    if found.next_look is not None:
        return Standing("looked_at", {"at": found.next_look})
    return Standing("all_left")


def _closed(found: Status) -> Standing:
    opening = found.hours.next_opening(found.at)
    holiday = found.hours.holiday(found.at)
    if holiday is not None:
        return Standing("holiday", {"holiday": holiday, "at": opening})
    return Standing("closed", {"window": str(found.hours.window), "at": opening})


def _sending(found: Status, lines: list[AccountLine]) -> Standing:
    rate = max(sum(line.per_minute for line in lines), sum(line.rate_per_s for line in lines))
    code = "piloting" if found.campaign.piloting else "sending"
    return Standing(code, {"rate": rate})


def _still(line: AccountLine) -> Standing | None:
    """Why nothing leaves by an account."""
    if not line.running:
        return Standing("account_down", {"account": line.account}, good=False)
    if line.held:
        told = {"account": line.account, "why": line.reason, "at": line.held_since}
        return Standing("breaker", told, good=False)
    if line.stalled_since is not None:
        told = {"account": line.account, "at": line.stalled_since}
        return Standing("stalled", told, good=False)
    if (quota := line.used_up) is not None:
        values = {"account": line.account, "limit": quota, "at": quota.resets_at}
        return Standing("quota", values)
    return None


def unread(found: Status) -> Standing | None:
    """What to know where calls of carriers wait and nobody settles them."""
    if found.unread is None:
        return None
    start = _start(found, "serve")
    told = {"calls": found.unread.calls, "at": found.unread.since, "start": start}
    return Standing("unread", told, good=False)


def _start(found: Status, door: str) -> str:
    """What to start: in a cluster workers, and what rings for them, do all there is to do."""
    if found.workers is None:
        return f"outreach {door}"
    return "python -m workers run, python -m workers beat"


def remarks(found: Status) -> Iterator[Standing]:
    """What to know of single accounts, beside the one sentence."""
    told = standing(found)
    for line in found.accounts:
        why = _still(line) if found.campaign.state is _S.RUNNING and line.running else None
        if why is not None and why != told:
            yield why
        if line.slowed_percent is not None:
            yield Standing("slowed", {"account": line.account, "percent": line.slowed_percent})
        for quota in line.quotas:
            if quota.left and line.running:
                values = {"account": line.account, "left": quota.left, "limit": quota}
                yield Standing("quota_left", {**values, "at": quota.resets_at})
