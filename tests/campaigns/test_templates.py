"""Every purpose renders for everybody; a set is kept exactly; nonsense is refused by its key."""

import json
from pathlib import Path

import pytest

from outreach.campaigns.compose import ACCENTED, PLAIN, Renderer
from outreach.campaigns.fields import FALLBACK
from outreach.campaigns.lint import lint
from outreach.campaigns.readers import readers
from outreach.campaigns.templates import TemplateSet
from outreach.campaigns.zalo_words import LONGEST
from outreach.domain.errors import BadInputError
from outreach.domain.text import Encoding, plain
from tests.campaigns.trial import ABOUT, account, changed, text, with_files, words

MESSAGES = Path(__file__).parents[2] / "templates" / "messages"
PURPOSES = [
    "awaiting-approval",
    "deadline-reminder",
    "install-guide",
    "no-smartphone",
    "pensioner-by-relative",
]


def test_the_library_has_these_purposes() -> None:
    assert sorted(path.name for path in MESSAGES.iterdir()) == PURPOSES


@pytest.mark.parametrize("purpose", PURPOSES)
def test_everybody_gets_a_message_of_few_parts(purpose: str) -> None:
    kept = TemplateSet.load(MESSAGES, purpose)
    renderer = Renderer(kept)
    for file, wanted, most in (("sms.j2", ACCENTED, 3), ("sms_plain.j2", PLAIN, 2)):
        for _, params in readers(kept, file):
            assert text(renderer, params, wanted).parts <= most
    assert kept.zalo is not None
    assert renderer.zalo(kept.sample).template == kept.zalo.template


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_template_is_clean_on_every_kind_of_account(purpose: str) -> None:
    accounts = [account("one"), account("two", plain_only=True, max_bytes=459)]
    assert lint(TemplateSet.load(MESSAGES, purpose), accounts) == []


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_words_do_what_the_agency_promises(purpose: str) -> None:
    kept = TemplateSet.load(MESSAGES, purpose)
    for spelled in (kept.sms, kept.sms_plain, kept.sms_en):
        if spelled is not None:
            assert {plain(fact) for fact in kept.facts.values()} <= _found(kept, spelled)
            assert "http" not in spelled
            assert "OTP" not in spelled
    assert {"hotline", "domain", "sender", "app", "apple_store", "android_store"} <= set(kept.facts)
    assert kept.facts["hotline"] == "1900 9068"


def _found(kept: TemplateSet, spelled: str) -> set[str]:
    told = plain(spelled)
    return {plain(fact) for fact in kept.facts.values() if plain(fact) in told}


@pytest.mark.parametrize("purpose", ["install-guide", "deadline-reminder"])
def test_english_is_gsm7(purpose: str) -> None:
    kept = TemplateSet.load(MESSAGES, purpose)
    for _, params in readers(kept, "sms_en.j2"):
        told = text(Renderer(kept), params)
        assert (told.encoding, told.parts) == (Encoding.GSM7, 2)
        assert "install" in told.body


def test_the_guide_is_short(guide: TemplateSet) -> None:
    for _, params in readers(guide, "sms_plain.j2"):
        assert text(Renderer(guide), params, PLAIN).parts == 1


def test_several_pensioners_behind_one_phone() -> None:
    kept = TemplateSet.load(MESSAGES, "pensioner-by-relative")
    four = {"names": ["Nguyễn Thị Minh Khai", "TRẦN VĂN AN", "Lê Na", "Đỗ Bình"], "persons": "4"}
    told = text(Renderer(kept), {**four, FALLBACK: "Nguyễn Thị Minh Khai"}).body
    assert "giúp Nguyễn Thị Minh Khai, Trần Văn An và người khác (" in told
    one = text(Renderer(kept), {FALLBACK: "LÊ NA"}, PLAIN).body
    assert "giup Le Na (" in one
    assert "giúp người thân (" in text(Renderer(kept), {}).body


def test_a_set_is_kept_exactly(guide: TemplateSet) -> None:
    kept = json.loads(json.dumps(guide.to_dict()))
    assert TemplateSet.from_dict(kept) == guide
    assert TemplateSet.from_dict(kept).version == guide.version


@pytest.mark.parametrize("file", ["sms.j2", "sms_plain.j2", "sms_en.j2", "zalo.toml", "about.toml"])
def test_any_change_is_another_version(guide: TemplateSet, file: str) -> None:
    assert changed(guide, file, " ", "  ").version != guide.version


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("about.toml", "max_parts = 3", "", "about.toml: max_parts is missing"),
        ("about.toml", "max_parts = 3", "max_parts = 9", "max_parts is 9; expected a whole number"),
        ("about.toml", "max_parts = 3", "max_parts = true", "max_parts is True; expected a whole"),
        ("about.toml", "max_parts = 3", "max_part = 3", "about.toml: max_parts is missing"),
        ("about.toml", "max_parts = 3", "max_parts = 3\nx = 1", "about.toml: x has no meaning"),
        ("about.toml", '"care"', '"spam"', "class is 'spam'; expected one of care, ad"),
        ("about.toml", '= "install-guide"', '= "other"', "purpose is 'other'; expected one"),
        ("about.toml", "max = 30", 'max = "long"', "fields.full_name.max is 'long'; expected"),
        ("about.toml", "max = 30", "max = 500", "fields.full_name.max is 500; expected"),
        ("about.toml", "max = 30", "max = 30, most = 2", "fields.full_name.most has no meaning"),
        ("about.toml", '"name", max', '"nom", max', "fields.full_name.type is 'nom'; expected"),
        ("about.toml", '"name", max', '"names", max', "fields.full_name.most is missing"),
        ("about.toml", 'default = ""', "default = 1", "fields.full_name.default is 1; expected"),
        ("about.toml", 'default = ""', f'default = "{"x" * 31}"', "default has 31 characters"),
        ("about.toml", "full_name =", "Full-name =", "fields.Full-name is no name of a field"),
        ("about.toml", '\nfull_name = "', '\nho_ten = "', "sample.ho_ten is not among [fields]"),
        ("about.toml", 'hotline = "1900 9068"', "hotline = 1900", "facts.hotline is 1900"),
        ("about.toml", "[title]", "[title", "about.toml: not valid TOML"),
        ("about.toml", "\nen =", "\nfr =", "title.en is missing"),
        ("zalo.toml", '"full_name"', '"ho_ten"', "params.customer_name.from is 'ho_ten'"),
        ("zalo.toml", 'value = "1900 9068", ', "", "params.hotline.from or value is needed"),
        ("zalo.toml", 'type = "phone"', 'type = "fone"', "params.hotline.type is 'fone'"),
        ("zalo.toml", 'type = "phone"', 'type = "phone", max = 16', "hotline.max is 16; expected"),
        ("zalo.toml", 'type = "phone"', 'type = "phone", max = 5', "has 9 characters; at most 5"),
        ("zalo.toml", ', default = "Ông/Bà"', "", "params.customer_name.default is missing"),
        ("zalo.toml", "template =", "templat =", "zalo.toml: template is missing"),
        ("zalo.toml", "[params]", "x = 1\n[params]", "zalo.toml: x has no meaning"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_at_once(
    guide: TemplateSet, file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(BadInputError, match=r"templates/messages/install-guide/") as caught:
        changed(guide, file, old, new)
    assert told in str(caught.value)


def test_a_list_cannot_fill_a_parameter() -> None:
    zalo = 'template = "t"\n[params]\nc = { from = "names", type = "name" }\n'
    with pytest.raises(BadInputError, match=r"params\.c\.from is 'names'; expected one of name,"):
        words(zalo__toml=zalo)


@pytest.mark.parametrize("name", ["self", "caller", "varargs", "kwargs", "loop", "true", "not"])
def test_a_field_takes_no_name_that_means_something_in_a_text(name: str) -> None:
    about = ABOUT.replace("code = { max", f"{name} = {{ max = 9 }}\ncode = {{ max")
    told = rf"trial/about\.toml: fields\.{name} has a meaning of its own"
    with pytest.raises(BadInputError, match=told):
        words(about__toml=about)


def test_a_number_has_a_number_for_default() -> None:
    about = ABOUT.replace('max = 3, default = "1"', 'max = 3, default = "one"')
    with pytest.raises(BadInputError, match=r"count\.default is 'one'; expected digits"):
        words(about__toml=about)


def test_a_parameter_is_as_long_as_zalo_lets_it() -> None:
    params = "\n".join(f'{kind} = {{ value = "1", type = "{kind}" }}' for kind in LONGEST)
    kept = words(zalo__toml=f'template = "t"\n[params]\n{params}\n')
    assert kept.zalo is not None
    assert {param.kind: param.max for param in kept.zalo.params} == LONGEST


@pytest.mark.parametrize("file", ["about.toml", "sms.j2", "sms_plain.j2"])
def test_a_missing_or_empty_file_is_named(guide: TemplateSet, file: str) -> None:
    with pytest.raises(BadInputError, match=f"install-guide/{file}: no such file"):
        with_files(guide, {file: " \n"})


@pytest.mark.parametrize("purpose", ["nothing", "..", "../messages/install-guide", ""])
def test_an_unknown_purpose_lists_the_known(purpose: str) -> None:
    with pytest.raises(BadInputError, match=r"has: .*install-guide"):
        TemplateSet.load(MESSAGES, purpose)


def test_a_file_must_be_utf8_and_known(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "about.toml").write_bytes(b"\xff")
    with pytest.raises(BadInputError, match=r"about\.toml: not UTF-8"):
        TemplateSet.load(tmp_path, "x")
    (tmp_path / "x" / "sms.txt").write_text("")
    with pytest.raises(BadInputError, match=r"sms\.txt has no meaning; known are about\.toml"):
        TemplateSet.load(tmp_path, "x")


def test_a_set_without_zalo_is_clean_too(guide: TemplateSet) -> None:
    files = {file: content for file, content in guide.files.items() if file != "zalo.toml"}
    kept = TemplateSet.from_dict({"name": guide.name, "files": files})
    assert lint(kept) == []
    with pytest.raises(BadInputError, match="'install-guide' has no Zalo template"):
        Renderer(kept).zalo(kept.sample)
