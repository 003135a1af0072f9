"""Every purpose renders with its sample and has a clean lint; each fault is found."""

import json
from pathlib import Path

import pytest

from outreach.campaigns.compose import Renderer
from outreach.campaigns.lint import Level, lint
from outreach.campaigns.templates import TemplateSet
from outreach.domain.errors import BadInputError
from outreach.domain.text import Encoding

MESSAGES = Path(__file__).parents[2] / "templates" / "messages"
PURPOSES = sorted(path.name for path in MESSAGES.iterdir() if path.is_dir())


def changed(words: TemplateSet, file: str, old: str, new: str) -> TemplateSet:
    """The same set with one file altered."""
    assert old in words.files[file]
    text = words.files[file].replace(old, new, 1)
    return TemplateSet.from_dict({"name": words.name, "files": {**words.files, file: text}})


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_template_renders_with_its_sample(purpose: str) -> None:
    words = TemplateSet.load(MESSAGES, purpose)
    renderer = Renderer(words)
    assert renderer.sms(words.sample, plain_only=True).encoding is Encoding.GSM7
    assert renderer.sms(words.sample, plain_only=False).parts <= words.max_parts
    if words.zalo_template:
        assert renderer.zalo(words.sample).template == words.zalo_template


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_template_is_clean(purpose: str) -> None:
    assert lint(TemplateSet.load(MESSAGES, purpose)) == []


def test_the_guide_is_short(guide: TemplateSet) -> None:
    renderer = Renderer(guide)
    longest = {"full_name": "ễ" * 30}
    assert renderer.sms(longest, plain_only=True).parts == 1
    assert renderer.sms(longest, plain_only=False).parts <= 3


def test_a_set_is_kept_exactly(guide: TemplateSet) -> None:
    kept = json.loads(json.dumps(guide.to_dict()))
    assert TemplateSet.from_dict(kept) == guide
    assert TemplateSet.from_dict(kept).version == guide.version


@pytest.mark.parametrize("file", ["sms.j2", "sms_plain.j2", "zalo.toml", "about.toml"])
def test_any_change_is_another_version(guide: TemplateSet, file: str) -> None:
    assert changed(guide, file, " ", "  ").version != guide.version


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("sms.j2", "VssID", "Vss ID", "lacks the app: VssID"),
        ("sms_plain.j2", "1900 9068", "1900 6050", "a number that is not ours: 1900 6050"),
        ("sms.j2", "Hướng dẫn: ", "Hướng dẫn: bit.ly/abc ", "not ours: bit.ly/abc"),
        ("sms.j2", "baohiemxahoi.gov.vn", "https://baohiemxahoi.gov.vn/vssid.apk", "https://"),
        ("sms.j2", "baohiemxahoi.gov.vn", "xbaohiemxahoi.gov.vn", "not ours: xbaohiemxahoi"),
        ("sms.j2", "Hỗ trợ", "Gửi OTP về", "seems to ask for personal data: otp"),
        ("sms_plain.j2", "Ho tro", "Nhap mat khau", "personal data: mat khau"),
        ("sms_plain.j2", "kinh moi", "kính mời", "'í' (U+00ED) is not in GSM-7: write 'i'"),
        ("sms_plain.j2", "kinh moi", "kinh\u200bmoi", "(U+200B) is not in GSM-7: leave it out"),
        ("sms.j2", "BHXH", "[QC] BHXH", "the label [QC] stands at the start"),
        ("about.toml", '"care"', '"ad"', "the label [QC] stands at the start"),
        ("sms.j2", "Hỗ trợ", "Hỗ trợ & giúp", "some carriers refuse the character &"),
        ("about.toml", "max_parts = 3", "max_parts = 2", "3 parts, at most 2"),
        ("sms.j2", "full_name", "ho_ten", "ho_ten is not declared"),
        ("sms.j2", "{{ full_name }}", "{{ full_name", "line 1"),
        ("zalo.toml", "max = 15", "max = 5", "hotline: 9 characters, at most 5"),
    ],
)
def test_lint_finds(guide: TemplateSet, file: str, old: str, new: str, told: str) -> None:
    findings = lint(changed(guide, file, old, new))
    assert any(told in finding.message_en for finding in findings)
    assert all(finding.message_vi for finding in findings)


def test_saying_that_we_never_ask_is_no_asking(guide: TemplateSet) -> None:
    words = changed(guide, "sms_plain.j2", "Ho tro", "BHXH TP.HCM khong hoi OTP. Ho tro")
    assert lint(words) == []


def test_a_site_of_the_official_domain_is_no_strange_link(guide: TemplateSet) -> None:
    words = changed(guide, "sms_plain.j2", "baohiem", "tphcm.baohiem")
    assert lint(words) == []


def test_an_advertisement_begins_with_its_label(guide: TemplateSet) -> None:
    words = changed(guide, "about.toml", '"care"', '"ad"')
    for file in ("sms.j2", "sms_plain.j2"):
        words = changed(words, file, "BHXH", "[QC] BHXH")
    assert [f for f in lint(words) if f.level is Level.ERROR] == []


def test_a_set_without_zalo_is_clean_too(guide: TemplateSet) -> None:
    files = {file: text for file, text in guide.files.items() if file != "zalo.toml"}
    words = TemplateSet.from_dict({"name": "sms-only", "files": files})
    assert lint(words) == []
    with pytest.raises(BadInputError, match="'sms-only' has no Zalo template"):
        Renderer(words).zalo(words.sample)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("about.toml", "max_parts = 3", "", "'max_parts' is missing"),
        ("about.toml", '"care"', '"spam"', "wrong value"),
        ("about.toml", "max = 30", 'max = "long"', "wrong value"),
        ("about.toml", "[title]", "[title", "about.toml: not valid TOML"),
        ("zalo.toml", '"full_name"', '"ho_ten"', "'customer_name' is from 'ho_ten'"),
        ("zalo.toml", 'value = "1900 9068", ', "", "'hotline' needs either from = or value ="),
        ("zalo.toml", "template =", "templat =", "'template' is missing"),
    ],
)
def test_a_wrong_file_is_told_at_once(
    guide: TemplateSet, file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(BadInputError, match=r"templates/messages/install-guide") as caught:
        changed(guide, file, old, new)
    assert told in str(caught.value)


def test_a_missing_file_is_named(guide: TemplateSet) -> None:
    files = {file: text for file, text in guide.files.items() if file != "sms.j2"}
    with pytest.raises(BadInputError, match=r"install-guide/sms\.j2: no such file"):
        TemplateSet.from_dict({"name": guide.name, "files": files})


@pytest.mark.parametrize("purpose", ["nothing", "..", "../messages/install-guide", ""])
def test_an_unknown_purpose_lists_the_known(purpose: str) -> None:
    with pytest.raises(BadInputError, match=r"has: .*install-guide"):
        TemplateSet.load(MESSAGES, purpose)


def test_a_file_must_be_utf8(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "about.toml").write_bytes(b"\xff")
    with pytest.raises(BadInputError, match="not UTF-8"):
        TemplateSet.load(tmp_path, "x")
