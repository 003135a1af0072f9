"""The rehearsal: carriers' dialects on loopback, with faults and a ledger of what arrived."""

from outreach.simulator.config import (
    SimulatorConfig,
    called_back,
    load_dialects,
    parse_dialects,
)
from outreach.simulator.esms import Esms, EsmsConfig
from outreach.simulator.faults import PRESETS, Faults, load_faults, parse_faults
from outreach.simulator.ledger import Ledger, text_hash
from outreach.simulator.simulator import Simulator, run
from outreach.simulator.viettel import Viettel, ViettelConfig
from outreach.simulator.zalo import Zalo, ZaloConfig

__all__ = [
    "PRESETS",
    "Esms",
    "EsmsConfig",
    "Faults",
    "Ledger",
    "Simulator",
    "SimulatorConfig",
    "Viettel",
    "ViettelConfig",
    "Zalo",
    "ZaloConfig",
    "called_back",
    "load_dialects",
    "load_faults",
    "parse_dialects",
    "parse_faults",
    "run",
    "text_hash",
]
