"""What the commands on statements answer, for people and for scripts."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.words import Lang, count
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.month import Month
from outreach.statistics.findings import RefusedError
from outreach.statistics.statements import FIELDS, Fault, Prepared, Standing, UnconfirmedError
from outreach.store.statements import FIGURES, ClosedMonth, Line, Statement

_WORDS: dict[str, tuple[str, str]] = {
    "refused": ("The figures are refused ({count}):", "Số liệu bị từ chối ({count} lỗi):"),
    "confirm": (
        "Nothing is stored. Please look at ({count}):",
        "Chưa lưu. Hãy xem lại ({count} điểm):",
    ),
    "how": ("If all is right, add --confirm.", "Nếu đều đúng, thêm --confirm."),
    "how_why": ("Add --why '…'.", "Thêm --why '…'."),
    "stored": (
        "{carrier}, {month}: revision {revision} is stored.",
        "{carrier}, tháng {month}: đã lưu lần {revision}.",
    ),
    "same": (
        "{carrier}, {month}: the same as revision {revision}; nothing is changed.",
        "{carrier}, tháng {month}: giống lần {revision} đã nộp; không thay đổi gì.",
    ),
    "dry": (
        "{carrier}, {month}: would be revision {revision}; nothing is stored.",
        "{carrier}, tháng {month}: sẽ là lần {revision}; chưa lưu.",
    ),
    "cautions": ("Confirmed with it:", "Đã xác nhận kèm theo:"),
    "asked": ("To be confirmed:", "Cần xác nhận:"),
    "head": (
        "{carrier}, {month}, revision {revision} ({source}{document}), by {who} at {at}",
        "{carrier}, tháng {month}, lần {revision} ({source}{document}), {who} nộp lúc {at}",
    ),
    "why": ("Why: {why}", "Lý do sửa: {why}"),
    "history": ("All revisions", "Các lần nộp"),
    "form": ("The form is in {path}", "Tệp mẫu: {path}"),
    "closed": ("{month} is closed ({who}, {at}).", "Tháng {month} đã khóa ({who}, {at})."),
    "closed_now": ("{month} is closed.", "Đã khóa tháng {month}."),
    "reopened": ("{month} is open again.", "Đã mở lại tháng {month}."),
    "missing": ("not handed in", "chưa nộp"),
    "city": ("whole city", "toàn thành phố"),
    "api": ("by call", "qua API"),
    "file": ("file", "tệp"),
    "typed": ("typed in", "nhập tay"),
    "no_months": ("No figures yet.", "Chưa có số liệu."),
}
_LINE_COLUMNS = {Lang.EN: ("District", "Order"), Lang.VI: ("Quận/huyện, phường/xã", "Đợt nhắn tin")}
_HISTORY_COLUMNS = {
    Lang.EN: ("Revision", "At", "By", "How", "Why"),
    Lang.VI: ("Lần", "Lúc", "Người nộp", "Cách nộp", "Lý do sửa"),
}
_LIST_COLUMNS = {
    Lang.EN: ("Carrier", "Handed in", "Revision", "Due", "Days overdue"),
    Lang.VI: ("Nhà mạng", "Nộp lúc", "Lần", "Hạn nộp", "Quá hạn (ngày)"),
}


def said(key: str, lang: Lang, **values: object) -> str:
    """A text by its name."""
    return _WORDS[key][lang is Lang.VI].format(**values)


def month_words(month: Month, lang: Lang) -> str:
    """A month as the language writes it."""
    return str(month) if lang is Lang.EN else f"{month.month:02}/{month.year}"


@contextlib.contextmanager
def refusals(lang: Lang) -> Iterator[None]:
    """Tell what is refused or asked, all of it, in the language of the screen."""
    try:
        yield
    except RefusedError as refused:
        asked = isinstance(refused, UnconfirmedError)
        kinds = {finding.kind for finding in refused.findings}
        found = [each.vi if lang is Lang.VI else each.en for each in refused.findings]
        lines = [said("confirm" if asked else "refused", lang, count=len(found))]
        lines += [f"• {each}" for each in found]
        if asked or kinds == {Fault.WHY}:
            lines.append(said("how" if asked else "how_why", lang))
        by_state = asked or kinds <= {Fault.WHY, Fault.CLOSED}
        error = NotAllowedError if by_state else BadInputError
        raise error("\n".join(lines)) from None


def statement_json(statement: Statement, orders: Mapping[int, str]) -> dict[str, object]:
    """A statement for scripts."""
    return {
        "carrier": statement.carrier,
        "month": str(Month.of_number(statement.month)),
        "revision": statement.revision,
        "source": statement.source,
        "document": statement.document,
        "at": iso(statement.at),
        "made_by": statement.made_by,
        "why": statement.why,
        "difficulties": statement.difficulties,
        "causes": statement.causes,
        "invoiced_parts": statement.invoiced_parts,
        "invoiced_dong": statement.invoiced_dong,
        "cautions": list(statement.cautions),
        "total": {figure: statement.total(figure) for figure in FIGURES},
        "lines": [_line_json(line, orders) for line in statement.lines],
    }


def _line_json(line: Line, orders: Mapping[int, str]) -> dict[str, object]:
    figures: dict[str, int | None] = {figure: line.figure(figure) for figure in FIGURES}
    return {"order": orders.get(line.by_order, ""), "district": line.district, **figures}


def changes_json(after: Statement, before: Statement | None) -> dict[str, object]:
    """What the sums were in the revision before, where they differ: figure -> before, after."""
    return (
        {}
        if before is None
        else {
            figure: {"before": before.total(figure), "after": after.total(figure)}
            for figure in FIGURES
            if before.total(figure) != after.total(figure)
        }
    )


def standing_json(each: Standing) -> dict[str, object]:
    """How a carrier stands, for scripts."""
    return {
        "carrier": each.carrier.name,
        "revision": each.statement.revision if each.statement else None,
        "at": iso(each.first_at),
        "due": each.due.isoformat(),
        "days_overdue": each.days_overdue,
    }


def show_result(prepared: Prepared, lang: Lang, *, dry: bool) -> None:
    """Say what became of a statement."""
    told, key = prepared.statement, "dry" if dry else "stored"
    month = month_words(Month.of_number(told.month), lang)
    values = {"carrier": told.carrier, "month": month, "revision": told.revision}
    console().print(said(key if prepared.new else "same", lang, **values), soft_wrap=True)
    _show_cautions(told, lang, "asked" if dry else "cautions")
    _show_sums(told, prepared.before if prepared.new else None, lang)


def _show_cautions(told: Statement, lang: Lang, title: str) -> None:
    if told.cautions:
        console().print(said(title, lang))
        for each in told.cautions:
            console().print(f"• {each[lang.value]}", soft_wrap=True)


def _show_sums(told: Statement, before: Statement | None, lang: Lang) -> None:
    titles = [FIELDS[figure][lang is Lang.EN] for figure in FIGURES]
    rows = [_figures(told, lang)]
    if before is not None:
        titles.insert(0, _HISTORY_COLUMNS[lang][0])
        rows = [[each.revision, *_figures(each, lang)] for each in (before, told)]
    show_table(titles, rows, numeric=range(len(titles)))


def _figures(told: Statement, lang: Lang) -> list[object]:
    return [_figure(told.total(figure), lang) for figure in FIGURES]


def _figure(value: int | None, lang: Lang) -> str:
    return "-" if value is None else count(value, lang)


def show_statement(
    told: Statement, history: Sequence[Statement], orders: Mapping[int, str], lang: Lang
) -> None:
    """Show a statement, how it differs from the revision before, and all revisions."""
    screen = console()
    how = said(told.source, lang)
    values = {"carrier": told.carrier, "revision": told.revision, "who": told.made_by}
    values |= {"month": month_words(Month.of_number(told.month), lang), "at": local_ms(told.at)}
    values |= {"source": how, "document": f" {told.document}" if told.document else ""}
    screen.print(said("head", lang, **values), soft_wrap=True)
    if told.why:
        screen.print(said("why", lang, why=told.why), soft_wrap=True)
    before = next((each for each in history if each.revision == told.revision - 1), None)
    _show_sums(told, before, lang)
    titles = [*_LINE_COLUMNS[lang], *(FIELDS[figure][lang is Lang.EN] for figure in FIGURES)]
    rows = [
        [line.district or said("city", lang), orders.get(line.by_order, "")]
        + [_figure(line.figure(figure), lang) for figure in FIGURES]
        for line in told.lines
    ]
    show_table(titles, rows, numeric=range(2, 6))
    for field in ("difficulties", "causes"):
        if text := getattr(told, field):
            screen.print(f"{FIELDS[field][lang is Lang.EN]}: {text}", soft_wrap=True)
    for field in ("invoiced_parts", "invoiced_dong"):
        if (figure := getattr(told, field)) is not None:
            screen.print(f"{FIELDS[field][lang is Lang.EN]}: {count(figure, lang)}")
    _show_cautions(told, lang, "cautions")
    past = [
        (each.revision, local_ms(each.at), each.made_by, said(each.source, lang), each.why)
        for each in history
    ]
    show_table(_HISTORY_COLUMNS[lang], past, numeric=[0], title=said("history", lang))


def show_standings(
    month: Month, found: Sequence[Standing], closed: ClosedMonth | None, lang: Lang
) -> None:
    """Show who has handed in for a month, and who is late."""
    told = month_words(month, lang)
    if closed:
        at = local_ms(closed.at)
        console().print(said("closed", lang, month=told, who=closed.made_by, at=at))
    rows = [
        (
            each.carrier.name,
            local_ms(each.first_at) or said("missing", lang),
            each.statement.revision if each.statement else "",
            each.due.isoformat(),
            each.days_overdue or "",
        )
        for each in found
    ]
    show_table(_LIST_COLUMNS[lang], rows, numeric=[2, 4], title=told)
