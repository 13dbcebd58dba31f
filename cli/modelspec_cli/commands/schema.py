"""``modelspec schema``."""

import typer


def schema() -> None:
    """Print the JSON Schema of a ModelSpec, for editors.

    [bold]Examples[/bold]

    modelspec schema > modelspec.schema.json

    A first line tells editors with the YAML language server to use it:

    # yaml-language-server: $schema=modelspec.schema.json
    """
    from modelspec.crd import editor_schema  # noqa: PLC0415  # the schema takes a while
    from modelspec_cli import render  # noqa: PLC0415
    from modelspec_cli.formats import Format  # noqa: PLC0415

    render.print_document(editor_schema(), Format.JSON)
    raise typer.Exit
