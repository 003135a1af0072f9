"""What stands in docker-compose.yml, in config/prometheus and config/grafana, and in the guide."""

import argparse
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from outreach.cli.app import COMMANDS, app
from workers import __main__ as worker_door

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config"
VARIABLE = re.compile(r"\$\{(\w+)(?P<how>:[-?])(?P<told>[^}]*)\}")
"""What compose takes from the environment: with a default, or with words for who left it out."""

FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: its for name, its in SERVICES.items() if "build" in its}
PROMETHEUS: dict[str, Any] = yaml.safe_load((CONFIG / "prometheus/prometheus.yml").read_text())
JOBS = {job["job_name"]: job["dns_sd_configs"][0] for job in PROMETHEUS["scrape_configs"]}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def filled(value: object, given: Mapping[str, str]) -> str:
    """A value as compose fills it in; KeyError for a variable that is required and not given."""

    def one(found: re.Match[str]) -> str:
        told = given.get(found[1], "")
        if not told and found["how"] == ":?":
            raise KeyError(found[1])
        return told or found["told"]

    return VARIABLE.sub(one, str(value))


def variables() -> dict[str, str | None]:
    """Every variable that compose takes, and its default; None where it is required."""
    found: dict[str, str | None] = {}
    for each in _texts(FILE):
        for told in VARIABLE.finditer(each):
            found[told[1]] = told["told"] if told["how"] == ":-" else None
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


GIVEN = {
    **{name: f"https://given.invalid/{name.lower()}" for name in variables()},
    "OUTREACH_REDIS_URL": "redis://:given@redis:6379/0",
}
"""Something for every variable that compose takes."""


def environment(service: str, given: Mapping[str, str]) -> dict[str, str]:
    """What a service of ours finds in its environment."""
    told = SERVICES[service]["environment"]
    return {name: filled(value, given) for name, value in told.items()}


def with_every_account(folder: Path) -> Path:
    """Copy the settings as delivered into a folder, with every account enabled."""
    config = folder / "config"
    shutil.copytree(CONFIG, config)
    for path in (config / "accounts").glob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace("enabled = false\n", ""))
    return config


def command(service: str) -> list[str]:
    """What a service runs."""
    its = SERVICES[service]
    return [*its.get("entrypoint", []), *map(str, its.get("command", []))]


def worker_arguments(service: str) -> argparse.Namespace:
    """The arguments of a service that is a worker, read by the workers' own parser."""
    python, flag, module, *rest = command(service)
    assert (python, flag, module) == ("python", "-m", "workers")
    return worker_door._parser().parse_args(rest)


def is_worker(service: str) -> bool:
    """Whether a service fills posts."""
    return command(service)[:4] == ["python", "-m", "workers", "run"]


def outreach_arguments(words: list[str]) -> dict[str, Any]:
    """The parameters of `outreach …`, read by the command's own parser; it raises as it would."""
    assert words[0] == "outreach"
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    words = words[1:]
    while words and words[0] in {"--lang", "--config"}:
        words = words[2:]
    assert words[0] in COMMANDS, f"no command is called {words[0]}"
    found = root.get_command(None, words[0])  # type: ignore[arg-type]
    name, words = words[0], words[1:]
    if isinstance(found, TyperGroup):
        assert words[0] in found.commands, f"outreach {name} has no {words[0]}"
        name, found, words = words[0], found.commands[words[0]], words[1:]
    assert isinstance(found, TyperCommand)
    return found.make_context(name, words).params


def megabytes(told: str) -> int:
    """640 of "640M", 4096 of "4G"."""
    return int(told[:-1]) * {"M": 1, "G": 1024}[told[-1]]


def seconds(told: str) -> int:
    """90 of "90s"."""
    assert told.endswith("s")
    return int(told[:-1])


def headings() -> set[str]:
    """The headings of the guide, as links name them."""
    found = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in found}


def told_commands() -> list[list[str]]:
    """Every command of the guide, from its blocks and from its lines, word by word."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`((?:outreach|python -m|docker compose) [^`]+)`", GUIDE)
    return [words for line in lines for words in _split(line) if words]


def _split(line: str) -> Iterator[list[str]]:
    """The commands of one line; what a file has to do with them is left out."""
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    words: list[str] = []
    for word in reader:
        if word in {"|", "&&"}:
            yield words
            words = []
        elif word in {"<", ">", ">>"}:
            next(reader)
        else:
            words.append(word)
    yield words
