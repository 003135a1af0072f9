"""MobiFone: the two pages, the few answers of wire-formats.md 2.3."""

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import ReceiptWay, Submission, Text
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope, Unknown
from outreach.domain.text import Encoding, measure
from outreach.domain.token import Tokens

from .contract import (
    BASE,
    KEY,
    MSISDN,
    NOW,
    Contract,
    Dialect,
    MemoryTokens,
    account,
    bench_of,
)

ACCOUNT = account("mobifone", Channel.SMS, {"user": "sim-user-1", "password": "sim-pass&word 1"})


def answer(status: object, **more: str) -> httpx.Response:
    told = "sim-user-1 sim-pass&word 1 84900000001"
    return httpx.Response(200, json={"status": status, "message": told, **more})


DIALECT = Dialect(
    account=ACCOUNT,
    path="/smsg/send.jsp",
    accepted=answer("200"),
    reference=None,
    refused=answer("406"),
    unlisted=answer("sim-pass&word 1"),
    key_on_wire=False,
    method="GET",
    duplicate=None,
)


class TestContract(Contract):
    dialect = DIALECT


def held(sid: str = "sim-sid-1", minutes: float = 5) -> MemoryTokens:
    return MemoryTokens(Tokens(sid, "", NOW + timedelta(minutes=minutes)))


def session(number: int) -> httpx.Response:
    return httpx.Response(200, json={"sid": f"sim-sid-{number}", "status": "200"})


def lost(word: str = "SessionExpired") -> httpx.Response:
    return httpx.Response(401, content=word.encode())


def sms(body: str, encoding: Encoding) -> Submission:
    return Submission(KEY, MSISDN, Network.MOBIFONE, Text(body, encoding, 1))


# The pages.


async def test_a_plain_text() -> None:
    bench = bench_of(DIALECT, held())
    bench.route.mock(DIALECT.accepted)
    text = "Moi Ong/Ba cai VssID: 100% & +mien phi#"
    assert await bench.adapter.submit(sms(text, Encoding.GSM7)) == Accepted(None)
    assert dict(bench.route.calls.last.request.url.params) == {
        "sid": "sim-sid-1",
        "sender": "SIM-CITY",
        "recipient": MSISDN,
        "content": text,
    }


async def test_an_accented_text_has_another_page() -> None:
    bench = bench_of(DIALECT, held())
    page = bench.router.get(f"{BASE}/smsg/send_2.jsp").mock(DIALECT.accepted)
    text = "Mời Ông/Bà cài VssID\nmiễn phí"
    assert await bench.adapter.submit(sms(text, Encoding.UCS2)) == Accepted(None)
    assert dict(page.calls.last.request.url.params) == {
        "enCoding": "ALPHA_UCS2",
        "sid": "sim-sid-1",
        "sender": "SIM-CITY",
        "recipient": MSISDN,
        "content": text,
    }
    assert not bench.route.called


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
async def test_no_letter_is_changed_on_the_way(text: str) -> None:
    bench = bench_of(DIALECT, held())
    for page in ("send.jsp", "send_2.jsp"):
        bench.router.get(f"{BASE}/smsg/{page}").mock(DIALECT.accepted)
    encoding = measure(text).encoding
    outcome = await bench.adapter.submit(sms(text, encoding))
    if encoding is Encoding.GSM7 and not text.isascii():
        assert outcome == Refused(
            Scope.RECIPIENT, "NOT_ASCII", "a sign that only accented texts carry"
        )
        assert not bench.router.calls
        return
    request = bench.router.calls.last.request
    assert request.url.params["content"] == text
    assert request.url.path.endswith("send_2.jsp" if encoding is Encoding.UCS2 else "send.jsp")


# What it answers.


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200", Accepted()),
        (200, Accepted()),
        ("406", Refused(Scope.RECIPIENT, "406", "unlisted status")),
        ("500", Refused(Scope.RECIPIENT, "500", "unlisted status")),
        ("84900000001", Refused(Scope.RECIPIENT, "status", "unlisted status")),
        ("sim-user-1 is odd", Refused(Scope.RECIPIENT, "status", "unlisted status")),
        (None, Unknown("unreadable answer: no 'status'")),
    ],
)
async def test_answers(status: object, outcome: Outcome) -> None:
    bench = bench_of(DIALECT, held())
    bench.route.mock(answer(status))
    assert await bench.adapter.submit(DIALECT.submission) == outcome


def test_it_tells_nothing_later() -> None:
    told = bench_of(DIALECT).adapter.capabilities
    assert (told.receipts, told.by_reference) == (ReceiptWay.ABSENT, False)
