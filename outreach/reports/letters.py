"""The công văn to carriers: what they are asked to send, and what figures they still owe."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from outreach.domain.month import Month
from outreach.domain.text import measure_sent
from outreach.domain.window import LEGAL, Window, day_of_number, local_day
from outreach.reports.documents.model import (
    Annex,
    Block,
    Column,
    Document,
    DocumentType,
    Item,
    Kind,
    Paragraph,
    Quotation,
    Registered,
    Table,
    in_words,
)
from outreach.reports.overdue import Late
from outreach.reports.vietnamese import called, lowered, of_month
from outreach.settings import Settings
from outreach.settings.reporting import Carrier
from outreach.store.orders import Order, Part

_ORDER = "phối hợp nhắn tin hướng dẫn cài đặt ứng dụng VssID"
_REMIND = "đề nghị gửi số liệu nhắn tin hướng dẫn cài đặt ứng dụng VssID"
_SPAM = (
    "Nghị định số 91/2020/NĐ-CP ngày 14 tháng 8 năm 2020 của Chính phủ về chống tin nhắn rác,"
    " thư điện tử rác, cuộc gọi rác"
)
_FIGURES = (
    "số tin đã gửi; số tin gửi thành công; số lượt truy cập; số lượt cài đặt; phân theo địa bàn"
    " (nếu có); khó khăn, vướng mắc và nguyên nhân"
)


def order_letter(order: Order, part: Part, settings: Settings) -> Document:
    """Ask a carrier to send an order's text; dated when it was issued, numbered as it was then."""
    number = part.letter.partition("/")[0]
    issued = local_day(datetime.fromtimestamp((part.ordered_at or 0) / 1000, UTC))
    entered = Registered(int(number) if number else None, issued)
    carrier = settings.reporting.carrier(part.carrier)
    body = tuple(_order_body(order, carrier, issued, settings))
    annexes = (Annex("Nội dung tin nhắn", tuple(_texts(order))),)
    return _letter(settings, entered, _ORDER, [carrier], body, annexes)


def reminder(
    month: Month, late: Sequence[Late], until: date, entered: Registered, settings: Settings
) -> Document:
    """Ask all carriers that are late with a month's figures, in one letter, to hand them in."""
    body = tuple(_reminder_body(month, late, until, entered.on, settings))
    title = f"{_REMIND} {of_month(month)}"
    return _letter(settings, entered, title, [each.carrier for each in late], body)


def _letter(
    settings: Settings,
    entered: Registered,
    title: str,
    carriers: Sequence[Carrier],
    blocks: tuple[Block, ...],
    annexes: tuple[Annex, ...] = (),
) -> Document:
    terms, agency = settings.reporting.document, settings.agency
    return Document(
        type=DocumentType.LETTER,
        parent=agency.get("parent", ""),
        agency=agency.get("name", ""),
        number=entered.number,
        symbol=f"{terms.symbol}-{terms.unit}",
        place=agency.get("place", ""),
        on=entered.on,
        title=title,
        to=tuple(carrier.organization for carrier in carriers),
        bases=(),  # a letter has them in its first sentence
        blocks=blocks,
        authority=terms.authority,
        signer_title=terms.title,
        signer=terms.signer,
        recipients=("Như trên", f"Lưu: VT, {terms.unit}"),
        annexes=annexes,
        called=called(agency),
        rehearsal=settings.rehearsal,
    )


def _order_body(
    order: Order, carrier: Carrier, issued: date, settings: Settings
) -> Iterator[Block]:
    agency = called(settings.agency)
    first, last = day_of_number(order.opens_on), day_of_number(order.closes_on)
    yield Paragraph(
        f"{_bases(settings)}, {agency} đề nghị {carrier.organization} phối hợp nhắn tin đến các"
        " thuê bao di động của đơn vị đăng ký tại"
        f" {settings.agency.get('place', '')}, cụ thể như sau:"
    )
    yield Paragraph(
        f"1. Đối tượng nhận tin: {order.audience.rstrip('.')}. Danh sách thuê bao do đơn vị tự lập;"
        f" {agency} không tiếp nhận số điện thoại và thông tin cá nhân của thuê bao."
    )
    yield Paragraph(
        "2. Nội dung tin nhắn: đúng nguyên văn tại Phụ lục kèm theo, không thêm liên kết, nội dung"
        " quảng cáo hoặc yêu cầu cung cấp thông tin cá nhân; mỗi thuê bao nhận 01 tin. Dùng bản có"
        " dấu; trường hợp hệ thống chỉ gửi được tin không dấu thì dùng bản không dấu."
        if order.words.accented != order.words.plain
        else "2. Nội dung tin nhắn: đúng nguyên văn tại Phụ lục kèm theo, không thêm liên kết, nội"
        " dung quảng cáo hoặc yêu cầu cung cấp thông tin cá nhân; mỗi thuê bao nhận 01 tin."
    )
    yield Paragraph(
        f"3. Thời gian gửi tin: {_span(first, last)}, trong khoảng {_hours(order.hours)}"
        f"{' hằng ngày' if last > first else ''}; không gửi tin vào ngày nghỉ lễ, tết."
    )
    yield Paragraph(f"4. Tên định danh người gửi: {_sender(carrier, settings)}.")
    yield Paragraph(
        f"5. Việc gửi tin thực hiện trong khung giờ pháp luật cho phép ({_hours(str(LEGAL))}),"
        " không gửi đến thuê bao đã từ chối nhận tin hoặc thuộc Danh sách không quảng cáo (DNC)"
        f" theo {_SPAM}; bảo vệ dữ liệu cá nhân của thuê bao theo Luật Bảo vệ dữ liệu cá nhân số"
        " 91/2025/QH15."
    )
    yield Paragraph("6. Báo cáo số liệu:")
    for each in _months(first, last):
        due = settings.reporting.statements.due(each)
        yield Item(f"Số liệu {of_month(each)}: gửi chậm nhất {in_words(due)};")
    yield Item(f"Nội dung: {_FIGURES};")
    yield Item(f"Hình thức: {_form(agency)}, ghi rõ tên đợt nhắn tin “{order.name}”.")
    until = f"trước {in_words(first)}" if first > issued else "ngay khi nhận được văn bản này"
    yield Paragraph(
        f"Đề nghị {carrier.organization} xác nhận kế hoạch gửi tin {until} và phối hợp thực"
        f" hiện.{_contact(settings)}./."
    )


def _texts(order: Order) -> Iterator[Block]:
    """The text as it is to be sent, in both spellings where they differ, and what it measures."""
    words = order.words
    both = words.accented != words.plain
    spelled = {"1. Bản có dấu": words.accented, "2. Bản không dấu": words.plain}
    for title, body in spelled.items() if both else [("Văn bản tin nhắn", words.plain)]:
        size = measure_sent(body)
        yield Paragraph(
            f"{title} ({len(body)} ký tự, mã hóa {size.encoding}, {size.segments} đoạn tin):"
        )
        yield Quotation(body)


def _reminder_body(
    month: Month, late: Sequence[Late], until: date, today: date, settings: Settings
) -> Iterator[Block]:
    agency = called(settings.agency)
    due = settings.reporting.statements.due(month)
    several = len(late) > 1
    whose = "các đơn vị" if several else "đơn vị"
    yield Paragraph(
        f"{_bases(settings)}, số liệu nhắn tin {of_month(month)} của các doanh nghiệp viễn thông"
        f" phải được gửi về {agency} chậm nhất {in_words(due)}. Đến {in_words(today)}, {agency}"
        f" chưa nhận đủ số liệu của {whose} sau:"
    )
    yield _overdue(late)
    yield Paragraph(
        f"{agency} đề nghị {'các đơn vị' if several else late[0].carrier.organization} gửi số liệu"
        f" còn thiếu chậm nhất {in_words(until)}, {_form(agency)}. Số liệu gồm: {_FIGURES}."
    )
    yield Paragraph(
        "Quá thời hạn nêu trên, đơn vị được ghi là “chưa gửi số liệu” trong báo cáo"
        f" {of_month(month)}. Trường hợp đã gửi số liệu, đề nghị đơn vị thông báo thời điểm và hình"
        " thức gửi để đối chiếu."
    )
    yield Paragraph(f"Rất mong nhận được sự phối hợp của {whose}.{_contact(settings)}./.")


def _overdue(late: Sequence[Late]) -> Table:
    columns = (
        Column("STT", width=0.5),
        Column("Doanh nghiệp", Kind.TEXT, 3.0),
        Column("Số liệu còn thiếu", Kind.TEXT, 2.6),
        Column("Số ngày quá hạn", width=1.0),
    )
    rows = tuple(
        (n, each.carrier.organization, _missing(each), each.days) for n, each in enumerate(late, 1)
    )
    return Table(columns, rows)


def _missing(late: Late) -> str:
    if not late.orders:
        return "Toàn bộ số liệu của tháng"
    return "Số liệu của đợt nhắn tin " + ", ".join(f"“{name}”" for name in late.orders)


def _bases(settings: Settings) -> str:
    """What a letter is written on, as the beginning of its first sentence."""
    first, *more = settings.reporting.document.letter_bases or ("Thực hiện nhiệm vụ được giao",)
    return "; ".join([first, *map(lowered, more)])


def _sender(carrier: Carrier, settings: Settings) -> str:
    """The brandname that the carrier has registered for us, where an account says it."""
    names = {each.sender for each in settings.accounts if each.name in carrier.accounts}
    return ", ".join(sorted(names)) or "tên định danh đã cấp cho cơ quan trên mạng của đơn vị"


def _form(agency: str) -> str:
    return (
        f"theo biểu mẫu do {agency} cung cấp, bằng tệp bảng tính (XLSX, CSV) hoặc qua giao diện"
        " lập trình ứng dụng (API)"
    )


def _contact(settings: Settings) -> str:
    contact = settings.reporting.document.contact
    return f" Thông tin liên hệ: {contact}" if contact else ""


def _months(first: date, last: date) -> Iterator[Month]:
    month, end = Month(first.year, first.month), Month(last.year, last.month)
    while month <= end:
        yield month
        month = month.next


def _span(first: date, last: date) -> str:
    return in_words(first) if first == last else f"từ {in_words(first)} đến hết {in_words(last)}"


def _hours(window: str) -> str:
    told = Window.parse(window)
    return f"từ {told.opens:%H giờ %M} đến {told.closes:%H giờ %M}"
