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
            "lint of a specification with 300 raw features, in process",
            figures["mixes"]["300 raw features, 0 expressions"],
            MAX_LINT_MILLISECONDS,
        ),
        Claim(
            "`modelspec --help`, from start to end",
            figures["start"]["modelspec --help"],
            MAX_START_MILLISECONDS,
        ),
        Claim(
            "`modelspec lint` of what `modelspec init` writes, from start to end",
            figures["start"]["modelspec lint, first file"],
            MAX_START_MILLISECONDS,
        ),
    ]


def describe(figures: dict[str, Any]) -> str:
    """Return the page."""
    machine, case = figures["machine"], figures["case"]
    found = [
        f"| {claim.text} | {claim.found:.1f} ms | {claim.bound} ms |"
        f" {'holds' if claim.holds else '**missed**'} |"
        for claim in claims(figures)
    ]
    steps = [f"| {name} | {value:.1f} |" for name, value in figures["milliseconds"].items()]
    starts = [f"| `{name}` | {value:.0f} |" for name, value in figures["start"].items()]
    mixes = [f"| {name} | {value:.1f} |" for name, value in figures["mixes"].items()]
    lines = [
        f"# Checking a specification\n\n{_conditions(machine, figures['date'])}\n",
        "| claim | found | limit | |\n|---|---|---|---|",
        *found,
        "\nWhat lint takes depends on how many of the features are computed by an expression:\n",
        "| 300 features, in process | milliseconds |\n|---|---|",
        *mixes,
        f"\nThe last of these has {_size(case)}. Its steps, and whole programs:\n",
        "| step | milliseconds |\n|---|---|",
        *steps,
        *starts,
    ]
    return "\n".join(lines) + "\n"


def _conditions(machine: dict[str, Any], date: str) -> str:
    system = f"{machine['processor']}, {machine['system']}, Python {machine['python']}"
    return f"{date}, {system}; one core, medians."


def _size(case: dict[str, Any]) -> str:
    texts = f"{case['charactersOfAnExpression']:.0f} characters"
    nodes = f"{case['nodesOfAnExpression']:.1f} nodes"
    return f"expressions of {texts} and {nodes}, and {case['parameters']} parameters"


if __name__ == "__main__":
    sys.exit(main())
