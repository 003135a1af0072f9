"""The number blocks of config/networks.toml: who was given what, from when to when."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from outreach.domain.errors import BadInputError
from outreach.domain.network import Block, Network, PrefixTable
from outreach.domain.window import LOCAL
from outreach.settings.toml import read_toml

_KEYS = frozenset({"network", "note", "operator", "prefixes", "since", "sure", "until"})
_PREFIX = re.compile("0[1-9][0-9]{1,8}")


def prefixes(path: Path, on: date | None = None) -> PrefixTable:
    """Read the blocks that hold on a day (today in Viet Nam, if none is told).

    BadInputError names the block that is not right, and two blocks that claim the same numbers.
    """
    told = read_toml(path, "block").get("block")
    if not isinstance(told, list) or not told:
        raise BadInputError(f"{path}: expected at least one [[block]] with prefixes")
    blocks = [_block(given, f"{path}: [[block]] {place}") for place, given in enumerate(told, 1)]
    for place, block in enumerate(blocks):
        _check_alone(block, blocks[:place], f"{path}: [[block]] {place + 1}")
    day = on or datetime.now(UTC).astimezone(LOCAL).date()
    return PrefixTable(block for block in blocks if _first(block) <= day <= _last(block))


def _block(given: object, where: str) -> Block:
    if not isinstance(given, dict):
        raise BadInputError(f"{where}: expected a table, not {given!r}")
    if unknown := given.keys() - _KEYS:
        raise BadInputError(
            f"{where} does not know {', '.join(sorted(unknown))};"
            f" it knows {', '.join(sorted(_KEYS))}"
        )
    try:
        return Block(
            network=_network(_text(given, "network")),
            prefixes=_national(given.get("prefixes")),
            operator=_text(given, "operator"),
            sure=_flag(given, "sure"),
            since=_day(given, "since"),
            until=_day(given, "until"),
            note=_text(given, "note"),
        )
    except ValueError as fault:
        raise BadInputError(f"{where}: {fault}") from None


def _network(title: str) -> Network:
    network = Network.named(title)
    if not network:
        raise ValueError(f"network is {title!r}; leave out numbers that no network has")
    return network


def _national(given: object) -> tuple[str, ...]:
    """The prefixes without their 0."""
    found = given if isinstance(given, list) else []
    if not found:
        raise ValueError(f'prefixes is {given!r}; expected a list such as ["090", "0993"]')
    for prefix in found:
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            raise ValueError(f"prefix {prefix!r}: expected 0 and two to nine digits, in quotes")
        if found.count(prefix) > 1:
            raise ValueError(f"prefix {prefix} stands here twice")
    return tuple(prefix[1:] for prefix in found)


def _text(given: Mapping[str, object], key: str) -> str:
    found = given.get(key, "")
    if isinstance(found, str):
        return found
    raise ValueError(f"{key} is {found!r}; expected words in quotes")


def _flag(given: Mapping[str, object], key: str) -> bool:
    found = given.get(key, True)
    if isinstance(found, bool):
        return found
    raise ValueError(f"{key} is {found!r}; expected true or false")


def _day(given: Mapping[str, object], key: str) -> date | None:
    found = given.get(key)
    if found is None or type(found) is date:  # not a datetime, which is a date too
        return found
    raise ValueError(f"{key} is {found}; expected a day such as 2018-09-15, without quotes")


def _check_alone(block: Block, others: Sequence[Block], where: str) -> None:
    """Refuse a block that claims numbers another has on the same day."""
    if _first(block) > _last(block):
        raise BadInputError(f"{where}: since {block.since} is after until {block.until}")
    for place, other in enumerate(others, 1):
        both = sorted({*block.prefixes} & {*other.prefixes})
        if both and _first(block) <= _last(other) and _first(other) <= _last(block):
            raise BadInputError(
                f"{where} ({block.seller}) claims 0{both[0]}, which [[block]] {place}"
                f" ({other.seller}) has at the same time; end one with `until`, or write a"
                " longer prefix"
            )


def _first(block: Block) -> date:
    return block.since or date.min


def _last(block: Block) -> date:
    return block.until or date.max
