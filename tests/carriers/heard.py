"""What every adapter passes that is called back, beyond one good call: part of Contract."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from outreach.carriers.base import Callback, ForgedError, Pushed
from outreach.domain.receipt import Receipt

if TYPE_CHECKING:
    from .contract import Bench, Dialect

_JUNK = Callback("", {}, b'{"event_name": 1')


def altered(call: Callback, old: str, new: str) -> Callback:
    """A call in which one word is another one."""
    body = call.body.replace(old.encode(), new.encode())
    return replace(call, query=call.query.replace(old, new), body=body)


def read(adapter: object, call: Callback) -> Sequence[Receipt] | None:
    """What an adapter reads out of a call; None where it takes it for forged."""
    assert isinstance(adapter, Pushed)
    with suppress(ForgedError):
        return list(adapter.receipts(call))
    return None


class Heard:
    """Doubled, shuffled, forged, of somebody else."""

    dialect: "Dialect"

    def test_what_a_call_says_depends_on_no_other_call(self, bench: "Bench") -> None:
        good = self._good(bench)
        calls = [good, good, _JUNK, altered(good, *self._foreign(bench, good))]
        alone = [read(bench.adapter, call) for call in calls]
        for order in permutations(range(len(calls))):
            assert [read(bench.adapter, calls[n]) for n in order] == [alone[n] for n in order]

    def test_a_receipt_of_somebody_else_is_never_taken_for_ours(self, bench: "Bench") -> None:
        good = self._good(bench)
        ours, foreign = self._foreign(bench, good)
        found = read(bench.adapter, altered(good, ours, foreign))
        if self.dialect.forged is not None:
            assert found is None, "the seal covers what tells whose receipt it is"
        for receipt in found or ():
            assert ours not in {receipt.key, receipt.reference}

    def _good(self, bench: "Bench") -> Callback:
        if not isinstance(bench.adapter, Pushed) or self.dialect.receipt is None:
            pytest.skip("this carrier does not call back")
        return self.dialect.receipt

    @staticmethod
    def _foreign(bench: "Bench", good: Callback) -> tuple[str, str]:
        """The word by which a receipt is found, and another one as long."""
        assert isinstance(bench.adapter, Pushed)
        (receipt,) = bench.adapter.receipts(good)
        ours = receipt.key or receipt.reference
        assert ours is not None
        return ours, ours[:-2] + ("00" if ours[-2:] != "00" else "11")
