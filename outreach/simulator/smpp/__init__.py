"""An SMSC that speaks SMPP 3.4, with its own reading and writing of it."""

from outreach.simulator.smpp.exchange import Smpp, SmppConfig

__all__ = ["DIALECT", "Smpp", "SmppConfig"]

DIALECT = SmppConfig
