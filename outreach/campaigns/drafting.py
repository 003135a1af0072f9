"""Creating and editing campaigns that have not started."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from outreach.campaigns.draft import Change, Wish, changed, differences, drafted
from outreach.campaigns.means import Means
from outreach.domain.campaign import CampaignAction, moved, permit
from outreach.domain.errors import BadInputError
from outreach.domain.rules import Rules
from outreach.store import accounts, audiences, campaigns, unplanning
from outreach.store.amendments import Changes
from outreach.store.audiences import READY
from outreach.store.campaigns import Campaign
from outreach.store.users import User


def create(means: Means, user: User, wish: Wish) -> Campaign:
    """Draft a campaign on a finished audience."""
    permit(user.role, CampaignAction.EDIT)
    with means.database.write() as conn:
        made = draft(means, conn, user, wish)
        if wish.experiment and campaigns.of_experiment(conn, wish.experiment) == [made]:
            raise BadInputError(
                f"there is no comparison '{wish.experiment}' that it could belong to;"
                " make one with `campaign create … --against`, or leave out --experiment"
            )
        return made


def create_pair(
    means: Means, user: User, wish: Wish, against: str, split: int
) -> tuple[Campaign, Campaign]:
    """Draft two campaigns that share the wish's people, `split` percent with its own text.

    They share its budget and its rate as they share its people.
    """
    permit(user.role, CampaignAction.EDIT)
    if wish.purpose == against:
        raise BadInputError(f"both texts are '{against}'; a comparison needs two")
    first, end = wish.rules.share
    cut = first + (end - first) * split // 100
    if not first < cut < end:
        raise BadInputError(f"a split of {split} % leaves one text without people; choose 1 to 99")
    experiment = wish.experiment or wish.name
    halves = (("a", wish.purpose, (first, cut), 0), ("b", against, (cut, end), 1))
    divided = {name: _divided(wish.rules, name, split) for name in ("budget", "rate")}
    with means.database.write() as conn:
        made = [
            draft(
                means,
                conn,
                user,
                replace(
                    wish,
                    name=f"{wish.name}-{letter}",
                    purpose=purpose,
                    rules=wish.rules.but(
                        share=share, **{name: parts[place] for name, parts in divided.items()}
                    ),
                    experiment=experiment,
                ),
            )
            for letter, purpose, share, place in halves
        ]
    return made[0], made[1]


def _divided(rules: Rules, name: str, split: int) -> tuple[int | None, int | None]:
    """What each of two campaigns gets of a rule that is for both; they add up."""
    whole = getattr(rules, name)
    if whole is None:
        return None, None
    part = whole * split // 100
    if not 0 < part < whole:
        raise BadInputError(f"--{name} {whole} is too little to divide between two campaigns")
    return part, whole - part


def draft(means: Means, conn: Connection, user: User, wish: Wish) -> Campaign:
    """Store one new campaign."""
    audience = audiences.find(conn, wish.audience)
    if audience.state != READY:
        raise BadInputError(
            f"audience '{audience.name}' is still being imported; wait for it, or import"
            " the file again if the import was interrupted"
        )
    wished = drafted(means, user.name, wish, audience.id)
    disjoint(conn, wished)
    return store(means, conn, user, wished)


def store(
    means: Means,
    conn: Connection,
    user: User,
    wished: Campaign,
    told: Mapping[str, object] | None = None,
) -> Campaign:
    """Store a draft and write down who made it, with what else is to be told of it."""
    number = campaigns.create(conn, wished)
    detail = {
        "name": wished.name,
        "audience": wished.audience,
        **({"parent": wished.parent} if wished.parent else {}),
        **({"experiment": wished.experiment} if wished.experiment else {}),
        **wished.rules.to_dict(),
        **(told or {}),
    }
    means.note(conn, user, "create", number, detail)
    return campaigns.get(conn, number)


def disjoint(conn: Connection, wished: Campaign) -> None:
    """Refuse a part of an experiment that shares people with another one."""
    if wished.experiment is None:
        return
    campaigns.take_turns(conn, wished.experiment)
    for other in campaigns.of_experiment(conn, wished.experiment):
        if other.id == wished.id:
            continue
        if other.audience != wished.audience:
            raise BadInputError(
                f"experiment '{wished.experiment}' is on audience {other.audience}, this campaign"
                f" on {wished.audience}; all its parts are of one audience"
            )
        if overlap(other.rules.share, wished.rules.share):
            first, end = (f"{bound / 10:g}" for bound in other.rules.share)
            raise BadInputError(
                f"'{other.name}' of experiment '{wished.experiment}' has the share {first}..{end}"
                " already; choose --share so that nobody is in both"
            )


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two shares of an audience have people in common."""
    return one[0] < other[1] and other[0] < one[1]


def edit(means: Means, user: User, name: str, change: Change) -> Campaign:
    """Change a campaign that has not started; it is a draft again, its approval void."""
    permit(user.role, CampaignAction.EDIT)
    with means.database.write() as conn:
        campaign = campaigns.find(conn, name)
        target = moved(campaign.state, CampaignAction.EDIT)
        # Only what is asked for is judged: an old draft may be taken back whatever the time is.
        after = campaign if change == Change() else changed(means, campaign, change)
        disjoint(conn, after)
        changes = differences(campaign, after, account_names(conn))
        if "name" in changes:
            campaigns.check_free(conn, after.name)
        void = {"approver": None, "approved_hash": None, "released_at": None}
        campaigns.move(conn, campaign, target, **void)
        # The words of a campaign change in its draft only; the tables watch over that.
        drafted_again = campaigns.get(conn, campaign.id)
        wanted = replace(after, state=target, **void)  # type: ignore[arg-type]  # all may be None
        columns = campaigns.different(drafted_again, wanted)
        campaigns.move(conn, drafted_again, target, **columns)
        means.note(conn, user, "edit", campaign.id, {"changes": for_people(changes)})
    unplan(means, campaign.id)
    return means.find(str(campaign.id))


def unplan(means: Means, campaign: int) -> None:
    """Take back the messages of a draft, if an approval before had them made."""
    planned = True
    while planned:
        with means.database.write(steady=True) as conn:
            found = campaigns.get(conn, campaign)
            planned = found.planned_to > 0
            if planned:
                unplanning.unplan_some(conn, found)


def for_people(changes: Changes) -> Changes:
    """Changes as a history tells them: without what only the machine reads."""
    return {name: pair for name, pair in changes.items() if name not in {"routes", "words"}}


def account_names(conn: Connection) -> dict[int, str]:
    """The accounts' names by their numbers."""
    return {number: name for number, (name, _) in accounts.names(conn).items()}
