"""`outreach number show`: what is known of a number's network, from where and since when."""

from typing import Annotated

import typer

from outreach.cli.options import Json

EPILOG = "Example: outreach number show 0325550101 --audience quan-1"


def show(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The phone number, in any spelling.")],
    audience: Annotated[str, typer.Option(help="Name or number of the audience that has it.")],
    unmask: Annotated[
        bool, typer.Option("--unmask", help="The whole number: admins only.")
    ] = False,
    why: Annotated[str | None, typer.Option(help="Why the whole number is needed.")] = None,
    as_json: Json = False,
) -> None:
    """Show a number's network by prefix, as declared, as learned, and which of them is taken.

    The audience is read to find the number.
    JSON: number (masked without --unmask), audience, prefix (network, from: the block's operator,
    at: the import, sure, since), declared (network, from: the audience's file, at), learned
    (network, from: the account, at), the latter two null if unknown, and taken.
    """
    # The database is brought by this command alone: `number parse` starts fast.
    from outreach.cli.number_facts import answer  # noqa: PLC0415

    answer(ctx, number, audience, why if unmask else None, unmask=unmask, as_json=as_json)
