"""From fields to the message: values tidied, faults named, each account's own terms."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.compose import ACCENTED, PLAIN, Params, Renderer, RenderError, Terms
from outreach.carriers.base import Template, Text
from outreach.domain.network import Channel
from outreach.domain.text import Encoding, Steps, measure_sent, tidy
from tests.campaigns.trial import ABOUT, account, changed, said, text, words

OWN_STEPS = Steps((122, 268, 421), (60, 120, 180))


def test_what_is_sent_is_composed_and_measured() -> None:
    name = unicodedata.normalize("NFD", "Nguyễn Ánh")
    told = text(Renderer(words("Chào {{ name }}")), {"name": name, "code": "1"})
    assert told.body == "Chào Nguyễn Ánh"
    assert (told.encoding, told.parts) == (Encoding.UCS2, 1)


def test_a_text_pasted_decomposed_is_composed() -> None:
    assert said(unicodedata.normalize("NFD", "Kính mời {{ name }}")) == "Kính mời Ông/Bà"


def test_plain_only_sends_no_accents() -> None:
    told = said("Chao {{ name }}, ma {{ code }}", PLAIN, name="Đặng Hường", code="“1”")
    assert told == 'Chao Dang Huong, ma "1"'


@pytest.mark.parametrize("name", ["", " \t", "\u200b", "123", "KHÔNG CÓ TÊN", "Lê An (con)"])
def test_a_blank_or_what_is_no_name_takes_the_default(name: str) -> None:
    assert said("Chào {{ name }}", name=name) == "Chào Ông/Bà"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("  7 \n 8 ", "7 8"),
        ("“7”", '"7"'),
        ("7\u00a08", "7 8"),
        ("\ufeff7\u200b8", "78"),
        ("Đ–1", "Đ-1"),
    ],
)
def test_a_value_is_tidied(code: str, expected: str) -> None:
    assert said("{{ code }}", code=code) == expected


@pytest.mark.parametrize(
    "value",
    [
        "xem https://a",
        "bit.ly/x",
        "www.x",
        "gọi 0987 654 321",
        "1900 1234",
        "gửi mật khẩu",
        "số CCCD",
        "OTP",
    ],
)
def test_a_strangers_words_do_not_travel_under_our_name(value: str) -> None:
    templates = words("Chao {{ code }}", about__toml=ABOUT.replace("max = 10", "max = 60"))
    with pytest.raises(RenderError, match="holds a link, a long number or a request"):
        text(Renderer(templates), {"name": "An", "code": value})


@pytest.mark.parametrize("value", ["31/12/2026", "31.12.2026", "12/3 Lê Lợi, P.5", "TP.HCM"])
def test_dates_and_addresses_do(value: str) -> None:
    templates = words("Chao {{ code }}", about__toml=ABOUT.replace("max = 10", "max = 60"))
    assert value in text(Renderer(templates), {"name": "An", "code": value}).body


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["LÊ AN", "Đỗ Bình"], "Lê An, Đỗ Bình"),
        (["Lê An", "test", "Đỗ Bình", "Hà Vi", "Lý Na"], "Lê An, Đỗ Bình, Hà Vi"),
        (["Nguyễn Thị Minh Khai Anh"], "Nguyễn Minh Khai Anh"),
        (["???", "1"], "người thân"),
        ([], "Trần Cúc"),
        ("Lê An", "Lê An"),
    ],
)
def test_a_list_of_names(names: list[str] | str, expected: str) -> None:
    told = said("{{ names|join(', ') }}", names=names, full_name="Trần Cúc")
    assert told == expected


def test_nobody_at_all_is_the_default() -> None:
    assert said("{% for one in names %}{{ one }}{% endfor %}") == "người thân"


@pytest.mark.parametrize(
    ("params", "field", "reason"),
    [
        ({"name": "An"}, "code", "missing"),
        ({"name": "An", "code": "  "}, "code", "missing"),
        ({"name": "An", "code": "1" * 11}, "code", "11 characters, at most 10"),
        ({"code": "1", "count": "-3"}, "count", "expected a whole number"),
        ({"code": "1", "count": "٣"}, "count", "expected a whole number"),
        ({"code": "1", "count": "1000"}, "count", "4 characters, at most 3"),
    ],
)
def test_a_fault_names_the_field(params: Params, field: str, reason: str) -> None:
    with pytest.raises(RenderError, match=f"{field}: {reason}") as caught:
        Renderer(words()).sms(params, ACCENTED)
    assert caught.value.field == field
    assert reason in caught.value.reason


def test_a_name_without_a_default_must_be_there() -> None:
    kept = changed(words(), "about.toml", ', default = "Ông/Bà"', "")
    with pytest.raises(RenderError, match="name: no name of a person, and"):
        Renderer(kept).sms({"code": "1", "name": "test"}, ACCENTED)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("ạ" * 202, "4 parts, at most 3"),
        ("ạ" * 400, "400 units, at most 3 parts"),
        ("a" * 2001, "2001 characters"),
        ("{% if count > 5 %}x{% endif %}", "nothing is left of it"),
    ],
)
def test_a_text_must_be_sendable(body: str, reason: str) -> None:
    with pytest.raises(RenderError, match=f"text: {reason}"):
        said(body)


@pytest.mark.parametrize(
    ("length", "changes", "parts"),
    [
        (70, {}, 1),
        (71, {}, 2),
        (61, {"steps": OWN_STEPS}, 2),
        (181, {"steps": OWN_STEPS}, "181 units, at most 3"),
        (71, {"max_parts": 1}, "2 parts, at most 1"),
        (70, {"max_bytes": 140}, 1),
        (71, {"max_bytes": 140}, "142 bytes, at most 140"),
    ],
)
def test_an_account_has_its_own_terms(
    length: int, changes: dict[str, object], parts: int | str
) -> None:
    renderer = Renderer(words("ạ" * length))
    carrier = account("viettel", Channel.SMS, **changes)
    if isinstance(parts, int):
        assert renderer.message({"code": "1"}, carrier).parts == parts
    else:
        with pytest.raises(RenderError, match=f"text: {parts}"):
            renderer.message({"code": "1"}, carrier)


def test_advertising_has_its_own_steps() -> None:
    care = words("a" * 130)
    ad = changed(care, "about.toml", '"care"', '"ad"')
    carrier = account("viettel", ad_steps=OWN_STEPS)
    parts = [Renderer(each).message({"code": "1"}, carrier).parts for each in (care, ad)]
    assert parts == [1, 2]


def test_septets_are_bytes_to_who_counts_bytes() -> None:
    carrier = account("viettel", plain_only=True, max_bytes=160)
    assert Renderer(words("x", "a" * 160)).message({"code": "1"}, carrier).parts == 1


def test_an_account_changed_under_one_name_is_looked_at_anew() -> None:
    renderer = Renderer(words("ạ", "a"))
    for plain_only, expected in ((True, "a"), (False, "ạ")):
        told = renderer.message({"code": "1"}, account("one", plain_only=plain_only))
        assert isinstance(told, Text)
        assert told.body == expected


def test_zalo_gets_what_its_template_declares() -> None:
    params = {"name": "NGUYỄN THỊ MINH KHAI", "code": "1", "other": "x"}
    told = Renderer(words()).message(params, account("zalo", Channel.ZALO))
    assert told == Template("t-1", {"customer": "Nguyễn Khai", "hotline": "1900 9068"})


def test_zalo_counts_composed_letters() -> None:
    zalo = 'template = "t"\n[params]\ncode = { from = "code", type = "code", max = 5 }\n'
    renderer = Renderer(words(zalo__toml=zalo))
    decomposed = unicodedata.normalize("NFD", "ộộộộộ")
    assert renderer.zalo({"code": decomposed}).values == {"code": "ộộộộộ"}
    with pytest.raises(RenderError, match="code: 6 characters, at most 5"):
        renderer.zalo({"code": "123456"})


def test_what_zalo_always_gets_is_composed() -> None:
    about = ABOUT.replace('default = "Ông/Bà"', 'default = ""')
    about = about.replace("code = { max = 10 }", "code = { max = 10, default = 'ộộ' }")
    zalo = """template = "t"
[params]
always = { value = "ộộộ", type = "gender", max = 3 }
code = { from = "code", type = "code", max = 2 }
name = { from = "name", type = "name", default = "Quý vị", max = 6 }
"""
    decomposed = unicodedata.normalize("NFD", about), unicodedata.normalize("NFD", zalo)
    renderer = Renderer(words(about__toml=decomposed[0], zalo__toml=decomposed[1]))
    assert renderer.zalo({}).values == {"always": "ộộộ", "code": "ộộ", "name": "Quý vị"}


def test_a_blank_for_zalo_has_its_own_default() -> None:
    about = ABOUT.replace('default = "Ông/Bà"', 'default = ""')
    zalo = 'template = "t"\n[params]\nc = { from = "name", type = "name", default = "Quý vị" }\n'
    renderer = Renderer(words(about__toml=about, zalo__toml=zalo))
    assert renderer.zalo({"code": "1"}).values == {"c": "Quý vị"}
    assert renderer.zalo({"code": "1", "name": "Lê An"}).values == {"c": "Lê An"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Dear Do Binh"),
        ("Tiếng Anh", "Dear Do Binh"),
        ("vi", "Chào Đỗ Bình"),
        ("", "Chào Đỗ Bình"),
    ],
)
def test_english_is_for_those_who_read_it(language: str, expected: str) -> None:
    renderer = Renderer(words("Chào {{ name }}", sms_en__j2="Dear {{ name }}"))
    params = {"name": "Đỗ Bình", "code": "1", "language": language}
    assert text(renderer, params).body == expected


def test_without_an_english_text_everybody_reads_vietnamese() -> None:
    assert said("Chào {{ name }}", language="en") == "Chào Ông/Bà"


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from([ACCENTED, PLAIN]))
def test_any_name_can_be_sent(name: str, wanted: Terms) -> None:
    renderer = Renderer(words("Chào {{ name }}", "Chao {{ name }}"))
    told = text(renderer, {"name": name, "code": "1"}, wanted)
    size = measure_sent(told.body)
    assert (size.segments, size.encoding) == (told.parts, told.encoding)
    assert tidy(told.body) == told.body


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_value_is_sent_or_refused_by_its_name(code: str) -> None:
    fields, told = [], ""
    try:
        told = said("{{ code }}", code=code)
    except RenderError as fault:
        fields = [fault.field]
    assert 0 < len(told) <= 10 or fields in (["code"], ["text"])
