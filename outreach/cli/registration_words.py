"""What the commands on registrations answer, for people and for scripts."""

from collections import Counter
from collections.abc import Mapping, Sequence

from outreach.cli.audience_words import reason
from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.words import Lang, count, words
from outreach.domain.month import Month
from outreach.statistics.registrations import Imported
from outreach.store.registrations import RegistrationList
from outreach.store.responses import Kind, ResponseFigure

_KINDS = {
    Kind.OPENED: ("opened the link", "mở liên kết"),
    Kind.INSTALLED: ("installed", "đã cài"),
    Kind.REGISTERED: ("registered", "đã đăng ký"),
    Kind.OPTED_OUT: ("opted out", "từ chối nhận tin"),
    Kind.PREVIEWED: ("looked at by programs", "chương trình xem trước"),
}
_IMPORTED = {
    Lang.EN: "'{name}': {rows} rows = {added} added + {known} known already + {rejected} rejected",
    Lang.VI: "'{name}': {rows} dòng = {added} thêm mới + {known} đã có + {rejected} bị loại",
}
_LOOKED_UP = {
    Lang.EN: "{people} looked up: after which message, `outreach registration show` tells",
    Lang.VI: "Đã tra {people} người: sau tin nào, xem `outreach registration show`",
}
_WAITING = {
    Lang.EN: "{people} are not looked up yet and stand under 'none of ours'; the engine does it"
    " each night, `registration import` at once",
    Lang.VI: "{people} người chưa được tra, đang xếp vào 'không sau tin nào'; hệ thống tra mỗi"
    " đêm, `registration import` tra ngay",
}
_FORGOTTEN = {
    Lang.EN: "'{name}' is taken back: {people} people fewer. Who stands on another list too comes"
    " back when its file is given again.",
    Lang.VI: "Đã gỡ '{name}': bớt {people} người. Người còn ở danh sách khác sẽ có lại khi nhập"
    " lại tệp đó.",
}
_NONE = ("none of ours", "không sau tin nào")
_FIGURES = {
    Lang.EN: ("Month", "What", "After campaign", "People"),
    Lang.VI: ("Tháng", "Việc", "Sau chiến dịch", "Số người"),
}
_LISTS = {
    Lang.EN: ("List", "What", "Source", "By", "Since", "Rows", "People", "Rejected"),
    Lang.VI: ("Danh sách", "Việc", "Nguồn", "Người nhập", "Từ", "Dòng", "Số người", "Bị loại"),
}


def list_json(found: RegistrationList) -> dict[str, object]:
    """A list for scripts."""
    return {
        "id": found.id,
        "name": found.name,
        "kind": found.kind.name.lower(),
        "source": found.source,
        "at": iso(found.at),
        "made_by": found.made_by,
        "rows": found.rows,
        "added": found.added,
        "rejected": found.rejected,
    }


def imported_json(done: Imported) -> dict[str, object]:
    """What became of a file's rows, for scripts."""
    return {
        "list": list_json(done.list),
        "rows": done.rows,
        "added": done.added,
        "known": done.known,
        "rejected": done.rejected.total(),
        "rejected_by_reason": dict(done.rejected),
        "looked_up": done.looked_up,
    }


def figures_json(
    found: Sequence[ResponseFigure], named: Mapping[int, str], carriers: Mapping[int, str]
) -> list[dict[str, object]]:
    """Figures for scripts: campaigns and accounts by name."""
    return [
        {
            "month": str(Month.of_number(each.month)),
            "kind": each.kind.name.lower(),
            "campaign": named.get(each.campaign),
            "account": carriers.get(each.account),
            "network": each.network.title if each.campaign else None,
            "district": each.district,
            "people": each.people,
        }
        for each in found
    ]


def show_imported(done: Imported, lang: Lang) -> None:
    """Say what became of a file's rows, and why some were not taken."""
    figures = {"rows": done.rows, "added": done.added, "known": done.known}
    told = {**figures, "rejected": done.rejected.total()}
    shown = {name: count(figure, lang) for name, figure in told.items()}
    console().print(_IMPORTED[lang].format(name=done.list.name, **shown), soft_wrap=True)
    if done.rejected:
        titles = words(lang)("rejected_for"), words(lang)("rows")
        rows = [(reason(why, lang), count(n, lang)) for why, n in done.rejected.most_common()]
        show_table(titles, rows, numeric=[1])
    show_looked_up(done.looked_up, lang)


def show_looked_up(people: int, lang: Lang) -> None:
    """Say how many were put down to a message, or to none, and where that is to be seen."""
    said = _LOOKED_UP[lang].format(people=count(people, lang))
    console().print(said, soft_wrap=True)


def show_figures(
    found: Sequence[ResponseFigure], named: Mapping[int, str], waiting: int, lang: Lang
) -> None:
    """Print how many people did what after which campaign."""
    place = lang is Lang.VI
    sums: Counter[tuple[int, Kind, int]] = Counter()
    for each in found:
        sums[each.month, each.kind, each.campaign] += each.people
    rows = [
        (
            Month.of_number(month),
            _KINDS[kind][place],
            named.get(campaign, _NONE[place]),
            count(people, lang),
        )
        for (month, kind, campaign), people in sorted(sums.items())
    ]
    show_table(_FIGURES[lang], rows, numeric=[3])
    if waiting:
        console().print(_WAITING[lang].format(people=count(waiting, lang)), soft_wrap=True)


def show_lists(found: Sequence[RegistrationList], lang: Lang) -> None:
    """Print lists, each with how many people are there by it."""
    rows = [
        (
            each.name,
            _KINDS[each.kind][lang is Lang.VI],
            each.source,
            each.made_by,
            local_ms(each.at)[:10],
            *(count(figure, lang) for figure in (each.rows, each.added, each.rejected)),
        )
        for each in found
    ]
    show_table(_LISTS[lang], rows, numeric=[5, 6, 7])


def show_forgotten(name: str, gone: int, lang: Lang) -> None:
    """Say that a list is taken back."""
    console().print(_FORGOTTEN[lang].format(name=name, people=count(gone, lang)), soft_wrap=True)
