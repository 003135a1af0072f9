"""Sending again: a child campaign for those of an earlier one whom it did not reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from outreach.campaigns.drafting import overlap, store
from outreach.campaigns.means import Means
from outreach.domain.campaign import CampaignAction, CampaignState, permit
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.message import NOT_REACHED, State
from outreach.store import audit, campaigns, exclusions, tally
from outreach.store.campaigns import Campaign
from outreach.store.contacts import OVER_CAP
from outreach.store.users import User

DOUBTFUL = frozenset({State.UNKNOWN, State.UNCONFIRMED})
"""Results after which people may have the message: their number has to be confirmed."""

_NOT_UNDER_WAY = frozenset({CampaignState.DRAFT, CampaignState.CANCELLED})


def resend(
    means: Means,
    user: User,
    parent_name: str,
    name: str,
    states: Sequence[State],
    unknowns: int | None,
) -> Campaign:
    """Draft a campaign for those of an earlier one whose result is among `states`.

    Sending to the unknown again may reach people twice: their number must be said.
    """
    permit(user.role, CampaignAction.EDIT)
    with means.database.write() as conn:
        parent = campaigns.find(conn, parent_name)
        if parent.state not in {CampaignState.FINISHED, CampaignState.SETTLED}:
            raise NotAllowedError(
                f"campaign '{parent.name}' is {parent.state}; it can be sent again when it has"
                " finished"
            )
        _confirm(conn, parent, states, unknowns)
        child = replace(
            parent,
            name=name,
            state=CampaignState.DRAFT,
            parent=parent.id,
            parent_states=tuple(int(state) for state in dict.fromkeys(states)),
            until=None,  # the parent's is past, or will be before this one has begun
            author=user.name,
            approver=None,
            approved_hash=None,
            created_at=means.now(),
            # What was asked of the first sending as a whole is not asked of its rest.
            rules=parent.rules.but(starts_at=None, pilot=0, budget=None, waves=0),
            piloting=False,
            released_at=None,
            wave=0,
            experiment=None,
        )
        _alone(conn, child)
        confirmed = {} if unknowns is None else {"confirmed_unknown": unknowns}
        return store(means, conn, user, child, confirmed)


def _confirm(
    conn: Connection, parent: Campaign, states: Sequence[State], unknowns: int | None
) -> None:
    for state in states:
        if state not in DOUBTFUL.union(NOT_REACHED):
            raise BadInputError(f"those whose result is '{state.label}' cannot be sent again")
    found = _doubtful(conn, parent.id, states)
    if DOUBTFUL & set(states) and unknowns != found:
        raise NotAllowedError(
            f"{found} people of '{parent.name}' may have the message already and would get it"
            f" twice; to send to them all the same, say so with --confirm-unknown {found}"
        )


def _doubtful(conn: Connection, parent: int, states: Iterable[int]) -> int:
    """How many of the parent's people may have the message already."""
    doubtful = DOUBTFUL & set(states)
    return sum(
        figure.messages
        for figure in tally.figures(conn, parent)
        if figure.group.state in doubtful and figure.group.result
    )


def still_alone(means: Means, child: Campaign) -> None:
    """Refuse where another campaign has taken on people of this child meanwhile."""
    if child.parent is not None:
        with means.database.read() as conn:
            _alone(conn, child)


def _alone(conn: Connection, child: Campaign) -> None:
    """Refuse a child whose people a sibling writes to: it would do so without regard for it.

    A sibling that is a draft is judged when it is submitted, as this one is.
    """
    parent = campaigns.get(conn, child.parent or 0)
    siblings = [each for each in campaigns.children(conn, parent.id) if each.id != child.id]
    for each in siblings:
        if each.state in _NOT_UNDER_WAY or not _in_common(each, child):
            continue
        raise NotAllowedError(
            f"'{each.name}' writes to people of '{parent.name}' with the same results already,"
            f" and '{child.name}' would write to them again; send '{each.name}' again instead, or"
            " cancel it"
        )
    made = any(each.wave > parent.wave for each in siblings)
    if not child.wave and parent.rules.waves > parent.wave and not made and _reminded(child):
        raise NotAllowedError(
            f"'{parent.name}' has reminders still to come ({parent.rules.waves - parent.wave}), to"
            f" people whom '{child.name}' would write to as well; wait for the first and send that"
            " one again, or cancel it and send the rest by hand"
        )


def _in_common(one: Campaign, other: Campaign) -> bool:
    """Whether people may be in both of two children of one campaign."""
    states = set(one.parent_states) & set(other.parent_states)
    return bool(states) and overlap(one.rules.share, other.rules.share)


def _reminded(child: Campaign) -> bool:
    """Whether the people of a child are such as get reminders."""
    return not set(NOT_REACHED).isdisjoint(child.parent_states)


def still_confirmed(means: Means, child: Campaign) -> None:
    """Refuse where more people may get it twice than the operator has confirmed."""
    if child.parent is None or not DOUBTFUL & set(child.parent_states):
        return
    with means.database.read() as conn:
        found = _doubtful(conn, child.parent, child.parent_states)
        entries = audit.history(conn, f"campaign:{child.id}")
    confirmed = int(str(entries[0].detail.get("confirmed_unknown", 0))) if entries else 0
    if found > confirmed:
        raise NotAllowedError(
            f"{found} people may get '{child.name}' twice by now, and {confirmed} were confirmed;"
            " cancel it, and make it anew with `campaign resend`"
        )


@dataclass(frozen=True, slots=True)
class Exclusion:
    """So many of the parent's people do not get the child, for one reason."""

    why: str
    """result: it was none to be sent again; came_later: it became one; share; suppressed; cap."""
    state: State
    """Their result in the parent."""
    people: int


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The parent's people: those who get the child, and all the others with their reason."""

    parent: Campaign
    child: Campaign
    people: int
    """All of the parent's."""
    written_to: int
    """Those who get it, or got it."""
    left_out: tuple[Exclusion, ...]


def excluded(conn: Connection, name: str) -> Exclusions:
    """Say who of the parent's people does not get a child campaign, and why; sums add up."""
    child = campaigns.find(conn, name)
    if child.parent is None:
        raise BadInputError(
            f"campaign '{child.name}' is for an audience, not for the rest of an earlier campaign;"
            " only campaigns of `resend` and reminder waves have exclusions"
        )
    parent = campaigns.get(conn, child.parent)
    groups = exclusions.of(conn, child)
    why = {group: _why(child, group) for group in groups}
    sums: dict[tuple[str, State], int] = {}
    for group, people in groups.items():
        place = (why[group] or "", group.result)
        sums[place] = sums.get(place, 0) + people
    written = sum(people for (reason, _), people in sums.items() if not reason)
    left_out = [Exclusion(*place, people) for place, people in sums.items() if place[0]]
    left_out.sort(key=lambda each: (each.why, each.state))
    return Exclusions(parent, child, sum(groups.values()), written, tuple(left_out))


def _why(child: Campaign, group: exclusions.Group) -> str | None:
    """Why people do not get the child; None if they do."""
    if group.child is State.SUPPRESSED:
        return "cap" if group.reason == OVER_CAP else "suppressed"
    if group.child is not None:
        return None
    if group.result not in child.parent_states:
        return "result"
    if not group.in_share:
        return "share"
    return "came_later" if child.planned_to else None
