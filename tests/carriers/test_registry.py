"""The house stays honest: every adapter has its block, its tests and its rehearsal."""

import importlib
import inspect
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from outreach.carriers.registry import NAMES, adapter
from outreach.domain.errors import BadInputError

from . import contract
from .test_esms import DIALECT

ROOT = Path(__file__).parents[2]
PACKAGE = __name__.rpartition(".")[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_has_its_config_block(name: str) -> None:
    files = (ROOT / "config" / "accounts").glob("*.toml")
    blocks = [tomllib.loads(path.read_text(encoding="utf-8"))["account"] for path in files]
    assert name in {block["adapter"] for block in blocks}


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_passes_the_contract(name: str) -> None:
    tests = importlib.import_module(f"{PACKAGE}.test_{name}")
    suites = [kind for _, kind in inspect.getmembers(tests, inspect.isclass)]
    assert name in {kind.of for kind in suites if issubclass(kind, contract.Suite)}


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_has_its_simulator_dialect(name: str) -> None:
    if not (ROOT / "outreach" / "simulator").is_dir():
        pytest.skip("this checkout has no simulator")
    assert (ROOT / "outreach" / "simulator" / f"{name}.py").is_file()


def test_an_unknown_adapter_names_the_file_and_the_known_ones() -> None:
    ports = contract.ports_of(DIALECT)
    with pytest.raises(BadInputError, match=r"esms\.toml.*'acme'.*esms, viettel, zalo"):
        adapter(replace(DIALECT.account, adapter="acme"), ports)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_option_names_itself(name: str) -> None:
    bare = replace(DIALECT.account, name="sim", adapter=name, options={})
    with pytest.raises(BadInputError, match=r"sim\.toml: '\w+' is missing"):
        adapter(bare, contract.ports_of(DIALECT))
