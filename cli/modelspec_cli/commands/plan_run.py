"""What ``modelspec plan`` does when it runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelspec.snapshot.difference import Difference, PartChange, difference, part_digests
from modelspec.snapshot.difference_changes import Effect
from modelspec.snapshot.identity import Snapshot, take_snapshot
from modelspec.validation.report import transition_findings
from modelspec_cli import render
from modelspec_cli.cluster import ClusterError
from modelspec_cli.commands import diff_report
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.linting import Line
from modelspec_cli.commands.models import Model, print_found, read_models
from modelspec_cli.commands.plan_targets import Current, Target, cluster_target, file_target
from modelspec_cli.formats import Format
from modelspec_cli.sources import STDIN

EXIT_FAILED = 1
EXIT_TROUBLE = 2
EXIT_UNREACHABLE = 3


@dataclass(frozen=True)
class Place:
    """Where to look for what there is: in a file, or in a cluster."""

    against: str | None = None
    context: str | None = None
    namespace: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What would become of one ModelSpec."""

    model: Model
    lines: tuple[Line, ...]
    """What is to be said of it."""

    snapshot: Snapshot | None = None
    """What it would be; ``None`` if it is not valid."""

    current: Current | None = None
    found: Difference | None = None
    """What would change, where there is something to compare it with."""

    @property
    def is_valid(self) -> bool:
        """Whether a cluster would take it."""
        return all(line.located.is_warning for line in self.lines)

    @property
    def effect(self) -> Effect | None:
        """What it means to callers; ``None`` where nobody can tell."""
        if self.found:
            return self.found.effect
        is_new = self.current is not None and not self.current.exists
        return Effect.BEHAVIORAL if is_new else None

    def fails(self, limit: Effect) -> bool:
        """Return whether it should not be applied."""
        effect = self.effect
        return not self.is_valid or effect is None or effect.rank >= limit.rank

    @property
    def parts(self) -> tuple[PartChange, ...]:
        """The parts that get another digest."""
        if self.found:
            return self.found.changed_parts
        digests = part_digests(self.snapshot) if self.snapshot else {}
        return tuple(PartChange(key, None, digest) for key, digest in digests.items())


def run(file: str, place: Place, fail_on: str, output: Format) -> int:
    """Print what would happen if a file was applied, and return the exit code.

    Raises:
        OptionError: The options contradict each other or the file.
        SourceError: A file cannot be read.
    """
    if place.against == file == STDIN:
        raise OptionError("only one of them can be standard input", "--against")
    reading = read_models(file)
    if reading.problem:
        print_found([reading.problem], to_error=output is not Format.TEXT)
        return EXIT_FAILED
    target = _target(place)
    if target is None:
        return EXIT_TROUBLE
    try:
        outcomes = [_plan(model, target) for model in reading.models]
    except ClusterError as error:
        render.print_advice(str(error))
        return EXIT_UNREACHABLE
    if output is Format.TEXT:
        _print_text(outcomes)
    else:
        render.print_document([_record(outcome) for outcome in outcomes], output)
    limit = Effect(fail_on.title())
    return EXIT_FAILED if any(outcome.fails(limit) for outcome in outcomes) else 0


def _target(place: Place) -> Target | None:
    """Return what the file is compared with, or nothing after telling why there is no such."""
    if place.against is None:
        return cluster_target(place.context, place.namespace)
    reading = read_models(place.against)
    if not reading.is_valid:
        print_found(reading.errors, to_error=True)
        return None
    return file_target(reading)


def _plan(model: Model, target: Target) -> Outcome:
    if model.spec is None:
        return Outcome(model, model.lines)
    snapshot = take_snapshot(model.spec)
    current = target(model, snapshot)
    if current.spec is None:
        return Outcome(model, model.lines, snapshot, current)
    refused = map(model.line, transition_findings(current.spec, model.spec))
    found = difference(current.spec, model.spec)
    return Outcome(model, (*model.lines, *refused), snapshot, current, found)


def _print_text(outcomes: Sequence[Outcome]) -> None:
    for position, outcome in enumerate(outcomes):
        if position:
            render.print_line()
        print_found(outcome.lines)
        if outcome.snapshot and outcome.current:
            render.print_facts(_facts(outcome, outcome.snapshot, outcome.current))
            _print_changes(outcome)


def _facts(outcome: Outcome, snapshot: Snapshot, current: Current) -> Iterator[tuple[str, str]]:
    yield "model", outcome.model.name
    if outcome.found:
        versions = diff_report.arrow(outcome.found.before, outcome.found.after)
        yield "version", versions + _appearance(outcome.found, current)
        yield from diff_report.facts(outcome.found)
    elif current.exists:
        yield "version", snapshot.hash
        yield "class", f"unknown, {current.problem}"
    else:
        again = f", which is {current.version} again" if current.version else ""
        yield "version", snapshot.hash + again
        yield "class", "behavioral, it would be created"
    if current.serving:
        yield "serving", f"{current.serving.get('version')}, {current.serving.get('hash')}"


def _appearance(found: Difference, current: Current) -> str:
    """Return whether there was such a version before."""
    if not current.knows_versions or found.before.digest == found.after.digest:
        return ""
    return f", which is {current.version} again" if current.version else ", which is new"


def _print_changes(outcome: Outcome) -> None:
    if outcome.found:
        diff_report.print_changes(outcome.found)
    elif outcome.effect:
        diff_report.print_parts(outcome.parts)


def _record(outcome: Outcome) -> dict[str, Any]:
    found, snapshot, current = outcome.found, outcome.snapshot, outcome.current or Current()
    differing = diff_report.record(found) if found else {}
    return {
        "model": outcome.model.name,
        "namespace": outcome.model.namespace,
        "isValid": outcome.is_valid,
        "findings": [line.record for line in outcome.lines],
        "exists": current.exists if outcome.current else None,
        "problem": current.problem,
        "effect": str(outcome.effect) if outcome.effect else None,
        "summary": "",
        "before": None,
        "after": diff_report.version_record(snapshot) if snapshot else None,
        "appearedAs": current.version,
        "serving": dict(current.serving) if current.serving else None,
        "parts": [diff_report.part_record(part) for part in outcome.parts],
        "changes": [],
        **differing,
    }
