"""An order as it is wished for: its text, its days and hours, checked before it is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.campaigns import typed
from outreach.campaigns.compose import ACCENTED, PLAIN, Renderer, RenderError
from outreach.campaigns.findings import Finding, Level, warning
from outreach.campaigns.lint_words import check_words
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Text
from outreach.domain.errors import BadInputError
from outreach.domain.holidays import Holidays
from outreach.domain.msisdn import mask_text
from outreach.domain.order import OrderState, Words
from outreach.domain.text import STANDARD, billed, measure_sent, plain, tidy
from outreach.domain.window import Window, day_of_number, local_day, number_of_day
from outreach.settings import Settings
from outreach.store.orders import Order

_LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OrderWish:
    """What an operator asks carriers to send."""

    name: str
    purpose: str
    audience: str
    first: date
    last: date
    hours: Window
    carriers: Sequence[str] = ()
    """By name; without any all that have subscribers."""
    text: str | None = None
    """Words of its own; without them those of the purpose."""


def composed(settings: Settings, wish: OrderWish) -> tuple[Order, list[Finding]]:
    """Make an order of a wish, with what is worth a look; BadInputError says what cannot be."""
    templates = TemplateSet.load(settings.templates, wish.purpose)
    words = _words(templates, wish.text)
    found = [*_read(templates, words.accented, "accented"), *_read(templates, words.plain, "plain")]
    if faults := [
        f"{each.where}: {each.message_en}" for each in found if each.level is Level.ERROR
    ]:
        told = mask_text("; ".join(dict.fromkeys(faults)))
        raise BadInputError(f"the text of order '{wish.name}': {told}")
    _check_hours(wish.hours, settings.window)
    order = Order(
        id=0,
        name=wish.name,
        purpose=wish.purpose,
        words=words,
        audience=typed.sentence("--audience", wish.audience),
        opens_on=number_of_day(wish.first),
        closes_on=number_of_day(wish.last),
        hours=str(wish.hours),
        state=OrderState.DRAFT,
        author="",
        approver=None,
        approved_hash=None,
        created_at=0,
        approved_at=None,
    )
    ahead(order, local_day(settings.clock()))
    return order, [*dict.fromkeys(found), *noted(order, settings.holidays)]


def ahead(order: Order, today: date) -> None:
    """Refuse days that are in the wrong order, or that have begun before carriers could know."""
    first, last = day_of_number(order.opens_on), day_of_number(order.closes_on)
    if last < first:
        raise BadInputError(f"the last day, {last}, is before the first, {first}")
    if last - first > _LONGEST:
        raise BadInputError(f"the last day, {last}, is more than a year after the first, {first}")
    if first < today:
        raise BadInputError(
            f"the first day of order '{order.name}', {first}, is past: today is {today};"
            " draft one with later days"
        )


def noted(order: Order, holidays: Holidays) -> list[Finding]:
    """The days on which an order should rest, and the years whose holidays nobody has told."""
    first, last = day_of_number(order.opens_on), day_of_number(order.closes_on)
    return list(_noted(first, last, holidays))


def _noted(first: date, last: date, holidays: Holidays) -> Iterator[Finding]:
    where = "days"
    for n in range((last - first).days + 1):
        each = first + timedelta(days=n)
        if each in holidays:
            name = holidays.names[each]
            yield warning(
                where,
                f"{each:%d/%m/%Y} là {name}: công văn đề nghị không gửi tin ngày này",
                f"{each} is a holiday ({name}): the letters ask not to send on it",
            )
    for year in holidays.unknown(first, last):
        yield warning(
            where,
            f"ngày nghỉ lễ năm {year} chưa có trong config/holidays.toml",
            f"the holidays of {year} are not in config/holidays.toml",
        )


def _words(templates: TemplateSet, own: str | None) -> Words:
    """The text in both spellings, without anybody's name: carriers know no field of ours."""
    if own is None:
        renderer = Renderer(templates)
        try:
            made = [renderer.sms({}, spelling).content for spelling in (ACCENTED, PLAIN)]
        except RenderError as fault:
            raise BadInputError(
                f"purpose '{templates.name}' needs what carriers do not know: {fault};"
                " choose another purpose, or give the words with --text-file"
            ) from None
        accented, bare = (content.body for content in made if isinstance(content, Text))
        return Words(accented.strip(), bare.strip())
    told = "\n".join(line.rstrip() for line in tidy(own).strip().splitlines())
    if "{{" in told or "{%" in told:
        raise BadInputError("--text-file: {{ … }} stands for a field; carriers know none of ours")
    words = Words(told, plain(told))
    for body in (words.accented, words.plain):
        _check_length(body, templates.max_parts)
    return words


def _check_length(body: str, most: int) -> None:
    """Refuse what is no text, or too much of it; a purpose's own text was measured when made."""
    if not body.strip():
        raise BadInputError("--text-file: there is no text in it")
    size = measure_sent(body)
    parts = billed(body, size, STANDARD)
    if parts is None or parts > most:
        raise BadInputError(
            f"--text-file: {size.units} units in {size.encoding} are {size.segments} parts;"
            f" at most {most} are allowed"
        )


def _read(templates: TemplateSet, body: str, where: str) -> Iterator[Finding]:
    """What is wrong with a text as subscribers would read it."""
    yield from check_words(templates, where, body, body)


def _check_hours(hours: Window, widest: Window) -> None:
    if hours.opens < widest.opens or hours.closes > widest.closes:
        raise BadInputError(
            f"--hours {hours} reaches beyond {widest}, the hours that config/outreach.toml allows"
        )
