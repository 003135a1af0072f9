"""What an approver should know of a plan before saying yes, in both languages."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from outreach.campaigns.findings import Finding, warning
from outreach.campaigns.forecast import HORIZON, Ask, Forecast
from outreach.domain.rules import Priority
from outreach.domain.text import dotted
from outreach.domain.window import LOCAL, local_day

_PLAN = "plan"


def cautions(ask: Ask, plan: Forecast, worst: Decimal) -> list[Finding]:
    """What does not fit, what is not known, and what the plan leaves out; `worst` is in đồng."""
    return [
        *_begin(ask, plan),
        *_left(ask, plan),
        *_budget(ask, worst),
        *_years(ask, plan),
        *_others(ask),
        *_left_out(ask),
    ]


def _begin(ask: Ask, plan: Forecast) -> Iterator[Finding]:
    """Say why it cannot begin when it was asked to."""
    told = ask.campaign.rules.starts_at
    if told is None:
        return
    wanted = datetime.fromtimestamp(told / 1000, LOCAL)
    name = ask.hours.holiday(wanted)
    if name is not None:
        yield warning(
            _PLAN,
            f"{wanted:%d/%m/%Y} là {name}: tin đầu tiên đi lúc {_local(plan.starts_at)}",
            f"{wanted:%Y-%m-%d} is {name}: the first message leaves at {_local(plan.starts_at)}",
        )


def _left(ask: Ask, plan: Forecast) -> Iterator[Finding]:
    why_vi, why_en = _bound(ask, plan)
    for account, messages in plan.left.items():
        yield warning(
            _PLAN,
            f"{dotted(messages)} tin của tài khoản {account} sẽ không gửi được {why_vi}",
            f"{messages:,} messages of account {account} will not leave {why_en}",
        )
    late = sum(plan.worst_left.values())
    if late and not plan.left:
        yield warning(
            _PLAN,
            f"nếu mọi người đều phải gửi lại qua kênh sau, {dotted(late)} tin sẽ không kịp gửi",
            f"if everybody falls back to the next channel, {late:,} messages will not leave in"
            " time",
        )


def _bound(ask: Ask, plan: Forecast) -> tuple[str, str]:
    """What keeps messages from leaving: the budget where it is used up, time otherwise."""
    budget = ask.campaign.rules.budget
    if budget is not None and budget - sum(day.cost for day in plan.days) < _dearest(ask):
        return "trong trần chi", "within the spending ceiling"
    if ask.campaign.until is not None:
        return f"trước {_local(ask.until)}", f"before {_local(ask.until)}"
    return f"trong {HORIZON.days} ngày", f"within {HORIZON.days} days"


def _dearest(ask: Ask) -> Decimal:
    """What a message costs on the dearest account, in đồng."""
    costs = (ask.accounts[n.account].price_per_part * n.parts / n.messages for n in ask.loads)
    return max(costs, default=Decimal(0))


def _budget(ask: Ask, worst: Decimal) -> Iterator[Finding]:
    budget = ask.campaign.rules.budget
    if budget is not None and worst > budget:
        yield warning(
            _PLAN,
            f"chi phí tối đa {dotted(int(worst))} đ vượt trần chi {dotted(budget)} đ: khi hết,"
            " chiến dịch tạm dừng",
            f"the worst cost, {worst:,.0f} đ, is above the spending ceiling of {budget:,} đ: when"
            " it is used up, the campaign is paused",
        )


def _years(ask: Ask, plan: Forecast) -> Iterator[Finding]:
    if ask.hours.closed is None:
        return
    last = plan.worst_ends_at or plan.ends_at or ask.until
    for year in ask.holidays.unknown(local_day(plan.starts_at), local_day(last)):
        yield warning(
            _PLAN,
            f"ngày nghỉ lễ năm {year} chưa có trong config/holidays.toml",
            f"the holidays of {year} are not in config/holidays.toml",
        )


def _others(ask: Ask) -> Iterator[Finding]:
    urgent = ask.campaign.rules.priority is Priority.URGENT
    ahead_vi = "; chiến dịch khẩn được gửi trước nên có thể xong sớm hơn" if urgent else ""
    ahead_en = "; being urgent it goes ahead, and may be done sooner" if urgent else ""
    for account, waiting in ask.others.items():
        yield warning(
            _PLAN,
            f"tài khoản {account} còn {dotted(sum(waiting))} tin của {len(waiting)} chiến dịch"
            f" khác; kế hoạch chia đều cho các chiến dịch{ahead_vi}",
            f"account {account} has {sum(waiting):,} messages of {len(waiting)} other campaigns"
            f" waiting; the plan gives each campaign an equal share{ahead_en}",
        )


def _left_out(ask: Ask) -> Iterator[Finding]:
    rules = ask.campaign.rules
    if rules.pilot:
        yield warning(
            _PLAN,
            "kế hoạch chưa tính thời gian chờ xem kết quả gửi thử",
            "the plan counts no time for the look at the pilot",
        )
    if rules.waves:
        days = rules.wave_days
        yield warning(
            _PLAN,
            f"tối đa {rules.waves} đợt nhắc, cách nhau {days} ngày: có trong chi phí tối đa,"
            " không có trong ngày kết thúc",
            f"up to {rules.waves} reminders, {days} days apart: they are in the worst cost, not in"
            " the end",
        )


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"
