"""A small installation with every state in it, made by the store's own functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection

from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import Event
from outreach.domain.network import Channel, Network
from outreach.store import accounts, audiences, campaigns, closing, planning, tally, work
from outreach.store.audiences import Audience
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database
from outreach.store.messages import Change, apply
from outreach.store.record import Due, Result, record
from outreach.store.work import Lease, Ticket

VIETTEL, ESMS, ZALO = 1, 2, 3
PRICES = {VIETTEL: Decimal(600), ESMS: Decimal("700.5"), ZALO: Decimal(300)}
PUSHED = frozenset({ESMS, ZALO})
NOVEMBER, DECEMBER = 20261130, 20261201
MADE_AT = datetime(2026, 12, 2, 1, 30, tzinfo=UTC)
AGENCY = {"parent": "THÀNH PHỐ MẪU", "name": "TRUNG TÂM MẪU", "place": "Thành phố Mẫu"}
INJECTION = "=cmd|' /C calc'!A0"
PARTS = 3
EACH = 4
"""So many recipients meet each fate."""

NOW = int(datetime(2026, 11, 30, 3, tzinfo=UTC).timestamp() * 1000)
_LEASE = Lease("tests", NOW + 60_000)
_Fate = Callable[[Ticket], Result]


def _event(event: Event, reason: str | None = None, parts: int = 0) -> _Fate:
    return lambda ticket: Result(ticket, event, parts, reason)


_ACCEPT = _event(Event.ACCEPT, parts=PARTS)


def _snooze(ticket: Ticket) -> Result:
    return Result(
        ticket, Event.POSTPONE, due=Due(NOW, "night", ticket.account, 0, 1, rerouted=False)
    )


def _refuse_with_fallback(ticket: Ticket) -> Result:
    return Result(ticket, Event.REFUSE, reason="-118 no Zalo account", fallback=ESMS)


def build(database: Database) -> tuple[int, int]:
    """Fill a database: an SMS campaign of November, one with a fallback of December."""
    with database.write() as conn:
        accounts.register(
            conn, [("viettel", Channel.SMS), ("esms", Channel.SMS), ("zalo", Channel.ZALO)]
        )
        sms = _campaign(
            conn,
            f"{INJECTION} tháng 11",
            (11 * EACH, 2 * EACH, EACH),
            [Step(Channel.SMS, {Network.VINAPHONE: [ESMS], Network.VIETTEL: [VIETTEL]})],
        )
        _november(conn, sms)
        zalo = _campaign(
            conn,
            "Zalo trước, SMS sau",
            (4 * EACH, 0, 0),
            [
                Step(Channel.ZALO, {Network.VINAPHONE: [ZALO]}),
                Step(Channel.SMS, {Network.VINAPHONE: [ESMS]}),
            ],
        )
        _december(conn, zalo)
    return sms.id, zalo.id


def _campaign(
    conn: Connection, name: str, sizes: tuple[int, int, int], steps: Sequence[Step]
) -> Campaign:
    audience = _audience(conn, name, dict(zip(_NETWORKS, sizes, strict=True)))
    draft = Campaign(
        0, name, CampaignState.SCHEDULED, audience, None, (), "vssid", "care", {}, tuple(steps),
        "07:00", "22:00", None, "an", None, None, None, None, 0, 0, NOW, None, None, None,
    )  # fmt: skip
    campaign = replace(draft, id=campaigns.create(conn, draft))
    while (more := planning.plan_window(conn, campaign)) is not None:
        campaign = more
    campaigns.act(conn, campaign, CampaignAction.START, "an", NOW, started_at=NOW)
    return campaign


_NETWORKS = (Network.VINAPHONE, Network.VIETTEL, Network.GMOBILE)


def _audience(conn: Connection, name: str, sizes: Mapping[Network, int]) -> int:
    audience = audiences.create(conn, Audience(0, name, "a.csv", "f", "", 0, 0, 0, NOW, "an"))
    networks = [network for network, size in sizes.items() for _ in range(size)]
    rows = [
        (84_910_000_000 + audience * 1_000 + n, int(network), None, None, "{}")
        for n, network in enumerate(networks)
    ]
    audiences.add_recipients(conn, audience, 1, rows)
    audiences.progress(conn, audience, len(rows), len(rows), audiences.READY)
    return audience


_NOVEMBER: tuple[_Fate, ...] = (
    _ACCEPT,  # 0: awaits its receipt
    _ACCEPT,  # 1: delivered within the month
    _ACCEPT,  # 2: delivered a day later, in December
    _ACCEPT,  # 3: undelivered
    _ACCEPT,  # 4: unconfirmed
    _event(Event.REFUSE, INJECTION),
    _event(Event.SPEND, "no route to host"),
    _event(Event.LOSE, "read time-out of 84912345678", PARTS),
    _event(Event.SUPPRESS),
    _event(Event.EXPIRE),
    _snooze,  # 10: cancelled at last
)


def _november(conn: Connection, campaign: Campaign) -> None:
    own = _send(conn, campaign, VIETTEL, (_ACCEPT, _ACCEPT), NOVEMBER)
    sent = _send(conn, campaign, ESMS, _NOVEMBER, NOVEMBER)
    _receipts(conn, sent[1], Event.DELIVERED, NOVEMBER)
    tally.fold(conn)
    _receipts(conn, sent[2], Event.DELIVERED, DECEMBER)
    _receipts(conn, sent[3], Event.UNDELIVERED, NOVEMBER, "4 absent")
    apply(conn, [Change(message, Event.DEADLINE) for message in sent[4]], DECEMBER)
    closing.close_some(conn, campaign.id, Event.CANCEL, NOVEMBER)
    _receipts(conn, own[1], Event.UNDELIVERED, DECEMBER, "pulled")


def _december(conn: Connection, campaign: Campaign) -> None:
    fates = (_ACCEPT, _refuse_with_fallback, _refuse_with_fallback, _snooze)
    sent = _send(conn, campaign, ZALO, fates, DECEMBER)
    _receipts(conn, sent[0], Event.DELIVERED, DECEMBER)
    fallen = work.claim_due(conn, campaign.id, ESMS, NOW, EACH, _LEASE)
    record(conn, [_ACCEPT(ticket) for ticket in fallen], NOW, DECEMBER)
    _receipts(conn, [ticket.message for ticket in fallen], Event.DELIVERED, DECEMBER)


def _send(
    conn: Connection, campaign: Campaign, account: int, fates: Sequence[_Fate], day: int
) -> list[list[int]]:
    """Send all that a campaign has on an account, EACH messages to each fate."""
    chunk = work.claim_chunk(conn, campaign.id, account, _LEASE)
    assert chunk
    started = work.advance_chunk(conn, chunk, CAMPAIGN_SPAN, _LEASE)
    assert started
    tickets = work.started(conn, started, NOW)
    runs = [tickets[at * EACH : (at + 1) * EACH] for at in range(len(fates))]
    results = [fate(ticket) for fate, run in zip(fates, runs, strict=True) for ticket in run]
    record(conn, results, NOW, day)
    done = work.advance_chunk(conn, started, 0, _LEASE)
    assert done
    work.release_chunk(conn, done, _LEASE.owner)
    return [[ticket.message for ticket in run] for run in runs]


def _receipts(
    conn: Connection, messages: Sequence[int], event: Event, day: int, reason: str | None = None
) -> None:
    apply(conn, [Change(message, event, reason, day) for message in messages], day)
