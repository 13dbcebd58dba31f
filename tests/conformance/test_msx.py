"""Every function means what the corpus says, in every executor, for ever."""

import pytest

from support.corpus import equal, load_corpus, run_columns, run_rows

CORPUS = load_corpus()


@pytest.mark.parametrize("function", CORPUS)
def test_both_executors_give_what_the_corpus_says(function: str) -> None:
    wrong = [
        (case.expr, *row, "by row", scalar, "by column", column)
        for case in CORPUS[function]
        for row, scalar, column in zip(case.rows, run_rows(case), run_columns(case), strict=True)
        if not (equal(scalar, row[-1], case.ulps) and equal(column, scalar))
    ]

    assert wrong == []
