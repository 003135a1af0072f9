"""Texts that a carrier has as a template: we send its id and the values, and count its parts."""

import pytest

from outreach.campaigns.compose import Renderer, RenderError
from outreach.carriers.base import Template, Text
from outreach.domain.network import Channel
from outreach.domain.text import Encoding
from tests.campaigns.trial import account, approving, with_files, words

KEPT = words("Mã của bạn: {{ code }}" + " ạ" * 40, "Ma cua ban: {{ code }}" + " a" * 80)
PEOPLE = {"code": "Hồ 1", "language": "en"}


@pytest.mark.parametrize(
    ("plain_only", "values", "encoding"),
    [(False, {"1": "Hồ 1"}, Encoding.UCS2), (True, {"1": "Ho 1"}, Encoding.GSM7)],
)
def test_the_values_go_out_and_the_words_are_measured(
    plain_only: bool,  # noqa: FBT001 - a parameter of the table
    values: dict[str, str],
    encoding: Encoding,
) -> None:
    carrier = account("vnpt", plain_only=plain_only)
    made = Renderer(KEPT).message(
        PEOPLE, approving(carrier, KEPT, template="77", parameters=("code",))
    )
    assert made == Template("77", values, 2, encoding)
    text = Renderer(KEPT).message(PEOPLE, approving(carrier, KEPT))
    assert isinstance(text, Text)
    assert (text.parts, text.encoding) == (made.parts, made.encoding)


def test_a_carriers_template_may_want_nothing() -> None:
    carrier = approving(account("vnpt"), KEPT, template="77")
    made = Renderer(KEPT).message(PEOPLE, carrier)
    assert made == Template("77", {}, 2, Encoding.UCS2)


def test_a_carriers_template_is_vietnamese_whoever_reads_it() -> None:
    both = with_files(KEPT, {"sms_en.j2": "Your code: {{ code }}"})
    carrier = approving(account("vnpt"), both, template="77", parameters=("code",))
    assert Renderer(both).message(PEOPLE, carrier).parts == 2
    assert Renderer(both).message(PEOPLE, approving(account("a"), both)).parts == 1


def test_a_field_that_does_not_exist_is_named() -> None:
    carrier = approving(account("vnpt"), KEPT, template="77", parameters=("age",))
    with pytest.raises(RenderError, match=r"age.*no such field"):
        Renderer(KEPT).message(PEOPLE, carrier)


def test_an_account_may_have_its_own_id_for_a_zalo_template() -> None:
    usual = Renderer(KEPT).message(PEOPLE, account("zalo", Channel.ZALO))
    own = approving(account("zalo", Channel.ZALO), KEPT, template="own-9")
    made = Renderer(KEPT).message(PEOPLE, own)
    assert isinstance(usual, Template)
    assert isinstance(made, Template)
    assert (made.template, made.values) == ("own-9", usual.values)
    assert made.template != usual.template


def test_the_fingerprint_is_of_the_words_only() -> None:
    titled = with_files(KEPT, {"about.toml": KEPT.files["about.toml"] + "\n# a remark\n"})
    reworded = with_files(KEPT, {"sms_plain.j2": KEPT.files["sms_plain.j2"] + "!"})
    assert titled.words(Channel.SMS) == KEPT.words(Channel.SMS)
    assert reworded.words(Channel.SMS) != KEPT.words(Channel.SMS)
    assert reworded.words(Channel.ZALO) == KEPT.words(Channel.ZALO)
