"""The notebook of the fraud example is executed from its first cell to its last."""

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import modelspec as ms

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "02-fraud"
NOTEBOOK = FOLDER / "fraud.ipynb"

read: Any = nbformat.read
write: Any = nbformat.write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example in which the notebook has run."""
    copy = tmp_path_factory.mktemp("example") / "02-fraud"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("bundle", "__pycache__"))
    notebook = read(copy / NOTEBOOK.name, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(copy)}}).execute()
    write(notebook, copy / NOTEBOOK.name)
    return copy


def test_it_is_kept_without_outputs() -> None:
    cells = [cell for cell in read(NOTEBOOK, as_version=4).cells if "outputs" in cell]

    assert cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


def test_its_bundle_is_verified_with_its_golden_rows(folder: Path) -> None:
    spec = ms.Spec.load(folder / "bundle")

    assert spec.verify().golden_rows > 100
    assert len(spec.inputs) == 200


def test_it_shows_that_unseen_payments_get_the_bits_of_the_library(folder: Path) -> None:
    notebook = read(folder / NOTEBOOK.name, as_version=4)
    shown = "\n".join(str(cell.get("outputs", "")) for cell in notebook.cells)

    assert "gbdt bit-equal to its original on" in shown
    assert "metrics say nothing about real fraud" in shown
