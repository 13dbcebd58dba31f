"""``modelspec golden``: what it takes; what it does is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer


def golden(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle's folder.")],
    rows: Annotated[
        Path,
        typer.Option("--rows", metavar="FILE", help="Data: .jsonl, .csv or .parquet."),
    ],
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, max=10_000, help="How many rows to choose.")
    ] = 200,
) -> None:
    """Choose golden rows from data, and write them into a bundle.

    They cover what the logic can do: conditions true, false and null, every
    bin and code, each feature missing once and at its extremes, unknown
    categories. What each gives is what the bundle gives now: look at the
    change before you write rows for a model that was trained again.

    [bold]Examples[/bold]

    modelspec golden bundle/ --rows train.parquet

    modelspec golden bundle/ --rows rows.jsonl -n 500

    Exits with 1 if the bundle is not valid, with 2 if something cannot be
    read or written.
    """
    from modelspec_cli.commands.proving import run_golden  # noqa: PLC0415  # the schema is slow

    raise typer.Exit(run_golden(bundle, rows, count))
