"""The image holds what the code needs, nothing else, and runs as nobody."""

import re
import tomllib
from fnmatch import fnmatch

from tests.deployment import DOCKERFILE, ROOT


def test_the_image_is_small_and_nobodys() -> None:
    last = DOCKERFILE.split("\nFROM")[-1]
    assert "constraints.txt" in DOCKERFILE
    assert re.search(r"^USER [1-9]\d+$", last, re.MULTILINE)
    for word in ("apt-get", "gcc", "COPY", "ADD", "ARG", "SECRET", "TOKEN"):
        assert word not in last, word
    wanted = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'requires-python = ">=3.11"' in wanted
    assert "python:3.11" in last
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    assert "*" in ignored
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {each for line in copied for each in line.split()} == {
        each.removeprefix("!") for each in ignored if each.startswith("!")
    }


def test_every_file_beside_the_code_comes_into_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    told = project["tool"]["setuptools"]["package-data"]["outreach"]
    package = ROOT / "outreach"
    for path in package.rglob("*"):
        if path.is_file() and path.suffix not in {".py", ".pyc"}:
            name = str(path.relative_to(package))
            assert any(fnmatch(name, each) for each in told), f"{name} would be left out"
