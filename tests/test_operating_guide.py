"""docs/operating.md tells commands, services and files that exist, and answers every alert."""

import re
from textwrap import dedent

import pytest
import yaml

from tests.deployment import CONFIG, FILE, GUIDE, ROOT, SERVICES, outreach_arguments, told_commands
from workers import __main__ as worker_door

COMMANDS = told_commands()
NOT_OURS = {
    "chmod", "cp", "docker", "export", "mv", "pg_test_fsync", "python", "timedatectl",
}  # fmt: skip
"""What else the guide types; `docker` and `python` are looked at closer."""
TAKES_SERVICES = {"up", "stop", "restart", "rm", "logs", "ps", "exec", "run"}


def _after_compose(words: list[str]) -> list[str]:
    return words[2:] if words[:2] == ["docker", "compose"] else []


def _services(words: list[str]) -> list[str]:
    """The services that a `docker compose` command names."""
    what, *rest = words
    valued = {"-u", "-v", "--entrypoint", "--since"}
    found = []
    while rest:
        word = rest.pop(0)
        if word == "--scale":
            found.append(rest.pop(0).partition("=")[0])
        elif word in valued:
            rest.pop(0)
        elif not word.startswith("-"):
            found.append(word)
            if what in {"exec", "run"}:
                break
    return found


def _of_the_cli(words: list[str]) -> list[str] | None:
    """What follows the service `cli` of a `docker compose run`."""
    if words[:1] == ["run"] and "cli" in words:
        return words[words.index("cli") + 1 :]
    return None


def test_there_is_something_to_look_at() -> None:
    assert len(COMMANDS) > 40
    assert sum(_of_the_cli(_after_compose(words)) is not None for words in COMMANDS) > 15


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_exists(words: list[str]) -> None:
    compose = _after_compose(words)
    if words[0] == "outreach":
        outreach_arguments(words)
    elif words[:3] == ["python", "-m", "workers"]:
        worker_door._parser().parse_args(words[3:])
    elif compose and compose[0] in TAKES_SERVICES:
        assert set(_services(compose)) <= SERVICES.keys()
        ours = _of_the_cli(compose)
        if ours is not None and "--help" not in ours:
            outreach_arguments(["outreach", *ours])
    elif compose:
        assert compose == ["build"]
    elif words[:2] == ["docker", "build"]:
        assert words[2:] == ["--tag", SERVICES["web"]["image"], SERVICES["web"]["build"]]
    elif words[:3] == ["docker", "run", "--rm"]:
        assert words[3] == SERVICES["web"]["image"]
        outreach_arguments(words[4:])
    else:
        assert words[0] in NOT_OURS


def test_what_it_puts_beside_the_compose_file_fits_that() -> None:
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
    told = [yaml.safe_load(dedent(block)) for block in blocks]
    services = [pair for each in told for pair in each.get("services", {}).items()]
    assert {name for name, _ in services} == {"worker-send", "web", "postgres", "redis"}
    for name, its in services:
        assert set(its.get("networks", [])) <= FILE["networks"].keys()
        ours = SERVICES[name].get("command", [])
        assert its.get("command", ours)[: len(ours)] == ours, "it takes the place of the whole"
    for each in told:
        assert each.get("volumes", {}).keys() <= FILE["volumes"].keys()


def test_every_alert_is_answered() -> None:
    rules = yaml.safe_load((CONFIG / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    assert set(re.findall(r"^\*(\w+)\.\*", GUIDE, re.MULTILINE)) == names


def test_it_says_what_to_do_when() -> None:
    for heading in (
        "A carrier is down",
        "Redis is lost",
        "The disk is full",
        "PostgreSQL is lost",
        "A month must be corrected",
        "A worker eats memory",
        "Clocks differ",
        "A token must be authorised anew",
        "Receipts are not settled",
    ):
        assert f"\n### {heading}\n" in GUIDE
    for heading in ("Sizing", "Back up", "Restore", "Upgrade", "Add or change an account"):
        assert f"\n## {heading}\n" in GUIDE


def test_what_it_stops_before_an_upgrade_is_all_that_works_on_the_database() -> None:
    [line] = re.findall(r"Stop beat and the workers: `docker compose stop ([^`]+)`", GUIDE)
    told = GUIDE.partition("\n## Upgrade\n")[2]
    assert told.index(line) < told.index("Take a copy") < told.index("docker compose build")
    ours = {name for name, its in SERVICES.items() if "build" in its}
    assert set(line.split()) == ours - {"web", "cli", "migrate"}


def test_nothing_asks_compose_before_its_variables_are_given() -> None:
    """Compose refuses every command, `build` too, while a variable that it requires is empty."""
    filled_in = next(n for n, words in enumerate(COMMANDS) if words[0] == "cp")
    assert not any(_after_compose(words) for words in COMMANDS[:filled_in])
    assert any("--new-secrets" in words for words in COMMANDS[:filled_in])


def test_after_a_change_of_an_account_all_that_read_it_begin_anew() -> None:
    [line] = re.findall(r"^4\. (`docker compose up -d --force-recreate .+)$", GUIDE, re.MULTILINE)
    ours = {name for name, its in SERVICES.items() if "build" in its}
    assert {name for name in ours if re.search(rf"\b{name}\b", line)} == ours - {"cli", "migrate"}


def test_what_it_links_and_names_is_there() -> None:
    for name in re.findall(r"\]\(([\w./-]+)\)", GUIDE):
        assert (ROOT / "docs" / name).exists(), name
    for name in re.findall(r"`(config/[\w./-]+|docker-compose\.yml|\.env\.example)`", GUIDE):
        assert (ROOT / name).exists(), name
    told = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in set(re.findall(r"`(OUTREACH_\w+|GRAFANA_\w+)`", GUIDE)):
        assert name in told, name
