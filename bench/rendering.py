"""Texts a second on one core: filled in, composed, measured, billed; against plain Jinja2.

    python -m bench.rendering --messages 200000

The baseline is `Template.render` of the same text by Jinja2 in the same run, nothing else done.
Every figure is the best of three, in CPU time, so that neighbours on the machine do not count.
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment

from bench.machine import about
from outreach.campaigns.compose import ACCENTED, PLAIN, Params, Renderer, Terms
from outreach.campaigns.cost import cost
from outreach.campaigns.preview import Seen, preview
from outreach.campaigns.templates import TemplateSet
from outreach.cli.template_accounts import accounts
from outreach.domain.network import Channel, Network
from outreach.domain.text import plain
from outreach.settings import Account

ROOT = Path(__file__).parent.parent
MESSAGES = ROOT / "templates" / "messages"

_BODY = (
    "BHXH Thành phố kính mời {} cài ứng dụng VssID (xem thẻ BHYT, quá trình đóng) từ App Store"
    " hoặc Google Play. Hướng dẫn: baohiemxahoi.gov.vn. Hỗ trợ: 1900 9068."
)
TEXTS = {
    "fields only": _BODY.format("{{ full_name }}"),
    "a condition": _BODY.format("Ông/Bà{% if full_name %} {{ full_name }}{% endif %}"),
    "a filter": _BODY.format("{{ full_name|upper }}"),
    "a list joined": _BODY.format("{{ names|join(', ') }}"),
    "a loop of two": _BODY.format(
        "{% for name in names %}{{ name }}{% if not loop.last %}, {% endif %}{% endfor %}"
    ),
}
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ")
_MIDDLE = ("Văn", "Thị", "Hữu", "Đức", "Minh", "Thị Ngọc", "Quốc", "Thanh", "Thị Minh", "Xuân")
_GIVEN = ("An", "Bình", "Cường", "Dung", "Hạnh", "Khai", "Lan", "Phượng", "Quỳnh", "Tuấn", "Yến")


def main() -> None:
    """Run once and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = {"machine": about(), "messages": given.messages, "rates": measure(given.messages)}
    print(json.dumps(found, indent=1) if given.json else _table(found))


def measure(messages: int) -> dict[str, dict[str, int]]:
    """Messages a second: every text in both spellings, its baseline; then the work on audiences."""
    people = _people(messages)
    rates = {}
    for name, text in TEXTS.items():
        renderer = Renderer(_set(text))
        rates[name] = {
            "accented": _rate(_sms(renderer, people, ACCENTED), messages),
            "plain": _rate(_sms(renderer, people, PLAIN), messages),
            "jinja2 alone": _rate(_jinja(text, people), messages),
        }
    loud = [{**each, "full_name": str(each["full_name"]).upper()} for each in people]
    renderer = Renderer(_set(TEXTS["fields only"]))
    rates["names in capitals"] = {"accented": _rate(_sms(renderer, loud, ACCENTED), messages)}
    guide, carrier = Renderer(TemplateSet.load(MESSAGES, "install-guide")), _account()
    rates["an audience, install-guide"] = {
        "cost, both spellings": _rate(_cost(guide, people, carrier), messages),
        "preview": _rate(_preview(guide, people, carrier), messages),
    }
    return rates


def _people(size: int) -> list[Params]:
    chance = random.Random(1)

    def name() -> str:
        return " ".join(map(chance.choice, (_FAMILY, _MIDDLE, _GIVEN)))

    return [{"full_name": name(), "names": [name(), name()]} for _ in range(size)]


def _set(text: str) -> TemplateSet:
    """The guide's set with one text in both spellings."""
    guide = TemplateSet.load(MESSAGES, "install-guide")
    field = 'names = { type = "names", max = 30, most = 2, default = "" }\n'
    listed = field if "names" in text else ""
    told = guide.files["about.toml"].replace("[facts]", f"{listed}[facts]")
    files = {"about.toml": told, "sms.j2": text, "sms_plain.j2": plain(text)}
    return TemplateSet.from_dict({"name": guide.name, "files": files})


def _sms(renderer: Renderer, people: Sequence[Params], wanted: Terms) -> Callable[[], None]:
    def run() -> None:
        sms = renderer.sms
        for params in people:
            sms(params, wanted)

    return run


def _jinja(text: str, people: Sequence[Params]) -> Callable[[], None]:
    render = Environment(autoescape=False).from_string(text).render

    def run() -> None:
        for params in people:
            render(params)

    return run


def _account() -> Account:
    return next(each for each in accounts(ROOT / "config") if each.name == "viettel")


def _cost(renderer: Renderer, people: Sequence[Params], carrier: Account) -> Callable[[], None]:
    def run() -> None:
        rows = ((Network.VIETTEL, params) for params in people)
        cost(renderer, rows, {(Channel.SMS, Network.VIETTEL): carrier})

    return run


def _preview(renderer: Renderer, people: Sequence[Params], carrier: Account) -> Callable[[], None]:
    def run() -> None:
        rows = (Seen(n, 84900000000 + n, params) for n, params in enumerate(people))
        preview(renderer, rows, carrier, 5, 1)

    return run


def _rate(run: Callable[[], None], messages: int) -> int:
    times = []
    for _ in range(3):
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    return round(messages / min(times))


def _table(found: Mapping[str, object]) -> str:
    rates = found["rates"]
    assert isinstance(rates, dict)
    lines = [f"{found['messages']:,} messages, one core"]
    for name, told in rates.items():
        base = told.get("jinja2 alone")
        for way, rate in told.items():
            ratio = (
                f"  ({rate / base:.2f} of Jinja2 alone)" if base and way != "jinja2 alone" else ""
            )
            lines.append(f"{name:<28}{way:<22}{rate:>10,} /s{ratio}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
