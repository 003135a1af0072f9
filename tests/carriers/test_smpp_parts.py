"""SMPP: long texts, a part in each submit_sm, and what becomes of the whole."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope, Unknown

from .smpp_centre import (
    LONG,
    QUICK,
    Centre,
    Line,
    Script,
    Submit,
    answers,
    client,
    message,
    serving,
    until,
)

_ACCENTED = "Mời bà con cài đặt VssID. " * 6  # 156 units, three parts


async def told(script: Script, **options: Any) -> tuple[Outcome, list[Submit]]:
    """What a text of three parts comes to, and what was written."""
    centre = Centre(script)
    async with serving(centre), client(centre.port, **options) as smpp:
        await smpp.standing()  # it is bound by then
        return await smpp.submit(message(LONG)), centre.submits


async def test_all_parts_taken() -> None:
    outcome, written = await told(answers())
    assert outcome == Accepted("SIM-1", ("SIM-1", "SIM-2", "SIM-3"))
    heads = [submit.octets[:6] for submit in written]
    assert [head[:3] for head in heads] == [b"\x05\x00\x03"] * 3
    assert len({head[3] for head in heads}) == 1
    assert [head[4:] for head in heads] == [b"\x03\x01", b"\x03\x02", b"\x03\x03"]
    assert {submit.esm_class for submit in written} == {0x40}
    assert b"".join(submit.octets[6:] for submit in written).decode() == LONG


async def test_parts_without_ids() -> None:
    def script(line: Line, submit: Submit, number: int) -> None:
        line.say(0x80000004, submit.sequence, b"SIM-2\0" if number == 2 else b"\0")

    assert (await told(script))[0] == Accepted(None, ("SIM-2",))


async def test_parts_told_by_parameters() -> None:
    outcome, written = await told(answers(), long_texts="sar")
    assert outcome == Accepted("SIM-1", ("SIM-1", "SIM-2", "SIM-3"))
    assert {submit.esm_class for submit in written} == {0}
    assert b"".join(submit.octets for submit in written).decode() == LONG
    assert len({submit.tlvs[:6] for submit in written}) == 1
    assert written[0].tlvs.startswith(b"\x02\x0c\x00\x02\x00")
    assert [submit.tlvs[6:] for submit in written] == [
        b"\x02\x0e\x00\x01\x03\x02\x0f\x00\x01" + bytes((n,)) for n in (1, 2, 3)
    ]


async def test_a_payload_is_one_submit() -> None:
    outcome, (submit,) = await told(answers(), long_texts="payload")
    assert outcome == Accepted("SIM-1")
    assert (submit.esm_class, submit.octets) == (0, b"")
    assert submit.tlvs == b"\x04\x24" + len(LONG).to_bytes(2) + LONG.encode()


async def test_accented_parts() -> None:
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        assert isinstance(await smpp.submit(message(_ACCENTED)), Accepted)
    assert {submit.data_coding for submit in centre.submits} == {8}
    assert [len(submit.octets) for submit in centre.submits] == [140, 140, 50]


async def test_parts_are_written_in_a_window_smaller_than_they_are_many() -> None:
    outcome, written = await told(answers(), window=1)
    assert outcome == Accepted("SIM-1", ("SIM-1", "SIM-2", "SIM-3"))
    assert [submit.octets[5] for submit in written] == [1, 2, 3]


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((0x0B, 0x0B, 0x0B), Refused(Scope.RECIPIENT, "0x0B", "recipient address invalid")),
        ((0x08, 0x58, 0x0B), Refused(Scope.RECIPIENT, "0x0B", "recipient address invalid")),
        ((0, 0x0B, 0x0B), Unknown("part 2 of 3: 0x0B recipient address invalid")),
        ((0x0B, 0, 0), Unknown("part 1 of 3: 0x0B recipient address invalid")),
        ((0, 0, 0x08), Unknown("part 3 of 3: 0x08 system error at the carrier")),
        ((0xFF, 0x0B, 0x0B), Unknown("part 1 of 3: 0xFF unknown error at the carrier")),
    ],
)
async def test_parts_that_are_not_all_taken(statuses: tuple[int, ...], outcome: Outcome) -> None:
    found, written = await told(answers(*statuses))
    assert found == outcome
    assert len(written) == 3


async def test_a_text_of_which_nothing_was_taken_may_come_later() -> None:
    outcome, written = await told(answers(0x58, 0x58, 0x58))
    assert isinstance(outcome, Later)
    assert outcome.throttled
    assert len(written) == 3


@pytest.mark.parametrize("status", [0x58, 0x14])
async def test_a_throttled_part_of_a_text_that_has_begun_is_written_again(status: int) -> None:
    outcome, written = await told(answers(0, status, status, status))
    assert outcome == Accepted("SIM-1", ("SIM-1", "SIM-6", "SIM-5"))
    assert [submit.octets[5] for submit in written] == [1, 2, 3, 2, 3, 2]


async def test_it_is_written_again_for_as_long_as_the_time_out_lasts() -> None:
    centre = Centre(answers(0, 0, *[0x58] * 1000))
    async with serving(centre), client(centre.port, within=0.2) as smpp:
        outcome = await smpp.submit(message(LONG))
    assert outcome == Unknown("part 3 of 3: 0x58 too many messages a second")
    assert 3 < len(centre.submits) <= 23


async def test_it_is_written_again_only_within_the_accounts_limit() -> None:
    asked = []

    async def turn(scope: LimitScope) -> bool:
        asked.append(scope)
        return len(asked) < 2

    centre = Centre(answers(0, 0, *[0x58] * 10))
    async with serving(centre), client(centre.port, turn=turn) as smpp:
        await smpp.standing()  # it is bound by then
        outcome = await smpp.submit(message(LONG))
    assert outcome == Unknown("part 3 of 3: 0x58 too many messages a second")
    assert asked == [LimitScope.SEND] * 2
    assert len(centre.submits) == 4


async def test_a_part_whose_answer_is_lost_leaves_the_text_unknown() -> None:
    def script(line: Line, submit: Submit, number: int) -> None:
        if number < 3:
            line.accept(submit.sequence)

    centre = Centre(script)
    async with serving(centre), client(centre.port, within=0.2) as smpp:
        outcome = await smpp.submit(message(LONG))
    assert outcome == Unknown("part 3 of 3: no answer in time")


@pytest.mark.parametrize("form", ["udh", "sar", "payload"])
async def test_a_text_of_more_parts_than_a_header_counts_is_not_sent(form: str) -> None:
    async with serving(Centre()) as centre, client(centre.port, long_texts=form) as smpp:
        assert isinstance(await smpp.submit(message("a" * 66_000)), Refused)
        assert centre.submits == []


async def test_each_part_that_is_written_again_has_its_turn() -> None:
    asked = []

    async def turn(scope: LimitScope) -> bool:
        asked.append(scope)
        return True

    outcome, written = await told(answers(0, 0x58, 0x58, 0x58), turn=turn)
    assert isinstance(outcome, Accepted)
    assert len(written) == 6
    assert len(asked) == 3


async def test_its_turn_is_counted_when_it_leaves_and_not_before_the_pause() -> None:
    clock, pause = asyncio.get_running_loop().time, 0.1
    asked, began = [], clock()

    async def turn(_scope: LimitScope) -> bool:
        asked.append(clock() - began)
        return True

    await told(answers(0, 0, 0x58), turn=turn, pauses=replace(QUICK, part=pause))
    assert len(asked) == 1
    assert asked[0] >= pause * 0.9  # a timer may wake by its resolution too early


async def test_a_caller_that_goes_away_takes_with_him_what_was_not_written() -> None:
    waiting: list[tuple[Line, Submit]] = []
    centre = Centre(lambda line, submit, _: waiting.append((line, submit)))
    async with serving(centre), client(centre.port, window=1) as smpp:
        gone = asyncio.ensure_future(smpp.submit(message(LONG)))
        await until(lambda: waiting)
        gone.cancel()
        centre.script = answers()
        line, submit = waiting[0]
        line.accept(submit.sequence)
        assert isinstance(await smpp.submit(message()), Accepted)
        assert len(centre.submits) == 2
