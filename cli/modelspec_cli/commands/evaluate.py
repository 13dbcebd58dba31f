"""``modelspec eval``: what it takes; what it does is imported when it runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from modelspec_cli.commands.errors import OptionError


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


def evaluate(
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="The expression.")],
    row: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="The raw features of one row, as a JSON object."),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Many rows: one JSON object a line; - reads stdin."),
    ] = None,
    types: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=TYPE,…",
            help="Types of features: bool, int64, float64, string, timestamp, list<int64>,"
            " list<float64>, list<string>. Others are inferred from the rows.",
        ),
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Fitted parameters: YAML or JSON, a list as in spec.preprocessing.parameters.",
        ),
    ] = None,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="For people, or for programs.")
    ] = Format.TEXT,
) -> None:
    """Check an expression, and compute it for rows.

    Shows the canonical text, the type, the cost and the value, computed
    both by the executor for rows and by the one for columns. Every feature
    may be null, as in a ModelSpec one that is neither required nor has a
    default.

    [bold]Examples[/bold]

    modelspec eval '1 / 3'

    modelspec eval 'log1p(amount)' --row '{"amount": 12.5}'

    modelspec eval 'hour(at)' --types at=timestamp --rows rows.jsonl

    modelspec eval 'affine(x, p)' --types x=int64 --parameters p.yaml -o json

    An expression that begins with a minus comes last, after two of them:

    modelspec eval --row '{"x": 1}' -- '-x'

    Exits with 1 if the expression is not valid, with 2 if an option is not.
    """
    from modelspec_cli.commands.evaluation import run  # noqa: PLC0415  # numpy: half of the start-up

    as_json = output is Format.JSON
    try:
        code = run(expression, row, rows, types, parameters, as_json=as_json)
    except OptionError as error:
        raise typer.BadParameter(str(error), param_hint=error.option) from None
    raise typer.Exit(code)
