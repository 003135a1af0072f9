"""Finds the dialects: every module of this folder that says which config is its own."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from outreach.simulator.stage import DialectConfig

_ABOVE = frozenset({"__main__", "config", "registry", "simulator"})
"""Modules that need the dialects themselves."""


def _dialects() -> Iterator[tuple[str, type[DialectConfig]]]:
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if found.name not in _ABOVE:
            module = import_module(f"outreach.simulator.{found.name}")
            if hasattr(module, "DIALECT"):
                yield found.name, module.DIALECT


DIALECTS: Mapping[str, type[DialectConfig]] = dict(_dialects())
"""By the name of their module, which is that of the adapter they rehearse."""
