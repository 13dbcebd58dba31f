"""What ``modelspec eval`` does when it runs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modelspec.errors import Code
from modelspec.expressions.operation import Exactness, Phase
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.parser import parse
from modelspec.expressions.program import RawFeature
from modelspec.expressions.syntax import ExpressionError, Problem, names_in
from modelspec.expressions.types import Kind
from modelspec_cli import render
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.features import find_features, parse_types
from modelspec_cli.commands.parameters import InvalidParametersError, read_parameters
from modelspec_cli.commands.rows import Row, read_rows
from modelspec_cli.commands.trial import Trial, try_expression

EXIT_PROBLEMS = 1

MAX_SHOWN = 20
"""Rows of a table."""

_MICROSECONDS_PER_UNIT = 0.05
_NUMBERS = {Kind.INT64, Kind.FLOAT64}


def run(
    text: str,
    row: str | None,
    rows_file: Path | None,
    types: str | None,
    parameters_file: Path | None,
    *,
    as_json: bool,
) -> int:
    """Check and compute an expression, print what comes of it, and return the exit code.

    Raises:
        OptionError: An option cannot be used; the program exits with 2.
    """
    rows = read_rows(row, rows_file)
    words = parse_types(types or "")
    try:
        parameters = read_parameters(parameters_file) if parameters_file else {}
        trial = _try(text, rows, words, parameters)
    except InvalidParametersError as error:
        for finding in error.findings:
            render.print_problem(finding.code, f"{finding.path}: {finding.message}")
        return EXIT_PROBLEMS
    except ExpressionError as error:
        _print_problems(text, error.problems)
        return EXIT_PROBLEMS
    if as_json:
        _print_json(trial)
    else:
        _print_text(trial, rows, is_table=rows_file is not None)
    return _complain_about_difference(trial)


def _try(
    text: str, rows: Sequence[Row], words: Mapping[str, str], parameters: Mapping[str, Parameter]
) -> Trial:
    tree = parse(text)
    features = find_features(rows, words, names_in(tree))
    for feature in features:
        if feature.name in parameters:
            raise OptionError(f"'{feature.name}' is both a feature and a parameter")
    return try_expression(text, tree, features, parameters, rows)


def _print_problems(text: str, problems: Sequence[Problem]) -> None:
    for problem in problems:
        render.print_problem(problem.code, problem.sentence, problem.excerpt(text))
    for name in _strangers(text, problems):
        remedy = f"give it a value in --row, or a type: --types {name}=float64"
        render.print_advice(f"if '{name}' is a feature, {remedy}")


def _strangers(text: str, problems: Sequence[Problem]) -> list[str]:
    """Return the names that nothing resembles."""
    unknown = (item for item in problems if item.code is Code.MS301)
    names = [text[item.span.start : item.span.end] for item in unknown if ";" not in item.message]
    return list(dict.fromkeys(names))


def _print_json(trial: Trial) -> None:
    render.print_json(
        {
            "canonical": trial.canonical,
            "type": str(trial.type.required()),
            "nullable": trial.type.nullable,
            "cost": trial.cost,
            "values": [render.plain_value(value, trial.type.kind) for value in trial.by_row],
        }
    )


def _print_text(trial: Trial, rows: Sequence[Row], *, is_table: bool) -> None:
    facts = list(_facts(trial))
    if is_table:
        render.print_facts(facts)
        _print_table(trial, rows)
    else:
        render.print_facts([*facts, *((name, cells[0]) for name, cells in _results(trial))])


def _facts(trial: Trial) -> Iterator[tuple[str, str]]:
    yield "canonical", trial.canonical
    yield "type", str(trial.type)
    microseconds = trial.cost * _MICROSECONDS_PER_UNIT
    noun = "unit" if trial.cost == 1 else "units"
    yield "cost", f"{trial.cost:g} {noun}, about {microseconds:.2g} us a row"
    rounded = any(item.exactness is Exactness.ROUNDED for item in trial.operations)
    same = "R, other engines may differ in the last bits" if rounded else "E, exact in any engine"
    hosted = any(item.phase is Phase.HOST for item in trial.operations)
    where = "H, needs a host language" if hosted else "T, a tensor runtime can run it"
    yield "class", f"{same}; {where}"


def _results(trial: Trial) -> Iterator[tuple[str, list[str]]]:
    """Yield the results by heading: one where the executors agree."""
    kind = trial.type.kind
    if not trial.differing:
        yield "value", [render.spell(value, kind) for value in trial.by_row]
        return
    yield "by row", [render.spell(value, kind) for value in trial.by_row]
    yield "by column", [render.spell(value, kind) for value in trial.by_column]


def _print_table(trial: Trial, rows: Sequence[Row]) -> None:
    columns = [("row", [str(number) for number in range(len(rows))], True)]
    for feature in trial.features:
        cells = [_given(row, feature) for row in rows]
        columns.append((feature.name, cells, feature.type.kind in _NUMBERS))
    for name, cells in _results(trial):
        columns.append((name, cells, trial.type.kind in _NUMBERS))
    render.print_table(
        header=[name for name, _, _ in columns],
        rows=zip(*(cells for _, cells, _ in columns), strict=True),
        numeric=[is_number for _, _, is_number in columns],
        most=MAX_SHOWN,
    )


def _given(row: Row, feature: RawFeature) -> str:
    value = row.get(feature.name)
    return str(value) if value and feature.type.kind is Kind.TIMESTAMP else render.spell(value)


def _complain_about_difference(trial: Trial) -> int:
    """Return the exit code, after a sentence for whoever meets what must not happen."""
    if not trial.differing:
        return 0
    count, first = len(trial.differing), trial.differing[0]
    render.print_advice(
        f"the executors differ in {count} of {len(trial.by_row)} rows, first in row {first}:"
        f" {trial.by_row[first]!r} by row, {trial.by_column[first]!r} by column; please report it"
    )
    return EXIT_PROBLEMS
