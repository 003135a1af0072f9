"""What each command_status of an SMS centre means to us (wire-formats.md 4.5)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown

ROK = 0x00
RINVCMDLEN = 0x02
RINVCMDID = 0x03
RX_T_APPN = 0x64
RUNKNOWNERR = 0xFF

OUT_OF_STEP = frozenset({0x04, 0x05})
"""The bind is not what we take it for: a new one is needed."""

_RSUBMITFAIL = 0x45
_THROTTLE_WAIT = timedelta(seconds=1)  # as Kannel waits
_QUEUE_WAIT = timedelta(seconds=5)
_PASSING_WAIT = timedelta(minutes=1)

_ACCOUNT = {
    RINVCMDLEN: "command length invalid",
    RINVCMDID: "command not known",
    0x06: "priority flag invalid",
    0x07: "registered_delivery invalid",
    0x0A: "sender address invalid",
    0x0D: "bind failed",
    0x0E: "password wrong",
    0x0F: "system_id wrong",
    0x15: "service type invalid",
    0x33: "number of recipients invalid",
    0x34: "distribution list invalid",
    0x40: "destination flag invalid",
    0x42: "submit with replace not possible",
    0x43: "esm_class invalid",
    0x44: "distribution list not possible",
    0x48: "sender TON invalid",
    0x49: "sender NPI invalid",
    0x50: "recipient TON invalid",
    0x51: "recipient NPI invalid",
    0x53: "system_type wrong",
    0x54: "replace flag invalid",
    0x55: "number of messages invalid",
    0x61: "schedule time invalid",
    0x62: "validity period invalid",
    0x63: "predefined message invalid",
    0xC0: "optional part of the PDU invalid",
    0xC1: "optional parameter not allowed",
    0xC2: "optional parameter of a wrong length",
    0xC3: "optional parameter missing",
    0xC4: "optional parameter of a wrong value",
}
_TEXT = {0x01: "message length invalid"}
_RECIPIENT = {
    0x0B: "recipient address invalid",
    _RSUBMITFAIL: "submit failed",
    0x65: "permanent error of the receiver",
    0x66: "rejected by the receiver",
    0xFE: "delivery failed",
}
_OF_OTHER_CALLS = frozenset({0x0C, 0x11, 0x13, 0x67})
_PASSING = {
    0x04: "the bind is in another state",
    0x05: "already bound",
    0x08: "system error at the carrier",
    RX_T_APPN: "passing error of the receiver",
}


class SubmitFail(StrEnum):
    """What a carrier means by RSUBMITFAIL: no for this recipient, or not now."""

    RECIPIENT = "recipient"
    LATER = "later"


def code(status: int) -> str:
    """A command_status as tables have it."""
    return f"0x{status:02X}"


def outcomes(submit_fail: SubmitFail = SubmitFail.RECIPIENT) -> Mapping[int, Outcome]:
    """The meaning of every listed status but ROK."""
    found: dict[int, Outcome] = {
        status: Refused(scope, code(status), words)
        for scope, table in (
            (Scope.ACCOUNT, _ACCOUNT),
            (Scope.TEXT, _TEXT),
            (Scope.RECIPIENT, _RECIPIENT),
        )
        for status, words in table.items()
    }
    for status, words in _PASSING.items():
        # An answer, so not accepted; counted, lest a row that always fails be tried for ever.
        found[status] = NotSent(f"{code(status)} {words}")
    for status in _OF_OTHER_CALLS:
        found[status] = Unknown(f"{code(status)}: the answer to another call")
    found[0x14] = Later(_QUEUE_WAIT, "0x14 message queue full", throttled=True)
    found[0x58] = Later(_THROTTLE_WAIT, "0x58 too many messages a second", throttled=True)
    found[RUNKNOWNERR] = Unknown("0xFF unknown error at the carrier")
    if submit_fail is SubmitFail.LATER:
        found[_RSUBMITFAIL] = Later(_PASSING_WAIT, f"{code(_RSUBMITFAIL)} submit failed")
    return found


def unlisted(status: int) -> Refused:
    """The meaning of a status that no table has: a carrier's own, and a no."""
    return Refused(Scope.RECIPIENT, code(status), "unlisted code")


def codes() -> Mapping[str, Outcome]:
    """Every command_status of the standard, and what it means to us."""
    known = {ROK: Accepted(), **outcomes()}
    return {code(status): known[status] for status in sorted(known)}
