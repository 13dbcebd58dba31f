"""``modelspec serve``: what it takes; what it does is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer


def serve(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle's folder.")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the protocols.")] = 8080,
    admin_port: Annotated[int, typer.Option(min=1, max=65535, help="Of health, metrics.")] = 8081,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
) -> None:
    """Answer requests here as a pod does, without a cluster.

    The program, the snapshot and the checks are those of a pod: golden rows
    are computed before the first request is taken.

    [bold]Examples[/bold]

    modelspec serve bundle/

    modelspec serve bundle/ --port 9000 --admin-port 9001 --workers 2

    Exits with 1 if the bundle is not valid or must not be served, with 2 if
    something cannot be read.
    """
    from modelspec_cli.commands.serving import Ports, run_serve  # noqa: PLC0415  # slow to import

    raise typer.Exit(run_serve(bundle, Ports(host, port, admin_port), workers))
