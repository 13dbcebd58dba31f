"""Rows as people give them: JSON, with the place of what is wrong in it."""

import json
import sys
from collections.abc import Mapping
from math import isinf
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from modelspec_cli.commands.errors import OptionError

Row: TypeAlias = Mapping[str, Any]

MAX_BYTES = 10_000_000
MAX_ROWS = 10_000

STDIN = Path("-")


def read_rows(row: str | None, file: Path | None) -> list[Row]:
    """Return the rows that the options give; without either option one row without features.

    Raises:
        OptionError: They are no JSON objects, or too many.
    """
    if file is None:
        return [_parse_row(row, "--row")] if row is not None else [{}]
    if row is not None:
        raise OptionError("give --row or --rows, not both")
    lines = enumerate(read_text(file, "--rows").split("\n"), start=1)
    filled = [(number, line) for number, line in lines if line.strip()]
    if len(filled) > MAX_ROWS:
        raise OptionError(f"{file} must have at most {MAX_ROWS} rows, got {len(filled)}", "--rows")
    if not filled:
        raise OptionError(f"{file} has no rows; write one JSON object a line", "--rows")
    return [_parse_row(line, "--rows", f"{file}, line {number}: ") for number, line in filled]


def read_text(file: Path, option: str) -> str:
    """Return the text of the file that an option names, or of standard input for ``-``.

    Raises:
        OptionError: It cannot be read, is no text or too large.
    """
    try:
        content = _read_bytes(file)
        if len(content) > MAX_BYTES:
            limit = f"must have at most {MAX_BYTES // 1_000_000} MB"
            raise OptionError(f"{file} {limit}; take a part of it", option)
        return content.decode()
    except OSError as error:
        raise OptionError(f"{file}: {error.strerror}", option) from None
    except UnicodeDecodeError as error:
        raise OptionError(f"{file}: byte {error.start + 1} is not UTF-8", option) from None


def _read_bytes(file: Path) -> bytes:
    """Return the content, or a byte more than is allowed of one that is too large."""
    if file == STDIN:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _parse_row(text: str, option: str, place: str = "") -> Row:
    try:
        row = json.loads(text, parse_float=_parse_float, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        problem = f"invalid JSON at {line}column {error.colno}: {error.msg}"
        raise OptionError(f"{place}{problem}", option) from None
    except (ValueError, RecursionError) as error:
        raise OptionError(f"{place}invalid JSON: {error}", option) from None
    if not isinstance(row, dict):
        example = '{"amount": 12.5}'
        message = f"{place}a row is a JSON object like {example}, got {text.strip()[:40]}"
        raise OptionError(message, option)
    return row


def _parse_float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text[:40]} is too large for float64")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON; write null")
