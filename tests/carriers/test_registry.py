"""The house stays honest: every adapter has its block, its tests and its rehearsal."""

import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from outreach.carriers.base import (
    Adapter,
    Asked,
    Capabilities,
    Lists,
    Pulled,
    Pushed,
    Question,
    ReceiptWay,
    Submission,
)
from outreach.carriers.registry import NAMES, adapter, dialect
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Duplicate, Outcome
from outreach.domain.receipt import Receipt
from outreach.settings.account import read_account
from outreach.simulator.accounts import variables

from . import contract
from .test_esms import DIALECT

ROOT = Path(__file__).parents[2]
PACKAGE = __name__.rpartition(".")[0]


def lacks(name: str, module: object, root: Path) -> Iterator[str]:
    """What an adapter lacks of the files and the parts that every adapter has."""
    accounts = [
        tomllib.loads(path.read_text(encoding="utf-8"))
        for path in (root / "config" / "accounts").glob("*.toml")
    ]
    its = [told for told in accounts if told["account"]["adapter"] == name]
    if not its:
        yield "an account's file"
    if not (root / "tests" / "carriers" / f"test_{name}.py").is_file():
        yield "its tests"
    if not any("rehearsal" in told for told in its) and not _has_dialect(name, root):
        yield "a dialect in the simulator, or a table [rehearsal]"
    if not callable(getattr(module, "build", None)):
        yield "build()"
    if not getattr(module, "codes", dict)():
        yield "codes()"


def _has_dialect(name: str, root: Path) -> bool:
    folder = root / "outreach" / "simulator"
    paths = (folder / f"{name}.py", folder / name / "__init__.py")
    return any(path.is_file() and "DIALECT" in path.read_text("utf-8") for path in paths)


def lies(made: Adapter, codes: Mapping[str, Outcome]) -> Iterator[str]:
    """What an adapter's capabilities say that its class does not do, or the other way about."""
    told = made.capabilities
    if (told.list_most > 1) is not isinstance(made, Lists):
        yield f"list_most is {told.list_most}"
    if not 1 <= told.list_least <= told.list_most:
        yield f"list_least is {told.list_least}"
    for way, kind in ((ReceiptWay.PUSHED, Pushed), (ReceiptWay.PULLED, Pulled)):
        if (told.receipts is way) is not isinstance(made, kind):
            yield f"receipts are {told.receipts}, {kind.__name__}: {isinstance(made, kind)}"
    if told.receipts is ReceiptWay.ASKED and not isinstance(made, Asked):
        yield "receipts are asked for, and nobody can ask"
    knows = any(isinstance(outcome, Duplicate) for outcome in codes.values())
    if told.duplicate_window and not knows:
        yield "a repeated key is refused, and no code says so"


@pytest.fixture(scope="module")
def environ() -> Mapping[str, str]:
    """The variables that all accounts' files name, for a rehearsal."""
    return variables(ROOT / "config", "http://127.0.0.1:1", {"smpp": "smpp://127.0.0.1:1"})


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_has_all_its_files(name: str) -> None:
    if not (ROOT / "outreach" / "simulator").is_dir():
        pytest.skip("this checkout has no simulator")
    assert list(lacks(name, dialect(name), ROOT)) == []


def test_an_adapter_without_its_files_is_noticed(tmp_path: Path) -> None:
    found = list(lacks("acme", ModuleType("acme"), tmp_path))
    assert found == [
        "an account's file",
        "its tests",
        "a dialect in the simulator, or a table [rehearsal]",
        "build()",
        "codes()",
    ]
    (tmp_path / "config" / "accounts").mkdir(parents=True)
    told = '[account]\nadapter = "acme"\n[rehearsal]\n'
    (tmp_path / "config" / "accounts" / "x.toml").write_text(told)
    assert list(lacks("acme", ModuleType("acme"), tmp_path)) == [found[1], *found[3:]]


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_passes_the_contract(name: str) -> None:
    tests = importlib.import_module(f"{PACKAGE}.test_{name}")
    suites = [kind for _, kind in inspect.getmembers(tests, inspect.isclass)]
    assert name in {kind.of for kind in suites if issubclass(kind, contract.Suite)}


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_can_what_it_says(name: str, environ: Mapping[str, str]) -> None:
    paths = (ROOT / "config" / "accounts").glob("*.toml")
    accounts = [read_account(path, environ) for path in paths]
    for account in accounts:
        if account.adapter == name:
            made = adapter(account, contract.ports_of(DIALECT))
            assert list(lies(made, dialect(name).codes())) == []
            assert made.capabilities.channel is account.channel


class _Silent:
    """An adapter that can nothing beyond sending."""

    def __init__(self, **told: Any) -> None:
        plain = Capabilities(Channel.SMS, ReceiptWay.ABSENT, receipts_carry_key=False)
        self.capabilities = replace(plain, **told)

    async def submit(self, _: Submission) -> Outcome:
        return Accepted()


class _Caller(_Silent):
    def receipts(self, _: object) -> list[Receipt]:
        return []


class _Asking(_Silent):
    async def status(self, _: Question) -> list[Receipt]:
        return []


@pytest.mark.parametrize(
    "liar",
    [
        _Silent(list_most=2),
        _Silent(list_least=2),
        _Silent(receipts=ReceiptWay.PUSHED),
        _Silent(receipts=ReceiptWay.PULLED),
        _Silent(receipts=ReceiptWay.ASKED),
        _Silent(duplicate_window=timedelta(hours=1)),
        _Caller(),
    ],
)
def test_a_lie_is_noticed(liar: _Silent) -> None:
    assert len(list(lies(liar, {"0": Accepted()}))) == 1


@pytest.mark.parametrize(
    "honest",
    [
        _Silent(),
        _Caller(receipts=ReceiptWay.PUSHED),
        _Asking(receipts=ReceiptWay.ASKED),
        _Asking(),
        _Silent(duplicate_window=timedelta(hours=1)),
    ],
)
def test_the_truth_is_let_be(honest: _Silent) -> None:
    assert list(lies(honest, {"0": Accepted(), "7": Duplicate()})) == []


_NAMED = re.compile(r"^\s*(?:from|import) outreach\.carriers\.(\w+)", re.MULTILINE)


def named_in(folder: Path) -> set[str]:
    """The adapters that modules of a folder import by name, beside those that are adapters."""
    files = (path for path in folder.rglob("*.py") if path.parts[-2] not in {"carriers", *NAMES})
    found = {name for path in files for name in _NAMED.findall(path.read_text("utf-8"))}
    return found & {*NAMES}


def test_nobody_but_the_registry_knows_a_carrier(tmp_path: Path) -> None:
    assert named_in(ROOT / "outreach") == set()
    (tmp_path / "breach.py").write_text("    from outreach.carriers.esms import Esms\n")
    assert named_in(tmp_path) == {"esms"}


def test_an_unknown_adapter_names_the_file_and_the_known_ones() -> None:
    ports = contract.ports_of(DIALECT)
    known = ", ".join(NAMES)
    with pytest.raises(BadInputError, match=rf"esms\.toml.*'acm'.*{known}"):
        adapter(replace(DIALECT.account, adapter="acm"), ports)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_option_names_itself(name: str) -> None:
    bare = replace(DIALECT.account, name="sim", adapter=name, options={})
    with pytest.raises(BadInputError, match=r"sim\.toml: '\w+' is missing"):
        adapter(bare, contract.ports_of(DIALECT))
