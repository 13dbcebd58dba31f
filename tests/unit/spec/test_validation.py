from typing import Any

import pytest
from pydantic import ValidationError

from modelspec.validation.report import transition_findings
from modelspec.validation.rules import check
from support.specs import SPEC, spec

NO_TIME = "is not an RFC 3339 time such as '2026-01-02T03:04:05Z'"
NO_DECIMAL = "is not a decimal number such as '0.85'"
NULL_WITHOUT = "leave `default` out, and what is missing is null"
UNSAFE = "is outside the safe integer range; use type String for identifiers"
INT64_RANGE = "must be an integer between -9007199254740991 and 9007199254740991"


def _with_features(*features: dict[str, Any]) -> dict[str, Any]:
    return {"features": [{"name": "amount", "type": "Float64"}, *features]}


def _with_columns(*columns: str) -> list[dict[str, Any]]:
    return [{**SPEC["models"][0], "inputs": [{"name": "features", "featureNames": list(columns)}]}]


def test_the_sample_is_valid() -> None:
    assert check(spec()) == ()


def test_an_unknown_column_is_found_with_its_path_and_a_suggestion() -> None:
    (finding,) = check(spec(models=_with_columns("amount", "cuont")))

    assert str(finding) == (
        "MS421 spec.models[0].inputs[0].featureNames[1]: "
        "'cuont' is not a feature; did you mean 'count'?"
    )


def test_a_repeated_column_is_found() -> None:
    (finding,) = check(spec(models=_with_columns("amount", "count", "amount")))

    assert str(finding) == (
        "MS423 spec.models[0].inputs[0].featureNames[2]: Duplicate value 'amount'"
    )


@pytest.mark.parametrize(
    ("code", "kind", "default", "problem"),
    [
        ("MS204", "Int64", "1.5", f"'1.5' is not an Int64; {INT64_RANGE}"),
        ("MS204", "Int64", "", f"'' is not an Int64; {INT64_RANGE}"),
        ("MS205", "Int64", "9007199254740993", f"'9007199254740993' {UNSAFE}"),
        ("MS205", "Int64", "-1e300", f"'-1e300' {UNSAFE}"),
        ("MS206", "Float64", "NaN", f"'NaN' {NO_DECIMAL}; {NULL_WITHOUT}"),
        ("MS206", "Float64", "-inf", f"'-inf' {NO_DECIMAL}; {NULL_WITHOUT}"),
        ("MS206", "Float64", "", f"'' {NO_DECIMAL}; {NULL_WITHOUT}"),
        ("MS206", "Float64", "1,5", f"'1,5' {NO_DECIMAL}"),
        ("MS206", "Float64", "1e999", "'1e999' is outside the range of a Float64"),
        ("MS207", "Timestamp", "yesterday", f"'yesterday' {NO_TIME}"),
        ("MS207", "Timestamp", "2026-01-02T03:04:05", f"'2026-01-02T03:04:05' {NO_TIME}"),
        (
            "MS207",
            "Timestamp",
            "0001-01-01T00:00:00+05:00",
            f"'0001-01-01T00:00:00+05:00' {NO_TIME}",
        ),
        ("MS208", "Bool", "yes", "must be 'true' or 'false'"),
    ],
)
def test_a_default_of_the_wrong_type_is_found(
    code: str, kind: str, default: str, problem: str
) -> None:
    features = _with_features(
        {"name": "count", "type": kind, "default": default}, {"name": "known", "type": "Bool"}
    )

    finding, *_ = check(spec(featureFetching=features))

    assert str(finding) == (
        f"{code} spec.featureFetching.features[1].default: {problem} (feature 'count')"
    )


def test_all_problems_are_reported_at_once() -> None:
    features = _with_features({"name": "count", "type": "Int64", "default": "x"})

    findings = check(spec(featureFetching=features, models=_with_columns("nope", "nope")))

    assert [finding.code.name for finding in findings] == ["MS204", "MS421", "MS421", "MS423"]


def test_the_schema_refuses_a_default_for_a_required_feature() -> None:
    with pytest.raises(ValidationError, match="may not be specified when `required` is true"):
        spec(featureFetching=_with_features(
            {"name": "count", "type": "Int64", "default": "1", "required": True}
        ))  # fmt: skip


def test_a_default_text_is_at_most_as_long_as_its_feature_may_be() -> None:
    code = {"name": "code", "type": "String", "maxLength": 2}
    raw = [{"name": "known", "type": "Bool"}, {"name": "count", "type": "Int64"}]

    (finding,) = check(spec(featureFetching=_with_features(*raw, {**code, "default": "abc"})))

    assert check(spec(featureFetching=_with_features(*raw, {**code, "default": ""}))) == ()
    assert str(finding) == (
        "MS209 spec.featureFetching.features[3].default: must be at most 2 characters"
        " (`maxLength`), got 3 (feature 'code')"
    )


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        ({"type": "List"}, "`itemType` must be specified when `type` is 'List', and only then"),
        ({"type": "Int64", "itemType": "Int64"}, "`itemType` must be specified when"),
        ({"type": "List", "itemType": "Bool"}, "Input should be 'Int64', 'Float64' or 'String'"),
        (
            {"type": "List", "itemType": "Int64", "default": "1"},
            "`default` may not be specified when `type` is 'List'",
        ),
        ({"type": "Int64", "maxItems": 3}, "`maxItems` may not be specified unless `type` is"),
        ({"type": "Timestamp", "maxLength": 30}, "`maxLength` may not be specified unless"),
        (
            {"type": "List", "itemType": "Int64", "maxLength": 3},
            "`maxLength` may not be specified unless `type` or `itemType` is 'String'",
        ),
        ({"type": "String", "maxLength": 0}, "greater than or equal to 1"),
        ({"type": "String", "maxLength": 65_537}, "less than or equal to 65536"),
        ({"type": "List", "itemType": "String", "maxItems": 1025}, "less than or equal to 1024"),
    ],
    ids=str,
)  # fmt: skip
def test_the_schema_says_what_goes_with_which_type(feature: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        spec(featureFetching=_with_features({"name": "count", **feature}))


def test_unknown_fields_are_ignored_so_that_an_older_operator_reads_newer_objects() -> None:
    assert spec(somethingNewer={"a": 1}) == spec()


def _transition(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[str]:
    before, after = (spec(**({"info": info} if info else {})) for info in (old, new))
    return list(map(str, transition_findings(before, after)))


@pytest.mark.parametrize("new", [{"problemType": "Regression"}, {}, None], ids=str)
def test_what_a_model_predicts_cannot_be_changed_or_taken_back(new: dict[str, Any] | None) -> None:
    assert _transition({"problemType": "BinaryClassification"}, new) == [
        "MS609 spec.info.problemType: is immutable; create a new ModelSpec"
    ]


@pytest.mark.parametrize("old", [None, {}, {"problemType": "Regression"}], ids=str)
def test_what_a_model_predicts_can_be_said_later(old: dict[str, Any] | None) -> None:
    assert _transition(old, {"problemType": "Regression"}) == []
