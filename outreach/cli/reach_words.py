"""What the commands on user ids answer, for people and for scripts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from outreach.campaigns.ids import Unfit
from outreach.campaigns.introducing import Introduced
from outreach.cli.audience_words import reason as row_reason
from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.words import Lang, count, words
from outreach.domain.msisdn import mask_text
from outreach.files import Column
from outreach.files.columns import letter
from outreach.reports.files import Cell
from outreach.reports.reasons import in_vietnamese
from outreach.store.reach import Kept
from outreach.store.rejects import Rejected

_DONE = {
    Lang.EN: "{account}: {rows} rows = {new} new + {changed} changed + {known} known already"
    " + {rejected} rejected",
    Lang.VI: "{account}: {rows} dòng = {new} mới + {changed} đổi mã + {known} đã biết"
    " + {rejected} bị loại",
}
_DRY_RUN = {
    Lang.EN: "Dry run, nothing is stored.",
    Lang.VI: "Chạy thử, không lưu gì.",
}
_COLUMNS_ARE = {
    Lang.EN: "Phone numbers: column {phone}; user ids: column {user_id}",
    Lang.VI: "Số điện thoại: cột {phone}; mã người dùng: cột {user_id}",
}
_FORGOTTEN = {
    Lang.EN: "Forgotten. This was known:",
    Lang.VI: "Đã xóa. Trước đó biết:",
}
_NOTHING = {
    Lang.EN: "nothing is known of it",
    Lang.VI: "chưa biết gì về số này",
}
_COLUMNS = {
    Lang.EN: ("Account", "User id", "Known since", "Messages by Zalo", "Told"),
    Lang.VI: ("Tài khoản", "Mã người dùng", "Biết từ", "Tin qua Zalo", "Báo lúc"),
}
_OPEN = {Lang.EN: "may be sent", Lang.VI: "được gửi"}


def introduced_json(done: Introduced) -> dict[str, object]:
    """What became of a file's rows, for scripts."""
    columns = {"phone": _column(done, "phone"), "user_id": _column(done, done.column)}
    return {
        "rows": done.rows,
        "new": done.new,
        "changed": done.changed,
        "known": done.known,
        "rejected": sum(done.rejected.values()),
        "rejected_by_reason": done.rejected,
        "rejects": [{"line": line, "reason": why, "number": raw} for line, why, raw in done.first],
        "columns": {
            role: {"place": letter(each.place), "header": mask_text(each.header)}
            for role, each in columns.items()
        },
        "notes": [mask_text(note) for note in done.understood.notes],
    }


def show_introduced(done: Introduced, account: str, lang: Lang, *, dry_run: bool) -> None:
    """Say how a file was read, what became of its rows, and why some were not taken."""
    say, out = words(lang), console()
    told = {"phone": _column(done, "phone"), "user_id": _column(done, done.column)}
    places = {role: _place(each) for role, each in told.items()}
    out.print(_COLUMNS_ARE[lang].format(**places), soft_wrap=True)
    for note in done.understood.notes:
        out.print(f"• {mask_text(note)}", soft_wrap=True)
    if dry_run:
        out.print(_DRY_RUN[lang])
    figures = {name: count(getattr(done, name), lang) for name in _FIGURES}
    rejected = count(sum(done.rejected.values()), lang)
    out.print(_DONE[lang].format(account=account, rejected=rejected, **figures), soft_wrap=True)
    if done.rejected:
        rows = [(reason(why, lang), count(n, lang)) for why, n in done.rejected.items()]
        show_table((say("rejected_for"), say("rows")), rows, numeric=[1])
        first = [(line, raw, reason(why, lang)) for line, why, raw in done.first]
        show_table((say("line"), say("number"), say("reason")), first, numeric=[0])


_FIGURES = ("rows", "new", "changed", "known")


def reject_rows(rejected: Iterable[Rejected]) -> Iterator[tuple[Cell, ...]]:
    """Every rejected row for a spreadsheet, below its titles."""
    yield "Dòng", "Mã lý do", "Lý do", "Reason", "Số (đã che)"
    for line, why, raw in rejected:
        yield line, why, reason(why, Lang.VI), reason(why, Lang.EN), raw


def reason(stored: str, lang: Lang) -> str:
    """Why a row was rejected, in words."""
    if stored in set(Unfit):
        return Unfit(stored).vi if lang is Lang.VI else Unfit(stored).en
    return row_reason(stored, lang)


def forgotten(lang: Lang) -> str:
    """What stands above that which was known."""
    return _FORGOTTEN[lang]


def kept_json(kept: Kept, names: Mapping[int, str], now: int) -> dict[str, object]:
    """What is kept for one account, for scripts."""
    return {
        "account": names.get(kept.account),
        "channel": kept.channel.name.lower(),
        "user_id": _masked(kept.address) or None,
        "user_id_at": iso(kept.address_at) if kept.address else None,
        "reach": kept.reach,
        "reach_at": iso(kept.at) if kept.at else None,
        "why_not": kept.why_not(now) or None,
    }


def show_kept(
    masked: str, found: Sequence[Kept], names: Mapping[int, str], now: int, lang: Lang
) -> None:
    """Show what is known of a number, the ids masked."""
    if not found:
        console().print(f"{masked}: {_NOTHING[lang]}")
        return
    console().print(masked)
    show_table(_COLUMNS[lang], [_row(each, names, now, lang) for each in found])


def _row(kept: Kept, names: Mapping[int, str], now: int, lang: Lang) -> tuple[object, ...]:
    why = kept.why_not(now)
    if not why:
        why = _OPEN[lang]
    elif lang is Lang.VI:
        why = in_vietnamese(why)
    since = local_ms(kept.address_at) if kept.address else ""
    told = local_ms(kept.at) if kept.at else ""
    return names.get(kept.account, "?"), _masked(kept.address), since, why, told


def _masked(address: str) -> str:
    """Enough of an id to compare it."""
    return f"{address[:3]}****{address[-3:]}" if len(address) > 8 else "****"[: 4 * bool(address)]


def _column(done: Introduced, role: str) -> Column:
    return next(each for each in done.understood.columns if each.role == role)


def _place(column: Column) -> str:
    title = mask_text(column.header)
    return f"{letter(column.place)} '{title}'" if title else letter(column.place)
