"""``modelspec snapshot``: what it takes; what it does is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from modelspec_cli.formats import Format


def snapshot(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file, a bundle's folder, or - for stdin.")
    ],
    output_directory: Annotated[
        Path | None,
        typer.Option("--output-directory", metavar="DIR", help="Write each document as a file."),
    ] = None,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="For people, or for programs.")
    ] = Format.TEXT,
) -> None:
    """Show what identifies a ModelSpec: its digest, and the parts under it.

    With --output-directory exactly the bytes that were hashed become files,
    as a pod has them mounted. A folder with other files is refused.

    [bold]Examples[/bold]

    modelspec snapshot modelspec.yaml

    modelspec snapshot bundle/ --output-directory snapshot/

    modelspec snapshot modelspec.yaml -o json

    Exits with 1 if the file is not valid, with 2 if something cannot be read
    or written.
    """
    from modelspec_cli.commands.errors import OptionError  # noqa: PLC0415
    from modelspec_cli.commands.snapshot_run import run  # noqa: PLC0415  # the schema is slow
    from modelspec_cli.sources import SourceError  # noqa: PLC0415

    try:
        code = run(file, output_directory, output)
    except OptionError as error:
        raise typer.BadParameter(str(error), param_hint=error.option) from None
    except SourceError as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    raise typer.Exit(code)
