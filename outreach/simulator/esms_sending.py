"""What eSMS.vn took under one SMSID, and what it tells of it (wire-formats.md 3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

NETWORK_NAMES = {
    "VT": "Viettel",
    "MB": "Mobifone",
    "VN": "Vinaphone",
    "VM": "Vietnamobile",
    "GT": "Gtel",
    "IT": "Itel",
    "RD": "Reddi",
}


class Receiver(NamedTuple):
    """One number of a call, and how it ends."""

    msisdn: str
    settles_at: float
    network: str
    delivered: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """What was taken under one SMSID."""

    receivers: Sequence[Receiver]
    parts: int
    price: int

    def counters(self, now: float) -> dict[str, int]:
        """Return the figures of status and callback; a long SMS counts its parts."""
        ends = [each.delivered for each in self.receivers if each.settles_at <= now]
        return {
            "SendFailed": self.parts * ends.count(False),
            "SendStatus": 5 if len(ends) == len(self.receivers) else 7,
            "SendSuccess": self.parts * ends.count(True),
            "TotalPrice": self.price,
            "TotalReceiver": len(self.receivers),
            "TotalSent": self.parts * len(self.receivers),
        }

    def told(self, now: float) -> list[dict[str, object]]:
        """Return what is told of each number."""
        return [
            {
                "IsSent": each.settles_at <= now,
                "NetworkName": NETWORK_NAMES.get(each.network, ""),
                "Phone": f"0{each.msisdn[2:]}",
                "Retry": 0,
                "SentResult": each.settles_at <= now and each.delivered,
            }
            for each in self.receivers
        ]
