"""What ``modelspec diff`` does when it runs."""

from dataclasses import dataclass
from typing import Any

from modelspec.snapshot.difference import Difference, difference
from modelspec_cli import render
from modelspec_cli.commands import diff_report
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.models import Model, Reading, print_found, read_models
from modelspec_cli.formats import Format
from modelspec_cli.sources import STDIN

EXIT_DIFFERENT = 1
EXIT_TROUBLE = 2


@dataclass(frozen=True)
class Pair:
    """A ModelSpec in both files, or in one."""

    name: str
    only_in: str | None
    """The file that alone has it."""

    found: Difference | None

    @property
    def is_same(self) -> bool:
        """Whether both mean the same."""
        return self.found is not None and not self.found.changes

    @property
    def record(self) -> dict[str, Any]:
        """All of it, for programs."""
        whole = diff_report.record(self.found) if self.found else {}
        return {"model": self.name, "onlyIn": self.only_in, **whole}


def run(before: str, after: str, output: Format) -> int:
    """Compare two files, print what differs, and return the exit code.

    Raises:
        OptionError: Both are standard input.
        SourceError: A file cannot be read.
    """
    if before == after == STDIN:
        raise OptionError("only one of them can be standard input")
    readings = read_models(before), read_models(after)
    if not all(reading.is_valid for reading in readings):
        for reading in readings:
            print_found(reading.errors, to_error=True)
        return EXIT_TROUBLE
    pairs = _pairs(*readings)
    if output is Format.TEXT:
        _print_text(pairs)
    else:
        render.print_document([pair.record for pair in pairs], output)
    return 0 if all(pair.is_same for pair in pairs) else EXIT_DIFFERENT


def _pairs(before: Reading, after: Reading) -> list[Pair]:
    if len(before.models) == len(after.models) == 1:
        return [_compare(before.models[0], after.models[0])]
    pairs = []
    for model in before.models:
        other = after.find(model.name)
        pairs.append(_compare(model, other) if other else Pair(model.name, before.file, None))
    new = (model for model in after.models if before.find(model.name) is None)
    return [*pairs, *(Pair(model.name, after.file, None) for model in new)]


def _compare(before: Model, after: Model) -> Pair:
    assert before.spec, "only valid files are compared"  # noqa: S101
    assert after.spec, "only valid files are compared"  # noqa: S101
    return Pair(after.name, None, difference(before.spec, after.spec))


def _print_text(pairs: list[Pair]) -> None:
    for position, pair in enumerate(pairs):
        if position:
            render.print_line()
        _print_pair(pair)


def _print_pair(pair: Pair) -> None:
    if pair.found is None:
        render.print_facts([("model", pair.name), ("class", f"only in {pair.only_in}")])
        return
    versions = diff_report.arrow(pair.found.before, pair.found.after)
    told = [("model", pair.name), ("version", versions), *diff_report.facts(pair.found)]
    render.print_facts(told)
    diff_report.print_changes(pair.found)
