"""A text is said to be without accents only if it is ASCII, whichever carrier it goes to."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import Submission, Template, Text
from outreach.domain.network import Network
from outreach.domain.text import Encoding, measure_sent, nfc

from .callers import DIALECTS
from .dialects import BASE, KEY, MSISDN, bench_of

ACCENTED = "".join(
    letter + letter.upper()
    for letter in "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
)
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789.,:-/()"
OF_GSM = "àèéìòùÉ"
"""The Vietnamese letters that GSM-7 has: a text of them is counted in septets, and has accents."""


def _vnpt(request: httpx.Request) -> tuple[str, bool]:
    told: dict[str, Any] = orjson.loads(request.content)["RQST"]
    return told["PARAMS"][0]["CONTENT"], {"0": False, "8": True}[told["DATACODING"]]


def _vietguys(request: httpx.Request) -> tuple[str, bool]:
    told = parse_qs(request.content.decode())
    return told["sms"][0], {"0": False, "8": True}[told["type"][0]]


def _viettel(request: httpx.Request) -> tuple[str, bool]:
    body = request.content.decode()
    content, kind = (
        body.partition(f"<{name}>")[2].partition("<")[0] for name in ("Content", "ContentType")
    )
    return content, {"0": False, "1": True}[kind]


def _esms(request: httpx.Request) -> tuple[str, bool]:
    told: dict[str, str] = orjson.loads(request.content)
    return told["Content"], {"0": False, "1": True}[told["IsUnicode"]]


def _mobifone(request: httpx.Request) -> tuple[str, bool]:
    pages = {"/api/smsg/send.jsp": False, "/api/smsg/send_2.jsp": True}
    return request.url.params["content"], pages[request.url.path]


TOLD: Mapping[str, Callable[[httpx.Request], tuple[str, bool]]] = {
    "vnpt": _vnpt,
    "vietguys": _vietguys,
    "viettel": _viettel,
    "esms": _esms,
    "mobifone": _mobifone,
}
"""How each carrier that wants to know is told: the words, and whether they have accents."""

texts = st.text(st.sampled_from(PLAIN + ACCENTED), min_size=1, max_size=200) | st.text(
    st.sampled_from(PLAIN + OF_GSM), min_size=1, max_size=200
)


@pytest.mark.parametrize("name", TOLD)
@given(text=texts)
async def test_a_carrier_is_told_of_accents_as_the_text_has_them(name: str, text: str) -> None:
    bench = bench_of(DIALECTS[name])
    bench.router.route(url__startswith=BASE).mock(DIALECTS[name].accepted)
    size = measure_sent(text)
    content: Text | Template = Text(text, size.encoding, size.segments)
    if isinstance(DIALECTS[name].content, Template):
        content = Template("sim-text-1", {"1": text}, size.segments, size.encoding)
    await bench.adapter.submit(Submission(KEY, MSISDN, Network.VINAPHONE, content))
    assert TOLD[name](bench.router.calls.last.request) == (text, not text.isascii())


@given(texts)
def test_what_has_accents_is_billed_as_such(text: str) -> None:
    size = measure_sent(text)
    assert (size.encoding is Encoding.GSM7) is text.isascii()
    assert size.units == len(text)
    first, more = (160, 153) if text.isascii() else (70, 67)
    assert size.segments == (1 if len(text) <= first else -(-len(text) // more))


def test_a_letter_and_its_mark_have_accents_too() -> None:
    assert measure_sent("a\u0300") == measure_sent(nfc("a\u0300"))
    assert measure_sent("a\u0300").encoding is Encoding.UCS2
