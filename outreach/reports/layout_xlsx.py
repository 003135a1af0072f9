"""The monthly report as a workbook that can be printed, signed and counted on with."""

from collections.abc import Sequence
from pathlib import Path

from xlsxwriter.workbook import Workbook

from outreach.domain.window import LOCAL
from outreach.reports import words
from outreach.reports.columns import Column, channel_title, state_title
from outreach.reports.files import replacing
from outreach.reports.monthly import MonthlyReport
from outreach.reports.sums import NOTHING, Sums
from outreach.reports.xlsx_sheet import Field, Line, Page, Styles

MAIN, DETAIL, CHART = "Báo cáo", "Chi tiết", "Biểu đồ"
CAMPAIGNS, REASONS = "Theo chiến dịch", "Lý do"

_COUNTRY, _MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"

_CARRIER = ("Nhà mạng", "Kênh")
_CARRIER_WIDTHS = (14, 13)


def _column(column: Column) -> Field:
    return Field(column.vi, lambda sums: sums.of(column))


_RECIPIENTS = Field("Người nhận", lambda sums: sums.recipients)
_MESSAGES = Field("Số tin", lambda sums: sums.messages)
_TAKEN = Field("Nhà mạng đã nhận", lambda sums: sums.taken)
_COST = Field("Chi phí (đồng)", lambda sums: sums.cost, width=15)

_REACHED = (
    _RECIPIENTS,
    _MESSAGES,
    Field("Đã gửi", lambda sums: sums.sent),
    _TAKEN,
    Field("Có biên nhận", lambda sums: sums.confirmable),
    _column(Column.DELIVERED),
    _column(Column.NO_FAILURE),
    _column(Column.AWAITING),
    _column(Column.UNDELIVERED),
    _column(Column.UNCONFIRMED),
    Field("Nhận / gửi", lambda sums: sums.taken_rate, width=9.5, rate_of=(3, 2)),
    Field("Chuyển / có biên nhận", lambda sums: sums.delivered_rate, width=9.5, rate_of=(5, 4)),
)
_REST = (
    _MESSAGES,
    _TAKEN,
    _column(Column.UNKNOWN),
    _column(Column.REJECTED),
    _column(Column.FAILED),
    _column(Column.EXPIRED),
    _column(Column.CANCELLED),
    _column(Column.SUPPRESSED),
    _column(Column.PENDING),
    Field("Số đoạn tin", lambda sums: sums.parts),
    _COST,
)
_CAMPAIGN = (*_REACHED[:10], _column(Column.PENDING), _COST)

_COLOURS = {  # light and dark in turn, so that neighbours differ in grey as well
    Column.DELIVERED: "#1B7837",
    Column.NO_FAILURE: "#A6DBA0",
    Column.AWAITING: "#D9D9D9",
    Column.UNDELIVERED: "#D6604D",
    Column.UNCONFIRMED: "#FDDBC7",
    Column.UNKNOWN: "#969696",
    Column.REJECTED: "#762A83",
    Column.FAILED: "#252525",
}
_CHARTED = tuple(_column(column) for column in _COLOURS)


def write_xlsx(report: MonthlyReport, path: Path) -> None:
    """Write the report; the same report always gives the same bytes."""
    with replacing(path) as unfinished, Workbook(unfinished) as book:
        book.set_properties(
            {
                "title": words.title(report),
                "author": report.agency.get("name", ""),
                "created": report.made_at.astimezone(LOCAL).replace(tzinfo=None),
            }
        )
        styles = Styles(book)
        lines = [
            Line((line.network.title, channel_title(line.channel)), line.sums)
            for line in report.carriers
        ]
        _main(_page(book, styles, report, MAIN, _CARRIER_WIDTHS, _REACHED), report, lines)
        detail = _page(book, styles, report, DETAIL, _CARRIER_WIDTHS, _REST)
        _open(detail, report, "tin chưa đến nhà mạng và chi phí")
        detail.table(_CARRIER, lines, _REST, report.total)
        _chart(book, styles, report)
        _campaigns(book, styles, report)
        _reasons(book, styles, report)


def _page(
    book: Workbook,
    styles: Styles,
    report: MonthlyReport,
    name: str,
    widths: Sequence[float],
    fields: Sequence[Field] = (),
) -> Page:
    """A sheet for A4 across, margins of Nghị định 30/2020, as wide as one page."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=1.2, right=0.6, top=0.8, bottom=0.8)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_header('&C&"Times New Roman,Regular"&13&P')
    if report.rehearsal:
        sheet.set_footer(f'&C&"Times New Roman,Bold"{words.REHEARSAL}')
    return Page(sheet, styles, [*widths, *(field.width for field in fields)])


def _open(page: Page, report: MonthlyReport, subtitle: str) -> None:
    page.banner(report)
    page.title(report, subtitle)


def _main(page: Page, report: MonthlyReport, lines: Sequence[Line]) -> None:
    page.banner(report)
    _national_head(page, report)
    page.across("BÁO CÁO", page.styles.title)
    page.row += 1
    page.title(report)
    page.table(_CARRIER, lines, _REACHED, report.total)
    page.notes(words.notes(report), letters=170)


def _national_head(page: Page, report: MonthlyReport) -> None:
    """Who reports, and the country's name and motto, side by side (Nghị định 30/2020)."""
    styles, half = page.styles, len(page.widths) // 2
    agency, place = report.agency, words.place_and_date(report)
    for left, left_style, right, right_style in (
        (agency.get("parent", ""), styles.centre, _COUNTRY, styles.bold),
        (agency.get("name", ""), styles.bold, _MOTTO, styles.underlined),
        ("", styles.centre, place, styles.italic),
    ):
        page.across(left, left_style, 0, half - 2)
        page.across(right, right_style, half - 1)
        page.row += 1
    page.row += 1


def _chart(book: Workbook, styles: Styles, report: MonthlyReport) -> None:
    """Networks over both channels: a table of at most eight rows, the chart below, one page."""
    page = _page(book, styles, report, CHART, _CARRIER_WIDTHS[:1], _CHARTED)
    _open(page, report, "theo nhà mạng")
    networks: dict[str, Sums] = {}
    for line in report.carriers:
        networks[line.network.title] = networks.get(line.network.title, NOTHING) + line.sums
    lines = [Line((network,), sums) for network, sums in networks.items()]
    first = page.table(("Nhà mạng",), lines, _CHARTED, report.total)
    if not lines:
        return
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    last = first + len(lines) - 1
    for at, colour in enumerate(_COLOURS.values(), start=1):
        chart.add_series(
            {
                "name": [CHART, first - 1, at],
                "categories": [CHART, first, 0, last, 0],
                "values": [CHART, first, at, last, at],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
    chart.set_y_axis(
        {
            "name": "Số tin",
            "num_format": "[$-42A]#,##0",
            "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
        }
    )
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 725, "height": 340})
    page.sheet.insert_chart(page.row, 0, chart)


def _campaigns(book: Workbook, styles: Styles, report: MonthlyReport) -> None:
    page = _page(book, styles, report, CAMPAIGNS, (32,), _CAMPAIGN)
    _open(page, report, "theo chiến dịch")
    lines = [Line((line.name,), line.sums) for line in report.campaigns]
    page.table(("Chiến dịch",), lines, _CAMPAIGN, report.total)


def _reasons(book: Workbook, styles: Styles, report: MonthlyReport) -> None:
    page = _page(book, styles, report, REASONS, (22, 90, 12))
    _open(page, report, "lý do thường gặp")
    page.heading(("Kết quả", "Lý do", "Số tin"), 0)
    for line in report.reasons:
        page.labels((state_title(line.state), line.words))
        page.sheet.write_number(page.row, 2, line.messages, styles.number)
        page.row += 1
