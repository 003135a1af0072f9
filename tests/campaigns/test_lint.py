"""Each fault is found, in both languages, with its place."""

import pytest

from outreach.campaigns.findings import Level
from outreach.campaigns.lint import lint
from outreach.campaigns.lint_accounts import lengths
from outreach.campaigns.lint_words import check_words
from outreach.campaigns.templates import TemplateSet
from outreach.domain.text import Steps
from tests.campaigns.trial import account, changed, with_files


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("sms.j2", "VssID", "Vss ID", "lacks the app: VssID"),
        ("sms_en.j2", "1900 9068", "hotline", "lacks the hotline: 1900 9068"),
        ("sms_plain.j2", "1900 9068", "1900 6050", "a number that is not ours: 1900 6050"),
        ("sms_plain.j2", "1900 9068", "1900 9068, 0901 234 567", "not ours: 0901 234 567"),
        ("sms.j2", "Hướng dẫn: ", "Hướng dẫn: bit.ly/abc ", "a short link, which is not ours: bit"),
        ("sms.j2", "Hướng dẫn: ", "Hướng dẫn: vssid.com.vn ", "a link that is not ours: vssid.com"),
        ("sms.j2", "baohiemxahoi.gov.vn", "https://baohiemxahoi.gov.vn/vssid.apk", "https://"),
        ("sms.j2", "baohiemxahoi.gov.vn", "xbaohiemxahoi.gov.vn", "not ours: xbaohiemxahoi"),
        ("sms.j2", "Hỗ trợ", "Gửi OTP về", "seems to ask for personal data: otp"),
        ("sms_plain.j2", "Ho tro", "Nhap mat khau", "personal data: mat khau"),
        ("sms_plain.j2", "Ho tro", "Cho biet ma so BHXH", "personal data: ma so bhxh"),
        ("sms_plain.j2", "Ho tro", "Hay tra loi tin nay", "asks to reply: 'tra loi tin'"),
        ("sms_plain.j2", "kinh moi", "kính mời", "'í' (U+00ED) is not in GSM-7"),
        ("sms_plain.j2", "kinh moi", "kính mời", "write 'i'"),
        ("sms_plain.j2", "kinh moi", "kinh\u200bmoi", "leave it out, which says the same"),
        ("sms.j2", "(xem", "“xem", "write '\"', which says the same"),
        ("sms.j2", " từ App", "\u00a0từ App", "write ' ', which says the same"),
        ("sms.j2", "BHXH Thành", "[QC] BHXH Thành", "the label [QC] stands at the start"),
        ("about.toml", '"care"', '"ad"', "the label [QC] stands at the start"),
        ("about.toml", '"care"', '"ad"', "an advertisement ends with how to refuse"),
        ("sms.j2", "Hỗ trợ", "Hỗ trợ & giúp", "some carriers refuse the character &"),
        ("about.toml", "max_parts = 3", "max_parts = 2", "for the sample: text: 3 parts"),
        ("about.toml", "max = 30", "max = 60", "for a recipient whose every field is longest"),
        ("sms.j2", "full_name", "ho_ten", "ho_ten is not declared"),
        ("sms.j2", "{{ full_name }}", "{{ full_name", "line 1"),
    ],
)  # fmt: skip
def test_lint_finds(guide: TemplateSet, file: str, old: str, new: str, told: str) -> None:
    findings = lint(changed(guide, file, old, new))
    assert [f for f in findings if told in f.message_en] or not told
    assert all(finding.message_vi for finding in findings)
    assert len(set(findings)) == len(findings)


def test_a_finding_says_where(guide: TemplateSet) -> None:
    kept = with_files(guide, {"sms_plain.j2": "Mot\nha\u2013i"})
    [found] = [each for each in lint(kept) if "GSM-7" in each.message_en]
    assert found.where == "sms_plain.j2, line 2, column 3"
    assert "in 'Mot\nha\u2013i': write '-', which says the same" in found.message_en
    assert "viết '-', nghĩa không đổi" in found.message_vi


def test_what_stands_in_a_branch_is_checked_too(guide: TemplateSet) -> None:
    hidden = "{% if full_name %}{% else %} bit.ly/x{% endif %}"
    words = with_files(guide, {"sms_plain.j2": guide.sms_plain + hidden})
    assert any("bit.ly/x" in finding.message_en for finding in lint(words))


def test_a_field_that_nothing_uses_is_told(guide: TemplateSet) -> None:
    words = changed(guide, "about.toml", "[facts]", "ma = { max = 9, default = '' }\n[facts]")
    [found] = lint(words)
    assert (found.level, found.where) == (Level.WARNING, "about.toml [fields] ma")


def test_a_field_is_not_used_by_another_whose_name_holds_its_own(guide: TemplateSet) -> None:
    words = changed(guide, "about.toml", "[facts]", "name = { max = 9, default = '' }\n[facts]")
    words = changed(words, "sms_plain.j2", "{{ full_name", "{# name #}{{ full_name")
    [found] = lint(words)
    assert (found.level, found.where) == (Level.WARNING, "about.toml [fields] name")


def test_a_field_that_only_decides_is_used(guide: TemplateSet) -> None:
    count = "count = { type = 'number', max = 3, default = '1' }\n[facts]"
    words = changed(guide, "about.toml", "[facts]", count)
    decided = words.sms_plain + "{% if count > 1 %} (2){% endif %}"
    assert lint(with_files(words, {"sms_plain.j2": decided})) == []


def test_a_sample_must_be_whole(guide: TemplateSet) -> None:
    words = changed(guide, "about.toml", ', default = ""', "")
    words = changed(words, "about.toml", 'full_name = "Nguyễn Thị Minh Khai"', "")
    places = [finding.where for finding in lint(words)]
    assert places[0] == "about.toml [sample] full_name"


def test_saying_that_we_never_ask_is_no_asking(guide: TemplateSet) -> None:
    words = with_files(guide, {"sms_plain.j2": guide.sms_plain + " BHXH TP.HCM khong hoi OTP."})
    assert lint(words) == []


def test_a_site_of_the_official_domain_is_no_strange_link(guide: TemplateSet) -> None:
    assert lint(changed(guide, "sms.j2", "Hướng dẫn: baohiem", "Xem tphcm.baohiem")) == []


def test_a_date_is_no_number(guide: TemplateSet) -> None:
    words = with_files(guide, {"sms_plain.j2": guide.sms_plain + " Han 31-12-2026."})
    assert lint(words) == []


@pytest.fixture
def counted(guide: TemplateSet) -> TemplateSet:
    """Texts with a field that may have as many digits as a telephone number."""
    count = "count = { type = 'number', max = 9, default = '1' }\n[facts]"
    words = changed(guide, "about.toml", "[facts]", count)
    return changed(words, "about.toml", "max_parts = 3", "max_parts = 4")


def test_the_digits_of_a_number_field_are_no_strange_number(counted: TemplateSet) -> None:
    words = {file: counted.files[file].strip() for file in ("sms.j2", "sms_plain.j2")}
    filled = {file: f"{text} {{{{ count }}}} 1900 9068" for file, text in words.items()}
    assert lint(with_files(counted, filled)) == []


def test_a_strange_number_beside_a_number_field_is_found(counted: TemplateSet) -> None:
    end = " {% if count > 99 %}{{ count }} 0901 234 567{% endif %}"
    words = with_files(counted, {"sms_plain.j2": counted.sms_plain + end})
    assert any("not ours: 0901 234 567" in finding.message_en for finding in lint(words))


@pytest.mark.parametrize("link", ["http://x", "1http://x", "a.b+c://x", "(zalo://x"])
def test_a_link_of_any_scheme_is_found(guide: TemplateSet, link: str) -> None:
    words = with_files(guide, {"sms_plain.j2": f"{guide.sms_plain} {link}"})
    assert any("without http://" in finding.message_en for finding in lint(words))


def test_a_long_word_is_looked_at_once(guide: TemplateSet) -> None:
    """At every letter anew it would take hours."""
    body = f"{guide.sms_plain} {'a1' * 500_000}"
    found = check_words(guide, "sms_plain.j2", body, body)
    assert {finding.level for finding in found} == {Level.WARNING}


def _advertisement(guide: TemplateSet, end: str) -> list[str]:
    words = changed(guide, "about.toml", '"care"', '"ad"')
    words = changed(words, "about.toml", "[sample]", 'refusal = "9901"\n[sample]')
    files = {file: f"[QC] {words.files[file].strip()} {end}" for file in ("sms.j2", "sms_plain.j2")}
    files["sms.j2"] = files["sms.j2"].replace(" (xem thẻ BHYT, quá trình đóng BHXH)", "")
    files["sms_en.j2"] = f"[QC] {words.files['sms_en.j2'].strip()} {end}"
    found = lint(with_files(words, files))
    return [finding.message_en for finding in found if finding.level is Level.ERROR]


@pytest.mark.parametrize("end", ["Tu choi: soan TC gui 9901", "Tu choi: goi 1900 9068 hoac 9901"])
def test_an_advertisement_says_how_to_refuse(guide: TemplateSet, end: str) -> None:
    assert _advertisement(guide, end) == []


@pytest.mark.parametrize("end", ["Tu choi tai baohiemxahoi.gov.vn 9901", "Goi 9901"])
def test_a_page_alone_is_no_way_to_refuse(guide: TemplateSet, end: str) -> None:
    assert any("how to refuse" in told for told in _advertisement(guide, end))


def test_the_way_to_refuse_stands_at_the_end(guide: TemplateSet) -> None:
    end = "Tu choi: goi 9901. " + "Tran trong cam on quy vi da doc tin nay cua chung toi. " * 2
    assert any("how to refuse" in told for told in _advertisement(guide, end))


def test_every_account_must_take_the_longest(guide: TemplateSet) -> None:
    tight = account("tight", steps=Steps((100, 150), (50, 100)))
    [*found] = lint(guide, [account("usual"), tight])
    assert {f.where for f in found} == {
        "sms.j2, account tight",
        "sms_plain.j2, account tight",
        "sms_en.j2, account tight",
    }
    assert all(finding.level is Level.ERROR for finding in found)


def test_a_sender_is_short(guide: TemplateSet) -> None:
    [found] = lint(guide, [account("long", sender="BAOHIEMXAHOI")])
    assert "longer than 11 characters" in found.message_en


def test_lengths_say_what_is_left(guide: TemplateSet) -> None:
    bytes_counted = account("bytes", max_bytes=396)
    by = {
        (at.account, at.file, at.reader): at for at in lengths(guide, [account("a"), bytes_counted])
    }
    longest = by["a", "sms.j2", "longest"]
    assert (longest.units, longest.parts, longest.left) == (198, 3, 3)
    assert by["a", "sms_plain.j2", "longest"].left == 0
    assert by["bytes", "sms.j2", "longest"].left == 0
    assert len(by) == 2 * 3 * 3
