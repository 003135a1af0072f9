"""Reads [account.options] of an account's file; BadInputError names file, key, expected and found.

A value may come from the environment, so that a figure may be text.
"""

import re
from collections.abc import Mapping
from datetime import time

from outreach.domain.errors import BadInputError
from outreach.domain.window import clock_time
from outreach.settings import Account


def whole(account: Account, name: str, default: int, least: int = 1) -> int:
    """Read a whole number."""
    told = str(account.options.get(name, default))
    if not re.fullmatch("[0-9]{1,9}", told, re.ASCII) or int(told) < least:
        raise wrong(account, name, f"a whole number of {least} or more")
    return int(told)


def figure(account: Account, name: str, default: float) -> float:
    """Read a number that may have a fraction, 0 or more."""
    told = str(account.options.get(name, default))
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", told, re.ASCII):
        raise wrong(account, name, "a number of 0 or more")
    return float(told)


def one_of(account: Account, name: str, default: str, known: Mapping[str, str]) -> str:
    """Read one of a few words or numbers, each with its meaning."""
    told = str(account.options.get(name, default))
    if told not in known:
        each = ", ".join(f"{value} ({meaning})" for value, meaning in known.items())
        raise wrong(account, name, f"one of {each}")
    return told


def hour(account: Account, name: str, default: str) -> time:
    """Read a time of the local day."""
    try:
        return clock_time(str(account.options.get(name, default)))
    except ValueError:
        raise wrong(account, name, f"a time such as {default}") from None


def wrong(account: Account, name: str, expected: str) -> BadInputError:
    """The error of an option: what was expected there, and what stands there."""
    return BadInputError(
        f"config/accounts/{account.name}.toml: {name} must be {expected},"
        f" not '{account.options.get(name)}'"
    )
