"""`outreach template`: texts looked at, checked, priced; every version can be shown again."""

import json
from pathlib import Path

import pytest

from outreach.campaigns.templates import TemplateSet
from outreach.store import campaigns
from outreach.store.database import Database
from tests.cli.shell import NUMBERS, ROOT, Shell

GUIDE = "install-guide"
ON = ("--audience", "quan-1")


@pytest.fixture
def audience(shell: Shell) -> Shell:
    shell.people()
    shell.audience()
    return shell


def test_texts_need_no_secrets(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OUTREACH_KEY_SECRET", "OUTREACH_VIETTEL_PASSWORD"):
        monkeypatch.delenv(name)
    names = [each["name"] for each in shell.ok("template", "list")["templates"]]
    assert GUIDE in names
    assert len(names) == 5
    shown = shell.ok("template", "preview", GUIDE, "--field", "full_name=Lê An")
    assert "Ông/Bà Lê An" in shown["sms"]["body"]
    assert shown["sms_plain"]["encoding"] == "GSM-7"
    assert "Dear Le An, please" in shown["sms_en"]["body"]
    assert shown["zalo"]["values"]["customer_name"] == "Lê An"
    assert "Kính" not in shell("template", "preview", "no-smartphone").out
    listed = shell("--lang", "vi", "template", "list").out
    assert "en, zalo" in listed
    assert "Hướng dẫn" in listed
    assert shell("template", "preview", GUIDE, "--field", "full_name").code == 2


def test_lint_measures_on_every_account(shell: Shell) -> None:
    told = shell.ok("template", "lint")
    assert (told["ok"], told["findings"]) == (True, [])
    at = [one for one in told["lengths"] if one["template"] == GUIDE and one["account"] == "esms"]
    longest = {one["file"]: (one["parts"], one["left"]) for one in at if one["reader"] == "longest"}
    assert longest["sms_plain.j2"] == (1, 0)
    assert longest["sms.j2"][0] == 3
    out = shell("template", "lint", GUIDE).out
    assert "1 template sets checked, 0 findings" in out


def test_lint_refuses(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    config = _own_texts(shell, monkeypatch)
    plain = config.parent / "templates" / "messages" / GUIDE / "sms_plain.j2"
    plain.write_text("BHXH: bit.ly/x", encoding="utf-8")
    told = shell("template", "lint", GUIDE, "--json")
    assert (told.code, told.json["ok"]) == (1, False)
    assert "liên kết rút gọn: bit.ly/x" in shell("--lang", "vi", "template", "lint", GUIDE).out
    plain.write_text("{{ nobody }}", encoding="utf-8")
    assert shell("template", "lint", GUIDE, "--json").json["lengths"] == []
    (config.parent / "templates" / "messages" / GUIDE / "about.toml").write_text("x = 1")
    assert "about.toml: title is missing" in shell("template", "lint").err.replace(
        "title.vi", "title"
    )


def _own_texts(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and texts of this test's own."""
    for source in sorted(ROOT.glob("config/**/*")) + sorted(ROOT.glob("templates/**/*")):
        if source.is_file():
            target = shell.folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    monkeypatch.setenv("OUTREACH_CONFIG", str(shell.folder / "config"))
    return shell.folder / "config"


def test_preview_of_an_audience(audience: Shell) -> None:
    told = audience.ok("template", "preview", GUIDE, *ON, "--account", "esms", "--sample", "2")
    assert (told["account"], told["messages"], told["by_parts"]) == ("esms", 4, {"3": 4})
    assert [len(told[sort]) for sort in ("longest", "shortest", "sample")] == [2, 2, 2]
    assert "Nguyễn Thị Minh Khai" in told["longest"][0]["body"]
    assert told["strangest"][0]["oddities"] == ["default"]
    assert told["faults"] == []
    assert told["longest"][0]["phone"].startswith("843")
    out = audience("template", "preview", GUIDE, *ON, "--account", "zalo").out
    assert "The longest" in out
    assert "'customer_name': 'Ông/Bà'" in out
    assert "một" not in out
    assert "Dài nhất" in audience("--lang", "vi", "template", "preview", GUIDE, *ON).out
    assert not [number for number in NUMBERS if number[1:] in json.dumps(told) + out]


def test_preview_says_who_gets_nothing(audience: Shell) -> None:
    told = audience.ok("template", "preview", "deadline-reminder", *ON)
    [fault] = told["faults"]
    assert (fault["count"], fault["first"]) == (4, [1, 2, 3, 4])
    assert fault["reason"].startswith("deadline: missing")
    out = audience("template", "preview", "deadline-reminder", *ON).out
    assert "4 not rendered, recipients 1, 2, 3, 4: deadline: missing" in out
    assert audience("template", "preview", GUIDE, "--audience", "nobody").code == 2


def test_cost_of_an_audience(audience: Shell) -> None:
    told = audience.ok("template", "cost", GUIDE, *ON)
    assert [line["account"] for line in told["lines"]].count("zalo") == 3
    sms = told["totals"]["sms"]
    assert (sms["accented"]["parts"], sms["plain"]["parts"]) == (12, 4)
    assert [saved["characters"] for saved in sms["plain"]["saves"]] == [1, 5, 10, 20]
    assert told["totals"]["zalo"]["plain"] == told["totals"]["zalo"]["accented"]
    viettel = next(line for line in told["lines"] if line["account"] == "viettel")
    assert viettel["accented"]["cost_dong"] == "3720"
    assert viettel["accented"]["by_parts"] == {"3": 2}
    out = audience("template", "cost", GUIDE, *ON, "--channels", "sms").out
    assert "sms, plain: 1 part: 4" in out
    assert "up to 20 characters less saves nothing" in out
    vietnamese = audience("--lang", "vi", "template", "cost", "deadline-reminder", *ON).out
    assert "4 không soạn được: deadline" in vietnamese
    assert audience("template", "cost", GUIDE, *ON, "--channels", "pigeon").code == 2


def test_every_version_can_be_shown_again(audience: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = _own_texts(audience, monkeypatch).parent / "templates" / "messages"
    old = TemplateSet.load(texts, GUIDE).version
    audience.running()
    words = texts / GUIDE / "sms_plain.j2"
    words.write_text(words.read_text("utf-8").replace("kinh moi", "moi"), encoding="utf-8")
    new = TemplateSet.load(texts, GUIDE).version

    told = audience.ok("template", "versions", GUIDE)["versions"]
    used = {at["version"]: (at["on_disk"], [c["name"] for c in at["campaigns"]]) for at in told}
    assert used == {new: (True, []), old: (False, ["nov-1"])}
    listed = audience("template", "versions", GUIDE).out
    assert "nov-1" in listed
    assert "disk" in listed

    assert "Thanh pho moi" in audience.ok("template", "show", GUIDE)["files"]["sms_plain.j2"]
    shown = audience.ok("template", "show", GUIDE, "--version", old)
    assert (shown["source"], shown["version"]) == ("nov-1", old)
    assert "Thanh pho kinh moi" in shown["files"]["sms_plain.j2"]
    assert "--- sms_plain.j2" in audience("template", "show", GUIDE, "--version", old).out
    missing = audience("template", "show", GUIDE, "--version", "0000", "--json")
    assert (missing.code, missing.error["kind"]) == (2, "not_found")
    for file in (texts / GUIDE).iterdir():
        file.unlink()
    assert audience.ok("template", "show", GUIDE)["source"] == "nov-1"
    assert audience("template", "versions", "nothing").code == 2


def test_the_words_of_a_campaign_are_those_that_were_approved(audience: Shell) -> None:
    audience.running()
    database = Database(f"sqlite:///{audience.folder / 'data' / 'outreach.db'}")
    with database.read() as conn:
        kept = TemplateSet.from_dict(campaigns.find(conn, "nov-1").template)
    database.close()
    assert kept.version == audience.ok("template", "show", GUIDE)["version"]
