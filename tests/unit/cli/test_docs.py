"""What the documentation shows of `modelspec` is what it prints."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from typer.testing import CliRunner

from modelspec.expressions.functions.examples import EXAMPLE_PARAMETERS
from modelspec_cli.__main__ import app
from modelspec_cli.commands.parameters import read_parameters

DOCS = Path(__file__).resolve().parents[3] / "docs"
ELSEWHERE = {"from-a-notebook.md"}
"""Pages that train with other libraries; `tests/parity/test_docs.py` executes them."""

PAGES = [
    path
    for path in sorted(DOCS.rglob("*.md"))
    if "$ modelspec " in path.read_text() and path.name not in ELSEWHERE
]


class Shown(NamedTuple):
    """A command, and what the page shows under it."""

    command: list[str]
    output: str


def shown_in(page: Path) -> list[Shown]:
    """Return the commands of all console blocks in their order."""
    blocks = re.findall(r"^```console\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    pairs = (part.partition("\n") for part in parts if part)
    return [Shown(shlex.split(command), output) for command, _, output in pairs]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(DOCS)) for page in PAGES])
def test_a_page_shows_what_is_printed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for program in re.findall(
        r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL
    ):
        subprocess.run([sys.executable, "-c", program], check=True)
    for command, output in shown_in(page):
        match command:
            case ["cat", name]:  # what a reader has before going on
                Path(name).write_text(output)
            case ["modelspec", *arguments]:
                result = CliRunner().invoke(app, arguments, env={"COLUMNS": "100"})
                assert result.output == output, command
            case _:
                pytest.fail(f"cannot run {command}")


def test_there_are_such_pages() -> None:
    assert {"how-to", "explanation"} <= {page.parent.name for page in PAGES}


def test_the_parameters_of_the_reference_are_those_of_its_examples(tmp_path: Path) -> None:
    text = (DOCS / "reference" / "expressions.md").read_text()
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    file = tmp_path / "parameters.yaml"
    file.write_text(block)

    assert yaml.safe_load(block)
    assert read_parameters(file) == EXAMPLE_PARAMETERS
