"""What goes wrong, how often, and for whom: the same for the same seed and message."""

import struct
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import IntEnum, StrEnum, auto
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, cast

import orjson

_LANES = struct.Struct("<16I")
_SHARES = (
    *("throttled", "refused", "dropped_before", "error_before", "dropped_after", "error_after"),
    *("unanswered", "undelivered", "receipt_lost", "receipt_late", "receipt_doubled"),
    *("receipt_first", "ported", "no_zalo", "zalo_refuses", "blocked"),
)
_CUTS = ("dropped_before", "error_before", "dropped_after", "error_after", "unanswered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The fault plan of a carrier: shares from 0 to 1, milliseconds and seconds.

    Times of receipts are multiplied by the simulator's `time_scale`; latency and silence are not.
    """

    latency_ms: tuple[float, float] = (0.0, 0.0)  # least and most, before every answer to a send
    tps: int = 0  # sends per sliding second and account, the rest is throttled; 0: no limit
    throttled: float = 0.0  # sends throttled by chance
    refused: float = 0.0  # sends refused for the recipient's sake, by chance
    forced_code: str = ""  # every authenticated send is refused with this code
    dropped_before: float = 0.0  # connection closed, nothing taken
    error_before: float = 0.0  # HTTP 503, nothing taken
    dropped_after: float = 0.0  # taken, then the connection is closed without an answer
    error_after: float = 0.0  # taken, then HTTP 503
    unanswered: float = 0.0  # taken, then silence
    silence_s: float = 0.0  # how long that silence lasts before the answer; 0: for ever
    refuse_duplicates: bool = True  # where the dialect knows how to
    undelivered: float = 0.0  # accepted, never delivered
    receipt_ms: tuple[float, float] = (50.0, 500.0)  # least and most, from acceptance to receipt
    receipt_lost: float = 0.0
    receipt_late: float = 0.0
    receipt_late_s: float = 60.0
    receipt_doubled: float = 0.0
    receipt_shuffle_ms: float = 0.0  # receipts are spread by up to this much more
    receipt_first: float = 0.0  # the receipt is delivered before the answer leaves
    ported: float = 0.0  # numbers that left the network of their prefix
    no_zalo: float = 0.0  # numbers without a Zalo account (-118)
    zalo_refuses: float = 0.0  # numbers that take nothing from this OA (-119, -139, -141)
    blocked: float = 0.0  # numbers on the aggregator's own block list

    def __post_init__(self) -> None:
        for name in _SHARES:
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ValueError(f"Faults.{name} is {share}: expected a share from 0 to 1")
        if sum(getattr(self, name) for name in _CUTS) > 1:
            raise ValueError(f"Faults: {', '.join(_CUTS)} add up to more than 1; lower one")


PRESETS: Mapping[str, Faults] = {
    "none": Faults(),
    "realistic": Faults(
        latency_ms=(20, 120),
        throttled=0.002,
        refused=0.005,
        dropped_before=0.0005,
        error_before=0.001,
        dropped_after=0.0002,
        error_after=0.0003,
        unanswered=0.0005,
        undelivered=0.03,
        receipt_ms=(500, 5_000),
        receipt_lost=0.01,
        receipt_late=0.01,
        receipt_doubled=0.01,
        receipt_shuffle_ms=2_000,
        receipt_first=0.001,
        ported=0.03,
        no_zalo=0.25,
        zalo_refuses=0.02,
        blocked=0.002,
    ),
    "rough": Faults(
        latency_ms=(5, 300),
        throttled=0.05,
        refused=0.03,
        dropped_before=0.02,
        error_before=0.02,
        dropped_after=0.02,
        error_after=0.02,
        unanswered=0.02,
        refuse_duplicates=False,
        undelivered=0.1,
        receipt_ms=(0, 1_000),
        receipt_lost=0.1,
        receipt_late=0.1,
        receipt_late_s=20,
        receipt_doubled=0.2,
        receipt_shuffle_ms=3_000,
        receipt_first=0.05,
        ported=0.1,
        no_zalo=0.3,
        zalo_refuses=0.05,
        blocked=0.02,
    ),
}


def parse_faults(values: Mapping[str, object], where: str = "faults") -> Faults:
    """Read a plan from a table: `preset` names what to start from, the rest overrides it."""
    plan = dict(values)
    preset = str(plan.pop("preset", "none"))
    if preset not in PRESETS:
        raise ValueError(f"{where}: no preset '{preset}'; there are {', '.join(PRESETS)}")
    known = {field.name for field in fields(Faults)}
    if unknown := plan.keys() - known:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}; see Faults for the names")
    for name in ("latency_ms", "receipt_ms"):
        if name in plan:
            least, most = cast("list[float]", plan[name])
            plan[name] = (least, most)
    return replace(PRESETS[preset], **plan)  # type: ignore[arg-type]


def load_faults(source: str) -> Faults:
    """Read a plan by preset name, or from a .toml or .json file."""
    if source in PRESETS:
        return PRESETS[source]
    path = Path(source)
    if path.suffix not in {".toml", ".json"}:
        raise ValueError(f"'{source}' is neither a preset ({', '.join(PRESETS)}) nor a .toml/.json")
    raw = path.read_bytes()
    values = tomllib.loads(raw.decode()) if path.suffix == ".toml" else orjson.loads(raw)
    return parse_faults(values, source)


class Lane(IntEnum):
    """One independent chance each, so that one share can change without moving the others."""

    CUT = 0
    THROTTLED = auto()
    REFUSED = auto()
    LATENCY = auto()
    UNDELIVERED = auto()
    DELAY = auto()
    LOST = auto()
    LATE = auto()
    DOUBLED = auto()
    SHUFFLE = auto()
    SECOND = auto()
    FIRST = auto()


class Roll(NamedTuple):
    """Sixteen chances in [0, 1) and a name, fixed by seed and words."""

    chances: tuple[float, ...]
    name: str  # 24 hex digits


def roll(seed: int, *words: str) -> Roll:
    """Throw the dice for these words: the same words under the same seed fall the same."""
    digest = blake2b("\x1f".join(words).encode(), key=str(seed).encode(), digest_size=64).digest()
    chances = [n / 4294967296 for n in _LANES.unpack(digest)]
    return Roll(tuple(chances), digest[-12:].hex())


class Cut(StrEnum):
    """How a conversation breaks; the first two leave nothing taken."""

    NONE = ""
    DROPPED_BEFORE = "dropped_before"
    ERROR_BEFORE = "error_before"
    DROPPED_AFTER = "dropped_after"
    ERROR_AFTER = "error_after"
    UNANSWERED = "unanswered"


class Fate(NamedTuple):
    """What will happen to one send; delays in seconds, not yet scaled."""

    name: str
    cut: Cut
    throttled: bool
    refused: bool
    latency_s: float
    undelivered: bool
    settles_s: float
    receipts_s: tuple[float, ...]  # none: lost; two: doubled
    receipt_first: bool


def _cut(plan: Faults, chance: float) -> Cut:
    for name in _CUTS:
        chance -= getattr(plan, name)
        if chance < 0:
            return Cut(name)
    return Cut.NONE


def _between(span: tuple[float, float], chance: float) -> float:
    return (span[0] + (span[1] - span[0]) * chance) / 1000


def fate(plan: Faults, dice: Roll) -> Fate:
    """Turn dice into one fate under a plan."""
    chances = dice.chances
    settles = _between(plan.receipt_ms, chances[Lane.DELAY])
    shown = settles + plan.receipt_shuffle_ms * chances[Lane.SHUFFLE] / 1000
    if chances[Lane.LATE] < plan.receipt_late:
        shown += plan.receipt_late_s
    receipts: tuple[float, ...] = (shown,)
    if chances[Lane.LOST] < plan.receipt_lost:
        receipts = ()
    elif chances[Lane.DOUBLED] < plan.receipt_doubled:
        receipts = (shown, shown + _between(plan.receipt_ms, chances[Lane.SECOND]))
    return Fate(
        name=dice.name,
        cut=_cut(plan, chances[Lane.CUT]),
        throttled=chances[Lane.THROTTLED] < plan.throttled,
        refused=chances[Lane.REFUSED] < plan.refused,
        latency_s=_between(plan.latency_ms, chances[Lane.LATENCY]),
        undelivered=chances[Lane.UNDELIVERED] < plan.undelivered,
        settles_s=settles,
        receipts_s=receipts,
        receipt_first=chances[Lane.FIRST] < plan.receipt_first,
    )
