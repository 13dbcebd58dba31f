"""Measure what checking a specification costs, and fail where a claim does not hold.

Run ``make bench``, or ``python -m benchmarks.specification`` for the table alone.
"""

import argparse
import json
import sys
from pathlib import Path
from time import strftime
from typing import Any

from benchmarks.lint import measure
from benchmarks.report import Claim
from benchmarks.timing import describe_machine, pin_to_one_core

MAX_LINT_MILLISECONDS = 8
MAX_START_MILLISECONDS = 500


def main() -> int:
    """Run the benchmark; return 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page")
    options = parser.parse_args()
    pin_to_one_core()
    figures = {"date": strftime("%Y-%m-%d"), "machine": describe_machine(), **measure()}
    page = describe(figures)
    print(page)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(page, encoding="utf-8")
    missed = [claim for claim in claims(figures) if not claim.holds]
    for claim in missed:
        print(f"missed: {claim.text}: {claim.found:.1f} ms of {claim.bound}", file=sys.stderr)
    return 1 if missed else 0


def claims(figures: dict[str, Any]) -> list[Claim]:
    """Return what is claimed, with what was found."""
    return [
        Claim(
            "lint of a specification with 300 features, in process",
            figures["milliseconds"]["lint"],
            MAX_LINT_MILLISECONDS,
        ),
        Claim(
            "`modelspec lint` of a file, from start to end",
            figures["start"]["modelspec lint"],
            MAX_START_MILLISECONDS,
        ),
    ]


def describe(figures: dict[str, Any]) -> str:
    """Return the page."""
    machine, case = figures["machine"], figures["case"]
    lines = [
        "# Checking a specification",
        "",
        f"{figures['date']}, {machine['processor']}, {machine['system']}, Python"
        f" {machine['python']}; one core, medians.",
        "",
        f"The specification has {case['features']} raw features, {case['expressions']} expressions"
        f" of {case['charactersOfAnExpression']:.0f} characters and"
        f" {case['nodesOfAnExpression']:.1f} nodes, and {case['parameters']} parameters.",
        "",
        "| claim | found | limit | |",
        "|---|---|---|---|",
        *(
            f"| {claim.text} | {claim.found:.1f} ms | {claim.bound} ms |"
            f" {'holds' if claim.holds else '**missed**'} |"
            for claim in claims(figures)
        ),
        "",
        "| step | milliseconds |",
        "|---|---|",
        *(f"| {name} | {found:.1f} |" for name, found in figures["milliseconds"].items()),
        *(f"| `{name}` | {found:.0f} |" for name, found in figures["start"].items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
