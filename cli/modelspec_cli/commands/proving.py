"""What ``modelspec golden`` and ``modelspec verify`` do when they run."""

from collections.abc import Callable
from pathlib import Path

import typer

from modelspec.compiler.frames import FrameError
from modelspec.documents.complaints import DocumentError
from modelspec.errors import ModelSpecError
from modelspec.notebook.declarations import SpecError
from modelspec.notebook.files import FileError, read_frame
from modelspec.notebook.spec import Spec
from modelspec.notebook.verification import VerificationError, verify
from modelspec_cli import render

EXIT_FINDINGS = 1


def run_golden(bundle: Path, rows: Path, count: int) -> int:
    """Write golden rows into a bundle, and return the exit code."""

    def work(spec: Spec) -> str:
        frame = read_frame(rows, spec.program().features)
        chosen = spec.golden(frame, count)
        spec.dump(bundle)
        return f"wrote {chosen} golden rows to {bundle}"

    return _with_bundle(bundle, work)


def run_verify(bundle: Path, rows: Path | None) -> int:
    """Say what was compared, or what differs, and return the exit code."""

    def work(spec: Spec) -> str:
        frame = read_frame(rows, spec.program().features) if rows else None
        done = verify(spec, frame)
        if not done.golden_rows and not done.rows:
            return f"{bundle} has no golden rows; add some with modelspec golden, or give --rows"
        return str(done)

    return _with_bundle(bundle, work)


def _with_bundle(bundle: Path, work: Callable[[Spec], str]) -> int:
    """Do something with a bundle, and print what comes of it."""
    if not bundle.exists():
        raise typer.BadParameter(f"{bundle}: no such file or folder", param_hint="BUNDLE")
    try:
        said = work(Spec.load(bundle))
    except VerificationError as error:
        for finding in error.findings:
            render.print_finding(str(bundle), "error", finding)
        return EXIT_FINDINGS
    except (SpecError, DocumentError, ModelSpecError) as error:
        render.print_line(f"{bundle}: {error}", to_error=True)
        return EXIT_FINDINGS
    except (FileError, FrameError, ImportError) as error:
        raise typer.BadParameter(str(error), param_hint="--rows") from None
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}") from None
    render.print_line(said)
    return 0
