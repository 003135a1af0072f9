"""`outreach carrier new`: the three files of a carrier, working as they are."""

import keyword
import re
from pathlib import Path
from typing import Annotated

import jinja2
import typer

from outreach.cli.checkout import checkout
from outreach.cli.options import Json, options
from outreach.cli.output import console
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.network import Channel

EPILOG = "Example: outreach carrier new acme --channel sms"

_TEMPLATES = Path(__file__).parent / "carrier_files"
_FILES = {
    "adapter.py.j2": "outreach/carriers/{name}.py",
    "account.toml.j2": "config/accounts/{name}.toml",
    "test.py.j2": "tests/carriers/test_{name}.py",
}
_NAME = re.compile("[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST = 20
_NEXT = (
    (
        "run `.venv/bin/pytest -n0 tests/carriers/test_{name}.py`: it passes as it is",
        "chạy `.venv/bin/pytest -n0 tests/carriers/test_{name}.py`: đạt ngay từ đầu",
    ),
    (
        "play it: `outreach simulator` knows {name} from its account's file",
        "diễn tập: `outreach simulator` biết {name} qua tệp tài khoản",
    ),
    (
        "look for `To do` in {adapter}: request, codes, receipts; change the test first",
        "tìm `To do` trong {adapter}: yêu cầu, mã, biên nhận; sửa kiểm thử trước",
    ),
    (
        "look for `to do` in {account}: networks, limits, price, options, [rehearsal]",
        "tìm `to do` trong {account}: mạng, hạn mức, giá, tùy chọn, [rehearsal]",
    ),
    (
        "run `outreach carrier table --write` and `make check`",
        "chạy `outreach carrier table --write` và `make check`",
    ),
    (
        "with the contract: set OUTREACH_{upper}_URL and OUTREACH_{upper}_API_KEY",
        "khi có hợp đồng: đặt OUTREACH_{upper}_URL và OUTREACH_{upper}_API_KEY",
    ),
    (
        "then `outreach carrier check {name}`; docs/ADDING_A_CARRIER.md tells the rest",
        "rồi `outreach carrier check {name}`; xem tiếp docs/ADDING_A_CARRIER.md",
    ),
)


def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits and _; a module's name.")],
    channel: Annotated[str, typer.Option(help="sms or zalo.")] = "sms",
    as_json: Json = False,
) -> None:
    """Write the three files of a new carrier into this checkout: adapter, account, tests.

    They work as they are, on a made-up protocol: change them step by step into the real one.
    JSON: files, next.
    """
    root = checkout()
    files = _written(root, _checked(name), _channel(channel))
    places = {"name": name, "upper": name.upper(), "adapter": files[0], "account": files[1]}
    steps = [step[options(ctx).lang is Lang.VI].format(**places) for step in _NEXT]
    if as_json:
        emit({"files": files, "next": steps})
        return
    out = console()
    for file in files:
        out.print(f"+ {file}", style="green")
    for n, step in enumerate(steps, 1):
        out.print(f"{n}. {step}", soft_wrap=True)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or not 2 <= len(name) <= _LONGEST or keyword.iskeyword(name):
        raise BadInputError(
            f"carrier name {name[:64]!r}: expected 2 to {_LONGEST} small letters, digits and single"
            " underscores, a letter first, no word of Python's: it names a module, such as acme"
        )
    return name


def _channel(told: str) -> Channel:
    known = {channel.name.lower(): channel for channel in Channel}
    if told not in known:
        raise BadInputError(f"--channel is {told[:64]!r}; expected one of {', '.join(known)}")
    return known[told]


def _written(root: Path, name: str, channel: Channel) -> list[str]:
    files = {template: path.format(name=name) for template, path in _FILES.items()}
    taken = [root / path for path in files.values()]
    taken += [root / path / name for path in ("outreach/carriers", "outreach/simulator")]
    taken.append(root / "outreach" / "simulator" / f"{name}.py")
    for each in taken:
        if each.exists():
            raise NotAllowedError(
                f"{each.relative_to(root)} exists already: nothing is written;"
                " choose another name, or remove it first"
            )
    made = {path: _rendered(template, name, channel) for template, path in files.items()}
    for path, text in made.items():
        (root / path).write_text(text, encoding="utf-8")
    return list(made)


def _rendered(template: str, name: str, channel: Channel) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python and TOML, not HTML; every value is checked
    )
    title = " ".join(part.capitalize() for part in name.split("_"))
    zalo = channel is Channel.ZALO
    return environment.get_template(template).render(
        name=name,
        title=title,
        kind_name=title.replace(" ", ""),
        channel=channel.name.lower(),
        zalo=zalo,
        kind="Template" if zalo else "Text",
    )
