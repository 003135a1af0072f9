"""A campaign as it is wished for and changed, before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from outreach.campaigns import routes
from outreach.campaigns.means import Means
from outreach.campaigns.routes import Choice
from outreach.campaigns.templates import TemplateSet
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel
from outreach.domain.rules import Rules
from outreach.domain.window import Window
from outreach.store.amendments import Changes
from outreach.store.campaigns import Campaign, routes_in, routes_out


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator asks a new campaign to be."""

    name: str
    audience: str
    purpose: str
    channels: Sequence[Channel]
    window: Window
    until: datetime | None = None
    rules: Rules = field(default_factory=Rules)
    accounts: Sequence[Choice] = ()
    """Which accounts may carry it, best first; without any all that serve."""
    experiment: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator asks a campaign to be instead; what is not said stays."""

    name: str | None = None
    purpose: str | None = None
    channels: Sequence[Channel] = ()
    accounts: Sequence[Choice] = ()
    window: Window | None = None
    until: datetime | None = None
    endless: bool = False
    """True where it is to have no last moment any more."""
    rules: Mapping[str, object] = field(default_factory=dict)
    """New values of rules, by the fields' names."""


def drafted(means: Means, author: str, wish: Wish, audience: int) -> Campaign:
    """A new campaign of a wish; BadInputError says what cannot be."""
    words = TemplateSet.load(means.settings.templates, wish.purpose)
    draft = Campaign(
        id=0,
        name=wish.name,
        state=CampaignState.DRAFT,
        audience=audience,
        parent=None,
        parent_states=(),
        purpose=wish.purpose,
        message_class=words.message_class,
        template=words.to_dict(),
        steps=routes.plan(means.settings, means.numbers, wish.channels, wish.accounts),
        opens=wish.window.opens.isoformat("minutes"),
        closes=wish.window.closes.isoformat("minutes"),
        until=_ms(wish.until),
        author=author,
        approver=None,
        approved_hash=None,
        paused_by=None,
        paused_why=None,
        recipients=0,
        planned_to=0,
        created_at=means.now(),
        started_at=None,
        finished_at=None,
        settled_at=None,
        rules=wish.rules.but(skips_registered=words.skips_registered),
        piloting=wish.rules.pilot > 0,
        experiment=wish.experiment,
    )
    return checked(means, draft)


def changed(means: Means, campaign: Campaign, change: Change) -> Campaign:
    """The campaign as a change would have it; BadInputError says what cannot be."""
    found = replace(
        campaign,
        name=change.name or campaign.name,
        until=None if change.endless else _ms(change.until) or campaign.until,
        rules=ruled(campaign.rules, change.rules),
    )
    if change.purpose:
        words = TemplateSet.load(means.settings.templates, change.purpose)
        found = replace(
            found,
            purpose=words.name,
            message_class=words.message_class,
            template=words.to_dict(),
            rules=found.rules.but(skips_registered=words.skips_registered),
        )
    if change.window:
        found = replace(
            found,
            opens=change.window.opens.isoformat("minutes"),
            closes=change.window.closes.isoformat("minutes"),
        )
    if change.channels or change.accounts:
        channels = change.channels or [step.channel for step in campaign.steps]
        steps = routes.plan(means.settings, means.numbers, channels, change.accounts)
        found = replace(found, steps=steps)
    return checked(means, replace(found, piloting=found.rules.pilot > 0))


def ruled(rules: Rules, changes: Mapping[str, object]) -> Rules:
    """Rules with some of them changed; BadInputError where a figure means nothing."""
    try:
        return rules.but(**changes)
    except ValueError as fault:
        raise BadInputError(str(fault)) from None


def checked(means: Means, campaign: Campaign) -> Campaign:
    """Refuse what the law or the clock does not allow, and what contradicts itself."""
    within_the_law(means, campaign)
    rules, now = campaign.rules, means.now()
    if campaign.until is not None and (rules.starts_at or now) >= campaign.until:
        begins = "its start (--at)" if rules.starts_at else "the present"
        raise BadInputError(f"its last moment (--until) is not after {begins}; choose a later one")
    if rules.starts_at is not None and rules.starts_at <= now:
        raise BadInputError(
            "its start (--at) is past; choose a later time, or none to start it by hand"
        )
    if rules.fallback_hours is not None and len(campaign.steps) < 2:
        raise BadInputError(
            "--fallback-after needs a next channel; name two with --channels, such as zalo,sms"
        )
    return campaign


def within_the_law(means: Means, campaign: Campaign) -> None:
    """A campaign may keep shorter hours than the installation, never longer ones."""
    window, widest = Window.parse(f"{campaign.opens}-{campaign.closes}"), means.settings.window
    if window.opens < widest.opens or window.closes > widest.closes:
        raise BadInputError(
            f"window {window} reaches beyond {widest}, the hours that config/outreach.toml"
            " allows; choose a shorter one"
        )


def differences(before: Campaign, after: Campaign, names: Mapping[int, str]) -> Changes:
    """What differs between two states of one campaign, each as it was and as it is to be.

    Times are ms; `accounts` is for people, `routes` the same for the machine.
    """
    found = {
        name: (getattr(before, name), getattr(after, name)) for name in ("name", "purpose", "until")
    }
    found["window"] = (f"{before.opens}-{before.closes}", f"{after.opens}-{after.closes}")
    found["words"] = (_version(before), _version(after))
    found["accounts"] = (routes.told(before.steps, names), routes.told(after.steps, names))
    found["routes"] = (routes_out(before.steps), routes_out(after.steps))
    for rule in Rules.__dataclass_fields__:
        found[rule] = (_plain(getattr(before.rules, rule)), _plain(getattr(after.rules, rule)))
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def applied(campaign: Campaign, changes: Changes) -> Campaign:
    """The campaign with changes of window, last moment, rules and routes made."""
    new = {name: pair[1] for name, pair in changes.items()}
    opens, _, closes = new.get("window", f"{campaign.opens}-{campaign.closes}").partition("-")
    rules: dict[str, Any] = {n: v for n, v in new.items() if n in Rules.__dataclass_fields__}
    return replace(
        campaign,
        opens=opens,
        closes=closes,
        until=new.get("until", campaign.until),
        rules=Rules.from_dict({**campaign.rules.to_dict(), **rules}),
        steps=routes_in(new["routes"]) if "routes" in new else campaign.steps,
    )


def _version(campaign: Campaign) -> str:
    return TemplateSet.from_dict(campaign.template).version


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.astimezone(UTC).timestamp() * 1000)
