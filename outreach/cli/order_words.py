"""What the commands on orders answer, for people and for scripts."""

from collections.abc import Iterable

from outreach.campaigns.findings import Finding
from outreach.campaigns.orders import Kept
from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.words import Lang, words
from outreach.domain.order import OrderState, PartState, Words
from outreach.domain.text import measure_sent
from outreach.domain.window import day_of_number
from outreach.store.orders import Part

_WORDS: dict[str, tuple[str, str]] = {
    "order": ("Order", "Đợt nhắn tin"),
    "audience": ("To whom", "Người nhận"),
    "days": ("Days", "Ngày gửi"),
    "hours": ("Hours", "Giờ gửi"),
    "accented": ("Text", "Nội dung"),
    "plain": ("Without accents", "Không dấu"),
    "measured": (
        "{characters} characters, {encoding}, {parts} part(s)",
        "{characters} ký tự, {encoding}, {parts} đoạn tin",
    ),
    "by": ("Written by {author}", "Soạn: {author}"),
    "approved": ("approved by {approver} on {at}", "duyệt: {approver} lúc {at}"),
    "code": (
        "To approve exactly this: outreach order approve '{name}' --code {code}",
        "Để duyệt đúng nội dung này: outreach order approve '{name}' --code {code}",
    ),
    "no_number": (
        "The letters have no number yet: the registry writes it in, or `order issue --number`",
        "Công văn chưa có số: văn thư ghi số, hoặc chạy `order issue --number`",
    ),
}
_STATES: dict[OrderState, tuple[str, str]] = {
    OrderState.DRAFT: ("draft", "bản nháp"),
    OrderState.AWAITING_APPROVAL: ("awaiting approval", "chờ duyệt"),
    OrderState.ORDERED: ("approved", "đã duyệt"),
    OrderState.CANCELLED: ("cancelled", "đã hủy"),
}
_PART_STATES: dict[PartState, tuple[str, str]] = {
    PartState.PENDING: ("letter not issued", "chưa gửi công văn"),
    PartState.ORDERED: ("ordered", "đã gửi công văn"),
    PartState.CONFIRMED: ("confirmed", "đã xác nhận"),
    PartState.SENT: ("sent", "đã nhắn tin"),
    PartState.REPORTED: ("reported", "đã báo cáo số liệu"),
}
_PART_COLUMNS = {
    Lang.EN: ("Carrier", "State", "Letter", "Ordered", "Confirmed", "Sent", "Note"),
    Lang.VI: (
        "Nhà mạng",
        "Tình trạng",
        "Số công văn",
        "Ra công văn",
        "Xác nhận",
        "Nhắn",
        "Ghi chú",
    ),
}
_COLUMNS = {
    Lang.EN: ("Order", "State", "Days", "Carriers", "Author", "Approver"),
    Lang.VI: ("Đợt nhắn tin", "Tình trạng", "Ngày gửi", "Nhà mạng", "Soạn", "Duyệt"),
}
BY_ORDER = {Lang.EN: "by order", Lang.VI: "theo công văn"}
"""The mark of an order among campaigns of our own."""


def order_json(found: Kept) -> dict[str, object]:
    """An order under names that stay."""
    order = found.order
    return {
        "id": order.id,
        "name": order.name,
        "state": order.state,
        "purpose": order.purpose,
        "audience": order.audience,
        "first_day": day_of_number(order.opens_on).isoformat(),
        "last_day": day_of_number(order.closes_on).isoformat(),
        "hours": order.hours,
        "text": _text_json(order.words.accented),
        "text_plain": _text_json(order.words.plain),
        "author": order.author,
        "approver": order.approver,
        "created_at": iso(order.created_at),
        "approved_at": iso(order.approved_at),
        "carriers": [_part_json(part) for part in found.parts],
        "code": found.code,
    }


def _text_json(body: str) -> dict[str, object]:
    size = measure_sent(body)
    return {
        "body": body,
        "characters": len(body),
        "encoding": size.encoding,
        "parts": size.segments,
    }


def _part_json(part: Part) -> dict[str, object]:
    return {
        "carrier": part.carrier,
        "state": part.state,
        "letter": part.letter,
        "ordered_at": iso(part.ordered_at),
        "confirmed_at": iso(part.confirmed_at),
        "sent_at": iso(part.sent_at),
        "note": part.note,
    }


def warnings_json(warnings: Iterable[Finding]) -> list[dict[str, str]]:
    """What is worth a look, for scripts."""
    return [
        {"where": each.where, "vi": each.message_vi, "en": each.message_en} for each in warnings
    ]


def show_order(found: Kept, lang: Lang) -> None:
    """Print an order: what is asked, in which words, and how far each carrier is."""
    order, out = found.order, console()
    out.print(stands(found, lang), style="bold", soft_wrap=True)
    out.print(f"{say(lang, 'audience')}: {order.audience}", soft_wrap=True)
    out.print(f"{say(lang, 'days')}: {_days(found)} · {say(lang, 'hours')}: {order.hours}")
    _show_words(order.words, lang)
    by = [say(lang, "by", author=order.author)]
    if order.approver:
        at = local_ms(order.approved_at)
        by.append(say(lang, "approved", approver=order.approver, at=at))
    out.print(" · ".join(by), soft_wrap=True)
    show_parts(found, lang)
    if order.state is OrderState.AWAITING_APPROVAL:
        out.print(say(lang, "code", name=order.name, code=found.code), soft_wrap=True)


def _show_words(told: Words, lang: Lang) -> None:
    spelled = {"accented": told.accented}
    if told.plain != told.accented:
        spelled["plain"] = told.plain
    for key, body in spelled.items():
        size = measure_sent(body)
        measured = say(
            lang, "measured", characters=len(body), encoding=size.encoding, parts=size.segments
        )
        console().print(f"{say(lang, key)} ({measured}):", style="bold")
        console().print(f"  {body}", soft_wrap=True)


def show_parts(found: Kept, lang: Lang) -> None:
    """Print how far each carrier is."""
    rows = [
        (
            part.carrier,
            _PART_STATES[part.state][lang is Lang.VI],
            part.letter,
            *(local_ms(at)[:10] for at in (part.ordered_at, part.confirmed_at, part.sent_at)),
            part.note,
        )
        for part in found.parts
    ]
    show_table(_PART_COLUMNS[lang], rows)
    unnumbered = [part for part in found.parts if part.ordered_at and not part.letter]
    if unnumbered:
        console().print(say(lang, "no_number"), soft_wrap=True)


def show_orders(found: Iterable[Kept], lang: Lang) -> None:
    """List orders."""
    rows = [
        (
            each.order.name,
            state_words(each.order.state, lang),
            _days(each),
            ", ".join(part.carrier for part in each.parts),
            each.order.author,
            each.order.approver,
        )
        for each in found
    ]
    show_table(_COLUMNS[lang], rows)


def show_warnings(warnings: Iterable[Finding], lang: Lang) -> None:
    """Print what is worth a look."""
    label = words(lang)("warning")
    for each in warnings:
        told = each.message_vi if lang is Lang.VI else each.message_en
        console().print(f"{label}: {told}", style="yellow", soft_wrap=True)


def stands(found: Kept, lang: Lang) -> str:
    """An order's name and state in a line."""
    order = found.order
    return f"{say(lang, 'order')} '{order.name}': {state_words(order.state, lang)}"


def state_words(told: OrderState, lang: Lang) -> str:
    """An order's state in words."""
    return _STATES[told][lang is Lang.VI]


def say(lang: Lang, key: str, **values: object) -> str:
    """A text of the catalogue."""
    return _WORDS[key][lang is Lang.VI].format(**values)


def _days(found: Kept) -> str:
    first, last = map(day_of_number, (found.order.opens_on, found.order.closes_on))
    return str(first) if first == last else f"{first}..{last}"
