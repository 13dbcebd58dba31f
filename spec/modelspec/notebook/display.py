"""How a specification looks in a notebook."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from modelspec.notebook.draft import Draft

Rows = Iterable[tuple[str, ...]]


def sentence(draft: Draft) -> str:
    """Return one line: the name, and how much there is of what."""
    counts = (
        (len(draft.features), "raw"),
        (len(draft.derived), "derived"),
        (len(draft.parameters), "parameters"),
        (len(draft.models), "models"),
    )
    found = ", ".join(f"{count} {word}" for count, word in counts if count)
    waiting = f"; not fitted: {', '.join(draft.unfitted)}" if draft.unfitted else ""
    return f"<Spec {draft.metadata['name']}: {found or 'empty'}{waiting}>"


def page(draft: Draft) -> str:
    """Return tables of everything that was declared, as HTML without any outside resource."""
    title = f"<h4>{escape(str(draft.metadata['name']))}</h4>"
    return "".join((title, *(_table(*table) for table in _tables(draft))))


def _tables(draft: Draft) -> Iterable[tuple[str, tuple[str, ...], Rows]]:
    yield "features", ("name", "type", "limits"), map(_feature, draft.features.values())
    derived = ((item["name"], item["type"], item["expr"]) for item in draft.derived.values())
    yield "derived features", ("name", "type", "expression"), derived
    fitted = ((name, item["type"], _contents(item)) for name, item in draft.parameters.items())
    waiting = ((name, "not fitted yet", "") for name in draft.unfitted)
    yield "parameters", ("name", "type", "holds"), (*fitted, *waiting)
    yield "models", ("name", "framework", "outputs"), map(_model, draft.models.values())


def _feature(item: Mapping[str, Any]) -> tuple[str, ...]:
    limits = (f"{key}: {item[key]}" for key in item if key not in {"name", "type", "description"})
    return item["name"], item["type"], ", ".join(limits)


def _model(item: Mapping[str, Any]) -> tuple[str, ...]:
    outputs = ", ".join(output["name"] for output in item["outputs"])
    return item["name"], item.get("framework", ""), outputs


def _contents(item: Mapping[str, Any]) -> str:
    member = item[item["type"][:1].lower() + item["type"][1:]]
    return ", ".join(
        f"{key}: {len(value)}" if isinstance(value, list) else f"{key}: {value}"
        for key, value in member.items()
    )


def _table(title: str, heads: tuple[str, ...], rows: Rows) -> str:
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    if not body:
        return ""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{body}</table>"
