"""The annexes of a month's report: what we count, table by table, and each annex by its name."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from outreach.reports.annexes_of_others import TOTAL, cost, coverage, stated
from outreach.reports.books import Entry, grouped
from outreach.reports.by_order import OrderLine, told
from outreach.reports.claims import Stated
from outreach.reports.columns import Column as Result
from outreach.reports.columns import channel_title, state_title
from outreach.reports.documents.model import Annex, Cell, Chart, Column, Kind, Series, Table
from outreach.reports.ledger import Ledger, Previous
from outreach.store.statements import FIGURES

_REACHED = (
    Column("Người nhận", key="recipients"),
    Column("Số tin", key="messages"),
    Column("Đã gửi", key="sent"),
    Column("Nhà mạng đã nhận", key="taken"),
    Column("Có biên nhận", key="confirmable"),
    *(
        Column(result.vi, key=result.value)
        for result in (
            Result.DELIVERED,
            Result.NO_FAILURE,
            Result.AWAITING,
            Result.UNDELIVERED,
            Result.UNCONFIRMED,
        )
    ),
    Column("Nhận / gửi", Kind.SHARE, key="taken_rate"),
    Column("Chuyển / có biên nhận", Kind.SHARE, key="delivered_rate"),
)
_REST = (
    Column("Số tin", key="messages"),
    *(
        Column(result.vi, key=result.value)
        for result in (
            Result.UNKNOWN,
            Result.REJECTED,
            Result.FAILED,
            Result.EXPIRED,
            Result.CANCELLED,
            Result.SUPPRESSED,
            Result.PENDING,
        )
    ),
    Column("Số đoạn tin", key="parts"),
    Column("Chi phí (đồng)", width=1.3, key="cost_dong"),
)
_SHORT = (
    Column("Người nhận", key="recipients"),
    Column("Đã gửi", key="sent"),
    Column(Result.DELIVERED.vi, key="delivered"),
    Column(Result.NO_FAILURE.vi, key="accepted_no_failure_reported"),
    Column(Result.UNDELIVERED.vi, key="undelivered"),
    Column("Mở", width=0.8, key="opened"),
    Column("Cài đặt", width=0.8, key="installed"),
    Column("Đăng ký", width=0.8, key="registered"),
    Column("Từ chối nhận tin", width=0.8, key="opted_out"),
)


_STATED = (
    Column("Tin gửi theo văn bản"),
    Column("Đã chuyển"),
    Column("Lượt truy cập"),
    Column("Lượt cài đặt"),
)


def _figures(entry: Entry, columns: Sequence[Column]) -> tuple[Cell, ...]:
    """The cells of an entry below the columns that are named by its figures."""
    return tuple(_figure(entry, column.key) for column in columns)


def _figure(entry: Entry, key: str) -> Cell:
    sums = entry.sums
    found: Mapping[str, Cell] = {
        "recipients": sums.recipients,
        "messages": sums.messages,
        "sent": sums.sent,
        "taken": sums.taken,
        "confirmable": sums.confirmable,
        "taken_rate": sums.taken_rate,
        "delivered_rate": sums.delivered_rate,
        "parts": sums.parts,
        "cost_dong": sums.cost,
        **entry.answers._asdict(),
    }
    return found[key] if key in found else sums.of(Result(key))


def _carriers(ledger: Ledger) -> Annex:
    head = (
        Column("Nhà mạng", Kind.TEXT, 1.3),
        Column("Kênh", Kind.TEXT, 0.9),
    )

    def table(columns: tuple[Column, ...], title: str) -> Table:
        rows = tuple(
            (line.network.title, channel_title(line.channel), *_figures(line.entry, columns))
            for line in ledger.carriers
        )
        total = (TOTAL, "", *_figures(ledger.entry, columns))
        return Table((*head, *columns), rows, total, title)

    return Annex(
        "Kết quả theo nhà mạng và kênh",
        (
            table(_REACHED, "Tin đã đến nhà mạng"),
            table(_REST, "Tin chưa đến nhà mạng và chi phí"),
            *([_by_order(ledger)] if ledger.claims.orders else []),
            *([] if ledger.previous is None else [_compared(ledger, ledger.previous)]),
        ),
        landscape=True,
        sheet="Nhà mạng",
    )


def _by_order(ledger: Ledger) -> Table:
    """What carriers sent by order, carrier by carrier: beside our own, never added to it."""
    head = (
        Column("Nhà mạng", Kind.TEXT, 1.3),
        Column("Hình thức", Kind.TEXT, 1.3),
    )
    rows = tuple(
        (carrier, "Theo văn bản", *_told(lines))
        for carrier, lines in grouped(ledger.claims.orders, lambda line: line.carrier).items()
    )
    title = "Tin do nhà mạng gửi theo văn bản (số nhà mạng báo cáo)"
    return Table((*head, *_STATED), rows, (TOTAL, "", *_told(ledger.claims.orders)), title)


def _told(lines: Sequence[OrderLine]) -> Iterator[Cell]:
    return (told(lines, figure) for figure in FIGURES)


def _compared(ledger: Ledger, before: Previous) -> Table:
    """Each carrier beside what it was the month before."""
    columns = (
        Column("Nhà mạng", Kind.TEXT, 1.3),
        Column("Kênh", Kind.TEXT, 0.9),
        *(
            Column(f"{what}{when}")
            for what in ("Đã gửi", "Đã chuyển", "Mở")
            for when in (" tháng này", " tháng trước", ": tăng, giảm")
        ),
    )
    known = {(line.network, line.channel): line.entry for line in before.carriers}
    rows = tuple(
        (
            line.network.title,
            channel_title(line.channel),
            *_beside(line.entry, known.get((line.network, line.channel), Entry())),
        )
        for line in ledger.carriers
    )
    total = (TOTAL, "", *_beside(ledger.entry, before.entry))
    return Table(columns, rows, total, "So với tháng trước")


def _beside(now: Entry, before: Entry) -> Iterator[Cell]:
    for count, then in (
        (now.sums.sent, before.sums.sent),
        (now.sums.of(Result.DELIVERED), before.sums.of(Result.DELIVERED)),
        (now.answers.opened, before.answers.opened),
    ):
        yield from (count, then, count - then)


def _reasons(ledger: Ledger) -> Annex:
    columns = (
        Column("Kết quả", Kind.TEXT, 1.2),
        Column("Lý do", Kind.TEXT, 3.5),
        Column("Số tin"),
    )
    rows = tuple((state_title(line.state), line.words, line.messages) for line in ledger.reasons)
    return Annex("Lý do thường gặp", (Table(columns, rows),), sheet="Lý do")


def _campaigns(ledger: Ledger) -> Annex:
    """Our own campaigns, and those by order beside them, marked."""
    head = (
        Column("Chiến dịch", Kind.TEXT, 2.2),
        Column("Hình thức", Kind.TEXT, 1.1),
    )
    own = tuple(
        (line.name, "Gửi trực tiếp", *_figures(line.entry, _SHORT)) for line in ledger.campaigns
    )
    total = (TOTAL, "Gửi trực tiếp", *_figures(ledger.entry, _SHORT))
    ordered = tuple(
        (
            f"{line.name} ({line.carrier})",
            "Theo văn bản",
            None,
            line.sent,
            line.delivered,
            None,
            None,
            line.accesses,
            line.installs,
            None,
            None,
        )
        for line in ledger.claims.orders
    )
    title = "Đợt nhắn tin theo văn bản, số do doanh nghiệp viễn thông báo cáo"
    return Annex(
        "Kết quả theo chiến dịch",
        (
            Table((*head, *_SHORT), own, total, "Chiến dịch gửi trực tiếp"),
            *([Table((*head, *_SHORT), ordered, None, title)] if ordered else []),
        ),
        landscape=True,
        sheet="Chiến dịch",
    )


def _districts(ledger: Ledger) -> Annex:
    head = (Column("Đơn vị", Kind.TEXT, 1.8),)
    rows = tuple((line.title, *_figures(line.entry, _SHORT)) for line in ledger.districts)
    total = (TOTAL, *_figures(ledger.entry, _SHORT))
    stated = tuple(
        (line.title, said.sent, said.delivered, said.accesses, said.installs)
        for line in ledger.districts
        if (said := line.stated) != Stated()
    )
    title = "Số liệu theo địa bàn do doanh nghiệp viễn thông báo cáo"
    return Annex(
        "Kết quả theo đơn vị hành chính",
        (
            Table((*head, *_SHORT), rows, total, "Tin gửi trực tiếp"),
            *([Table((*head, *_STATED), stated, None, title)] if stated else []),
        ),
        landscape=True,
        sheet="Đơn vị hành chính",
    )


def _responses(ledger: Ledger) -> Annex:
    """From whom was reached to who installed, network by network."""
    columns = (
        Column("Nhà mạng", Kind.TEXT, 1.2),
        Column("Đã tiếp cận"),
        Column("Mở"),
        Column("Mở / tiếp cận", Kind.SHARE),
        Column("Cài đặt"),
        Column("Cài / tiếp cận", Kind.SHARE),
        Column("Đăng ký"),
    )
    networks = ledger.networks
    rows = tuple((title, *_funnel(entry)) for title, entry in networks.items())
    installed = tuple(entry.answers.installed for entry in networks.values())
    chart = Chart("Số người cài đặt", tuple(networks), (Series("Cài đặt", installed),), "Số người")
    return Annex(
        "Từ tin nhắn đến cài đặt ứng dụng",
        (Table(columns, rows, (TOTAL, *_funnel(ledger.entry))), chart),
        sheet="Mở và cài đặt",
    )


def _funnel(entry: Entry) -> tuple[Cell, ...]:
    reached, done = entry.sums.reached, entry.answers
    return (
        reached,
        done.opened,
        done.opened / reached if reached else None,
        done.installed,
        done.installed / reached if reached else None,
        done.registered,
    )


ANNEX: Mapping[str, Callable[[Ledger], Annex]] = {
    "carriers": _carriers,
    "reasons": _reasons,
    "campaigns": _campaigns,
    "districts": _districts,
    "statements": stated,
    "responses": _responses,
    "coverage": coverage,
    "cost": cost,
}
"""Each of `settings.reporting.ANNEXES`."""
