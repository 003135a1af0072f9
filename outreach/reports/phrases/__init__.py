"""Reasons in Vietnamese: what carriers and we ourselves say of a message that did not get through.

The key is the reason as it is stored, without the carrier's code before it. Every module of this
folder has some of them in `WORDS`; a reason that none has is shown as it is.
"""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module


def _all() -> Iterator[tuple[str, str]]:
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        yield from import_module(f"{__name__}.{found.name}").WORDS.items()


PHRASES: Mapping[str, str] = dict(_all())
