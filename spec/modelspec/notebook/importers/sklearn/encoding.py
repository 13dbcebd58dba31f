"""Encoders of categories: tables from keys to codes, with what unknown ones and null become."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelspec.expressions.types import Kind
from modelspec.notebook.importers.sklearn.drafts import (
    Column,
    Draft,
    relabeled,
    spelled,
)
from modelspec.notebook.importers.sklearn.imputing import is_nothing
from modelspec.notebook.importers.sklearn.refusals import refused
from modelspec.schema.features import MAX_ALLOWED

Key = str | int | None

_WHOLE = ("indicator(", "element(")
"""How expressions begin whose floats are whole."""


@dataclass(frozen=True)
class Keys:
    """The categories of one column, as the language has them."""

    text: str
    """The expression of the key."""

    kind: str
    """String or Int64."""

    values: tuple[Key, ...]
    """In scikit-learn's order; ``None`` where it has a missing value as a category."""

    def known(self, values: Sequence[Key]) -> list[str]:
        """Return those that are not missing, as a specification writes them."""
        return [str(value) for value in values if value is not None]


def read_keys(encoder: Any, column: Column, categories: Any, draft: Draft) -> Keys:
    """Return the keys of one column, and note them for verification.

    Raises:
        UnsupportedTransformerError: The language has no such keys.
    """
    values = [None if is_nothing(value) else value for value in categories]
    if values.count(None) > 1:
        what = f"column '{column.label}' has None and NaN as categories, which are one null here"
        raise refused(encoder, what, "make all of them NaN and fit again")
    known = [value for value in values if value is not None]
    if column.kind is Kind.STRING and all(isinstance(value, str) for value in known):
        text, kind = column.text, "String"
        keys: list[Key] = [None if value is None else str(value) for value in values]
    else:
        text, kind = _integer_key(encoder, column, known, draft), "Int64"
        keys = [None if value is None else int(value) for value in values]
    draft.tries(column, [key for key in keys if key is not None])
    return Keys(text, kind, tuple(keys))


def _integer_key(encoder: Any, column: Column, known: Sequence[Any], draft: Draft) -> str:
    numeric = all(isinstance(value, bool | int | float | np.number | np.bool_) for value in known)
    whole = numeric and all(float(value).is_integer() for value in known)
    if not whole or column.kind is Kind.STRING:
        odd = next((v for v in known if isinstance(v, str) or not float(v).is_integer()), known[0])
        what = f"column '{column.label}' is {column.kind} and has the category {odd!r}"
        raise refused(encoder, what, "make its categories texts or whole numbers and fit again")
    if column.kind is Kind.INT64:
        return column.text
    if column.kind is Kind.BOOL:
        return f"to_int({column.text})"
    if column.text.startswith(_WHOLE):
        return f"to_int({column.text})"
    if not column.plain:
        what = f"column '{column.label}' has computed numbers as categories"
        raise refused(encoder, what, "encode what they are computed from")
    draft.integers.add(column.feature)
    return f"to_int({column.text})"


def restrict(encoder: Any, column: Column, keys: Keys, draft: Draft) -> None:
    """Let the raw feature take known categories only, as the original refuses others.

    Raises:
        UnsupportedTransformerError: A specification cannot say so.
    """
    if not column.plain:
        return
    feature = draft.features[column.feature]
    known = [key for key in keys.values if key is not None]
    instead = "use handle_unknown='ignore' or a code for unknown ones, and fit again"
    if feature.kind is Kind.STRING:
        before = known if feature.allowed is None else feature.allowed
        feature.allowed = [str(key) for key in known if key in before]
        if len(known) > MAX_ALLOWED:
            what = f"handle_unknown='error' with {len(known)} categories in '{column.label}'"
            raise refused(encoder, f"{what}, where a feature lists {MAX_ALLOWED} at most", instead)
        return
    integers = sorted(int(key) for key in known)
    gaps = len(integers) != integers[-1] - integers[0] + 1
    if gaps or (feature.kind is Kind.BOOL and len(integers) < len((False, True))):
        what = f"handle_unknown='error' with categories {integers[:5]} in '{column.label}'"
        raise refused(encoder, f"{what}: a feature cannot refuse the others", instead)
    if feature.kind is not Kind.BOOL:
        feature.low = integers[0] if feature.low is None else max(feature.low, integers[0])
        feature.high = integers[-1] if feature.high is None else min(feature.high, integers[-1])


def _infrequent(encoder: Any, index: int) -> set[Key]:
    groups = getattr(encoder, "infrequent_categories_", None)
    group = None if groups is None else groups[index]
    return set() if group is None else {None if is_nothing(v) else _plain(v) for v in group}


def _plain(value: Any) -> str | int:
    return str(value) if isinstance(value, str) else int(value)


def one_hot(encoder: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return a column for each category that is not dropped, infrequent ones together."""
    made: list[Column] = []
    for index, column in enumerate(columns):
        keys = read_keys(encoder, column, encoder.categories_[index], draft)
        if encoder.handle_unknown == "error":
            restrict(encoder, column, keys, draft)
        dropped = None if encoder.drop_idx_ is None else encoder.drop_idx_[index]
        groups = _Groups(keys, _infrequent(encoder, index), _catches(encoder))
        texts = groups.texts(column, draft, None if dropped is None else int(dropped))
        made += [
            column.becomes(
                text, "is", label=f"{column.label}_{place}", sparse=encoder.sparse_output
            )
            for place, text in enumerate(texts)
        ]
    return relabeled(encoder, columns, made)


def _catches(encoder: Any) -> bool:
    """Return whether unknown categories count as infrequent ones."""
    return encoder.handle_unknown in {"infrequent_if_exist", "warn"}


@dataclass(frozen=True)
class _Groups:
    """The columns that one-hot encoding makes of one column."""

    keys: Keys
    infrequent: set[Key]
    catches: bool

    def texts(self, column: Column, draft: Draft, dropped: int | None) -> list[str]:
        """Return the expressions in scikit-learn's order."""
        frequent = [key for key in self.keys.values if key not in self.infrequent]
        left_out = () if dropped is None else (self.keys.values[dropped],)
        shown = [key for key in frequent if key not in left_out]
        texts = self._elements(column, draft, shown)
        if self.infrequent and not self.infrequent.intersection(left_out):
            texts.append(self._rest(column, draft, frequent))
        return texts

    def _elements(self, column: Column, draft: Draft, shown: Sequence[Key]) -> list[str]:
        listed = self.keys.known(shown)
        name = ""
        if listed:
            member = {"keyType": self.keys.kind, "keys": listed}
            name = draft.parameter(column, "categories", "Vocabulary", **member)
        positions = {key: place for place, key in enumerate(listed)}
        return [
            f"indicator(is_null({self.keys.text}))"
            if key is None
            else f"element(one_hot({self.keys.text}, {name}), {positions[str(key)]})"
            for key in shown
        ]

    def _rest(self, column: Column, draft: Draft, frequent: Sequence[Key]) -> str:
        """Return the condition of being infrequent, or unknown where that counts as such."""
        text = self.keys.text
        listed = frequent if self.catches else self.infrequent
        in_order = [key for key in self.keys.values if key in listed]
        word = "frequent" if self.catches else "infrequent"
        member = {"keyType": self.keys.kind, "keys": self.keys.known(in_order)}
        inside = f"in_set({text}, {draft.parameter(column, word, 'Set', **member)})"
        if self.catches:
            # Null is in no set, and infrequent unless it is a category of its own.
            but = f" and not_null({text})" if None in frequent else ""
            return f"indicator(not {inside}{but})"
        also = f" or is_null({text})" if None in self.infrequent else ""
        return f"indicator({inside}{also})"


def ordinal(encoder: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return the position of a category, with codes for what is unknown and missing."""
    made = []
    for index, column in enumerate(columns):
        keys = read_keys(encoder, column, encoder.categories_[index], draft)
        if encoder.handle_unknown == "error":
            restrict(encoder, column, keys, draft)
        codes = _codes(encoder, keys, _infrequent(encoder, index))
        made.append(_coded(encoder, column, keys, codes, draft))
    return relabeled(encoder, columns, made)


def _codes(encoder: Any, keys: Keys, infrequent: set[Key]) -> dict[Key, float]:
    """Return the code of each category; infrequent ones share the last."""
    frequent = [key for key in keys.values if key not in infrequent and key is not None]
    codes: dict[Key, float] = {key: place for place, key in enumerate(frequent)}
    codes |= {key: len(frequent) for key in keys.values if key in infrequent}
    if None in keys.values:
        codes[None] = float(encoder.encoded_missing_value)
    return codes


def _coded(
    encoder: Any, column: Column, keys: Keys, codes: dict[Key, float], draft: Draft
) -> Column:
    refuses = encoder.handle_unknown == "error"
    unknown = -1.0 if refuses else float(encoder.unknown_value)
    missing = codes.get(None, unknown)
    used = {int(code) for code in (*codes.values(), unknown) if not is_nothing(float(code))}
    nothing = min(used, default=0) - 1
    stand_in = {True: nothing}
    unknown_code = stand_in.get(is_nothing(unknown), unknown)
    missing_code = stand_in.get(is_nothing(float(missing)), missing)
    text = _table(column, keys, codes, (int(unknown_code), int(missing_code)), draft)
    if nothing in (unknown_code, missing_code):
        text = f"null_if({text}, {nothing})"
    dtype = np.dtype(encoder.dtype)
    return column.becomes(text, "code", Kind.INT64, dtype=dtype)


def _table(
    column: Column, keys: Keys, codes: dict[Key, float], others: tuple[int, int], draft: Draft
) -> str:
    """Return the expression of the code: by position, or by a table where codes are shared."""
    unknown, missing = others
    known = [key for key in keys.values if key is not None]
    if [codes[key] for key in known] == list(range(len(known))):
        member: dict[str, Any] = {"keyType": keys.kind, "keys": keys.known(known)}
        member |= {"unknown": unknown, "missing": missing}
        return f"ordinal({keys.text}, {draft.parameter(column, 'codes', 'Vocabulary', **member)})"
    entries = [{"key": str(key), "value": spelled(codes[key])} for key in known]
    table = {"keyType": keys.kind, "entries": entries}
    table |= {"default": spelled(unknown), "missing": spelled(missing)}
    name = draft.parameter(column, "codes", "LookupTable", **table)
    return f"to_int(lookup({keys.text}, {name}))"


def target(encoder: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return what the target was on average for a category; its mean for unknown ones."""
    classes = list(encoder.classes_) if encoder.target_type_ == "multiclass" else [None]
    means = np.atleast_1d(encoder.target_mean_)
    made = []
    for place, encodings in enumerate(encoder.encodings_):
        column = columns[place // len(classes)]
        keys = read_keys(encoder, column, encoder.categories_[place // len(classes)], draft)
        values = dict(zip(keys.values, encodings, strict=True))
        table = {
            "keyType": keys.kind,
            "entries": [
                {"key": str(key), "value": spelled(value)}
                for key, value in values.items()
                if key is not None
            ],
            "default": spelled(means[place % len(classes)]),
        }
        if None in values:
            table["missing"] = spelled(values[None])
        text = f"lookup({keys.text}, {draft.parameter(column, 'target', 'LookupTable', **table)})"
        label = f"{column.label}_{place % len(classes)}" if len(classes) > 1 else column.label
        made.append(column.becomes(text, "target", label=label))
    return relabeled(encoder, columns, made)
