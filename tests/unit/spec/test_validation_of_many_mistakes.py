from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st

from modelspec.validation.report import inspect
from support.effort import examples
from support.findings import put, sample


class Mistake(NamedTuple):
    """What stands in a field, and what is said of it."""

    value: Any
    code: str
    message: str
    path: str = ""
    """Where it is told, if that is not the field itself."""


MISTAKES = {
    "metadata.name": Mistake(
        "Checkout_Fraud",
        "MS107",
        "must start with a letter and hold lower-case letters, digits and '-' only;"
        " try 'checkout-fraud'",
    ),
    "spec.info.owners[0].role": Mistake(
        "DataSience",
        "MS103",
        'Unsupported value: "DataSience": supported values: "DataScience", "DomainEngineering",'
        """ "Platform", "Business"; did you mean 'DataScience'?""",
    ),
    "spec.featureFetching.features[0].sourceName": Mistake(
        "requst", "MS201", "'requst' is not a source; did you mean 'request'?"
    ),
    "spec.featureFetching.features[1].minimum": Mistake(
        "2e6", "MS211", "must be less than or equal to `maximum` '1e6'"
    ),
    "spec.featureFetching.features[4].default": Mistake(
        0, "MS104", 'must be of type string, got integer 0; write "0"'
    ),
    "spec.preprocessing.parameters[0].affine.scale": Mistake("0", "MS329", "must not be '0'"),
    "spec.preprocessing.derived[1].expr": Mistake(
        "log1p(amout)", "MS301", "column 7: unknown name 'amout'; did you mean 'amount'?"
    ),
    "spec.models[0].inputs[0].featureNames[3]": Mistake(
        "is_wbe", "MS421", "'is_wbe' is not a feature; did you mean 'is_web'?"
    ),
    "spec.models[1].artifact.sha256": Mistake(
        "sha256:abc", "MS402", "must match regex '^[a-f0-9]{64}$'; leave 'sha256:' out"
    ),
    "spec.pipeline.routes[1].split.arms[1].percent": Mistake(
        5, "MS505", "percents must sum to 100, got 95", "spec.pipeline.routes[1].split.arms"
    ),
    "spec.pipeline.routes[2].single.outputName": Mistake(
        "gbdt_scor", "MS509", "'gbdt_scor' is not a model output; did you mean 'gbdt_score'?"
    ),
    "spec.postprocessing.bands.ranges[2].from": Mistake(350, "MS514", "must be greater than 350"),
    "spec.serving.replicas": Mistake(0, "MS123", "must be greater than or equal to 1"),
}
"""Independent of each other, in the order of the fields."""


def _document(*paths: str) -> Any:
    document = sample("decision")
    for path in paths:
        put(document, path, MISTAKES[path].value)
    return document


def _found(document: Any) -> list[str]:
    return list(map(str, inspect(document).findings))


def _expected(*paths: str) -> list[str]:
    told = ((path, MISTAKES[path]) for path in paths)
    return [f"{item.code} {item.path or path}: {item.message}" for path, item in told]


def test_nine_independent_mistakes_are_nine_findings_in_the_order_of_the_fields() -> None:
    nine = list(MISTAKES)[:9]

    assert _found(_document(*nine)) == _expected(*nine)


@examples(60)
@given(st.sets(st.sampled_from(list(MISTAKES))))
def test_mistakes_do_not_hide_or_cause_each_other(paths: set[str]) -> None:
    assert _found(_document(*paths)) == _expected(*(path for path in MISTAKES if path in paths))


def _with(changes: dict[str, Any]) -> Any:
    document = sample("decision")
    for path, value in changes.items():
        put(document, path, value)
    return document


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        # What names a misnamed item is right, unless it is nearly the name of another one.
        (
            {
                "spec.preprocessing.derived[0].name": None,
                "spec.models[0].inputs[0].featureNames[1]": "amont_log",
            },
            ["spec.preprocessing.derived[0].name", "spec.models[0].inputs[0].featureNames[1]"],
        ),
        (
            {"spec.models[1].outputs[0].name": "gbdt_score"},
            ["spec.models[1].outputs[0].name"],
        ),
        # A rule between fields is told beside what is wrong elsewhere, in either object.
        (
            {
                "spec.featureFetching.features[1].default": "1",
                "spec.pipeline.routes[2].when": "amount > 1.0",
                "spec.serving.replicas": 0,
            },
            [
                "spec.featureFetching.features[1]",
                "spec.pipeline.routes",
                "spec.serving.replicas",
            ],
        ),
        (
            {"spec.pipeline": None, "spec.postprocessing": None, "spec.serving.replicas": 0},
            ["spec", "spec.serving.replicas"],
        ),
        # But not where the fields that it is about are wrong themselves.
        (
            {"spec.pipeline.routes[1].split.arms[1].percent": "10"},
            ["spec.pipeline.routes[1].split.arms[1].percent"],
        ),
        # A feature with a broken field counts as neither null nor without bounds.
        (
            {
                "spec.featureFetching.features[1].minimum": 0,
                "spec.featureFetching.features[0].required": "yes",
            },
            [
                "spec.featureFetching.features[0].required",
                "spec.featureFetching.features[1].minimum",
            ],
        ),
    ],
    ids=["names", "outputs", "rules", "rules above", "sums", "nulls"],
)
def test_consequences_are_not_told(changes: dict[str, Any], paths: list[str]) -> None:
    assert [item.path for item in inspect(_with(changes)).findings] == paths


def test_no_more_than_twenty_findings_are_told_the_first_ones() -> None:
    document = sample("decision")
    features = document["spec"]["featureFetching"]["features"]
    features += [{"name": f"f{index}", "type": "float"} for index in range(30)]

    findings = inspect(document).findings

    assert [item.path for item in findings] == [
        f"spec.featureFetching.features[{index}].type" for index in range(6, 26)
    ]
