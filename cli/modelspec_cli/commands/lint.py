"""``modelspec lint``: what it takes; what it does is imported when it runs."""

from typing import Annotated

import typer

from modelspec_cli.formats import Format


def lint(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Files and folders of YAML or JSON; - reads stdin."),
    ],
    artifacts: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Where the artifacts are; the folder artifacts/ beside each file when omitted.",
        ),
    ] = None,
    strict: Annotated[  # noqa: FBT002  # an option of a program, not of a function
        bool, typer.Option("--strict", help="Let warnings count as findings.")
    ] = False,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="For people, or for programs.")
    ] = Format.TEXT,
) -> None:
    """Check ModelSpecs as a cluster would, and find every mistake at once.

    Points at the line and column; what each code means says `modelspec
    explain`. Other kinds of objects in the files are passed over. Where
    the artifacts of a bundle lie beside a file, their bytes are checked, too.

    [bold]Examples[/bold]

    modelspec lint modelspec.yaml

    modelspec lint deploy/ --strict

    kustomize build . | modelspec lint - -o json

    Exits with 1 if anything was found, with 2 if a file cannot be read.
    """
    from modelspec_cli.commands.linting import run  # noqa: PLC0415  # the schema takes a while
    from modelspec_cli.sources import SourceError  # noqa: PLC0415

    try:
        code = run(files, artifacts, output, is_strict=strict)
    except SourceError as error:
        raise typer.BadParameter(str(error), param_hint="FILE…") from None
    raise typer.Exit(code)
