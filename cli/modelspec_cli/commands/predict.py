"""``modelspec predict``: what it takes; what it does is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer


def predict(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle's folder.")],
    rows: Annotated[
        Path,
        typer.Option("--rows", metavar="FILE", help="Data: .jsonl, .csv or .parquet."),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to; printed when omitted."),
    ] = None,
) -> None:
    """Answer the rows of a file as a pod answers requests, bit for bit.

    What callers receive is added to each row: outputs, bands, reason codes.
    However many rows there are, a few thousand are in memory.

    [bold]Examples[/bold]

    modelspec predict bundle/ --rows unseen.parquet --out scored.parquet

    modelspec predict bundle/ --rows rows.jsonl | head

    Exits with 1 if the bundle is not valid, with 2 if something cannot be
    read.
    """
    from modelspec_cli.commands.predicting import run_predict  # noqa: PLC0415  # slow to import

    raise typer.Exit(run_predict(bundle, rows, out))
