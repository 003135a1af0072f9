"""Rendering: Jinja2 is the oracle of the fast path; names shorten by rule; faults are named."""

import unicodedata
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from outreach.campaigns.compose import Renderer, RenderError, shortened
from outreach.campaigns.cost import CostLine, cost
from outreach.campaigns.templates import TemplateSet
from outreach.campaigns.wording import compiled
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.domain.text import Encoding, measure, plain
from outreach.settings import Account

ABOUT = """
class = "care"
max_parts = 3
title = { vi = "Thử", en = "Trial" }
facts = {}
sample = { name = "An", code = "1" }
[fields]
name = { type = "name", max = 20, default = "Ông/Bà" }
code = { max = 10 }
"""
ZALO = """
template = "t-1"
[params]
customer = { from = "name", type = "name", max = 12 }
hotline = { value = "1900 9068", type = "phone", max = 15 }
"""


def words(sms: str, sms_plain: str = "{{ name }}") -> TemplateSet:
    files = {"about.toml": ABOUT, "zalo.toml": ZALO, "sms.j2": sms, "sms_plain.j2": sms_plain}
    return TemplateSet.from_dict({"name": "trial", "files": files})


def body(sms: str, **params: str) -> str:
    return Renderer(words(sms)).sms({"code": "1", **params}, plain_only=False).body


texts = st.text(st.characters(exclude_characters="{}\r", exclude_categories=["Cs"]), max_size=30)
holes = st.sampled_from(["{{ name }}", "{{name}}", "{{- name }}", "{{ code -}}", "{# no #}"])


@given(
    pieces=st.lists(texts | holes | st.sampled_from(["%", "%s", "%(name)s", "\n"]), max_size=8),
    name=texts,
    code=texts,
)
def test_the_fast_path_says_what_jinja_says(pieces: list[str], name: str, code: str) -> None:
    source, values = "".join(pieces), {"name": name, "code": code}
    oracle = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    fast = compiled(source, values, "sms.j2")
    assert getattr(fast, "__self__", "").__class__ is str  # it is the %-format
    assert fast(values) == oracle.from_string(source).render(values)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ name|upper }}", "AN"),
        ("{% if code == '1' %}một{% else %}khác{% endif %}", "một"),
        ("{{ name if code else '' }} 100%", "An 100%"),
        ("{{ '%' }}", "%"),
    ],
)
def test_the_slow_path(source: str, expected: str) -> None:
    assert body(source, name="An") == expected


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{% for i in range(9) %}x{% endfor %}", "line 1: 'For' is not allowed"),
        ("a\n{{ 'x' * 1000000000 }}", "line 2: 'Mul' is not allowed"),
        ("{{ name.__class__ }}", "'Getattr' is not allowed"),
        ("{{ name['x'] }}", "'Getitem' is not allowed"),
        ("{{ range(9) }}", "'Call' is not allowed"),
        ("{{ name|center(999999999) }}", "'center' is not allowed"),
        ("{% include 'x' %}", "'Include' is not allowed"),
        ("{% set x = name %}", "'Assign' is not allowed"),
        ("{% macro x() %}{% endmacro %}", "'x' is not allowed"),
        ("{{ ho_ten }}", "trial/sms.j2: ho_ten is not declared"),
        ("{{ name|default(ho_ten) }}", "ho_ten is not declared"),
        ("{{ name", "trial/sms.j2, line 1"),
    ],
)
def test_what_a_text_may_not_do(source: str, told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        Renderer(words(source))
    assert told in str(caught.value)


def test_what_is_sent_is_composed_and_measured() -> None:
    name = unicodedata.normalize("NFD", "Nguyễn Ánh")
    text = Renderer(words("Chào {{ name }}")).sms({"name": name, "code": "1"}, plain_only=False)
    assert text.body == "Chào Nguyễn Ánh"
    assert (text.encoding, text.parts) == (Encoding.UCS2, 1)


def test_plain_only_sends_no_accents() -> None:
    renderer = Renderer(words("x", "Chao {{ name }}, ma {{ code }}"))
    text = renderer.sms({"name": "Đặng Hường", "code": "“1”"}, plain_only=True)
    assert text.body == 'Chao Dang Huong, ma "1"'
    assert text.encoding is Encoding.GSM7


def test_a_blank_field_takes_its_default() -> None:
    assert body("Chào {{ name }}") == body("Chào {{ name }}", name=" \t") == "Chào Ông/Bà"


def test_spaces_in_a_value_are_tidied() -> None:
    assert body("Chào {{ name }}", name="  Nguyễn \n An ") == "Chào Nguyễn An"


@pytest.mark.parametrize(
    ("params", "field", "reason"),
    [
        ({"name": "An"}, "code", "missing"),
        ({"name": "An", "code": "  "}, "code", "missing"),
        ({"name": "An", "code": "1" * 11}, "code", "11 characters, at most 10"),
    ],
)
def test_a_fault_names_the_field(params: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(RenderError, match=f"{field}: {reason}") as caught:
        Renderer(words("{{ name }}")).sms(params, plain_only=False)
    assert caught.value.field == field
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "reason"), [("ạ" * 202, "4 parts, at most 3"), ("a" * 2001, "2001 characters")]
)
def test_a_text_must_not_grow(text: str, reason: str) -> None:
    with pytest.raises(RenderError, match=f"text: {reason}"):
        body(text)


def test_zalo_gets_what_its_template_declares() -> None:
    params = {"name": "Nguyễn Thị Minh Khai", "code": "1", "other": "x"}
    told = Renderer(words("x")).zalo(params)
    assert told.template == "t-1"
    assert told.values == {"customer": "Nguyễn Khai", "hotline": "1900 9068"}


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (20, "Nguyễn Thị Minh Khai"),
        (19, "Nguyễn Khai"),
        (11, "Nguyễn Khai"),
        (10, "Khai"),
        (4, "Khai"),
        (3, "Kha"),
    ],
)
def test_names_shorten_by_rule(most: int, expected: str) -> None:
    assert shortened("Nguyễn Thị Minh Khai", most) == expected


def test_no_letter_loses_its_mark() -> None:
    assert shortened("xq\u0301z", 2) == "x"


@given(st.text(min_size=1).filter(lambda name: name.split()), st.integers(1, 40))
def test_a_short_name_fits_and_ends_with_a_whole_letter(name: str, most: int) -> None:
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    short = shortened(name, most)
    assert len(short) <= most
    rest = name[len(short) :]
    if short and name.startswith(short) and rest:
        assert not unicodedata.combining(rest[0])


@given(st.text(max_size=40))
def test_any_name_can_be_sent(name: str) -> None:
    text = Renderer(words("Chào {{ name }}")).sms({"name": name, "code": "1"}, plain_only=False)
    assert measure(text.body).segments == text.parts


def account(name: str, channel: Channel = Channel.SMS, *, plain_only: bool = False) -> Account:
    return Account(
        name=name,
        adapter=name,
        channel=channel,
        networks=frozenset(Network),
        base_url="",
        sender="SIM-CITY",
        limits=(),
        in_flight=1,
        price_per_part=Decimal(600),
        plain_only=plain_only,
        max_parts=3,
        timeout=timedelta(seconds=1),
        receipt_deadline=timedelta(hours=1),
    )


def test_cost_is_counted_per_network() -> None:
    renderer = Renderer(words("ạ" * 71, "a" * 10))
    routes = {
        Network.VIETTEL: account("viettel"),
        Network.MOBIFONE: account("mobifone", plain_only=True),
        Network.VINAPHONE: account("zalo", Channel.ZALO),
    }
    good, bad = {"code": "1"}, {"name": "An"}
    rows = [
        (Network.VIETTEL, good),
        (Network.GMOBILE, good),
        (Network.VIETTEL, good),
        (Network.VIETTEL, bad),
        (Network.MOBIFONE, good),
        (Network.VINAPHONE, good),
    ]
    lines = cost(renderer, iter(rows), routes)
    assert lines == [
        CostLine(Network.VIETTEL, "viettel", Decimal(600), 2, 1, 4, 2),
        CostLine(Network.VINAPHONE, "zalo", Decimal(600), 1, 0, 1, 1),
        CostLine(Network.MOBIFONE, "mobifone", Decimal(600), 1, 0, 1, 1),
        CostLine(Network.GMOBILE, None, Decimal(0), 0, 1),
    ]
    assert (lines[0].accented_dong, lines[0].plain_dong) == (Decimal(2400), Decimal(1200))


def test_plain_text_of_the_guide_says_the_same_facts(guide: TemplateSet) -> None:
    for fact in guide.facts.values():
        assert plain(fact) in guide.sms_plain
