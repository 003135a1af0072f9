"""The answers of an SMSC that are used here: command_status by name (wire-formats.md 4.5)."""

from typing import Final

ROK: Final = 0x00
RINVMSGLEN: Final = 0x01
RINVCMDLEN: Final = 0x02
RINVCMDID: Final = 0x03
RINVBNDSTS: Final = 0x04
RALYBND: Final = 0x05
RINVREGDLVFLG: Final = 0x07
RSYSERR: Final = 0x08
RINVSRCADR: Final = 0x0A
RINVDSTADR: Final = 0x0B
RBINDFAIL: Final = 0x0D
RINVPASWD: Final = 0x0E
RINVSYSID: Final = 0x0F
RMSGQFUL: Final = 0x14
RINVESMCLASS: Final = 0x43
RSUBMITFAIL: Final = 0x45
RINVSRCTON: Final = 0x48
RINVDSTTON: Final = 0x50
RINVDSTNPI: Final = 0x51
RTHROTTLED: Final = 0x58
RINVSCHED: Final = 0x61
RINVEXPIRY: Final = 0x62
ROPTPARNOTALLWD: Final = 0xC1
RINVPARLEN: Final = 0xC2
RMISSINGOPTPARAM: Final = 0xC3
RINVOPTPARAMVAL: Final = 0xC4
RUNKNOWNERR: Final = 0xFF
