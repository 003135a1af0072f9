"""Delivery receipts as deliver_sm bodies, in all the forms that SMSCs give them (4.6, 4.7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from outreach.simulator.numbers import network_by_prefix
from outreach.simulator.smpp import pdu
from outreach.simulator.smpp.habits import Habits
from outreach.simulator.smpp.pdu import Submit
from outreach.simulator.stage import Turn

_LOCAL = timezone(timedelta(hours=7))  # SMSCs write the time of Vietnam
_DATES = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S", 14: "%Y%m%d%H%M%S"}
_DELIVERED = ("DELIVRD", 2)
_LOST = (("UNDELIV", 5), ("EXPIRED", 3), ("REJECTD", 8), ("DELETED", 4))
_ERR_NONE = "000"
_ERRS = {"numeric": ("034", "027"), "letters": ("E3A", "PRT")}  # not reached, number ported
_FIRST_LETTERS = 20
_UDHI = 0x40
_ASKED, _ON_FAILURE = 0x03, 2  # bits of registered_delivery
_DIGITS = 15  # of a name: more would not fit into 64 bits
_FLAGS, _NO_FLAGS = b"\x04" + bytes(8), bytes(9)
"""esm_class, of a receipt or not, to sm_default_msg_id, both times empty."""


@dataclass(slots=True)
class Receipt:
    """One deliver_sm to be brought: `reference` as the answer gave it, `attempt` from 0."""

    msisdn: str
    reference: str
    body: bytes
    attempt: int = 0


def answered(habits: Habits, name: str) -> str:
    """The id of a message as its answer has it, out of its unique name of 24 hex digits."""
    match habits.reference_form:
        case "same":
            return name[:_DIGITS]
        case "hex-in-answer":
            return f"{int(name[:_DIGITS], 16):018X}"
        case "hex-in-receipt":
            return f"{int(name[:_DIGITS], 16):020d}"


def _told(habits: Habits, name: str) -> str:
    """The same id as its receipt has it."""
    match habits.reference_form:
        case "same":
            return name[:_DIGITS]
        case "hex-in-answer":
            return str(int(name[:_DIGITS], 16))
        case "hex-in-receipt":
            return f"{int(name[:_DIGITS], 16):x}"


def deliver(habits: Habits, submit: Submit, turn: Turn) -> bytes | None:
    """Write a receipt's body; None where none was asked for."""
    ported = turn.subscriber.network != network_by_prefix(submit.destination)
    lost = turn.undelivered or ported
    asked = submit.registered & _ASKED
    if asked == 0 or (asked == _ON_FAILURE and not lost):
        return None
    stat, state = _LOST[int(turn.name[-1], 16) % len(_LOST)] if lost else _DELIVERED
    err = _ERRS[habits.err_form][ported] if lost else _ERR_NONE
    told = _told(habits, turn.name)
    text, tlvs = b"", b""
    if habits.receipt_form != "tlv":
        text = _text(habits, submit, turn, f"stat:{stat} err:{err}", told)
    if habits.receipt_form != "text":
        tlvs = pdu.tlv(pdu.RECEIPTED_MESSAGE_ID, told.encode() + b"\0")
        tlvs += pdu.tlv(pdu.MESSAGE_STATE, bytes((state,)))
    # No service type; from the recipient, an international number, to the sender's letters.
    head = f"\0\1\1{submit.destination}\0\5\0{habits.sender}\0".encode()
    flags = _FLAGS if habits.receipt_flag else _NO_FLAGS
    return b"".join((head, flags, bytes((len(text),)), text, tlvs))


def _text(habits: Habits, submit: Submit, turn: Turn, outcome: str, told: str) -> bytes:
    form = _DATES[habits.date_digits]
    submitted, done = _date(int(turn.at), form), _date(int(turn.settles_at), form)
    arrived = "001" if outcome.startswith("stat:DELIVRD") else "000"
    words = (
        f"id:{told} sub:001 dlvrd:{arrived} submit date:{submitted} done date:{done} {outcome}"
        " text:"
    )
    letters = not submit.esm_class & _UDHI and not submit.coding
    return words.encode() + (submit.octets[:_FIRST_LETTERS] if letters else b"")


@lru_cache(maxsize=256)
def _date(second: int, form: str) -> str:
    """Write a moment; thousands of receipts have the same."""
    return datetime.fromtimestamp(second, _LOCAL).strftime(form)
