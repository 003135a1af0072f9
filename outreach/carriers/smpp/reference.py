"""A carrier's id of a message, the same in its answer and in its receipt (wire-formats.md 4.7)."""

import re
from enum import StrEnum

_HEX = re.compile("[0-9A-F]{1,64}", re.ASCII)


class ReferenceForm(StrEnum):
    """Where a carrier writes as hexadecimal the id that it writes as decimal elsewhere."""

    SAME = "same"
    HEX_IN_ANSWER = "hex-in-answer"
    HEX_IN_RECEIPT = "hex-in-receipt"

    def of_answer(self, found: str) -> str:
        """The id in a submit_sm_resp, made comparable."""
        return _normal(found, from_hex=self is ReferenceForm.HEX_IN_ANSWER)

    def of_receipt(self, found: str) -> str:
        """The id in a receipt, made comparable."""
        return _normal(found, from_hex=self is ReferenceForm.HEX_IN_RECEIPT)


def _normal(found: str, *, from_hex: bool) -> str:
    """Capital letters, no leading zeros, and decimal where it was hexadecimal."""
    text = found.strip().upper()
    if from_hex and _HEX.fullmatch(text):
        text = str(int(text, 16))
    return text.lstrip("0") or "0"
