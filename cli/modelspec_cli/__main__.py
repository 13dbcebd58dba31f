"""The program ``modelspec``: which commands there are.

It must start fast, also to show its help: nothing is imported here, or at the top of a module that
is, which only one command needs when it runs.
"""

import os
from typing import Annotated

# pydantic looks through all installed distributions for plugins; nothing here is one.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

try:
    import typer
except ModuleNotFoundError as error:  # the images have the library without what this needs
    raise SystemExit(
        "this needs the extra `cli`: pip install 'modelspec-operator[cli]'"
    ) from error

from modelspec_cli.commands.diff import diff
from modelspec_cli.commands.evaluate import evaluate
from modelspec_cli.commands.explain import explain
from modelspec_cli.commands.golden import golden
from modelspec_cli.commands.init import init
from modelspec_cli.commands.lint import lint
from modelspec_cli.commands.plan import plan
from modelspec_cli.commands.predict import predict
from modelspec_cli.commands.schema import schema
from modelspec_cli.commands.serve import serve
from modelspec_cli.commands.snapshot import snapshot
from modelspec_cli.commands.verify import verify

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command("diff")(diff)
app.command("eval")(evaluate)
app.command("explain")(explain)
app.command("golden")(golden)
app.command("init")(init)
app.command("lint")(lint)
app.command("plan")(plan)
app.command("predict")(predict)
app.command("schema")(schema)
app.command("serve")(serve)
app.command("snapshot")(snapshot)
app.command("verify")(verify)


def _print_version(asked: bool) -> None:  # noqa: FBT001  # as typer calls it
    if asked:
        from modelspec import __version__  # noqa: PLC0415  # not needed to start

        typer.echo(f"modelspec {__version__}")
        raise typer.Exit


@app.callback()
def modelspec(
    version: Annotated[  # noqa: FBT002  # an option of a program
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """Work with ModelSpecs and with the expressions in them.

    Also as a plugin of kubectl: `kubectl modelspec lint …`. Commands exit
    with 0 if all is well, 1 if something was found, 2 if they were called
    wrongly, 3 if the cluster does not answer.
    """
    del version


def main() -> None:
    """Run the program."""
    app()


if __name__ == "__main__":
    main()
