"""The dialects that can be spoken: a new carrier is its file and one line here."""

from collections.abc import Mapping

from outreach.simulator.esms import EsmsConfig
from outreach.simulator.stage import DialectConfig
from outreach.simulator.viettel import ViettelConfig
from outreach.simulator.zalo import ZaloConfig

DIALECTS: Mapping[str, type[DialectConfig]] = {
    "zalo": ZaloConfig,
    "viettel": ViettelConfig,
    "esms": EsmsConfig,
}
