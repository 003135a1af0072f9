"""The city's own link in a text: only where links are on, measured exactly, for each message."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.campaigns.compose import ACCENTED, Renderer, RenderError
from outreach.campaigns.cost import cost
from outreach.campaigns.findings import Finding
from outreach.campaigns.lint import lint
from outreach.campaigns.lint_accounts import lengths
from outreach.campaigns.preflight import Preflight, preflight
from outreach.campaigns.preview import Seen, preview
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Template, Text
from outreach.domain.errors import BadInputError
from outreach.domain.link import Links, LinkSeal
from outreach.domain.network import Channel, Network
from outreach.domain.text import measure
from outreach.settings.reporting import OpenTerms
from outreach.store.database import Database
from tests.campaigns import desks
from tests.campaigns.conftest import MESSAGES
from tests.campaigns.desks import AN, Place, installed
from tests.campaigns.trial import account, changed, words

LINKS = Links("https://vssid.example.vn/v", LinkSeal(b"an invented secret"), enabled=True)
OFF = replace(LINKS, enabled=False)
MESSAGE = 7_000_000_042


def _linked(guide: TemplateSet) -> TemplateSet:
    """The guide with a link in its Vietnamese texts, and room for it."""
    kept = changed(guide, "about.toml", "max_parts = 3", "max_parts = 4")
    return changed(kept, "sms.j2", "Hỗ trợ", "Cài: {{ link }} Hỗ trợ")


def _told(findings: list[Finding]) -> str:
    return "\n".join(each.message_en for each in findings)


def test_each_message_has_its_own_link_always_the_same() -> None:
    renderer = Renderer(words("Mời {{ name }} xem {{ link }}"), LINKS)
    sent = renderer.message({"code": "1"}, account("a"), MESSAGE)
    assert isinstance(sent, Text)
    assert sent.body == f"Mời Ông/Bà xem {LINKS.to(MESSAGE)}"
    assert renderer.message({"code": "1"}, account("a"), MESSAGE) == sent
    assert renderer.message({"code": "1"}, account("a"), MESSAGE + 1) != sent


def test_a_message_measures_as_its_sample_did() -> None:
    renderer = Renderer(words("Mời {{ name }} xem {{ link }}"), LINKS)
    sample = renderer.sms({"code": "1"}, ACCENTED).size
    for number in (1, MESSAGE, 2**62):
        sent = renderer.message({"code": "1"}, account("a"), number)
        assert isinstance(sent, Text)
        assert measure(sent.body) == sample


def test_without_links_no_text_with_one_is_made() -> None:
    renderer = Renderer(words("Xem {{ link }}"))
    with pytest.raises(RenderError, match="the city's links are off"):
        renderer.message({"code": "1"}, account("a"), MESSAGE)
    plain = Renderer(words("Xem", "Xem")).message({"code": "1"}, account("a"), MESSAGE)
    assert isinstance(plain, Text)


def test_a_column_of_the_file_is_no_link() -> None:
    renderer = Renderer(words("Xem {{ link }}"), LINKS)
    sent = renderer.message(
        {"code": "1", "link": "https://elsewhere.example"}, account("a"), MESSAGE
    )
    assert isinstance(sent, Text)
    assert sent.body == f"Xem {LINKS.to(MESSAGE)}"


def test_a_field_cannot_be_called_link() -> None:
    about = words().files["about.toml"].replace("code = {", "link = {")
    with pytest.raises(BadInputError, match="has a meaning of its own"):
        words(about__toml=about)


def test_a_zalo_parameter_may_be_the_link() -> None:
    zalo = 'template = "t-1"\n[params]\nurl = { from = "link", type = "url" }\n'
    renderer = Renderer(words(zalo__toml=zalo), LINKS)
    sent = renderer.message({"code": "1"}, account("z", Channel.ZALO), MESSAGE)
    assert isinstance(sent, Template)
    assert sent.values == {"url": LINKS.to(MESSAGE)}


def test_with_links_on_a_text_may_have_it_and_no_other(guide: TemplateSet) -> None:
    assert lint(_linked(guide), (), LINKS) == []
    other = changed(_linked(guide), "sms.j2", "{{ link }}", "{{ link }} https://vssid.example.vn/v")
    assert "a link that is not ours: https://vssid.example.vn/v" in _told(lint(other, (), LINKS))


@pytest.mark.parametrize("links", [OFF, None])
def test_with_links_off_it_is_refused_and_said_why(guide: TemplateSet, links: Links | None) -> None:
    (found,) = lint(_linked(guide), (), links)
    assert "the city's links are off" in found.message_en
    assert "đang tắt" in found.message_vi
    assert lint(guide, (), links) == []


@pytest.mark.parametrize("spoilt", ["{{ link|upper }}", "{% if full_name %}{{ link }}{% endif %}"])
def test_the_link_stands_whole_in_everybodys_message(guide: TemplateSet, spoilt: str) -> None:
    kept = changed(_linked(guide), "sms.j2", "{{ link }}", spoilt)
    assert "{{ link }} must stand in everybody's message" in _told(lint(kept, (), LINKS))


def test_lengths_preview_and_cost_count_it_even_while_it_is_off(guide: TemplateSet) -> None:
    kept, carrier = _linked(guide), account("a", max_parts=4)
    longer = {at.reader: at.units for at in lengths(kept, [carrier], OFF) if at.file == "sms.j2"}
    before = {at.reader: at.units for at in lengths(guide, [carrier]) if at.file == "sms.j2"}
    more = len("Cài:  ") + len(LINKS.to())
    assert longer == {reader: units + more for reader, units in before.items()}
    renderer = Renderer(kept, OFF)
    row = {"full_name": "Lê An"}
    shown = preview(renderer, [Seen(1, 84_900_000_001, row)], carrier, 1, 1)
    (sample,) = shown.sample
    assert isinstance(sample.message.content, Text)
    assert OFF.to() in sample.message.content.body
    costs = cost(renderer, [(Network.VIETTEL, row)], {(Channel.SMS, Network.VIETTEL): carrier})
    assert costs.lines[0].accented.parts == sample.message.content.parts


def test_an_approval_is_of_where_the_links_lead(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(MESSAGES, tmp_path / "texts")
    spoken = tmp_path / "texts" / "install-guide" / "sms.j2"
    spoken.write_text(spoken.read_text("utf-8").replace("Hỗ trợ", "{{ link }} Hỗ trợ"), "utf-8")

    def checked(**opens: object) -> Preflight:
        terms = replace(OpenTerms(address="https://a.example/v"), **opens)  # type: ignore[arg-type]  # its own
        known = replace(installed(), templates=tmp_path / "texts")
        known = replace(known, reporting=replace(known.reporting, opens=terms))
        monkeypatch.setattr(desks, "installed", lambda: known)
        desk = place.desk
        if not place.now.minute:
            desk.create(AN, place.wish())
            place.pass_(minutes=1)
        return preflight(database, known, desk.find("c"))

    place = Place(database)
    place.people(3)
    off, on = checked(), checked(enabled=True)
    assert any("the city's links are off" in each for each in off.errors)
    assert not any("link" in each for each in on.errors)
    elsewhere = checked(enabled=True, address="https://b.example/v")
    assert elsewhere.approval_hash != on.approval_hash
