"""Every command: JSON, an example, a sentence; and none without a place in the root."""

import importlib
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

import outreach.cli
from outreach.cli.app import COMMANDS, app
from outreach.cli.checks import Grade
from outreach.cli.faults import _KINDS
from outreach.cli.words import _CATALOGUE, Lang, words
from outreach.domain.campaign import CampaignState


def _leaves() -> Iterator[tuple[str, TyperCommand]]:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    for name in COMMANDS:
        command = root.get_command(None, name)  # type: ignore[arg-type]
        if isinstance(command, TyperGroup):
            for sub, leaf in command.commands.items():
                assert isinstance(leaf, TyperCommand)
                yield f"{name} {sub}", leaf
        else:
            assert isinstance(command, TyperCommand)
            yield name, command


LEAVES = dict(_leaves())


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_speaks_json_and_teaches_by_example(path: str) -> None:
    leaf = LEAVES[path]
    told = " ".join((leaf.help or "").split())
    assert any("--json" in parameter.opts for parameter in leaf.params)
    assert f"Example: outreach {path}" in (leaf.epilog or "")
    assert "JSON" in told, "the names in the JSON are documented"
    assert told.partition(". ")[0], "a first sentence"


@pytest.mark.parametrize("path", LEAVES)
def test_help_renders(path: str) -> None:
    result = CliRunner().invoke(app, [*path.split(), "--help"], prog_name="outreach")
    assert result.exit_code == 0, result.output
    assert "Example: outreach" in result.output


def test_no_command_of_the_contract_is_missing() -> None:
    told = """doctor; db upgrade|copy|new-secret; user add; audience import|list|show;
        suppression import;
        number parse; text measure; template list|preview|lint;
        campaign create|preflight|submit|approve|start|pause|resume|cancel|edit|status|list|results;
        campaign resend|history|amend|compare|exclusions; run; serve; simulator;
        report monthly|ledger|issue|editions|export|verify|schema|remind;
        statement import|add|show|list|template|close|reopen; coverage import|show|template;
        order draft|show|list|submit|approve|issue|confirm|sent|cancel; pause; resume;
        registration import|show|list|forget;
        suppression add|list|show|undo; segment save|list|show|delete; audience derive;
        number show; campaign message"""
    wanted = set()
    for each in told.split(";"):
        name, _, subs = each.strip().partition(" ")
        wanted |= {f"{name} {sub}".strip() for sub in subs.split("|")}
    assert wanted <= set(LEAVES)


def test_every_file_with_commands_is_registered() -> None:
    folder = Path(outreach.cli.__file__).parent
    modules = {path.stem for path in folder.glob("[a-z]*.py")} - {"app"}
    found = {n for n in modules if hasattr(importlib.import_module(f"outreach.cli.{n}"), "app")}
    assert found == set(COMMANDS)


def test_the_root_lists_exit_codes_and_commands() -> None:
    result = CliRunner().invoke(app, ["--help"], prog_name="outreach")
    for code in ("0 ", "1 ", "2 ", "3 ", "130", "141"):
        assert f"\n    {code}" in result.output
    assert all(f"\n  {name} " in result.output for name in COMMANDS)


def test_every_state_grade_and_kind_has_words() -> None:
    kinds = {kind for kind, _ in _KINDS.values()} | {"usage", "database", "fault"}
    assert {*CampaignState, *Grade, *kinds} <= _CATALOGUE.keys()


def test_both_languages_fill_in_the_same_values() -> None:
    for key, texts in _CATALOGUE.items():
        fields = [{part[1] for part in string.Formatter().parse(text)} - {None} for text in texts]
        assert fields[0] == fields[1], key
    assert words(Lang.VI)("spent", cost="5 đ") == "Chi phí đến nay: 5 đ"
