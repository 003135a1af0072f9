"""TOML files, with faults that name the file and the place."""

import tomllib
from pathlib import Path
from typing import Any

from outreach.domain.errors import BadInputError


def read_toml(path: Path, *known: str) -> dict[str, Any]:
    """Read a TOML file; BadInputError names the file and the place.

    Where names are told, those are all that it may begin with: a key above its table, or a table
    spelt otherwise, would be heeded by nobody.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInputError(f"{path}: no such file; see config/ in the repository") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInputError(f"{path}: not valid TOML: {fault}") from None
    if known and (unknown := found.keys() - set(known)):
        raise BadInputError(
            f"{path} does not know {', '.join(sorted(unknown))}, or not at this place;"
            f" it begins with {', '.join(known)}"
        )
    return found
