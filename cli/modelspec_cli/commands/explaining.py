"""What ``modelspec explain`` does when it runs."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from modelspec.errors import Code, nearest
from modelspec.explanations.catalogue import EXPLANATIONS, LISTED
from modelspec.explanations.explanation import Explanation
from modelspec_cli import render
from modelspec_cli.formats import Format


class UnknownCodeError(ValueError):
    """There is no such code."""


def run(code: str | None, output: Format) -> None:
    """Print what one code means, or list all.

    Raises:
        UnknownCodeError: There is no such code.
    """
    if output is not Format.TEXT:
        found = [_record(item) for item in EXPLANATIONS.values()]
        render.print_document(found if code is None else _record(_find(code)), output)
    elif code is None:
        render.print_lines(_list())
    else:
        render.print_lines(_page(_find(code)))


def _find(code: str) -> Explanation:
    known = {item.name: item for item in Code}
    name = code.strip().upper()
    name = name if name.startswith("MS") else f"MS{name}"
    if name not in known:
        near = nearest(name, known)
        hint = f"; did you mean {near}?" if near else "; `modelspec explain` lists all"
        raise UnknownCodeError(f"'{code}' is no code{hint}")
    return EXPLANATIONS[known[name]]


def _record(item: Explanation) -> dict[str, Any]:
    return {
        "code": item.code.name,
        "reason": item.code.reason,
        "severity": str(item.severity),
        "where": str(item.where),
        "group": str(item.group),
        "title": item.title,
        "meaning": item.meaning,
        "wrong": item.wrong,
        "right": item.right,
    }


def _list() -> Iterator[str]:
    for group, items in groupby(LISTED, key=lambda item: item.group):
        yield from ("", f"[bold]{group}[/bold]")
        for item in items:
            mark = "" if item.severity == "error" else f" ({item.severity})"
            yield f"  {item.code.name}  {render.escaped(item.title)}{mark}"


def _page(item: Explanation) -> Iterator[str]:
    yield f"[bold]{item.code.name} {item.code.reason}[/bold]: {render.escaped(item.title)}"
    yield f"{item.severity}; found by: {item.where}"
    yield ""
    yield render.escaped(item.meaning)
    for title, example in (("Wrong", item.wrong), ("Right", item.right)):
        if example is not None:
            yield from ("", f"[bold]{title}[/bold]")
            yield from (f"  {render.escaped(line)}" for line in example.strip("\n").splitlines())
