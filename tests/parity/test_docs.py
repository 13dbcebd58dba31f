"""What the pages about notebooks show, works: their Python is executed from top to bottom."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from modelspec_cli.__main__ import app

DOCS = Path(__file__).resolve().parents[2] / "docs"
_CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_way_from_a_notebook_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "how-to" / "from-a-notebook.md").read_text(encoding="utf-8")
    blocks = _BLOCK.findall(page)
    names: dict[str, Any] = {}

    for block in blocks:
        exec(compile(block, "from-a-notebook.md", "exec"), names)  # noqa: S102  # our own page

    assert len(blocks) == 6
    assert "golden rows reproduced; features of 2000 rows" in capsys.readouterr().out
    assert "gbdt bit-equal to its original on 2000 rows" in str(
        names["spec"].verify(names["people"])
    )
    (shown,) = _CONSOLE.findall(page)
    commands = [part.partition("\n") for part in shown.split("$ modelspec ")[1:]]
    for command, _, output in commands:
        assert CliRunner().invoke(app, command.split()).output == output, command
    assert len(commands) == 3
