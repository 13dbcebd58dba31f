"""What commands print: facts, tables, problems, JSON; colours only where a terminal shows them."""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from math import isnan
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from modelspec.errors import Code, Finding
from modelspec.expressions.functions.times import DAY, civil
from modelspec.expressions.printer import print_expression
from modelspec.expressions.syntax import Literal, Span
from modelspec.expressions.types import Kind
from modelspec_cli.formats import Format

MAX_CELL = 40
"""Characters of a table's cell; JSON has all of them."""

_LITERALS = {bool: Kind.BOOL, int: Kind.INT64, float: Kind.FLOAT64, str: Kind.STRING}
_GAP = "  "


def spell(value: Any, kind: Kind | None = None) -> str:
    """Return a value as the language writes it, a time as RFC 3339 has it."""
    plain = plain_value(value, kind)
    if plain is None:
        return "null"
    if isinstance(plain, list):
        return f"[{', '.join(map(spell, plain))}]"
    if kind is Kind.TIMESTAMP:
        return str(plain)
    return print_expression(Literal(plain, _LITERALS[type(plain)], Span(0, 0)))


def plain_value(value: Any, kind: Kind | None = None) -> Any:
    """Return a value as JSON has it: null is ``None``, a time is RFC 3339."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    if kind is Kind.TIMESTAMP:
        return _time(value)
    return list(value) if isinstance(value, tuple) else value


def _time(microseconds: int) -> str:
    # Python's datetime ends where a zone can move a time into the year 0 or 10000.
    days, rest = divmod(microseconds, DAY)
    seconds, fraction = divmod(rest, 1_000_000)
    minutes, second = divmod(seconds, 60)
    year, month, day = civil(days)
    digits = f".{fraction:06d}".rstrip("0").rstrip(".")
    date = f"{year:04d}-{month:02d}-{day:02d}"
    return f"{date}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}{digits}Z"


def print_json(document: dict[str, Any]) -> None:
    """Print an object on one line, floats with all their digits."""
    _print(Text(json.dumps(document, ensure_ascii=False, allow_nan=False)))


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print pairs of a name and a text, the texts below each other."""
    listed = list(facts)
    width = max(len(name) for name, _ in listed)
    for name, text in listed:
        _print(Text.assemble((name.ljust(width), "dim"), _GAP, text))


def print_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], numeric: Sequence[bool], most: int
) -> None:
    """Print a line per row, of at most *most* rows, below an empty line; numbers end together."""
    iterator = iter(rows)
    shown = [[_clipped(cell) for cell in row] for row in islice(iterator, most)]
    widths = [max(map(cell_len, column)) for column in zip(header, *shown, strict=True)]
    _print(Text(""))
    for style, row in (("bold", header), *(("", row) for row in shown)):
        cells = map(_aligned, row, widths, numeric)
        _print(Text(_GAP.join(cells).rstrip(), style=style))
    rest = sum(1 for _ in iterator)
    if rest:
        _print(Text(f"… {rest} more", style="dim"))


def _clipped(cell: str) -> str:
    return cell if len(cell) <= MAX_CELL else f"{cell[: MAX_CELL - 1]}…"


def _aligned(cell: str, width: int, numeric: bool) -> str:  # noqa: FBT001  # mapped over columns
    blanks = " " * (width - cell_len(cell))
    return blanks + cell if numeric else cell + blanks


def print_problem(code: Code, sentence: str, excerpt: str = "") -> None:
    """Print a problem to standard error: its code, a sentence, and the text that is at fault."""
    _print(Text.assemble((code.name, "bold red"), f" {sentence}"), to_error=True)
    if excerpt:
        text, carets = excerpt.rsplit("\n", 1)
        _print(Text.assemble(f"{text}\n", (carets, "red")), to_error=True)


def print_line(*parts: str | tuple[str, str], to_error: bool = False) -> None:
    """Print one line of texts, each alone or with its style."""
    _print(Text.assemble(*parts), to_error=to_error)


def print_finding(place: str, severity: str, finding: Finding, *, to_error: bool = False) -> None:
    """Print a line that names place, code, path and problem, and the text that is at fault."""
    style = "bold red" if severity == "error" else "bold yellow"
    path = f" {finding.path}:" if finding.path else ""
    _print(
        Text.assemble(
            f"{place}: ", (f"{severity} {finding.code.name}", style), f"{path} {finding.message}"
        ),
        to_error=to_error,
    )
    if finding.excerpt:
        text, carets = finding.excerpt.rsplit("\n", 1)
        _print(Text.assemble(f"  {text}\n  ", (carets, style)), to_error=to_error)


def print_summary(files: int, *, errors: int, warnings: int) -> None:
    """Print how many files were looked at, and what was found in them."""
    parts = (_counted(files, "file"), _counted(errors, "error"), _counted(warnings, "warning"))
    style = "red" if errors else "yellow" if warnings else "green"
    _print(Text(", ".join(parts), style=style))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def print_lines(lines: Iterable[str]) -> None:
    """Print lines with rich's markup, broken at words where the terminal ends."""
    console = Console(highlight=False)
    for line in lines:
        console.print(line)


def escaped(text: str) -> str:
    """Return a text in which nothing is markup."""
    return escape(text)


def print_document(document: Any, output: Format) -> None:
    """Print plain values as YAML or JSON."""
    if output is Format.JSON:
        _print(Text(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)))
    else:
        from modelspec.documents.writer import write_document  # noqa: PLC0415  # YAML only here

        _print(Text(write_document(document).rstrip("\n")))


def print_advice(text: str) -> None:
    """Print a sentence to standard error."""
    _print(Text(text), to_error=True)


def _print(text: Text, *, to_error: bool = False) -> None:
    # Soft wrapping leaves the line breaks to the terminal, so that what is copied is whole.
    Console(stderr=to_error, highlight=False, soft_wrap=True).print(text)
