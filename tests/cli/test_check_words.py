"""What doctor and carrier check say has its words in Vietnamese, all of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import outreach.cli
from outreach.cli import check_words
from outreach.cli.check_words import in_vietnamese
from outreach.cli.checks import Check, Grade
from tests.cli.shell import Shell

_TELLS = {"Check": slice(0, 4, 1), "_either": slice(0, 3, 1)}
_FACTS = {"", "{}", "{}:{}", "{}: {}", "{}, {}", "{} {}"}
"""What has no words of its own."""


def _template(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(told)):
            yield told
        case ast.JoinedStr(values=values):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in values)
        case ast.IfExp(body=one, orelse=other):
            yield from (*_template(one), *_template(other))
        case ast.Tuple(elts=several) | ast.Dict(values=several):
            for each in several:
                yield from _template(each)
        case _:
            pass


def _sentences() -> Iterator[str]:
    for name in ("checks", "carrier_check"):
        source = Path(outreach.cli.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for given in node.args[_TELLS.get(node.func.id, slice(0))]:
                    yield from _template(given)
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {
                "told",
                "to_do",
                "_UNCALLED",
                "_UNKNOWN",
                "(grade, told)",
            }:
                yield from _template(node.value)


def test_every_sentence_has_its_vietnamese() -> None:
    told = set(_sentences()) - _FACTS
    assert len(told) > 60, "the sentences are found"
    known = {*check_words._WORDS, *check_words._NAMES}
    assert {each for each in told if each not in known} == set()


@pytest.mark.parametrize("command", [("doctor",), ("carrier", "check", "vnpt")])
def test_the_screen_is_vietnamese_and_the_json_english(
    shell: Shell, command: tuple[str, ...]
) -> None:
    shell.people()
    checks = shell(*command, "--json").json["checks"]
    said = shell("--lang", "vi", *command).out
    assert "Mục" in said
    told = [check["to_do"] for check in checks if check["to_do"]]
    assert told
    assert not [each for each in told if each in said]


def test_a_carriers_own_words_stay() -> None:
    told = in_vietnamese(Check("contract", Grade.ERROR, "GetBalance: 101 sai khóa", ""))
    assert told == Check("hợp đồng", Grade.ERROR, "GetBalance: 101 sai khóa", "")
