"""``modelspec diff``: what it takes; what it does is imported when it runs."""

from typing import Annotated

import typer

from modelspec_cli.formats import Format


def diff(
    before: Annotated[
        str, typer.Argument(metavar="A", help="A file, a bundle's folder, or - for stdin.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="What it is compared with.")],
    output: Annotated[
        Format, typer.Option("--output", "-o", help="For people, or for programs.")
    ] = Format.TEXT,
) -> None:
    """Show what differs between two ModelSpecs, and what that means to callers.

    Compares meaning, not text: layout, order and spelling never show. Says
    which parts of the snapshot get another digest, and whether callers would
    break. Where files hold several ModelSpecs, those of a name are compared.

    [bold]Examples[/bold]

    modelspec diff old.yaml new.yaml

    git show HEAD:modelspec.yaml | modelspec diff - modelspec.yaml

    Exits with 0 if they mean the same, with 1 if not, with 2 if one of them
    is not valid or cannot be read.
    """
    from modelspec_cli.commands.diff_run import run  # noqa: PLC0415  # the schema takes a while
    from modelspec_cli.commands.errors import OptionError  # noqa: PLC0415
    from modelspec_cli.sources import SourceError  # noqa: PLC0415

    try:
        code = run(before, after, output)
    except (OptionError, SourceError) as error:
        raise typer.BadParameter(str(error), param_hint="A B") from None
    raise typer.Exit(code)
