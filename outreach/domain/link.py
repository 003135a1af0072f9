"""The city's own links: a message's token, which nobody can read and nobody can guess."""

import hashlib
import re
from dataclasses import dataclass

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 16
_HALF = 47
"""Bits of each half of what is enciphered: two halves are the most that the letters can hold."""
_ROUNDS = 8
"""Twice what a proof of four asks for (Luby and Rackoff)."""
_MESSAGE = 63
"""Bits of a message id; the others are zero, or the token is none of ours."""

_MASK = (1 << _HALF) - 1
_FORM = re.compile(f"[0-9A-Za-z]{{{_LENGTH}}}", re.ASCII)
_PLACE = {letter: n for n, letter in enumerate(_ALPHABET)}
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_PAIR = len(_PAIRS)


class LinkSeal:
    """Turns message ids into tokens and back, with a secret of the installation; no database.

    All 94 bits are enciphered as one block (a Feistel network over keyed BLAKE2b), the id and what
    must be zero beside it. So a token tells nothing, a letter changed gives another number
    altogether, and a guess meets one given message once in 2^94 times, any of a thousand million
    once in 2^64. The purpose stands in the hash: what `domain.key` seals with the same secret is
    of no use here, nor the reverse.
    """

    def __init__(self, secret: bytes) -> None:
        self._rounds = [
            hashlib.blake2b(
                key=secret[:64], digest_size=6, person=b"outreach link", salt=bytes([n])
            )
            for n in range(_ROUNDS)
        ]

    def encode(self, message: int) -> str:
        """Write a message's token: 16 letters and digits, always the same."""
        left, right = message >> _HALF, message & _MASK
        for keyed in self._rounds:
            left, right = right, left ^ _scrambled(keyed, right)
        return _written(left << _HALF | right)

    def decode(self, token: str) -> int | None:
        """Read a token; None when it is not one of ours."""
        if _FORM.fullmatch(token) is None:
            return None
        block = _read(token)
        left, right = block >> _HALF, block & _MASK
        if left > _MASK:
            return None
        for keyed in reversed(self._rounds):
            left, right = right ^ _scrambled(keyed, left), left
        message = left << _HALF | right
        return None if message >> _MESSAGE else message


def _scrambled(keyed: "hashlib.blake2b", half: int) -> int:
    hashed = keyed.copy()
    hashed.update(half.to_bytes(6, "big"))
    return int.from_bytes(hashed.digest(), "big") & _MASK


def _written(block: int) -> str:
    pairs = []
    for _ in range(_LENGTH // 2):
        block, rest = divmod(block, _PAIR)
        pairs.append(_PAIRS[rest])
    return "".join(reversed(pairs))


def _read(token: str) -> int:
    block = 0
    for letter in token:
        block = block * len(_ALPHABET) + _PLACE[letter]
    return block


NOBODY = 0
"""Stands for a message where there is none yet: its link leads on, and counts nothing."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the city's links begin, and whether texts may have them."""

    address: str
    """What stands before the token and its slash."""
    seal: LinkSeal
    enabled: bool

    def to(self, message: int = NOBODY) -> str:
        """The link of a message; the links of all are of one length."""
        return f"{self.address}/{self.seal.encode(message)}"
