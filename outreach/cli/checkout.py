"""Where the sources lie, for commands that write files of the house itself."""

from pathlib import Path

import outreach
from outreach.domain.errors import NotAllowedError


def checkout() -> Path:
    """The root of the checkout that this program runs from; NotAllowedError where it is installed.

    An installation has neither tests nor the account files that a new carrier needs.
    """
    root = Path(outreach.__file__).parents[1]
    if not (root / "tests" / "carriers" / "contract.py").exists():
        raise NotAllowedError(
            f"this program runs from {root}, which is no checkout: carriers are added to the"
            " sources. Clone the repository, run `make test` there once, and try again in it"
        )
    return root
