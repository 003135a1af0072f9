"""What an SMSC asks for and how it behaves: the options of a simulated account."""

from dataclasses import dataclass
from typing import Literal

from outreach.simulator.faults import Faults
from outreach.simulator.smpp.texts import Alphabet


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """A system_id at an SMSC; every credential is invented.

    `port` is listened on where the simulator's own port is a fixed one; 0 takes a free one. With a
    `certificate` (path of a PEM file that has its key, too) it speaks TLS and nothing else.
    `binds` (0: any number) bounds the binds at a time; `window` (0: none) the submits that may
    wait for an answer on one of them, above it they are throttled. `hang_up_after` so many submits
    a connection is cut without unbind (0: never).

    Receipts: `date_digits` is 10, 12 (with seconds) or 14 (with the whole year); `receipt_flag`
    False forgets to mark them in esm_class. At most `receipt_window` a bind wait for an answer;
    one without an answer of 0 in `ack_timeout_s` is sent again after the waits of the ladder.
    """

    name: str = "smpp"
    faults: Faults | None = None
    port: int = 2775
    certificate: str = ""
    system_id: str = "sim-smpp"
    password: str = "sim-pass"  # noqa: S105 - invented
    sender: str = "SIM-CITY"
    binds: int = 0
    window: int = 0
    alphabet: Alphabet = "gsm"  # of data_coding 0
    hang_up_after: int = 0
    enquire_link_s: float = 30.0
    receipt_form: Literal["tlv", "text", "both"] = "both"
    reference_form: Literal["same", "hex-in-answer", "hex-in-receipt"] = "same"
    date_digits: Literal[10, 12, 14] = 10
    err_form: Literal["numeric", "letters"] = "numeric"
    receipt_flag: bool = True
    receipt_window: int = 1_000
    ack_timeout_s: float = 10.0
    receipt_ladder_s: tuple[float, ...] = (1.0, 5.0, 15.0, 60.0, 300.0)
