"""``modelspec verify``: what it takes; what it does is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer


def verify(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle's folder.")],
    rows: Annotated[
        Path | None,
        typer.Option("--rows", metavar="FILE", help="Data: .jsonl, .csv or .parquet."),
    ] = None,
) -> None:
    """Prove that a bundle gives what training had.

    Its golden rows are computed again, as a pod does before it is ready. With
    --rows both executors compute every row, one after the other as pods do
    and by column as notebooks do, and must agree in every bit.

    [bold]Examples[/bold]

    modelspec verify bundle/

    modelspec verify bundle/ --rows unseen.parquet

    Exits with 1 if something differs or the bundle is not valid, with 2 if
    something cannot be read.
    """
    from modelspec_cli.commands.proving import run_verify  # noqa: PLC0415  # the schema is slow

    raise typer.Exit(run_verify(bundle, rows))
