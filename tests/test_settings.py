"""Settings of number blocks and of billing: what is read, and what is refused in which words."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from outreach import settings
from outreach.cli.town import environment
from outreach.domain.errors import BadInputError
from outreach.domain.network import Network, PrefixTable
from outreach.domain.text import STANDARD, Steps

ROOT = Path(__file__).parent.parent
BLOCKS = """
[[block]]
network = "MobiFone"
prefixes = ["090", "0777"]
note = "as it is"

[[block]]
network = "MobiFone"
operator = "A Guest"
prefixes = ["0901"]
since = 2024-01-01
until = 2024-12-31
sure = false

[[block]]
network = "VinaPhone"
prefixes = ["0901"]
since = 2025-01-01
"""


def read(folder: Path, blocks: str, on: date | None = None) -> PrefixTable:
    path = folder / "networks.toml"
    path.write_text(blocks)
    return settings.prefixes(path, on)


def test_blocks_may_stand_in_any_order(tmp_path: Path) -> None:
    turned = "[[block]]".join(["", *reversed(BLOCKS.split("[[block]]")[1:])])
    block = read(tmp_path, turned, date(2024, 5, 1)).block("84901000123")
    assert block is not None
    assert block.seller == "A Guest"


@pytest.mark.parametrize(
    ("on", "seller", "network", "sure"),
    [
        (date(2023, 12, 31), "MobiFone", Network.MOBIFONE, True),
        (date(2024, 1, 1), "A Guest", Network.MOBIFONE, False),
        (date(2024, 12, 31), "A Guest", Network.MOBIFONE, False),
        (date(2025, 1, 1), "VinaPhone", Network.VINAPHONE, True),
        (None, "VinaPhone", Network.VINAPHONE, True),
    ],
)
def test_blocks_hold_from_day_to_day(
    tmp_path: Path, on: date | None, seller: str, network: Network, *, sure: bool
) -> None:
    table = read(tmp_path, BLOCKS, on)
    block = table.block("84901000123")
    assert block is not None
    assert (block.seller, block.network, block.sure) == (seller, network, sure)
    assert table.network("84901000123") is network
    assert table.network("84900000123") is Network.MOBIFONE


GOOD = '[[block]]\nnetwork = "MobiFone"\nprefixes = ["090"]\n'


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ("", r"expected at least one \[\[block\]\]"),
        ("block = [7]", r"\[\[block\]\] 1: expected a table, not 7"),
        (GOOD + 'wrong = "x"', r"\[\[block\]\] 1 does not know wrong; it knows network, note"),
        (GOOD.replace("MobiFone", "Vinafone"), r"1: no network is called 'Vinafone'; known"),
        (GOOD.replace("MobiFone", "không rõ"), r"1: network is 'không rõ'; leave out"),
        ('[[block]]\nnetwork = "MobiFone"', r"1: prefixes is None; expected a list such as"),
        (GOOD.replace("090", "90"), r"1: prefix '90': expected 0 and two to nine digits"),
        (GOOD.replace("090", "0" + "9" * 10), r"expected 0 and two to nine digits"),
        (GOOD.replace('"090"', "90"), r"1: prefix 90: expected 0 and two to nine"),
        (GOOD.replace('"090"', '"090", "090"'), r"1: prefix 090 stands here twice"),
        (GOOD + 'sure = "no"', r"1: sure is 'no'; expected true or false"),
        (GOOD + "note = 7", r"1: note is 7; expected words in quotes"),
        (GOOD + 'since = "2018"', r"1: since is 2018; expected a day such as 2018-09-15"),
        (GOOD + "until = 2018-09-15T10:00:00", r"1: until is 2018-09-15 10:00:00; expected a day"),
        (GOOD + "since = 2020-01-02\nuntil = 2020-01-01", r"1: since 2020-01-02 is after until"),
        (
            GOOD + GOOD.replace("MobiFone", "Viettel"),
            r"2 \(Viettel\) claims 090, which \[\[block\]\] 1 \(MobiFone\) has at the same time",
        ),
        (BLOCKS.replace("2024-12-31", "2025-01-01"), r"3 \(VinaPhone\) claims 0901, .* 2 \(A G"),
    ],
)
def test_a_block_that_is_not_right_is_named(tmp_path: Path, blocks: str, told: str) -> None:
    with pytest.raises(BadInputError, match=rf"networks\.toml: .*{told}"):
        read(tmp_path, blocks)


def account(tmp_path: Path, name: str, text: str, more: str = "") -> settings.Account:
    """Load the shipped settings with [account.text] of one account replaced."""
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    path = config / "accounts" / f"{name}.toml"
    head, _, options = path.read_text().partition("[account.options]")
    head = head.partition("\n[account.text]")[0]
    path.write_text(f"{head}\n{more}\n{text}\n[account.options]{options}")
    environ = environment(
        "http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", ("k" * 20, "t" * 20)
    )
    return settings.load(config, environ).account(name)


def test_without_a_word_the_standard_holds(tmp_path: Path) -> None:
    found = account(tmp_path, "esms", "")
    assert found.steps == found.ad_steps == Steps((160, 306, 459), (70, 134, 201))
    assert found.max_bytes is None


def test_steps_go_up_to_max_parts(tmp_path: Path) -> None:
    found = account(tmp_path, "esms", "", "max_parts = 5")
    assert found.steps == STANDARD


def test_steps_of_an_account(tmp_path: Path) -> None:
    text = """
        [account.text]
        steps = [160, 306]
        steps_accented = [70, 134, 200]
        ad_steps = [122, 268, 421]
        max_bytes = 280
    """
    found = account(tmp_path, "esms", text)
    assert found.steps == Steps((160, 306), (70, 134, 200))
    assert found.ad_steps == Steps((122, 268, 421), (70, 134, 200))
    assert found.max_bytes == 280


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("esms", "steps = []", r"steps is \[\]; expected the units up to which"),
        ("esms", "steps = 160", r"steps is 160; expected the units"),
        ("esms", "steps = [160, 160]", r"steps is \[160, 160\]; expected .* rising"),
        ("esms", "ad_steps = [268, 122]", r"ad_steps is \[268, 122\]; expected .* rising"),
        ("esms", "ad_steps_accented = [0, 70]", r"ad_steps_accented is \[0, 70\]; expected"),
        ("esms", "steps_accented = [true, 70]", r"steps_accented is \[True, 70\]; expected"),
        ("esms", "steps = [160, 306.5]", r"steps is \[160, 306\.5\]; expected"),
        ("esms", "steps = [1, 2, 3, 4]", r"tells of 4 parts, but max_parts is 3; leave out"),
        ("esms", "max_bytes = 0", r"max_bytes is 0; expected a number above 0"),
        ("esms", 'max_bytes = "280"', r"max_bytes is '280'; expected a number above 0"),
        ("esms", "step = [160]", r"\[account\.text\] does not know step; it knows ad_steps, ad"),
        ("zalo", "steps = [160]", r"\[account\.text\] is for SMS; Zalo bills a message"),
    ],
)
def test_steps_that_are_not_right_are_named(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(BadInputError, match=rf"{name}\.toml: .*{told}"):
        account(tmp_path, name, f"[account.text]\n{text}")


def test_text_must_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"esms\.toml: text is 7; expected a table"):
        account(tmp_path, "esms", "", "text = 7")


def test_no_parts_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"esms\.toml: max_parts must be above 0"):
        account(tmp_path, "esms", "", "max_parts = 0")


def test_of_an_account_that_is_not_enabled_nothing_else_is_read(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('[account]\nenabled = false\noptions = { key = "env:NO" }\n')
    assert settings.account.read_accounts(tmp_path, {}) == []


def test_enabled_is_yes_or_no(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('[account]\nenabled = "no"\n')
    with pytest.raises(BadInputError, match=r"one\.toml: enabled is 'no'; expected true or false"):
        settings.account.read_accounts(tmp_path, {})


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("accounts/esms.toml", "enabled = false\n{}", "enabled"),
        ("accounts/esms.toml", "{}\n[acount.text]\nmax_bytes = 5", "acount"),
        ("accounts/vnpt.toml", "enable = true\n{}", "enable"),
        ("outreach.toml", "{}\n[engin]\nx = 1", "engin"),
        ("networks.toml", "{}\n[[blok]]\nx = 1", "blok"),
        ("reporting.toml", "{}\n[targets]\nx = 1", "targets"),
    ],
)
def test_what_stands_at_the_wrong_place_is_not_passed_over(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    """An account that is to be off would stay on."""
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    path = config / name
    path.write_text(text.replace("{}", path.read_text()))
    environ = environment(
        "http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", ("k" * 20, "t" * 20)
    )
    with pytest.raises(BadInputError, match=rf"{name} does not know {told}, or not at this place"):
        settings.load(config, environ)
