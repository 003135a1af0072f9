"""What an operator may say of a file of people, wherever one is given."""

from typing import Annotated

import typer

from outreach.domain.errors import BadInputError

Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=COLUMN",
        help="What a column is, by title, letter or number: phone=C, full_name='Ông/Bà'.",
    ),
]
Header = Annotated[
    int | None, typer.Option("--header", min=0, help="The line of the header; 0: there is none.")
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="Of a workbook: the sheet's name, or number from 1.")
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", help="Of a text file: utf-8, utf-16, cp1258, tcvn3, vni."),
]


def roles(told: list[str] | None) -> dict[str, str]:
    """What is said of columns: role to column."""
    found: dict[str, str] = {}
    for each in told or ():
        role, sign, column = each.partition("=")
        if not (role.strip() and sign and column.strip()) or role.strip() in found:
            raise BadInputError(
                f"--column '{each}': expected a role and its column, each role once,"
                " such as phone=C or full_name='Họ và tên'"
            )
        found[role.strip()] = column.strip()
    return found
