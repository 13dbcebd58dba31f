"""What ``modelspec predict`` does when it runs."""

import sys
from pathlib import Path

import typer

from modelspec.compiler.frames import FrameError
from modelspec.documents.complaints import DocumentError
from modelspec.errors import ModelSpecError
from modelspec.notebook.declarations import SpecError
from modelspec.notebook.execution import Runtime
from modelspec.notebook.files import FileError
from modelspec.notebook.importers.extras import require
from modelspec.notebook.spec import Spec
from modelspec.notebook.streaming import moved
from modelspec.notebook.tables import Table, Write, open_table
from modelspec_cli import render

EXIT_FINDINGS = 1

_PATIENCE = 1.0
"""Seconds before a progress bar appears."""


def run_predict(bundle: Path, rows: Path, out: Path | None) -> int:
    """Write the rows of a file with their answers, and return the exit code."""
    if not bundle.exists():
        raise typer.BadParameter(f"{bundle}: no such file or folder", param_hint="BUNDLE")
    if out and out.suffix.lower() != rows.suffix.lower():
        message = f"{out}: must end in {rows.suffix}, as the rows that it continues"
        raise typer.BadParameter(message, param_hint="--out")
    try:
        runtime = Spec.load(bundle).runtime()
        table = open_table(rows, runtime.program.features)
        with table.writer(out) as write:
            done = _answer(runtime, table, write)
    except (SpecError, DocumentError, ModelSpecError) as error:
        render.print_line(f"{bundle}: {error}", to_error=True)
        return EXIT_FINDINGS
    except (FileError, FrameError, ImportError) as error:
        raise typer.BadParameter(str(error), param_hint="--rows") from None
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}") from None
    if out:
        render.print_line(f"wrote {done} rows to {out}")
    return 0


def _answer(runtime: Runtime, table: Table, write: Write) -> int:
    """Write every piece with its answers; return how many rows there were."""
    tqdm = require("tqdm.auto", "notebook").tqdm
    done = 0
    bar = tqdm(
        total=table.size,
        unit=table.unit,
        unit_scale=True,
        delay=_PATIENCE,
        file=sys.stderr,
        disable=None,  # where nobody looks
    )
    with bar:
        for piece in table.pieces():
            try:
                answers = runtime.answer_columns(piece.frame)
            except FrameError as error:
                raise moved(error, done) from error
            write(piece, answers)
            done += piece.rows
            bar.update(piece.position - bar.n)
    return done
