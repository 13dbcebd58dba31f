"""Labels of classes become words for names of outputs, none of them twice."""

from typing import Any

import numpy as np
import pytest

from modelspec.notebook.importers.suffixes import suffixes


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["Not sure", "Yes!"], ("not_sure", "yes")),
        ([0, 1, -1], ("0", "1", "minus_1")),
        ([2.0, 2.5], ("2", "2_5")),
        (np.array([2.0, 2.5], np.float32), ("2", "2_5")),
        ([True, False], ("true", "false")),
        (["a b", "A-B", "a_b"], ("a_b", "a_b_1", "a_b_2")),
        (["?", "日本"], ("class_0", "class_1")),
        (["a_b_1", "a b", "A-B", "a_b"], ("a_b_1", "a_b", "a_b_2", "a_b_3")),
        (["x" * 40, "x" * 41], ("x" * 20, "x" * 20 + "_1")),
        (["a_1", "a", "A"], ("a_1", "a", "a_2")),
        (["a", "a_2", "A"], ("a", "a_2", "a_3")),
    ],
)
def test_labels_become_words(labels: list[Any], words: tuple[str, ...]) -> None:
    assert suffixes(labels) == words


def test_a_word_that_is_taken_is_numbered() -> None:
    assert suffixes(["score"], ("score",)) == ("score_0",)
