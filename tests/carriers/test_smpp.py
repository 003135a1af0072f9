"""SMPP: the submit as it is written, every code of wire-formats.md 4.5, the account's options."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from outreach.carriers.base import Lasting, PullError, Pushed, ReceiptWay, Standing, Stands
from outreach.carriers.registry import adapter
from outreach.carriers.smpp import codes
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown

from . import contract
from .contract import MSISDN
from .smpp_centre import (
    SECRETS,
    Centre,
    answers,
    client,
    contract_of,
    made,
    message,
    serving,
    tells_nothing,
    until,
)
from .test_esms import DIALECT as ESMS
from .wire import refusing


class TestSmpp(contract.Suite):
    """What the engine relies on, as far as it is the same without HTTP."""

    of = "smpp"

    async def test_accepted(self) -> None:
        async with serving(Centre()) as centre, client(centre.port) as smpp:
            assert await smpp.submit(message()) == Accepted("SIM-1")

    async def test_calls_are_taken_before_it_is_open(self) -> None:
        async with serving(Centre()) as centre:
            smpp = made(f"smpp://127.0.0.1:{centre.port}")
            assert await smpp.submit(message()) == Accepted("SIM-1")
            await smpp.close()
            assert await smpp.submit(message()) == NotSent("no bind: closed")
            with pytest.raises(PullError, match=r"^no bind: closed$"):
                await smpp.standing()

    async def test_what_never_left_is_not_sent(self) -> None:
        async with refusing() as port, client(port) as smpp:
            assert await smpp.submit(message()) == NotSent("no bind: connection refused")

    def test_it_is_what_it_says(self) -> None:
        made = adapter(contract_of("smpp://127.0.0.1:1"), contract.ports_of(ESMS))
        assert isinstance(made, Lasting)
        assert isinstance(made, Pushed)
        assert isinstance(made, Stands)
        assert made.capabilities.channel is Channel.SMS
        assert made.capabilities.receipts is ReceiptWay.PUSHED
        assert made.capabilities.by_reference

    @pytest.mark.parametrize("status", [0x0E, 0x08, 0x58, 0xFF, 0x1403])
    async def test_nothing_tells_a_secret_or_a_number(self, status: int) -> None:
        centre = Centre(answers(status))
        async with serving(centre), client(centre.port) as smpp:
            told = await smpp.submit(message())
            assert tells_nothing((told, smpp))
            assert not any(secret in repr(vars(smpp)) for secret in SECRETS)


async def test_the_submit_as_it_is_written() -> None:
    evening = datetime(2026, 11, 20, 22, 0, tzinfo=timezone(timedelta(hours=7)))
    async with serving(Centre()) as centre, client(centre.port, validity="absolute") as smpp:
        await smpp.submit(message("Mời {ba} con", until=evening))
        (submit,) = centre.submits
    assert submit.source == (5, 0, b"SIM-CITY")
    assert submit.recipient == (1, 1, MSISDN.encode())
    assert (submit.esm_class, submit.registered, submit.data_coding) == (0, 1, 8)
    assert submit.validity == b"261120150000000+"
    assert submit.octets.decode("utf-16-be") == "Mời {ba} con"
    assert submit.tlvs == b""
    (bind,) = centre.line.of(9)
    assert bind.body == b"sim-user-1\0sim-pwd1\0\0\x34\0\0\0"


@pytest.mark.parametrize("options", [{}, {"validity": "carrier"}])
async def test_the_carrier_decides_how_long_it_tries_unless_told(options: dict[str, Any]) -> None:
    evening = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    async with serving(Centre()) as centre, client(centre.port, **options) as smpp:
        await smpp.submit(message(until=evening))
        assert [submit.validity for submit in centre.submits] == [b""]


async def test_the_kinds_of_address_and_of_system_are_options() -> None:
    kinds: dict[str, Any] = {"source_ton": 0, "source_npi": 1, "dest_ton": "2", "dest_npi": 8}
    async with serving(Centre()) as centre, client(centre.port, system_type="VMA", **kinds) as smpp:
        await smpp.submit(message())
        (submit,) = centre.submits
    assert (submit.source[:2], submit.recipient[:2]) == ((0, 1), (2, 8))
    assert submit.validity == b""
    assert centre.line.of(9)[0].body == b"sim-user-1\0sim-pwd1\0VMA\0\x34\0\0\0"


REFUSED = {
    Scope.RECIPIENT: (0x0B, 0x45, 0x65, 0x66, 0xFE, 0x1403, 0x80000000),
    Scope.TEXT: (0x01,),
    Scope.ACCOUNT: (
        *(0x02, 0x03, 0x06, 0x07, 0x0A, 0x0D, 0x0E, 0x0F, 0x15, 0x33, 0x34, 0x40, 0x42, 0x43),
        *(0x44, 0x48, 0x49, 0x50, 0x51, 0x53, 0x54, 0x55, 0x61, 0x62, 0x63),
        *(0xC0, 0xC1, 0xC2, 0xC3, 0xC4),
    ),
}
OTHERS: dict[int, Outcome] = {
    0x08: NotSent("0x08 system error at the carrier"),
    0x14: Later(timedelta(seconds=5), "0x14 message queue full", throttled=True),
    0x58: Later(timedelta(seconds=1), "0x58 too many messages a second", throttled=True),
    0x64: NotSent("0x64 passing error of the receiver"),
    0xFF: Unknown("0xFF unknown error at the carrier"),
    **{
        status: Unknown(f"0x{status:02X}: the answer to another call")
        for status in (0x0C, 0x11, 0x13, 0x67)
    },
}


async def test_every_status() -> None:
    expected = [(status, scope) for scope, listed in REFUSED.items() for status in listed]
    centre = Centre(answers(*(status for status, _ in expected), *OTHERS))
    async with serving(centre), client(centre.port, window=1) as smpp:
        for status, scope in expected:
            outcome = await smpp.submit(message())
            assert isinstance(outcome, Refused)
            assert (outcome.code, outcome.scope) == (f"0x{status:02X}", scope)
            listed = status not in {0x1403, 0x80000000}
            assert (outcome.reason != "unlisted code") is listed
        for other in OTHERS.values():
            assert await smpp.submit(message()) == other


@pytest.mark.parametrize(
    ("status", "words"), [(0x04, "the bind is in another state"), (0x05, "already bound")]
)
async def test_a_bind_out_of_step_is_made_anew(status: int, words: str) -> None:
    centre = Centre(answers(status))
    async with serving(centre), client(centre.port) as smpp:
        assert await smpp.submit(message()) == NotSent(f"0x{status:02X} {words}")
        await until(lambda: centre.bound == 2)
        assert await smpp.submit(message()) == Accepted("SIM-2")


def test_the_table_has_every_status_of_the_standard() -> None:
    listed = {status for scope in REFUSED.values() for status in scope} - {0x1403, 0x80000000}
    assert codes().keys() == {f"0x{status:02X}" for status in {0, 4, 5, *listed, *OTHERS}}
    assert codes()["0x00"] == Accepted()


async def test_what_a_failed_submit_means_is_an_option() -> None:
    centre = Centre(answers(0x45))
    async with serving(centre), client(centre.port, submit_fail="later") as smpp:
        outcome = await smpp.submit(message())
    assert outcome == Later(timedelta(minutes=1), "0x45 submit failed")


@pytest.mark.parametrize(
    ("form", "told", "reference"),
    [
        ("same", b"00ab12\0", "AB12"),
        ("same", b"0000\0", "0"),
        ("hex-in-answer", b"0000fF\0", "255"),
        ("hex-in-answer", b"not-hex\0", "NOT-HEX"),
        ("hex-in-receipt", b"000255\0", "255"),
        ("same", b"unended", "UNENDED"),
        ("same", b"\0", None),
        ("same", b"", None),
        ("same", b"\xff\x01\0", None),
        ("same", b"a" * 65 + b"\0", None),
    ],
)
async def test_the_reference(form: str, told: bytes, reference: str | None) -> None:
    centre = Centre(lambda line, submit, _: line.say(0x80000004, submit.sequence, told))
    async with serving(centre), client(centre.port, reference_form=form) as smpp:
        assert await smpp.submit(message()) == Accepted(reference)


async def test_standing_is_bound_and_answered() -> None:
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        assert await smpp.standing() == Standing()
        assert len(centre.line.of(0x15)) == 1


async def test_standing_says_why_not() -> None:
    centre = Centre(binds=iter([0x0E]))
    async with serving(centre), client(centre.port) as smpp:
        with pytest.raises(PullError, match=r"^0x0E password wrong$"):
            await smpp.standing()
    async with refusing() as port, client(port) as smpp:
        with pytest.raises(PullError, match=r"^no bind: connection refused$"):
            await smpp.standing()
    async with serving(Centre(enquired=False)) as centre, client(centre.port, within=0.2) as smpp:
        with pytest.raises(PullError, match=r"^(no answer in time|connection lost)$"):
            await smpp.standing()


@pytest.mark.parametrize(
    "wrong",
    [
        {"system_id": "sim-user-much-too-long"},
        {"password": "sim-password-too-long"},
        {"password": "sim-pẅd"},
        {"system_type": "a-type-too-long"},
        {"binds": 0},
        {"window": "many"},
        {"window": 0},
        {"enquire_link_seconds": 0},
        {"source_ton": 256},
        {"alphabet": "ebcdic"},
        {"long_texts": "cut"},
        {"reference_form": "octal"},
        {"submit_fail": "never"},
        {"receipt_zone": "Asia/Atlantis"},
        {"receipt_zone": "../etc/passwd"},
        {"validity": "a-day"},
    ],
    ids="-".join,
)
def test_a_wrong_option_names_itself_and_no_secret(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(BadInputError, match=rf"smpp\.toml: {name}: expected") as fault:
        made("smpp://127.0.0.1:2775", **wrong)
    if name in {"system_id", "password"}:
        assert str(value) not in str(fault.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:2775",
        "smpp://127.0.0.1",
        "smpp://:2775",
        "smpp://127.0.0.1:99999",
        "smpp://a..b:2775",
        "smpp://",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(BadInputError, match=r"base_url: expected smpp://host:port"):
        made(url)


def test_a_sender_that_is_none_and_authorities_that_are_not_there() -> None:
    accented = replace(contract_of("smpp://127.0.0.1:1"), sender="Thành phố")
    with pytest.raises(BadInputError, match="sender: expected at most 20"):
        adapter(accented, contract.ports_of(ESMS))
    with pytest.raises(BadInputError, match="ca_file: expected the path"):
        made("smpps://127.0.0.1:1", ca_file="/nowhere/ca.pem")


async def test_a_letter_that_the_alphabet_lacks_is_not_sent() -> None:
    async with serving(Centre()) as centre, client(centre.port, alphabet="ascii") as smpp:
        outcome = await smpp.submit(message("5 £"))
        assert outcome == Refused(
            Scope.RECIPIENT, "ALPHABET", "a character that the alphabet lacks"
        )
        assert centre.submits == []


async def test_a_caller_that_goes_away_harms_nobody() -> None:
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        gone = asyncio.ensure_future(smpp.submit(message()))
        await asyncio.sleep(0)  # so that it is in the queue
        gone.cancel()
        assert await smpp.submit(message()) == Accepted("SIM-1")
        assert len(centre.submits) == 1
