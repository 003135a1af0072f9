"""Whether a trial would find a receipt that we took and lost, whatever else came in."""

from bench.trial import KeptCalls
from outreach.domain.key import Key, KeySeal, SendClass

_SEAL = KeySeal(b"a secret of the tests only")


def _key(message: int, generation: int = 0) -> str:
    return _SEAL.encode(message, SendClass.LIVE, generation)


def _lost(settled: dict[int, int], waiting: list[bytes], *told: tuple[str, str]) -> list[str]:
    return list(KeptCalls(_SEAL, settled, waiting).lost(told))


def test_what_is_settled_or_waits_is_not_lost() -> None:
    assert _SEAL.decode(_key(7)) == Key(7, SendClass.LIVE, 0)
    told = [(_key(7), "a"), (_key(7), "a"), (_key(7, 1), "b"), (_key(8), "c"), (_key(9), "d")]
    waiting = [b'{"q":"","b":"{\\"id\\":\\"c\\"}"}', f'{{"q":"key={_key(9)}"}}'.encode()]
    assert _lost({7: 3}, waiting, *told) == []


def test_one_that_is_lost_is_named_whatever_else_came() -> None:
    told = [(_key(7), "a"), (_key(7), "a"), (_key(8), "c")]
    assert _lost({7: 5}, [b"another's"], *told) == ["message 8: 1 receipts acknowledged, 0 kept"]
    assert _lost({7: 1, 8: 4}, [], *told) == ["message 7: 2 receipts acknowledged, 1 kept"]


def test_a_key_of_nobody_is_named() -> None:
    [found] = _lost({}, [], ("nobody-1-2", ""))
    assert "nobody's" in found
