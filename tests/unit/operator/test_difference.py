from typing import Any

import pytest
from hypothesis import given, strategies as st

from modelspec_operator.core.difference import covers

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(json_values)
def test_everything_covers_itself(value: Any) -> None:
    assert covers(value, value)


@given(
    st.dictionaries(st.text(max_size=5), json_values, max_size=4), st.text(max_size=5), json_values
)
def test_what_the_cluster_adds_does_not_count(wanted: dict[str, Any], key: str, more: Any) -> None:
    assert covers({key: more, **wanted}, wanted)


@given(st.dictionaries(st.text(max_size=5), json_values, min_size=1, max_size=4), st.data())
def test_what_is_missing_counts(wanted: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(wanted)))

    assert not covers({k: v for k, v in wanted.items() if k != key}, wanted)


@pytest.mark.parametrize(
    ("live", "wanted", "same"),
    [
        pytest.param([{"name": "b"}, {"name": "a", "x": 1}], [{"name": "a"}], True, id="by name"),
        pytest.param([{"name": "a", "x": 2}], [{"name": "a", "x": 1}], False, id="other value"),
        pytest.param([{"name": "b"}], [{"name": "a"}], False, id="item is gone"),
        pytest.param(["ALL", "X"], ["ALL"], False, id="a plain list is one value"),
        pytest.param([{"c": {"k": 1}}], [{"c": {"k": 1}}], True, id="items without identity"),
        pytest.param(None, {"a": 1}, False, id="nothing there"),
        pytest.param({"selector": {"a": 1, "b": 2}}, {"selector": {"a": 1}}, False, id="selector"),
        pytest.param(
            [{"name": "n", "uid": "1"}, {"name": "n", "uid": "2"}],
            [{"name": "n", "uid": "1"}],
            True,
            id="two owners of one name",
        ),
    ],
)
def test_lists_are_compared_by_identity_where_they_have_one(
    live: Any, wanted: Any, *, same: bool
) -> None:
    assert covers(live, wanted) is same
