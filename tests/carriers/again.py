"""What every adapter passes of a key that comes again: part of Contract."""

import httpx
import pytest

from outreach.carriers.registry import dialect
from outreach.delivery.judge import History, Policy, judge
from outreach.domain.message import Event
from outreach.domain.outcome import Duplicate, Unknown

from .dialects import KEY, Bench, Dialect, submitted

_BEFORE = {
    "nothing": (History(), Event.LOSE),
    "refused": (History(snoozes=1), Event.LOSE),
    "never left": (History(attempts=1), Event.LOSE),
    "refused elsewhere": (History(rerouted=True), Event.LOSE),
    "answer lost": (History(was_unknown=True), Event.ACCEPT),
    "answer lost, asked for again": (
        History(attempts=1, was_unknown=True, known_key=True),
        Event.ACCEPT,
    ),
    "answer lost, then refused": (History(attempts=1, snoozes=1, was_unknown=True), Event.ACCEPT),
}


class Again:
    """A duplicate with each history, or a protocol that knows nothing of the kind."""

    dialect: Dialect

    def test_a_duplicate_is_known_or_no_window_is_declared(self, bench: Bench) -> None:
        codes = dialect(self.dialect.account.adapter).codes()
        knows = any(isinstance(outcome, Duplicate) for outcome in codes.values())
        assert knows is (self.dialect.duplicate is not None), "what do its tests say of duplicates?"
        assert knows or not bench.adapter.capabilities.duplicate_window

    @pytest.mark.parametrize("before", _BEFORE)
    async def test_a_duplicate_counts_only_after_an_unknown(
        self, bench: Bench, before: str
    ) -> None:
        bench.route.mock(self._duplicate())
        outcome = await submitted(self.dialect, bench)
        assert isinstance(outcome, Duplicate)
        history, event = _BEFORE[before]
        assert judge(outcome, history, Policy()).event is event

    async def test_what_was_asked_for_again_went_out_as_before(self, bench: Bench) -> None:
        bench.route.mock(side_effect=[httpx.ReadTimeout(""), self._duplicate()])
        lost, known = [await submitted(self.dialect, bench) for _ in range(2)]
        assert isinstance(lost, Unknown)
        assert isinstance(known, Duplicate)
        first, second = [call.request for call in bench.route.calls]
        assert (first.url, first.content) == (second.url, second.content)
        assert (KEY in first.content.decode()) is self.dialect.key_on_wire

    def _duplicate(self) -> httpx.Response:
        if self.dialect.duplicate is None:
            pytest.skip("this protocol knows nothing of the kind")
        return self.dialect.duplicate
