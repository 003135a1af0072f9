"""Campaigns: what was intended, who approved it, where it stands."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, text

from outreach.domain.campaign import CampaignAction, CampaignState, moved
from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError, check_name
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Rules
from outreach.store import audit
from outreach.store.sql import statement


@dataclass(frozen=True, slots=True)
class Step:
    """One channel of a plan: for each network, the accounts that may carry it, best first."""

    channel: Channel
    accounts: Mapping[Network, Sequence[int]]
    weights: Mapping[int, int] = field(default_factory=dict)
    """The accounts that share the first choice, and by how much; without any the best has it."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One intention to inform."""

    id: int
    name: str
    state: CampaignState
    audience: int
    parent: int | None
    parent_states: tuple[int, ...]
    purpose: str
    message_class: str
    template: Mapping[str, Any]
    steps: tuple[Step, ...]
    opens: str
    closes: str
    until: int | None
    author: str
    approver: str | None
    approved_hash: str | None
    paused_by: str | None
    paused_why: str | None
    recipients: int
    planned_to: int
    created_at: int
    started_at: int | None
    finished_at: int | None
    settled_at: int | None
    rules: Rules = field(default_factory=Rules)
    piloting: bool = False
    """True while only the pilot may go."""
    released_at: int | None = None
    """Since when people let it start at its time (ms)."""
    wave: int = 0
    """Which reminder it is; 0 for a campaign that is none."""
    experiment: str | None = None


_COLUMNS = (
    "id, name, state, audience, parent, parent_states, purpose, message_class, template, routes,"
    " opens, closes, until, author, approver, approved_hash, paused_by, paused_why, recipients,"
    " planned_to, created_at, started_at, finished_at, settled_at, rules, piloting, released_at,"
    " wave, experiment"
)


_EXPERIMENT = 0x6578_7065
"""PostgreSQL's locks of experiments, with the hash of the name: "expe" in ASCII."""


def create(conn: Connection, campaign: Campaign) -> int:
    """Store a new campaign and return the id given to it.

    Its own id is ignored, and so is what has happened to it: a child may be made of its parent.
    """
    check_free(conn, campaign.name)
    columns = stored(
        replace(
            campaign,
            recipients=0,
            planned_to=0,
            paused_by=None,
            paused_why=None,
            started_at=None,
            finished_at=None,
            settled_at=None,
        )
    )
    marks = ", ".join(f":{name}" for name in columns)
    made = conn.execute(
        text(f"INSERT INTO campaign ({', '.join(columns)}) VALUES ({marks}) RETURNING id"), columns
    )
    return int(made.scalar_one())


def check_free(conn: Connection, name: str) -> None:
    """Refuse a name that cannot be shown, or that another campaign has."""
    check_name("campaign", name)
    if conn.execute(text("SELECT 1 FROM campaign WHERE name = :name"), {"name": name}).first():
        raise BadInputError(f"a campaign called '{name}' exists; choose another name")


def different(before: Campaign, after: Campaign) -> dict[str, object]:
    """The columns, as stored, in which two states of a campaign differ."""
    was = stored(before)
    return {name: value for name, value in stored(after).items() if value != was[name]}


def stored(campaign: Campaign) -> dict[str, object]:
    """Every column but the id, as the table keeps it."""
    return {
        "name": campaign.name,
        "state": campaign.state.value,
        "audience": campaign.audience,
        "parent": campaign.parent,
        "parent_states": ",".join(str(int(state)) for state in campaign.parent_states),
        "purpose": campaign.purpose,
        "message_class": campaign.message_class,
        "template": json.dumps(campaign.template, ensure_ascii=False),
        "routes": json.dumps(routes_out(campaign.steps)),
        "opens": campaign.opens,
        "closes": campaign.closes,
        "until": campaign.until,
        "author": campaign.author,
        "approver": campaign.approver,
        "approved_hash": campaign.approved_hash,
        "paused_by": campaign.paused_by,
        "paused_why": campaign.paused_why,
        "recipients": campaign.recipients,
        "planned_to": campaign.planned_to,
        "created_at": campaign.created_at,
        "started_at": campaign.started_at,
        "finished_at": campaign.finished_at,
        "settled_at": campaign.settled_at,
        "rules": json.dumps(campaign.rules.to_dict()),
        "piloting": int(campaign.piloting),
        "released_at": campaign.released_at,
        "wave": campaign.wave,
        "experiment": campaign.experiment,
    }


def find(conn: Connection, name_or_id: str) -> Campaign:
    """Find a campaign by name or number; NotFoundError says what there is."""
    row = conn.execute(
        text(f"SELECT {_COLUMNS} FROM campaign WHERE name = :name OR CAST(id AS TEXT) = :name"),
        {"name": name_or_id},
    ).first()
    if row is None:
        names = conn.execute(text("SELECT name FROM campaign ORDER BY id DESC LIMIT 5")).scalars()
        known = ", ".join(names) or "none yet"
        raise NotFoundError(f"no campaign is called '{name_or_id}'; the latest are: {known}")
    return _campaign(row)


def get(conn: Connection, campaign: int) -> Campaign:
    """Read a campaign that is known to exist."""
    return _campaign(
        conn.execute(
            text(f"SELECT {_COLUMNS} FROM campaign WHERE id = :id"),
            {"id": campaign},
        ).one()
    )


def in_state(conn: Connection, *states: CampaignState) -> list[Campaign]:
    """All campaigns in any of these states, oldest first."""
    wanted = ", ".join(f"'{state.value}'" for state in states)
    rows = conn.execute(
        text(f"SELECT {_COLUMNS} FROM campaign WHERE state IN ({wanted}) ORDER BY id")
    )
    return [_campaign(row) for row in rows]


def children(conn: Connection, parent: int) -> list[Campaign]:
    """The campaigns for the rest of another one, oldest first: sent again by people, or a wave."""
    rows = conn.execute(
        text(f"SELECT {_COLUMNS} FROM campaign WHERE parent = :parent ORDER BY id"),
        {"parent": parent},
    )
    return [_campaign(row) for row in rows]


def of_experiment(conn: Connection, experiment: str) -> list[Campaign]:
    """The campaigns that are compared with each other, oldest first.

    Cancelled ones are not among them, nor the reminders that follow them.
    """
    rows = conn.execute(
        text(
            f"SELECT {_COLUMNS} FROM campaign WHERE experiment = :experiment"
            " AND state <> 'cancelled' AND wave = 0 ORDER BY id"
        ),
        {"experiment": experiment},
    )
    return [_campaign(row) for row in rows]


def take_turns(conn: Connection, experiment: str) -> None:
    """Let nobody else look at or change an experiment's parts so until the transaction ends."""
    if conn.dialect.name == "postgresql":  # SQLite has one writer
        conn.execute(
            text("SELECT pg_advisory_xact_lock(:turn, hashtext(:experiment))"),
            {"turn": _EXPERIMENT, "experiment": experiment},
        )


def goes_on(conn: Connection, campaign: Campaign) -> bool:
    """Whether a campaign runs at this moment as it was approved when it was read, unpaused."""
    row = conn.execute(
        statement(
            "SELECT state, approved_hash,"
            " (SELECT COUNT(*) FROM installation WHERE paused_since IS NOT NULL)"
            " FROM campaign WHERE id = :id"
        ),
        {"id": campaign.id},
    ).one()
    return tuple(row) == (CampaignState.RUNNING.value, campaign.approved_hash, 0)


def move(conn: Connection, campaign: Campaign, to: CampaignState, **columns: object) -> None:
    """Move a campaign from the state it was read in; NotAllowedError if it moved meanwhile."""
    sets = "".join(f", {name} = :{name}" for name in columns)
    done = conn.execute(
        text(f"UPDATE campaign SET state = :to{sets} WHERE id = :id AND state = :before"),
        {"to": to.value, "id": campaign.id, "before": campaign.state.value, **columns},
    )
    if done.rowcount != 1:
        raise NotAllowedError(
            f"campaign '{campaign.name}' is no longer {campaign.state};"
            " somebody else moved it: look at its status and try again"
        )


def act(
    conn: Connection,
    campaign: Campaign,
    action: CampaignAction,
    actor: str,
    now: int,
    detail: Mapping[str, object] | None = None,
    **columns: object,
) -> None:
    """Do an action that the campaign's state is open to, and write down who did it.

    The columns that change with it are written down too, and `detail` beside them.
    """
    move(conn, campaign, moved(campaign.state, action), **columns)
    subject = f"campaign:{campaign.id}"
    told = {**columns, **(detail or {})}
    audit.write(conn, audit.Entry(now, actor, f"campaign.{action}", subject, told))


def routes_out(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Routes as plain values."""
    return [_step_out(step) for step in steps]


def routes_in(stored: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """Read what `routes_out` wrote."""
    return tuple(_step_in(step) for step in stored)


def _step_out(step: Step) -> dict[str, object]:
    accounts = {str(int(network)): list(ids) for network, ids in step.accounts.items()}
    weights = {str(account): weight for account, weight in step.weights.items()}
    return {"channel": int(step.channel), "accounts": accounts, "weights": weights}


def _step_in(stored: Mapping[str, Any]) -> Step:
    accounts = {Network(int(network)): tuple(ids) for network, ids in stored["accounts"].items()}
    weights = {int(account): weight for account, weight in stored.get("weights", {}).items()}
    return Step(Channel(stored["channel"]), accounts, weights)


def _campaign(row: Sequence[Any]) -> Campaign:
    fields = dict(zip(Campaign.__dataclass_fields__, row, strict=True))
    fields["state"] = CampaignState(fields["state"])
    fields["parent_states"] = tuple(int(n) for n in fields["parent_states"].split(",") if n)
    fields["template"] = json.loads(fields["template"])
    fields["rules"] = Rules.from_dict(json.loads(fields["rules"]))
    fields["piloting"] = bool(fields["piloting"])
    fields["steps"] = routes_in(json.loads(fields["steps"]))
    return Campaign(**fields)
