"""The program ``modelspec``: which commands there are.

It must start fast, also to show its help: nothing is imported here, or at the top of a module that
is, which only one command needs when it runs.
"""

try:
    import typer
except ModuleNotFoundError as error:  # the images have the library without what this needs
    raise SystemExit(
        "this needs the extra `cli`: pip install 'modelspec-operator[cli]'"
    ) from error

from modelspec_cli.commands.evaluate import evaluate
from modelspec_cli.commands.lint import lint
from modelspec_cli.commands.schema import schema

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command("eval")(evaluate)
app.command("lint")(lint)
app.command("schema")(schema)


@app.callback()
def modelspec() -> None:
    """Work with ModelSpecs and with the expressions in them."""


def main() -> None:
    """Run the program."""
    app()


if __name__ == "__main__":
    main()
