"""What a rehearsal takes from the accounts' files: carriers told by [rehearsal], and credentials.

Every `env:NAME` without a default is a credential; in a rehearsal it is `sim-` and the name without
OUTREACH_, in lower case with dashes, unless config/simulator.env says otherwise.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from outreach.simulator.numbers import TITLES
from outreach.simulator.plain import PlainConfig
from outreach.simulator.plain_wire import read_wire

_FROM_ENVIRONMENT = re.compile(r"env:([A-Z0-9_]+)(?::(.+))?")
_NETWORKS = {title: network for network, title in TITLES.items()}
_HOME, _LINE = "http://127.0.0.1:9900", "smpp://127.0.0.1:"
"""Where the simulator is when nobody says otherwise: defaults of base URLs begin like this."""


def plain_accounts(folder: Path) -> tuple[PlainConfig, ...]:
    """The carriers of config/accounts/ whose files have a table [rehearsal], enabled or not."""
    known = _exceptions(folder.parent)
    return tuple(_plain(path, told, known) for path, told in _files(folder) if "rehearsal" in told)


def variables(config: Path, url: str, lines: Mapping[str, str]) -> dict[str, str]:
    """The variables with which the accounts of config/ send to a simulator.

    `url` is its address, `lines` those of its carriers without HTTP, by account; one that is not
    told is where it listens on its fixed port: no address may be left that leads to a carrier.
    """
    found = credentials(config)
    for path, told in _files(config / "accounts"):
        for name, default in _named(told):
            if default is None:
                continue
            if default.startswith(_HOME):
                found[name] = url + default.removeprefix(_HOME)
            elif default.startswith(_LINE):
                adapter = str(_account(told).get("adapter"))
                found[name] = lines.get(path.stem) or lines.get(adapter) or default
    return found


def credentials(config: Path) -> dict[str, str]:
    """What a rehearsal takes for the accounts' credentials, by variable."""
    exceptions = _exceptions(config)
    return {
        name: exceptions.get(name) or rule(name)
        for _, told in _files(config / "accounts")
        for name, default in _named(told)
        if default is None
    }


def rule(name: str) -> str:
    """What a credential is in a rehearsal: OUTREACH_ACME_KEY is sim-acme-key."""
    return f"sim-{name.removeprefix('OUTREACH_').lower().replace('_', '-')}"


def _plain(path: Path, told: Mapping[str, object], exceptions: Mapping[str, str]) -> PlainConfig:
    where = f"{path}: [rehearsal]"
    block, account = told["rehearsal"], _account(told)
    if not isinstance(block, dict):
        raise ValueError(f"{where} is {block!r}; expected a table")  # noqa: TRY004 - bad input
    options = account.get("options", {})
    credentials = {
        name: _worth(value, exceptions)
        for name, value in (options.items() if isinstance(options, dict) else ())
        if isinstance(value, str)
    }
    wire = read_wire(block, where, credentials)
    if strange := wire.credentials.keys() - credentials.keys():
        raise ValueError(
            f"{where}, credentials: no option is called {', '.join(sorted(strange))};"
            f" [account.options] has {', '.join(credentials) or 'none'}"
        )
    networks = account.get("networks")
    titles = networks if isinstance(networks, list) else []
    return PlainConfig(
        name=path.stem,
        wire=wire,
        credentials=credentials,
        networks=frozenset(_NETWORKS[title] for title in titles if title in _NETWORKS),
        base=urlsplit(_worth(str(account.get("base_url", "")), exceptions)).path.rstrip("/"),
    )


def _worth(value: str, exceptions: Mapping[str, str]) -> str:
    """What a setting is in a rehearsal."""
    found = _FROM_ENVIRONMENT.fullmatch(value)
    if found is None:
        return value
    return found[2] or exceptions.get(found[1]) or rule(found[1])


def _files(folder: Path) -> Iterator[tuple[Path, Mapping[str, object]]]:
    for path in sorted(folder.glob("*.toml")):
        try:
            yield path, tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise ValueError(f"{path}: not valid TOML: {fault}") from None


def _account(told: Mapping[str, object]) -> Mapping[str, object]:
    found = told.get("account")
    return found if isinstance(found, dict) else {}


def _named(value: object) -> Iterator[tuple[str, str | None]]:
    """Every variable that a value names, with its default."""
    if isinstance(value, str):
        if (found := _FROM_ENVIRONMENT.fullmatch(value)) is not None:
            yield found[1], found[2]
    elif isinstance(value, dict):
        for each in value.values():
            yield from _named(each)


def _exceptions(config: Path) -> Mapping[str, str]:
    """What config/simulator.env says, a variable a line."""
    path = config / "simulator.env"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}
