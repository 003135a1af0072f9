"""Which numbers were seen, and lately with whom, in fixed memory."""

from array import array
from collections.abc import Iterable, Mapping
from typing import Any


class Seen:
    """Remembers numbers in fixed memory: one bit each, at most 63 MB for all of Viet Nam."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}

    def add(self, msisdn: int) -> bool:
        """Note a number (84 and nine digits); True if it is new."""
        block, offset = divmod(msisdn, 1_000_000)
        bits = self._blocks.get(block)
        if bits is None:
            bits = self._blocks[block] = bytearray(125_000)
        byte, bit = offset >> 3, 1 << (offset & 7)
        if bits[byte] & bit:
            return False
        bits[byte] |= bit
        return True

    def update(self, numbers: Iterable[int]) -> None:
        """Note many numbers."""
        for number in numbers:
            self.add(number)

    def __contains__(self, msisdn: int) -> bool:
        bits = self._blocks.get(msisdn // 1_000_000)
        offset = msisdn % 1_000_000
        return bits is not None and bool(bits[offset >> 3] & 1 << (offset & 7))


class Firsts:
    """Remembers of many numbers whom their first row names: a hash each, 32 MB in all.

    A number takes the place of another with the same last 22 bits, so that it may be forgotten.
    """

    def __init__(self) -> None:
        self._hashes = array("q", [0]) * (1 << 22)

    def note(self, msisdn: int, params: Mapping[str, Any]) -> None:
        """Note the first row of a number."""
        get = params.get
        who = hash((msisdn, get("full_name"), get("insurance_number")))
        self._hashes[msisdn & 0x3FFFFF] = who

    def has(self, msisdn: int, params: Mapping[str, Any]) -> bool:
        """Whether the first row of the number surely names the same person, letter by letter."""
        get = params.get
        who = hash((msisdn, get("full_name"), get("insurance_number")))
        return self._hashes[msisdn & 0x3FFFFF] == who
