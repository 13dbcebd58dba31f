"""``modelspec init``."""

import re
from pathlib import Path
from typing import Annotated

import typer

from modelspec_cli.sources import BUNDLE_FILE

STARTER = "starter.yaml"


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; it is made if it is not there.")
    ] = Path(),
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the model; the folder's if omitted."),
    ] = None,
) -> None:
    """Write a bundle to start from: a commented modelspec.yaml, and a kustomization.yaml.

    It is valid as it is, and its comments tell what else there is. The
    digest of the model's bytes in it is a placeholder.

    [bold]Examples[/bold]

    modelspec init checkout-fraud

    modelspec init . --name checkout-fraud

    Files that are there already are never overwritten.
    """
    from importlib.resources import files  # noqa: PLC0415  # only here

    from modelspec.validation.report import name_findings  # noqa: PLC0415  # the schema is slow

    chosen = name or directory.resolve().name
    wrong = list(name_findings(chosen))
    if wrong:
        raise typer.BadParameter(f"'{chosen}' {wrong[0].message}", param_hint="--name")
    starter = files("modelspec_cli").joinpath(STARTER).read_text(encoding="utf-8")
    written = {BUNDLE_FILE: _named(starter, chosen), "kustomization.yaml": _KUSTOMIZATION}
    for file_name in written:
        if (directory / file_name).exists():
            raise typer.BadParameter(f"{directory / file_name} is there", param_hint="DIR")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for file_name, text in written.items():
            with (directory / file_name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise typer.BadParameter(f"{directory}: {error.strerror}", param_hint="DIR") from None
    typer.echo(f"wrote {directory / BUNDLE_FILE}; check it with: modelspec lint {directory}")


def _named(starter: str, name: str) -> str:
    """Return the starter for a model; names such as 'no' or 'on' stand in quotes."""
    from modelspec.documents.writer import write_document  # noqa: PLC0415  # only here

    alone = re.compile(r"(?<=: )NAME$", re.MULTILINE)
    return alone.sub(write_document(name).strip(), starter).replace("NAME", name)


_KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [modelspec.yaml]
"""
