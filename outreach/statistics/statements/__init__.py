"""Carriers' monthly figures: from a file, a call or options to a checked and stored statement."""

from outreach.statistics.statements.body import Call, read_call
from outreach.statistics.statements.due import Standing, standings
from outreach.statistics.statements.file import read_statement
from outreach.statistics.statements.handing import (
    Prepared,
    UnconfirmedError,
    hand_in,
    orders_of,
    prepare,
)
from outreach.statistics.statements.model import Told, ToldLine, carrier_named
from outreach.statistics.statements.words import FIELDS, Caution, Fault

__all__ = [
    "FIELDS",
    "Call",
    "Caution",
    "Fault",
    "Prepared",
    "Standing",
    "Told",
    "ToldLine",
    "UnconfirmedError",
    "carrier_named",
    "hand_in",
    "orders_of",
    "prepare",
    "read_call",
    "read_statement",
    "standings",
]
