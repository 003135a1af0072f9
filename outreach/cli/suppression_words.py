"""What the commands on suppression lists answer, for people and for scripts."""

from collections.abc import Iterable

from outreach.campaigns.suppression import Imported
from outreach.cli.audience_words import reason
from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.registration_words import show_looked_up
from outreach.cli.words import Lang, words
from outreach.domain.msisdn import mask_text
from outreach.files import Column, Understanding
from outreach.files.columns import letter
from outreach.store.suppressions import Standing, SuppressionList

_STANDING = {
    Lang.EN: {
        Standing.IN_FORCE: "in force",
        Standing.EXPIRED: "expired",
        Standing.UNDONE: "undone by {who}: {why}",
    },
    Lang.VI: {
        Standing.IN_FORCE: "đang áp dụng",
        Standing.EXPIRED: "đã hết hạn",
        Standing.UNDONE: "{who} đã hủy: {why}",
    },
}
_BROKEN_OFF = {
    Lang.EN: "; its import has not ended: give the file again",
    Lang.VI: "; nhập chưa xong: hãy nhập lại tệp",
}
_OPT_OUTS = {
    Lang.EN: "; opt-outs",
    Lang.VI: "; người từ chối nhận tin",
}
_LATER = {
    Lang.EN: "Opt-outs: after which message each came is looked up tonight; until then they count"
    " as after none of ours",
    Lang.VI: "Người từ chối nhận tin: đêm nay hệ thống tra sau tin nào; đến lúc đó tính là không"
    " sau tin nào",
}
_IMPORTED = {
    Lang.EN: "'{name}': {rows} rows = {added} added + {known} known already + {rejected} rejected",
    Lang.VI: "'{name}': {rows} dòng = {added} thêm mới + {known} đã có + {rejected} bị loại",
}
_TAKEN_FOR = {
    Lang.EN: "Phone numbers: column {place}{title}",
    Lang.VI: "Số điện thoại: cột {place}{title}",
}
_TAKEN_OFF = {
    Lang.EN: "The number is taken off '{name}'. A later import of a file that has it puts it on"
    " again: take it out of the file too.",
    Lang.VI: "Đã bỏ số khỏi '{name}'. Nhập lại tệp còn số này thì số lại vào danh sách: hãy xóa"
    " số khỏi tệp.",
}
_COLUMNS = {
    Lang.EN: ("No", "List", "Scope", "Reason", "Since", "Last day", "Standing", "Numbers"),
    Lang.VI: ("Số", "Danh sách", "Phạm vi", "Lý do", "Từ", "Ngày cuối", "Hiệu lực", "Số máy"),
}


def imported_json(done: Imported, now: int) -> dict[str, object]:
    """What became of numbers, for scripts."""
    return {
        "list": list_json(done.list, now),
        "rows": done.rows,
        "added": done.added,
        "known": done.known,
        "rejected": done.rejected.total(),
        "rejected_by_reason": dict(done.rejected),
        **({} if done.understood is None else _file_json(done.understood)),
    }


def show_imported(done: Imported, looked_up: int | None, lang: Lang) -> None:
    """Say what became of numbers, and why some were not taken."""
    if done.understood is not None:
        _show_file(done.understood, lang)
    figures = {"rows": done.rows, "added": done.added, "known": done.known}
    told = {"name": done.list.name, "rejected": done.rejected.total(), **figures}
    console().print(_IMPORTED[lang].format(**told), soft_wrap=True)
    if done.rejected:
        titles = words(lang)("rejected_for"), words(lang)("rows")
        rows = [(reason(why, lang), n) for why, n in done.rejected.most_common()]
        show_table(titles, rows, numeric=[1])
    if looked_up is not None:
        show_looked_up(looked_up, lang)
    elif done.list.opt_outs:
        console().print(_LATER[lang], soft_wrap=True)


def show_taken_off(found: SuppressionList, lang: Lang) -> None:
    """Say that a number is off a list, and how it would come back."""
    console().print(_TAKEN_OFF[lang].format(name=found.name), soft_wrap=True)


def _phones(file: Understanding) -> Column:
    return next(each for each in file.columns if each.role == "phone")


def _file_json(file: Understanding) -> dict[str, object]:
    phones = _phones(file)
    return {
        "phones": {"place": letter(phones.place), "header": mask_text(phones.header)},
        "notes": [mask_text(note) for note in file.notes],
    }


def _show_file(file: Understanding, lang: Lang) -> None:
    """Say which column was taken for the numbers, and what else there is to know."""
    phones = _phones(file)
    place, title = letter(phones.place), mask_text(phones.header)
    told = _TAKEN_FOR[lang].format(place=place, title=f" '{title}'" if title else "")
    for line in (told, *(f"• {mask_text(note)}" for note in file.notes)):
        console().print(line, soft_wrap=True)


def show_lists(found: Iterable[tuple[SuppressionList, object]], now: int, lang: Lang) -> None:
    """Print lists, each with how many numbers it has, where that was asked."""
    rows = [(*_row(each, now, lang), numbers) for each, numbers in found]
    show_table(_COLUMNS[lang], rows, numeric=[0, 7])


def _row(found: SuppressionList, now: int, lang: Lang) -> tuple[object, ...]:
    last = found.expires_at and found.expires_at - 1  # the end of a day is told by that day
    standing = _STANDING[lang][found.standing(now)]
    return (
        found.id,
        found.name,
        _scope(found),
        found.reason,
        local_ms(found.at)[:10],
        local_ms(last)[:10],
        standing.format(who=found.undone_by, why=found.undone_why)
        + (_OPT_OUTS[lang] if found.opt_outs else "")
        + (_BROKEN_OFF[lang] if found.importing else ""),
    )


def _scope(found: SuppressionList) -> str:
    return f"{found.scope}:{found.campaign}" if found.campaign else found.scope.value


def list_json(found: SuppressionList, now: int) -> dict[str, object]:
    """A list for scripts."""
    return {
        "id": found.id,
        "name": found.name,
        "scope": found.scope,
        "campaign": found.campaign,
        "reason": found.reason,
        "source": found.source,
        "at": iso(found.at),
        "created_by": found.created_by,
        "expires_at": iso(found.expires_at),
        "standing": found.standing(now),
        "undone_at": iso(found.undone_at),
        "undone_by": found.undone_by,
        "undone_why": found.undone_why,
        "importing": bool(found.importing),
        "opt_outs": found.opt_outs,
    }
