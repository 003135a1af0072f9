"""Reasons in Vietnamese: what carriers and we ourselves say of a message that did not get through.

The key is the reason as it is stored, without the carrier's code before it. Every module of this
folder has some of them in `WORDS`, and so may an adapter; a reason that none has is shown as it is.
`LEADS` has words that stand with a colon before another reason: "no access token: no connection".
"""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from outreach.carriers.registry import NAMES, dialect


def _all(table: str) -> Iterator[tuple[str, str]]:
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        yield from getattr(import_module(f"{__name__}.{found.name}"), table, {}).items()
    for name in NAMES:
        yield from getattr(dialect(name), table, {}).items()


PHRASES: Mapping[str, str] = dict(_all("WORDS"))
LEADS: Mapping[str, str] = dict(_all("LEADS"))
