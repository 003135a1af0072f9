"""`outreach carrier list`: every account, what it may do, and how it fares."""

from collections.abc import Iterator

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from outreach.cli.carrier_accounts import Contract, Readiness, contracts, tolerant, with_records
from outreach.cli.options import Json, options
from outreach.cli.output import console, local, local_ms, show_table
from outreach.cli.pause_words import pause_words
from outreach.cli.status_accounts import AccountLine
from outreach.cli.status_words import quota_words, unit_words
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count, words
from outreach.domain.errors import OutreachError
from outreach.domain.limit import Limit
from outreach.domain.network import Network
from outreach.settings import Settings
from outreach.store import schema
from outreach.store.database import Database

EPILOG = "Example: outreach carrier list --json"

_WORDS = {
    "title": (
        ("Account", "Adapter", "Networks", "State", "Rate / limit", "Breaker"),
        ("Tài khoản", "Bộ nối", "Mạng", "Tình trạng", "Tốc độ / hạn mức", "Cầu dao"),
    ),
    Readiness.READY: ("ready", "sẵn sàng"),
    Readiness.DISABLED: ("disabled", "đang tắt"),
    Readiness.SECRETS: ("secrets missing", "thiếu thông tin bí mật"),
    Readiness.FAULTY: ("faulty", "tệp sai"),
    "all": ("all", "tất cả"),
    "fault": ("{name}: {fault}", "{name}: {fault}"),
    "missing": ("{name}: not set: {missing}", "{name}: chưa đặt: {missing}"),
    "limits": ("{name}: limits: {limits}", "{name}: hạn mức: {limits}"),
    "quota": (
        "{name}: {used} used of {quota}, {left} left, afresh {at}",
        "{name}: đã dùng {used} của {quota}, còn {left}, tính lại lúc {at}",
    ),
    "held": ("{name}: held since {at}: {why}", "{name}: ngừng gửi từ {at}: {why}"),
    "last": ("{name}: last stopped {at}: {why}", "{name}: lần ngừng gần nhất {at}: {why}"),
    "next": (
        "What an account lacks: outreach carrier check NAME; it takes part with enabled = true",
        "Tài khoản còn thiếu gì: outreach carrier check TÊN; tham gia khi enabled = true",
    ),
    "callback": ("{name}: is called back at {url}", "{name}: nhà mạng gọi lại tại {url}"),
}
_ALL = len(Network) - 1  # one of them is "unknown"
_PERIODS = {
    "a second": "mỗi giây",
    "a minute": "mỗi phút",
    "an hour": "mỗi giờ",
    "a day": "mỗi ngày",
    "a month": "mỗi tháng",
}


def list_carriers(ctx: typer.Context, as_json: Json = False) -> None:
    """List every account of config/accounts/: state, limits, quotas, breaker, last error.

    JSON: carriers, each with name, state (ready, disabled, secrets missing, faulty), missing
    (variables), fault, adapter, channel, networks, limits, callback (its secret part masked),
    engine (as accounts of `campaign status`; null before the engine knew it), last_error (at,
    reason) or null.
    """
    settings = tolerant(options(ctx).config)
    found = _recorded(settings)
    if as_json:
        emit({"carriers": [each.to_json() for each in found]})
        return
    lang = options(ctx).lang
    show_table(_WORDS["title"][lang is Lang.VI], [_row(each, lang) for each in found])
    for each in found:
        for line in _remarks(each, lang):
            console().print(line, soft_wrap=True)
    if any(each.readiness is not Readiness.READY for each in found):
        console().print(_say("next", lang), style="yellow", soft_wrap=True)


def _recorded(settings: Settings) -> list[Contract]:
    """Every account; with the engine's word where there is a database that can be read."""
    plain, url = list(contracts(settings)), make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not (settings.data / "outreach.db").exists():
        return plain
    database = Database(settings.database_url)
    try:
        schema.require_newest(database)
        with database.read() as conn:
            return list(with_records(plain, conn, settings))
    except (OutreachError, SQLAlchemyError):
        return plain  # `outreach doctor` says what the database lacks
    finally:
        database.close()


def _row(each: Contract, lang: Lang) -> tuple[object, ...]:
    its, line = each.account, each.line
    return (
        each.name,
        its and its.adapter,
        _networks(each, lang),
        _say(each.readiness, lang),
        _rate(line, lang) if line else "",
        _breaker(line, lang) if line else "",
    )


def _networks(each: Contract, lang: Lang) -> str:
    found = sorted(each.account.networks) if each.account else []
    if len(found) == _ALL:
        return _say("all", lang)
    return ", ".join(network.title for network in found)


def _rate(line: AccountLine, lang: Lang) -> str:
    if not line.running:
        return ""
    may = count(line.allowed_per_s, lang) if line.full_per_s else "∞"
    sent, unit = count(line.rate_per_s, lang), unit_words(line.unit, lang)
    return words(lang)("per_second", sent=sent, may=may, unit=unit)


def _breaker(line: AccountLine, lang: Lang) -> str:
    return words(lang)(f"breaker_{line.breaker}" if line.running else "engine_down")


def _remarks(each: Contract, lang: Lang) -> Iterator[str]:
    """What does not fit into a row, a line each."""
    name, line = each.name, each.line
    if each.fault:
        yield _say("fault", lang, name=name, fault=each.fault)
    if each.missing:
        yield _say("missing", lang, name=name, missing=", ".join(each.missing))
    if each.account is not None:
        limits = ", ".join(_limit(limit, lang) for limit in each.account.limits)
        yield _say("limits", lang, name=name, limits=limits)
    for quota in line.quotas if line else ():
        figures = {"used": count(quota.used, lang), "left": count(quota.left, lang)}
        told = {"quota": quota_words(quota, lang), "at": local(quota.resets_at), **figures}
        yield _say("quota", lang, name=name, **told)
    if line and line.held:
        why = pause_words(line.reason, lang)
        yield _say("held", lang, name=name, at=local_ms(line.held_since), why=why)
    elif each.last_error:
        at, why = each.last_error
        yield _say("last", lang, name=name, at=local_ms(at), why=pause_words(why, lang))
    if each.callback:
        yield _say("callback", lang, name=name, url=each.callback)


def _limit(limit: Limit, lang: Lang) -> str:
    """A limit as people say it: 500 messages a day."""
    if lang is Lang.EN:
        return limit.words
    _, _, period = limit.words.split(" ", 2)
    told = _PERIODS.get(period, period)
    return f"{count(limit.amount, lang)} {unit_words(limit.unit, lang)} {told}"


def _say(key: str, lang: Lang, **values: object) -> str:
    return str(_WORDS[key][lang is Lang.VI]).format(**values)
