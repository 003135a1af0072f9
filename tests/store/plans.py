"""People on chosen networks, and campaigns that are planned for them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text

from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Rules
from outreach.store import audiences, campaigns, planning
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database

FIRST_NUMBER = 84_900_000_000
NETWORKS = [network for network in Network if network]


DISTRICTS = ("Quận 3", None, "Quận 12", "Huyện Củ Chi")


def people(
    database: Database,
    networks: Sequence[Network],
    name: str = "people",
    districts: Sequence[str | None] = DISTRICTS,
) -> int:
    """Store invented people on these networks, one each, of all districts; returns the audience."""
    rows: list[Row] = [
        (FIRST_NUMBER + n, int(network), None, districts[n % len(districts)], "{}")
        for n, network in enumerate(networks, 1)
    ]
    with database.write() as conn:
        audience = audiences.create(conn, Audience(0, name, "f", "f", "", 0, 0, 0, 0, "an"))
        audiences.add_recipients(conn, audience, 1, rows)
        audiences.progress(conn, audience, len(rows), len(rows), audiences.READY)
    return audience


def sms(*accounts: int, weights: dict[int, int] | None = None) -> Step:
    """A step whose accounts serve every network."""
    return Step(Channel.SMS, dict.fromkeys(NETWORKS, accounts), weights or {})


def draft(
    database: Database,
    audience: int,
    step: Step,
    rules: Rules | None = None,
    parent: int | None = None,
) -> Campaign:
    """A campaign without messages; of a parent it addresses those who are pending there."""
    with database.write() as conn:
        count = conn.execute(text("SELECT COUNT(*) FROM campaign")).scalar_one()
        campaign = Campaign(
            0, f"c{count}", CampaignState.PAUSED, audience, parent, (int(State.PENDING),),
            "p", "care", {}, (step,), "07:00", "22:00", None, "an", "binh", "h", None, None, 0, 0,
            0, None, None, None, rules or Rules(),
        )  # fmt: skip
        return campaigns.get(conn, campaigns.create(conn, campaign))


def plan(
    database: Database,
    audience: int,
    step: Step,
    rules: Rules | None = None,
    parent: int | None = None,
) -> Campaign:
    """A campaign with all its messages."""
    campaign = draft(database, audience, step, rules, parent)
    planned: Campaign | None = campaign
    while planned is not None:
        with database.write(steady=True) as conn:
            planned = planning.plan_window(conn, campaigns.get(conn, campaign.id))
    with database.read() as conn:
        return campaigns.get(conn, campaign.id)


class Planned(NamedTuple):
    """A message as planning made it; `n` is its number, `person` its recipient's."""

    n: int
    person: int
    account: int
    network: Network
    state: int
    reason: str | None


def messages(database: Database, campaign: Campaign) -> list[Planned]:
    """A campaign's messages of the first step, by number."""
    with database.read() as conn:
        rows = conn.execute(
            text(
                "SELECT id - :base, recipient % :span, account, network, state, reason"
                " FROM message WHERE id > :base AND id < :base + 100000000 ORDER BY id"
            ),
            {"base": campaign.id * CAMPAIGN_SPAN, "span": CAMPAIGN_SPAN},
        )
        return [Planned(n, p, a, Network(net), s, why) for n, p, a, net, s, why in rows]


class Chunk(NamedTuple):
    """A chunk by the numbers of its messages."""

    first: int
    last: int
    account: int
    network: Network
    pilot: bool
    recorded_to: int
    leased: bool


def chunks(database: Database, campaign: Campaign) -> list[Chunk]:
    """A campaign's chunks in the order in which they are offered."""
    with database.read() as conn:
        rows = conn.execute(
            text(
                "SELECT first - :base, last - :base, account, network, pilot,"
                " recorded_to - :base, lease_owner IS NOT NULL"
                " FROM chunk WHERE campaign = :campaign ORDER BY id"
            ),
            {"base": campaign.id * CAMPAIGN_SPAN, "campaign": campaign.id},
        )
        return [Chunk(a, b, c, Network(d), bool(e), f, bool(g)) for a, b, c, d, e, f, g in rows]
