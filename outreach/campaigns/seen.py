"""Which numbers were seen, and lately with whom, in fixed memory."""

from array import array
from collections.abc import Iterable


class Seen:
    """Remembers numbers in fixed memory: one bit each, at most 63 MB for all of Viet Nam."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}

    def add(self, msisdn: int) -> bool:
        """Note a number (84 and nine digits); True if it is new."""
        return self.add_all((msisdn,))[0]

    def add_all(self, numbers: Iterable[int]) -> list[bool]:
        """Note many numbers; which of them are new."""
        new: list[bool] = []
        blocks, note = self._blocks, new.append
        for number in numbers:  # written out: ten million pass here
            bits = blocks.get(number // 1_000_000)
            if bits is None:
                bits = blocks[number // 1_000_000] = bytearray(125_000)
            offset = number % 1_000_000
            was, bit = bits[offset >> 3], 1 << (offset & 7)
            bits[offset >> 3] = was | bit
            note(not was & bit)
        return new

    def __contains__(self, msisdn: int) -> bool:
        bits = self._blocks.get(msisdn // 1_000_000)
        offset = msisdn % 1_000_000
        return bits is not None and bool(bits[offset >> 3] & 1 << (offset & 7))


class Firsts:
    """Remembers of many numbers what their first row says: a hash each, 32 MB in all.

    A number takes the place of another with the same last 22 bits, so that it may be forgotten.
    """

    def __init__(self) -> None:
        self._hashes = array("q", [0]) * (1 << 22)

    def note(self, msisdn: int, said: str) -> None:
        """Note the first row of a number."""
        self._hashes[msisdn & 0x3FFFFF] = hash(said) ^ msisdn

    def has(self, msisdn: int, said: str) -> bool:
        """Whether the first row of the number said the same, letter by letter."""
        return self._hashes[msisdn & 0x3FFFFF] == hash(said) ^ msisdn
