"""TOML files, with faults that name the file and the place."""

import tomllib
from pathlib import Path
from typing import Any

from outreach.domain.errors import BadInputError


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; BadInputError names the file and the place."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInputError(f"{path}: no such file; see config/ in the repository") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInputError(f"{path}: not valid TOML: {fault}") from None
