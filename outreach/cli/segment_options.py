"""The options that say who gets it, shared by the commands that save it or use it at once."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from outreach.campaigns.matching import answer
from outreach.campaigns.segments import Definition, band, network_title, pair, sex
from outreach.domain.errors import BadInputError

_Many = list[str] | None
_Audiences = Annotated[_Many, typer.Option("--audience", help="Whose people are chosen from.")]
_Minus = Annotated[_Many, typer.Option("--minus", help="An audience whose numbers are taken off.")]
_MinusSuppressed = Annotated[
    bool, typer.Option("--minus-suppressed", help="Without numbers no campaign may write to.")
]
_Districts = Annotated[_Many, typer.Option("--district", help="'Quận 1', q1: any of those given.")]
_Wards = Annotated[_Many, typer.Option("--ward", help="'Phường 12', p12: any of those given.")]
_Networks = Annotated[
    _Many, typer.Option("--network", help="By the best knowledge: learned, declared, prefix.")
]
_Age = Annotated[
    str | None, typer.Option("--age", help="Such as 60-79, by the day of birth, today.")
]
_Genders = Annotated[_Many, typer.Option("--gender", help="nam or nữ.")]
_Smartphone = Annotated[str | None, typer.Option("--smartphone", help="yes or no, as declared.")]
_Installed = Annotated[str | None, typer.Option("--installed", help="yes or no, as declared.")]
_Fields = Annotated[
    _Many, typer.Option("--field", metavar="NAME=VALUE", help="Another column's value.")
]


def defining(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that define in place of its parameter `told`."""
    asked = signature(_defined).parameters

    @wraps(command)
    def with_options(**given: Any) -> None:  # noqa: ANN401 - whatever typer read
        told = _defined(**{name: given.pop(name) for name in asked})
        command(told=told, **given)

    own = signature(command)
    parameters: list[Parameter] = []
    for each in own.parameters.values():
        parameters += asked.values() if each.name == "told" else [each]
    with_options.__dict__["__signature__"] = own.replace(parameters=parameters)
    return with_options


def _defined(
    *,
    audience: _Audiences = None,
    minus: _Minus = None,
    minus_suppressed: _MinusSuppressed = False,
    district: _Districts = None,
    ward: _Wards = None,
    network: _Networks = None,
    age: _Age = None,
    gender: _Genders = None,
    smartphone: _Smartphone = None,
    installed: _Installed = None,
    field: _Fields = None,
) -> Definition:
    """Read the options that define; BadInputError names the one that is not right."""
    return Definition(
        audiences=tuple(audience or ()),
        minus=tuple(minus or ()),
        minus_suppressed=minus_suppressed,
        districts=tuple(district or ()),
        wards=tuple(ward or ()),
        networks=tuple(map(network_title, network or ())),
        ages=None if age is None else band(age),
        genders=tuple(map(sex, gender or ())),
        smartphone=_answer("--smartphone", smartphone),
        installed=_answer("--installed", installed),
        fields=tuple(map(pair, field or ())),
    )


def _answer(option: str, told: str | None) -> bool | None:
    found = None if told is None else answer(told)
    if told is not None and found is None:
        raise BadInputError(f"{option} '{told}': expected yes or no")
    return found
