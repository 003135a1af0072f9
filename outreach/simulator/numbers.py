"""Who is behind a number: network, portability, Zalo account; fixed by seed and number."""

from typing import NamedTuple

from outreach.simulator.faults import Faults, roll

# Two digits after 84 (wire-formats.md 6.1); iTel and Wintel ride on VinaPhone.
_PREFIXES = {
    "VT": ("32", "33", "34", "35", "36", "37", "38", "39", "86", "96", "97", "98"),
    "VN": ("81", "82", "83", "84", "85", "88", "91", "94"),
    "MB": ("70", "76", "77", "78", "79", "89", "90", "93"),
    "VM": ("52", "56", "58", "92"),
    "GT": ("59", "99"),
    "IT": ("87",),
    "RD": ("55",),
}
TITLES = {
    "VT": "Viettel",
    "VN": "VinaPhone",
    "MB": "MobiFone",
    "VM": "Vietnamobile",
    "GT": "Gmobile",
    "IT": "iTel",
    "RD": "Wintel",
}
_NETWORK = {prefix: network for network, prefixes in _PREFIXES.items() for prefix in prefixes}
_PORTABLE = ("VT", "VN", "MB", "VM")
_ZALO_REFUSALS = (-119, -139, -141)
_MSISDN_LENGTH = 11


class Subscriber(NamedTuple):
    """One number as carriers see it; `network` is the actual one, `zalo` 0 or the refusal."""

    network: str
    zalo: int
    blocked: bool


def is_msisdn(text: str) -> bool:
    """Say whether a text has the documented form: 84 and nine digits (wire-formats.md 1.3)."""
    return (
        len(text) == _MSISDN_LENGTH
        and text.startswith("84")
        and text.isascii()
        and text.isdecimal()
    )


def international(phone: str) -> str:
    """Turn the national form 0… into 84…; anything else stays as it is."""
    return f"84{phone[1:]}" if phone.startswith("0") else phone


def network_by_prefix(msisdn: str) -> str:
    """Return VT, VN, MB, VM, GT (Gtel), IT (iTel), RD (Reddi/Wintel), or an empty string."""
    return _NETWORK.get(msisdn[2:4], "")


def subscriber(seed: int, plan: Faults, msisdn: str) -> Subscriber:
    """Look up a number: the same under the same seed and plan, whoever asks."""
    network = network_by_prefix(msisdn)
    if not (plan.ported or plan.no_zalo or plan.zalo_refuses or plan.blocked):
        return Subscriber(network, zalo=0, blocked=False)
    ported, target, account, refusal, blocked, *_ = roll(seed, "number", msisdn).chances
    if ported < plan.ported:
        others = [other for other in _PORTABLE if other != network]
        network = others[int(target * len(others))]
    zalo = 0
    if account < plan.no_zalo:
        zalo = -118
    elif account < plan.no_zalo + plan.zalo_refuses:
        zalo = _ZALO_REFUSALS[int(refusal * len(_ZALO_REFUSALS))]
    return Subscriber(network, zalo, blocked < plan.blocked)
