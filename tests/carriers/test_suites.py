"""Every adapter passes the suite of each thing that it can do."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from outreach.carriers.base import Adapter, Asked, Lists
from outreach.carriers.registry import NAMES, adapter
from outreach.settings.account import read_account
from outreach.simulator.accounts import variables

from .asked_contract import AskedContract
from .dialects import Dialect, ports_of
from .list_contract import ListContract
from .test_esms_ads import ACCOUNT, DIALECT

CONFIG = Path(__file__).parents[2] / "config"
PACKAGE = __name__.rpartition(".")[0]


def suites() -> Mapping[str, set[type]]:
    """Which suites the tests of each adapter derive a class from."""
    for path in Path(__file__).parent.glob("test_*.py"):
        import_module(f"{PACKAGE}.{path.stem}")
    found: dict[str, set[type]] = {name: set() for name in NAMES}
    for lists in ListContract.__subclasses__():
        found[lists.dialect.account.adapter].add(ListContract)
    for asked in AskedContract.__subclasses__():
        found[asked.asking.dialect.account.adapter].add(AskedContract)
    return found


def lacks(made: Adapter, passed: set[type]) -> Iterator[str]:
    """What an adapter can do and its tests do not try."""
    if made.capabilities.list_most > 1 and ListContract not in passed:
        yield "ListContract"
    if isinstance(made, Asked) and AskedContract not in passed:
        yield "AskedContract"


def made_as_shipped() -> Iterator[tuple[str, Adapter]]:
    environ = variables(CONFIG, "http://127.0.0.1:1", {"smpp": "smpp://127.0.0.1:1"})
    for path in sorted((CONFIG / "accounts").glob("*.toml")):
        account = read_account(path, environ)
        yield account.adapter, adapter(account, ports_of(DIALECT))


def test_what_an_adapter_can_do_its_tests_try() -> None:
    passed = suites()
    assert {name: list(lacks(made, passed[name])) for name, made in made_as_shipped()} == {
        name: [] for name in NAMES
    }


def test_lists_and_questions_that_nobody_tries_are_noticed() -> None:
    ads = adapter(ACCOUNT, ports_of(DIALECT))
    assert isinstance(ads, Lists)
    assert list(lacks(ads, set())) == ["ListContract", "AskedContract"]
    assert list(lacks(ads, {ListContract, AskedContract})) == []


def test_nobody_forgets_to_say_what_becomes_of_a_duplicate() -> None:
    fields = {name: getattr(DIALECT, name) for name in Dialect.__match_args__}
    with pytest.raises(TypeError, match="duplicate"):
        Dialect(**fields)
    assert replace(DIALECT, duplicate=None).duplicate is None
