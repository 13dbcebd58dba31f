"""``modelspec explain``."""

from typing import Annotated

import typer

from modelspec_cli.formats import Format


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="A code such as MS406; all if omitted.")
    ] = None,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="For people, or for programs.")
    ] = Format.TEXT,
) -> None:
    """Say what a code means, and how to put it right.

    [bold]Examples[/bold]

    modelspec explain MS406

    modelspec explain
    """
    from modelspec_cli.commands.explaining import UnknownCodeError, run  # noqa: PLC0415  # long

    try:
        run(code, output)
    except UnknownCodeError as error:
        raise typer.BadParameter(str(error), param_hint="CODE") from None
