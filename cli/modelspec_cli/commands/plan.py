"""``modelspec plan``: what it takes; what it does is imported when it runs."""

from enum import StrEnum
from typing import Annotated

import typer

from modelspec_cli.formats import Format


class Limit(StrEnum):
    """From which class on a change fails."""

    OPERATIONAL = "operational"
    BEHAVIORAL = "behavioral"
    BREAKING = "breaking"


def plan(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file, a bundle's folder, or - for stdin.")
    ],
    against: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Compare with this file; no cluster is asked."),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option("--namespace", "-n", help="Where to look; the file's own when omitted."),
    ] = None,
    context: Annotated[str | None, typer.Option(help="Of the kubeconfig, for kubectl.")] = None,
    fail_on: Annotated[
        Limit, typer.Option("--fail-on", help="Exit with 1 from this class of changes on.")
    ] = Limit.BREAKING,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="For people, or for programs.")
    ] = Format.TEXT,
) -> None:
    """Show what would happen if a file was applied to a cluster.

    Compares each ModelSpec of the file with the one of the same name in the
    cluster, which kubectl reads. Says what changes, whether there will be a
    new version, and whether callers would break. Nothing is written.

    [bold]Examples[/bold]

    modelspec plan modelspec.yaml

    modelspec plan bundle/ -n risk --context prod --fail-on behavioral

    modelspec plan modelspec.yaml --against main.yaml -o json

    Exits with 1 if the file is not valid or a change is of the class given
    by --fail-on or worse, with 2 if a file cannot be read, with 3 if the
    cluster cannot be reached.
    """
    from modelspec_cli.commands.errors import OptionError  # noqa: PLC0415
    from modelspec_cli.commands.plan_run import Place, run  # noqa: PLC0415  # the schema is slow
    from modelspec_cli.sources import SourceError  # noqa: PLC0415

    place = Place(against, context, namespace)
    try:
        code = run(file, place, fail_on.value, output)
    except OptionError as error:
        raise typer.BadParameter(str(error), param_hint=error.option) from None
    except SourceError as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    raise typer.Exit(code)
