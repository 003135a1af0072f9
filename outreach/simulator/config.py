"""How a rehearsal is set up, in code or from a TOML file."""

import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import cast

from outreach.simulator.accounts import plain_accounts
from outreach.simulator.faults import Faults, load_faults, parse_faults
from outreach.simulator.registry import DIALECTS
from outreach.simulator.stage import DialectConfig


def _every_dialect() -> tuple[DialectConfig, ...]:
    return tuple(kind() for kind in DIALECTS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """One process of simulated carriers on loopback.

    `port` 0 takes a free one. `faults` holds for every account without a plan of its own.
    `ledger` is an SQLite file, None keeps the rows in memory. `time_scale` multiplies every time
    of a receipt: its delay, lateness, spread, and the waits between retries. `dialects` holds one
    config for each account, all with different names; the credentials that each accepts are its
    fields, with invented defaults that begin with `sim-`. `clock` gives epoch seconds.
    """

    port: int = 0
    seed: int = 1
    faults: Faults = field(default_factory=Faults)
    ledger: Path | None = None
    time_scale: float = 1.0
    dialects: tuple[DialectConfig, ...] = field(default_factory=_every_dialect)
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        names = [dialect.name for dialect in self.dialects]
        if len(set(names)) != len(names):
            raise ValueError(f"SimulatorConfig.dialects: names must differ, got {', '.join(names)}")


def parse_dialects(table: Mapping[str, object], where: str) -> tuple[DialectConfig, ...]:
    """Read accounts by name: `[zalo2]` with `dialect = "zalo"`, or simply `[zalo]`.

    The keys are the fields of ZaloConfig and its like; `faults` is a table or a preset's name.
    """
    return tuple(
        _parse_dialect(name, cast("Mapping[str, object]", values), f"{where}: [{name}]")
        for name, values in table.items()
    )


def load_dialects(path: Path) -> tuple[DialectConfig, ...]:
    """Read the accounts of a TOML file, one table each.

    Of a folder with accounts' files: every dialect, and those that a table [rehearsal] tells.
    """
    if path.is_dir():
        return (*_every_dialect(), *plain_accounts(path))
    return parse_dialects(tomllib.loads(path.read_text("utf-8")), str(path))


def called_back(dialects: Iterable[DialectConfig], url: str) -> tuple[DialectConfig, ...]:
    """Tell every carrier that posts to a fixed address which; {account} stands for its name."""
    return tuple(
        replace(each, callback=url.replace("{account}", each.name))  # type: ignore[type-var] # a protocol of dataclasses
        if hasattr(each, "callback")
        else each
        for each in dialects
    )


def _parse_dialect(name: str, values: Mapping[str, object], where: str) -> DialectConfig:
    settings = dict(values)
    kind = DIALECTS.get(str(settings.pop("dialect", name)))
    if kind is None:
        raise ValueError(f"{where}: no such dialect; set dialect to one of {', '.join(DIALECTS)}")
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    if unknown := settings.keys() - known:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}; see {kind.__name__}")
    faults = settings.pop("faults", None)
    if isinstance(faults, str):
        settings["faults"] = load_faults(faults)
    elif isinstance(faults, dict):
        settings["faults"] = parse_faults(faults, where)
    tuples = {key: tuple(value) for key, value in settings.items() if isinstance(value, list)}
    return kind(**{"name": name, **settings, **tuples})
