"""What the pages about notebooks show, works: their Python is executed from top to bottom."""

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_way_from_a_notebook_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall((DOCS / "how-to" / "from-a-notebook.md").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}

    for block in blocks:
        exec(compile(block, "from-a-notebook.md", "exec"), names)  # noqa: S102  # our own page

    assert len(blocks) == 6
    assert "golden rows reproduced; features of 2000 rows" in capsys.readouterr().out
    assert "gbdt bit-equal to its original on 2000 rows" in str(
        names["spec"].verify(names["people"])
    )
    assert (tmp_path / "bundle" / "modelspec.yaml").exists()
