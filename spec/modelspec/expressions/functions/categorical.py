"""Keys to numbers: tables, codes, sets and hashes; unknown keys and null have declared answers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from modelspec.errors import Code
from modelspec.expressions.columns import (
    NONE,
    Booleans,
    Encoded,
    Floats,
    Integers,
    Vectors,
)
from modelspec.expressions.murmurhash import murmurhash3, murmurhash3_of_all
from modelspec.expressions.operation import LiteralError, Operation, Varying
from modelspec.expressions.parameters import Key, LookupTable, Set, Vocabulary
from modelspec.expressions.types import Range, Type

GROUP = "Categorical"

MAX_WIDTH = 1_024
"""Keys that a one-hot vector may have."""

SEPARATOR = "\x1f"
MISSING = "\0"

_BEYOND = 2**53
"""A key that no row has."""


def _answers(
    k: Encoded | Integers, known: Mapping[Key | None, Any], otherwise: Any, dtype: DTypeLike
) -> NDArray[Any]:
    """Return for every row what is known of its key, null's under ``None``, or *otherwise*."""
    if isinstance(k, Encoded):
        of_values = np.array([known.get(key, otherwise) for key in k.values], dtype)
        return of_values[k.codes]
    keys = [*sorted(key for key in known if isinstance(key, int)), _BEYOND]
    of_keys = np.array([known.get(key, otherwise) for key in keys], dtype)
    places = np.searchsorted(keys, k.value)
    found = np.array(keys)[places] == k.value
    answers = np.where(found, of_keys[places], otherwise)
    return np.where(k.null, known.get(None, otherwise), answers)


def _look_up(k: Encoded | Integers, p: LookupTable) -> Floats:
    return Floats(_answers(k, p.table, p.default, np.float64))


def _ordinal(k: Encoded | Integers, p: Vocabulary) -> Integers:
    return Integers(_answers(k, p.codes, p.unknown, np.int64), NONE)


def _in_set(k: Encoded | Integers, p: Set) -> Booleans:
    found = _answers(k, dict.fromkeys(p.members, True), False, np.bool_)
    return Booleans(found, ~found)


def _one_hot(k: Key | None, p: Vocabulary) -> tuple[float, ...]:
    """Return the slice of ``0 … 0 1 0 … 0`` that has its one, if any, at the key's position."""
    width = len(p.keys)
    start = width - p.positions.get(k, width)
    return p.spotlight[start : start + width]


def _one_hot_columns(k: Encoded | Integers, p: Vocabulary) -> Vectors:
    positions = _answers(k, p.positions, -1, np.int64)
    vectors = np.zeros((len(positions), len(p.keys)))
    (rows,) = np.nonzero(positions >= 0)
    vectors[rows, positions[rows]] = 1.0
    return Vectors(vectors, NONE)


def _narrow(p: Vocabulary) -> Vocabulary:
    if len(p.keys) > MAX_WIDTH:
        message = f"must have at most {MAX_WIDTH} keys, got {len(p.keys)}; use ordinal()"
        raise LiteralError(Code.MS338, message)
    return p


def _width(_types: tuple[Type, ...], bound: Mapping[str, Any], plain: Type) -> Type:
    return replace(plain, range=Range(0.0, 1.0), length=len(bound["p"].keys))


def _bucket(s: str, n: int, seed: int) -> int:
    return murmurhash3(s, seed) % n


def _buckets_of_all(s: Encoded, n: int, seed: int) -> Any:
    hashes = murmurhash3_of_all([value or "" for value in s.values], seed)
    return (hashes.astype(np.int64) % n)[s.codes]


def _sign(s: str, seed: int) -> int:
    return 1 if murmurhash3(s, seed) < 2**31 else -1


def _buckets(n: int) -> int:
    if not 1 <= n < 2**31:
        raise LiteralError(Code.MS325, f"must be from 1 to 2147483647, got {n}")
    return n


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**32:
        raise LiteralError(Code.MS325, f"must be from 0 to 4294967295, got {seed}")
    return seed


def _cross(*values: str | None) -> str:
    return SEPARATOR.join([MISSING if value is None else value for value in values])


def _joined(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    longest = sum(max(declared.length, len(MISSING)) for declared in types)
    return replace(plain, length=longest + len(types) - 1)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "lookup(k: key, p: LookupTable) -> float64",
        "The table's value for k; its `default` for a key that is not listed.",
        (
            ('lookup("5967", risk)', 0.25),
            ('lookup("0000", risk)', 0.01),
            ("lookup(null, risk)", 0.5),
        ),
        group=GROUP,
        lenient=True,
        null="never null: a null key has the table's value for null, or its default",
        scalar="{p.table}.get({k}, {p.default})",
        columns=_look_up,
        range=lambda *_k, p: p.range,
    ),
    Operation(
        "ordinal(k: key, p: Vocabulary) -> int64",
        "The position of k among the keys, from 0; `unknown` for a key that is not listed.",
        (
            ('ordinal("SE", countries)', 1),
            ('ordinal("XX", countries)', -1),
            ("ordinal(null, countries)", -2),
        ),
        group=GROUP,
        lenient=True,
        null="never null: a null key has the code `missing`",
        scalar="{p.codes}.get({k}, {p.unknown})",
        columns=_ordinal,
        range=lambda *_k, p: p.range,
    ),
    Operation(
        "one_hot(k: key, p: Vocabulary) -> vector",
        "A vector as wide as there are keys, at most 1024: 1.0 at the position of k, else 0.0;"
        " zeros alone for a key that is not listed.",
        (
            ('one_hot("SE", countries)', (0.0, 1.0, 0.0)),
            ('one_hot("XX", countries)', (0.0, 0.0, 0.0)),
            ("one_hot(null, countries)", (0.0, 0.0, 0.0)),
        ),
        group=GROUP,
        lenient=True,
        null="never null: a null key gives zeros alone",
        scalar=_one_hot,
        columns=_one_hot_columns,
        infer=_width,
        prepare={"p": _narrow},
        cost=Varying("20 and 0.1 for each key", lambda p: 20 + 0.1 * len(p.keys)),
    ),
    Operation(
        "in_set(k: key, p: Set) -> bool",
        "Whether k is one of the keys.",
        (
            ('in_set("5967", gambling)', True),
            ('in_set("0000", gambling)', False),
            ("in_set(null, gambling)", False),
        ),
        group=GROUP,
        lenient=True,
        null="never null: a null key is in no set",
        scalar="{k} in {p.members}",
        negation="({k} not in {p.members})",
        columns=_in_set,
    ),
    Operation(
        "hash_bucket(s: string, n: literal int64, seed: literal int64 = 0) -> int64",
        "MurmurHash3 (x86, 32 bits, unsigned) of s in UTF-8, modulo n: a bucket from 0 to n - 1."
        " n is from 1 to 2147483647, the seed from 0 to 4294967295.",
        (
            ('hash_bucket("hello", 1024)', 583),
            ('hash_bucket("", 1024)', 0),
            ("hash_bucket(null, 1024)", None),
        ),
        group=GROUP,
        scalar=_bucket,
        columns=_buckets_of_all,
        prepare={"n": _buckets, "seed": _seed},
        range=lambda n, seed: Range(0.0, n - 1.0),  # noqa: ARG005  # called by name
        cost=10,
        per_character=3,
    ),
    Operation(
        "hash_sign(s: string, seed: literal int64 = 1) -> int64",
        "1, or -1 where the highest bit of the MurmurHash3 (x86, 32 bits) of s in UTF-8 is set:"
        " with seed 0 the sign of scikit-learn's FeatureHasher."
        " The seed is from 0 to 4294967295.",
        (
            ('hash_sign("", seed=0)', 1),
            ('hash_sign("hello")', -1),
            ("hash_sign(null)", None),
        ),
        group=GROUP,
        scalar=_sign,
        prepare={"seed": _seed},
        range=Range(-1.0, 1.0),
        cost=10,
        per_character=1.5,
    ),
    Operation(
        "cross(a: string, b: string, *rest: string) -> string",
        "The texts as one key: joined by U+001F, with U+0000 for each that is null.",
        (
            ('cross("NO", "5967")', "NO\x1f5967"),
            ('cross("NO", null, "web")', "NO\x1f\0\x1fweb"),
            ('cross("", null)', "\x1f\0"),
        ),
        group=GROUP,
        lenient=True,
        null="never null",
        scalar=_cross,
        infer=_joined,
        cost=6,
        per_character=0.01,
    ),
)
