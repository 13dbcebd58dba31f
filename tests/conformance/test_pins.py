"""What a published function means never changes: the rows of its corpus are pinned."""

import pytest

from modelspec.expressions.functions import FUNCTIONS
from scripts.pins import PINS, read_pins
from support.corpus import corpus_digests, load_corpus

ROWS = 10
"""Rows that a function has at least, over all its cases; a constant has one."""

CORPUS = load_corpus()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_its_rows(function: str) -> None:
    cases = CORPUS.get(function, [])
    takes_nothing = not any(operation.value_names for operation in FUNCTIONS[function])

    rows = sum(len(case.rows) for case in cases)

    assert rows >= (1 if takes_nothing else ROWS), f"add rows to tests/conformance/msx/: {rows}"


def test_the_corpus_knows_no_other_functions() -> None:
    assert set(CORPUS) <= set(FUNCTIONS)


def test_what_a_function_means_is_what_is_pinned() -> None:
    pins, digests = read_pins(), corpus_digests()
    new = sorted(digests.keys() - pins.keys())
    gone = sorted(pins.keys() - digests.keys())
    changed = sorted(name for name in pins.keys() & digests.keys() if pins[name] != digests[name])

    assert not new, f"run `make generate`: it adds new functions to {PINS}"
    assert not gone, "a published function never goes away"
    assert not changed, (
        f"a published function never changes its meaning: undo it, or give the correction a new"
        f" name. If the rows of {changed} only get more or were wrong, edit {PINS} by hand: "
        + ", ".join(f"{name} {digests[name]}" for name in changed)
    )
