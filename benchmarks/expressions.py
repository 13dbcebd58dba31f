"""Measure the expression language, print what was found, and fail where a claim does not hold.

Run ``make bench``, or ``python -m benchmarks.expressions`` for the table alone.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from time import strftime
from typing import Any

from benchmarks.report import claims, describe, draw
from benchmarks.timing import describe_machine

ROOT = Path(__file__).resolve().parents[1]

ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What libraries read when they are imported."""


def main() -> int:
    """Run the benchmarks; return 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the picture")
    options = parser.parse_args()
    figures = {
        "date": strftime("%Y-%m-%d"),
        "machine": describe_machine(),
        "rows": _run("rows"),
        "columns": _run("columns"),
    }
    page = describe(figures)
    print(page)
    if options.json:
        options.json.write_text(json.dumps(_rounded(figures), indent=2) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(page, encoding="utf-8")
    if options.plot:
        draw(figures, options.plot)
    missed = [claim for claim in claims(figures) if not claim.holds]
    for claim in missed:
        print(f"missed: {claim.text}: {claim.found:.3g}, bound {claim.bound:g}", file=sys.stderr)
    return 1 if missed else 0


def _run(name: str) -> Any:
    """Return the figures of one benchmark, which runs in a process of its own."""
    print(f"measuring {name} …", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}"],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def _rounded(value: Any) -> Any:
    """Return the figures with as many digits as they are worth."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
