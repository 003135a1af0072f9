"""An SMSC's judgement on one submit_sm: the command_status of its answer."""

import re

from outreach.simulator.numbers import is_msisdn
from outreach.simulator.smpp import status
from outreach.simulator.smpp.habits import Habits
from outreach.simulator.smpp.pdu import Submit
from outreach.simulator.smpp.texts import Part
from outreach.simulator.stage import Turn

_ALPHANUMERIC = 5
_INTERNATIONAL, _ISDN = 1, 1
_MODES = {0, 3}  # default and store-and-forward; datagrams give no receipts
_MODE_AND_TYPE = 0x3F
_RECEIPT_BITS = 0x03
_TIME = re.compile(r"[0-9]{15}[+\-R]")  # YYMMDDhhmmsstnnp


def judge(habits: Habits, submit: Submit, part: Part | int, turn: Turn, *, crowded: bool) -> int:
    """Return 0 for a submit that is taken; `crowded` where its bind has too many unanswered."""
    if turn.faults.forced_code:
        return int(turn.faults.forced_code, 16)
    if crowded or turn.above_limit:
        return status.RTHROTTLED
    if turn.throttled:
        # In bursts of a second each, as queues fill and limits bite.
        return status.RMSGQFUL if int(turn.at) % 2 else status.RTHROTTLED
    if fault := _addressed(habits, submit) or _asked(submit):
        return fault
    if isinstance(part, int):
        return part
    return status.RINVDSTADR if turn.refused or turn.subscriber.blocked else status.ROK


def _addressed(habits: Habits, submit: Submit) -> int:
    if submit.source != habits.sender:
        return status.RINVSRCADR
    if submit.source_ton != _ALPHANUMERIC and not submit.source.isdecimal():
        return status.RINVSRCTON  # others take it and drop it in silence
    if submit.dest_ton != _INTERNATIONAL:
        return status.RINVDSTTON
    if submit.dest_npi != _ISDN:
        return status.RINVDSTNPI
    return status.ROK if is_msisdn(submit.destination) else status.RINVDSTADR


def _asked(submit: Submit) -> int:
    """Look at what is asked for beside the text."""
    if submit.esm_class & _MODE_AND_TYPE not in _MODES:
        return status.RINVESMCLASS
    if submit.registered & _RECEIPT_BITS == _RECEIPT_BITS:
        return status.RINVREGDLVFLG
    if submit.schedule and not _TIME.fullmatch(submit.schedule):
        return status.RINVSCHED
    if submit.validity and not _TIME.fullmatch(submit.validity):
        return status.RINVEXPIRY
    return status.ROK
