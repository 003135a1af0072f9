"""Two states of a report laid side by side, figure by figure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

_ASIDE = frozenset(
    {
        *("made_at", "agency", "rehearsal", "part"),
        *("days_overdue", "on", "days_left", "per_day", "per_month"),
    }
)
"""What may differ without any figure being another one: names, and what the day alone changes."""

_NAMED = (
    ("network", "channel"),
    ("id", "name"),
    ("district",),
    ("state", "reason"),
    ("order", "carrier"),
    ("carrier",),
)
"""By what the lines of the ledger's lists are told apart; the first that a line has."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is not what it was: where it stands, before and after, as texts."""

    words: str
    before: str
    after: str

    def to_json(self) -> dict[str, str]:
        """Plain values under names that stay."""
        return asdict(self)


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[Change]:
    """Name every figure that differs between two ledgers in JSON."""
    return list(_changes("", before, after))


def _changes(at: str, before: object, after: object) -> Iterator[Change]:
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        one, other = _mapping(before), _mapping(after)
        for key in {**one, **other}:
            if key not in _ASIDE:
                yield from _changes(f"{at} / {key}" if at else key, one.get(key), other.get(key))
    elif isinstance(before, list) or isinstance(after, list):
        yield from _changes(at, _by_name(before), _by_name(after))
    elif before != after and (before or after):
        yield Change(at, _shown(before), _shown(after))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _by_name(lines: object) -> dict[str, object]:
    """Lines by what they are called, and their number where several are called so."""
    found: dict[str, object] = {}
    called: Counter[str] = Counter()
    for line in lines if isinstance(lines, Sequence) else ():
        name = _name(line)
        called[name] += 1
        found[name if called[name] == 1 else f"{name} ({called[name]})"] = line
    return found


def _name(line: object) -> str:
    """What a line is called; a plain value is called by itself."""
    if not isinstance(line, Mapping):
        return str(line)
    for keys in _NAMED:
        if all(key in line for key in keys):
            return " ".join(str(line[key]) for key in keys if line[key] is not None)
    return " ".join(map(str, line.values()))


def _shown(value: object) -> str:
    return "-" if value is None else str(value)
