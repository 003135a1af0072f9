"""What every adapter passes of receipts, called back or pulled: part of Contract."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from inspect import getmodule, getsource
from itertools import permutations

import httpx
import pytest

from outreach.carriers.base import Callback, ForgedError, Pulled, PullError, Pushed, ReceiptWay
from outreach.domain.receipt import Receipt

from .dialects import KEY, MSISDN, NOW, Bench, Dialect

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
    """Doubled, shuffled, forged, of somebody else, half a list."""

    dialect: Dialect

    def test_its_receipts_come_as_it_says(self, bench: Bench) -> None:
        way = bench.adapter.capabilities.receipts
        assert isinstance(bench.adapter, Pushed) is (way is ReceiptWay.PUSHED)
        assert isinstance(bench.adapter, Pulled) is (way is ReceiptWay.PULLED)
        assert bench.adapter.capabilities.channel is self.dialect.account.channel

    def test_a_receipt_twice_reads_the_same(self, bench: Bench) -> None:
        pushed = self._pushed(bench)
        assert self.dialect.receipt is not None
        first, second = pushed.receipts(self.dialect.receipt), pushed.receipts(self.dialect.receipt)
        assert first == second
        key = KEY if bench.adapter.capabilities.receipts_carry_key else None
        assert [receipt.key for receipt in first] == [key]

    def test_a_forged_receipt(self, bench: Bench) -> None:
        pushed = self._pushed(bench)
        if self.dialect.forged is None:
            # Only the door's address is secret; who can tell a forgery has to show one here.
            module = getmodule(type(bench.adapter)) or object
            assert f"raise {ForgedError.__name__}" not in getsource(module)
            return
        with pytest.raises(ForgedError) as forged:
            pushed.receipts(self.dialect.forged)
        for secret in (*self.dialect.secrets, MSISDN):
            assert secret not in str(forged.value)

    @pytest.mark.parametrize("junk", [b"", b"\xff\x00", b"{}", b"[]", b'{"timestamp": 1}'])
    def test_a_garbage_receipt_moves_nothing(self, bench: Bench, junk: bytes) -> None:
        pushed = self._pushed(bench)
        call = Callback(junk.decode("latin-1"), {"x-zevent-signature": "mac=\udcff"}, junk)
        found: Sequence[Receipt] = ()
        with suppress(ForgedError):
            found = pushed.receipts(call)
        assert list(found) == []

    def test_what_a_call_says_depends_on_no_other_call(self, bench: Bench) -> None:
        good = self._good(bench)
        calls = [good, good, _JUNK, altered(good, *self._foreign(bench, good))]
        alone = [read(bench.adapter, call) for call in calls]
        for order in permutations(range(len(calls))):
            assert [read(bench.adapter, calls[n]) for n in order] == [alone[n] for n in order]

    def test_a_receipt_of_somebody_else_is_never_taken_for_ours(self, bench: Bench) -> None:
        good = self._good(bench)
        ours, foreign = self._foreign(bench, good)
        found = read(bench.adapter, altered(good, ours, foreign))
        if self.dialect.forged is not None:
            assert found is None, "the seal covers what tells whose receipt it is"
        for receipt in found or ():
            assert ours not in {receipt.key, receipt.reference}

    def _good(self, bench: Bench) -> Callback:
        self._pushed(bench)
        assert self.dialect.receipt is not None, "its tests show what a receipt looks like"
        return self.dialect.receipt

    async def test_a_pull_that_fails_says_so(self, bench: Bench) -> None:
        if not isinstance(bench.adapter, Pulled):
            pytest.skip("this carrier is not asked")
        for broken in (httpx.Response(500), httpx.Response(200, content=b"<a/>")):
            bench.route.mock(broken)
            with pytest.raises(PullError) as fault:
                await bench.adapter.failures(NOW.date())
            assert not any(secret in str(fault.value) for secret in self.dialect.secrets)

    @staticmethod
    def _pushed(bench: Bench) -> Pushed:
        if not isinstance(bench.adapter, Pushed):
            pytest.skip("this carrier does not call back")
        return bench.adapter

    @staticmethod
    def _foreign(bench: Bench, good: Callback) -> tuple[str, str]:
        """The word by which a receipt is found, and another one as long."""
        assert isinstance(bench.adapter, Pushed)
        (receipt,) = bench.adapter.receipts(good)
        ours = receipt.key or receipt.reference
        assert ours is not None
        return ours, ours[:-2] + ("00" if ours[-2:] != "00" else "11")
