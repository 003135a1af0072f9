"""A good answer, cut at every byte and changed by chance."""

import asyncio
import random

import pytest

from outreach.domain.outcome import Accepted, NotSent, Unknown

from .callers import DIALECTS, PATIENT, Case, Said, caller, chunked, messages, tried, whole
from .contract import Dialect
from .wire import serving, writes


@pytest.mark.parametrize("shape", ["length", "chunks"])
@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
async def test_an_answer_cut_at_any_byte_is_unknown(dialect: Dialect, shape: str) -> None:
    yes = Said(dialect).yes
    answer = whole(yes) if shape == "length" else chunked(yes[:9], yes[9:])
    async with (
        serving(lambda line, number: writes(answer[: number - 1])(line, number)) as server,
        caller(dialect, f"http://127.0.0.1:{server.port}", PATIENT) as calls,
    ):
        outcomes = [await calls.submit(dialect.submission) for _ in range(len(answer) + 1)]
    assert [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Unknown)] == [
        len(answer)
    ]
    assert outcomes[-1] == Accepted(dialect.reference)
    assert messages(server) == len(answer) + 1


SEEDS = range(60)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
async def test_a_damaged_answer_never_says_not_sent(dialect: Dialect) -> None:
    """Bytes changed, lost or doubled by chance: no exception, no second request, no false no."""
    good = whole(Said(dialect).yes)

    def damaged(seed: int) -> bytes:
        chance = random.Random(seed)
        answer = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(answer))
            answer[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        return bytes(answer)

    cases = {str(seed): Case(lambda _, seed=seed: writes(damaged(seed))) for seed in SEEDS}  # type: ignore[misc]
    seen = await asyncio.gather(*(tried(case, dialect) for case in cases.values()))
    assert {each.requests for each in seen} == {1}
    assert not [each for each in seen if isinstance(each.outcome, NotSent)]
