from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modelspec.errors import Finding
from modelspec.validation.report import inspect, transition_findings
from modelspec.validation.structure import parse
from support.effort import examples
from support.findings import put, sample
from support.specs import DECISION_SPEC

MISTAKES: dict[str, tuple[Any, str]] = {
    "spec.info.owners[0].role": (
        "DataSience",
        'MS103 spec.info.owners[0].role: Unsupported value: "DataSience": supported values:'
        ' "DataScience", "DomainEngineering", "Platform", "Business"; did you mean'
        " 'DataScience'?",
    ),
    "spec.featureFetching.features[0].sourceName": (
        "requst",
        "MS201 spec.featureFetching.features[0].sourceName: 'requst' is not a source; did you mean"
        " 'request'?",
    ),
    "spec.featureFetching.features[1].minimum": (
        "2e6",
        "MS211 spec.featureFetching.features[1].minimum: must be less than or equal to `maximum`"
        " '1e6'",
    ),
    "spec.featureFetching.features[4].default": (
        0,
        "MS104 spec.featureFetching.features[4].default: must be of type string, got integer 0;"
        ' write "0"',
    ),
    "spec.preprocessing.parameters[0].affine.scale": (
        "0",
        "MS329 spec.preprocessing.parameters[0].affine.scale: must not be '0'",
    ),
    "spec.preprocessing.derived[1].expr": (
        "log1p(amout)",
        "MS301 spec.preprocessing.derived[1].expr: column 7: unknown name 'amout'; did you mean"
        " 'amount'?",
    ),
    "spec.models[0].inputs[0].featureNames[3]": (
        "is_wbe",
        "MS421 spec.models[0].inputs[0].featureNames[3]: 'is_wbe' is not a feature; did you mean"
        " 'is_web'?",
    ),
    "spec.models[1].artifact.sha256": (
        "sha256:abc",
        "MS402 spec.models[1].artifact.sha256: must match regex '^[a-f0-9]{64}$'",
    ),
    "spec.pipeline.routes[1].split.arms[1].percent": (
        5,
        "MS505 spec.pipeline.routes[1].split.arms: percents must sum to 100, got 95",
    ),
    "spec.pipeline.routes[2].single.outputName": (
        "gbdt_scor",
        "MS509 spec.pipeline.routes[2].single.outputName: 'gbdt_scor' is not a model output; did"
        " you mean 'gbdt_score'?",
    ),
    "spec.postprocessing.bands.ranges[2].from": (
        350,
        "MS514 spec.postprocessing.bands.ranges[2].from: must be greater than 350",
    ),
    "spec.serving.replicas": (
        0,
        "MS123 spec.serving.replicas: must be greater than or equal to 1",
    ),
}
"""Independent of each other, in the order of the fields: what stands there, what is said of it."""


def _document(*paths: str) -> Any:
    document = sample("decision")
    for path in paths:
        put(document, path, MISTAKES[path][0])
    return document


def _found(document: Any) -> list[str]:
    return list(map(str, inspect(document).findings))


def test_nine_independent_mistakes_are_nine_findings_in_the_order_of_the_fields() -> None:
    nine = list(MISTAKES)[:9]

    assert _found(_document(*nine)) == [MISTAKES[path][1] for path in nine]


@examples(60)
@given(st.sets(st.sampled_from(list(MISTAKES))))
def test_mistakes_do_not_hide_or_cause_each_other(paths: set[str]) -> None:
    assert _found(_document(*paths)) == [
        message for path, (_, message) in MISTAKES.items() if path in paths
    ]


def test_no_more_than_twenty_findings_are_told_the_first_ones() -> None:
    document = sample("decision")
    features = document["spec"]["featureFetching"]["features"]
    features += [{"name": f"f{index}", "type": "float"} for index in range(30)]

    findings = inspect(document).findings

    assert [item.path for item in findings] == [
        f"spec.featureFetching.features[{index}].type" for index in range(6, 26)
    ]
