"""Reminders: campaigns that the engine makes for those whom an earlier one did not reach."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, count

from sqlalchemy import Connection, text

from outreach.domain.campaign import CampaignState
from outreach.domain.message import NOT_REACHED
from outreach.store import audit, campaigns, planning, tally
from outreach.store.campaigns import Campaign
from outreach.store.sql import for_update

_DAY = 86_400_000
_LOOK_AGAIN = 60_000
_LONGEST, _SHORT = 64, 32
"""Characters of a campaign's name."""


def make(conn: Connection, now: int, nobody: dict[int, float]) -> Campaign | None:
    """Make the next wave that is due, approved as its first campaign was; None if none is.

    `nobody` keeps, from call to call, who has nobody to remind, and until when (ms) to believe it.
    """
    for parent in _ended(conn, now):
        due = (parent.finished_at or 0) + parent.rules.wave_days * _DAY
        if now < max(due, nobody.get(parent.id, 0)):
            continue
        people = _not_reached(conn, parent.id)
        if not people:
            # A receipt may still come for one that is not settled.
            nobody[parent.id] = now + _LOOK_AGAIN if parent.settled_at is None else math.inf
        elif _is_ours(conn, parent):
            return _make(conn, parent, people, now)
    return None


def _ended(conn: Connection, now: int) -> Iterator[Campaign]:
    """Campaigns that have ended, ask for one more wave and do not have it."""
    ids = conn.execute(
        text(
            "SELECT id FROM campaign c WHERE state IN (:finished, :settled)"
            " AND rules LIKE '%\"waves\"%' AND finished_at <= :yesterday AND NOT EXISTS"
            " (SELECT 1 FROM campaign n WHERE n.parent = c.id AND n.wave = c.wave + 1)"
            " ORDER BY id"
        ),
        {
            "finished": CampaignState.FINISHED.value,
            "settled": CampaignState.SETTLED.value,
            "yesterday": now - _DAY,
        },
    ).scalars()
    for number in ids.all():
        campaign = campaigns.get(conn, number)
        if campaign.wave < campaign.rules.waves:
            yield campaign


def _is_ours(conn: Connection, parent: Campaign) -> bool:
    """Whether its next wave is ours to make: of several who would, one is first."""
    told = {"id": parent.id, "wave": parent.wave + 1}
    conn.execute(text(f"SELECT 1 FROM campaign WHERE id = :id{for_update(conn)}"), told)
    made = text("SELECT 1 FROM campaign WHERE parent = :id AND wave = :wave")
    return conn.execute(made, told).first() is None


def _not_reached(conn: Connection, campaign: int) -> int:
    """How many people a reminder is for."""
    return sum(
        figure.messages
        for figure in tally.figures(conn, campaign)
        if figure.group.result and figure.group.state in NOT_REACHED
    )


def _make(conn: Connection, parent: Campaign, people: int, now: int) -> Campaign:
    """A campaign with the words, routes and hours of its parent, and as much time.

    It has no pilot: the words have been looked at. It is planned window by window, then starts.
    """
    child = replace(
        parent,
        name=_free_name(conn, parent),
        state=CampaignState.SCHEDULED,
        parent=parent.id,
        parent_states=tuple(int(state) for state in NOT_REACHED),
        until=_until(parent, now),
        created_at=now,
        released_at=None,
        rules=parent.rules.but(starts_at=None, pilot=0),
        piloting=False,
        wave=parent.wave + 1,
    )
    number = campaigns.create(conn, child)
    told = {
        "name": child.name,
        "parent": parent.name,
        "people": people,
        "approver": child.approver,
        "approved_hash": child.approved_hash,
    }
    audit.write(conn, audit.Entry(now, audit.ENGINE, "campaign.create", f"campaign:{number}", told))
    return campaigns.get(conn, number)


def _free_name(conn: Connection, parent: Campaign) -> str:
    """The root's name with the wave's number; with more numbers where it is taken."""
    suffix = f" (wave {parent.wave + 1})"
    root = parent.name.removesuffix(f" (wave {parent.wave})")[: _LONGEST - len(suffix)]
    short = f"{root[:_SHORT]} #{parent.id}"
    names = chain([root, short], (f"{short}.{n}" for n in count(2)))
    taken = text("SELECT 1 FROM campaign WHERE name = :name")
    return next(
        name
        for name in (each + suffix for each in names)
        if conn.execute(taken, {"name": name}).first() is None
    )


def _until(parent: Campaign, now: int) -> int | None:
    """The last moment: as long after its making as the parent's was after its start."""
    if parent.until is None or parent.started_at is None:
        return None
    return now + parent.until - parent.started_at


def plan(conn: Connection, now: int) -> bool:
    """Plan one more window of a wave; one that is planned is released. False if none is waiting."""
    for wave in campaigns.in_state(conn, CampaignState.SCHEDULED):
        if wave.released_at is None and _ours(conn, wave):
            if planning.plan_window(conn, wave) is None:
                campaigns.move(conn, campaigns.get(conn, wave.id), wave.state, released_at=now)
            return True
    return False


def _ours(conn: Connection, campaign: Campaign) -> bool:
    """Whether it is a wave as the engine made it: an edited one waits for people."""
    if not campaign.wave or campaign.parent is None:
        return False
    parent = campaigns.get(conn, campaign.parent)
    return campaign.approved_hash is not None and campaign.approved_hash == parent.approved_hash
