"""What is said about preprocessing that cannot work: code, path, sentence, excerpt."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from modelspec.errors import Code, Finding
from modelspec.expressions.types import Boundary
from modelspec.schema.spec import ModelSpecSpec
from modelspec.validation.rules import check
from support.specs import PREPROCESSED_SPEC, SPEC, Body, changed_body

INT64_RANGE = "must be an integer between -9007199254740991 and 9007199254740991"


def _findings(body: Body) -> list[str]:
    return [str(finding) for finding in check(ModelSpecSpec.model_validate(body))]


def _spec(
    derived: Mapping[str, str],
    *,
    parameters: list[Body] | None = None,
    raw: list[Body] | None = None,
) -> Body:
    """Return the sample specification with derived features of type Float32."""
    body = deepcopy(SPEC)
    body["featureFetching"]["features"] += raw or []
    body["preprocessing"] = {
        "derived": [{"name": n, "type": "Float32", "expr": text} for n, text in derived.items()],
        "parameters": parameters or [],
    }
    return body


def _parameter(name: str, kind: str, **fields: Any) -> Body:
    return {"name": name, "type": kind, kind[:1].lower() + kind[1:]: fields}


def test_the_sample_with_everything_is_valid() -> None:
    assert _findings(PREPROCESSED_SPEC) == []


def test_a_slip_in_an_expression_is_shown_with_its_place() -> None:
    (finding,) = check(
        ModelSpecSpec.model_validate(_spec({"a": "amount", "b": "count", "c": "2 * sign(amout)"}))
    )

    assert str(finding) == (
        "MS301 spec.preprocessing.derived[2].expr: column 10: unknown name 'amout'; did you mean"
        " 'amount'?"
    )
    assert finding.describe() == f"{finding}\n  2 * sign(amout)\n           ^^^^^"


def test_a_finding_without_a_text_describes_itself_in_one_line() -> None:
    finding = Finding(Code.MS423, "spec", "Duplicate value 'x'")

    assert finding.describe() == str(finding)


def test_every_problem_of_every_expression_is_reported() -> None:
    found = _findings(_spec({"a": "foo + bar", "b": "lower(amount)", "c": "("}))

    assert [line.split(": ")[0] for line in found] == [
        "MS301 spec.preprocessing.derived[0].expr",
        "MS301 spec.preprocessing.derived[0].expr",
        "MS304 spec.preprocessing.derived[1].expr",
        "MS314 spec.preprocessing.derived[2].expr",
    ]


def test_a_cycle_concerns_all_derived_features() -> None:
    assert _findings(_spec({"a": "b + 1", "b": "a + 1"})) == [
        (
            "MS319 spec.preprocessing.derived: cycle 'a' -> 'b' -> 'a'; a derived feature must not"
            " depend on itself"
        )
    ]


@pytest.mark.parametrize(
    ("body", "findings"),
    [
        pytest.param(
            _spec({"amount": "count + nonsense"}),
            [
                ("MS112 spec.preprocessing.derived[0].name: 'amount' is already a raw feature"
                " (`featureFetching.features[0]`); derived names must differ")
            ],
            id="a derived feature with the name of a raw one; its expression is not looked at",
        ),
        pytest.param(
            _spec({"amount": "b * 2", "b": "amount + 1"}),
            [
                (
                    "MS112 spec.preprocessing.derived[0].name: 'amount' is already a raw feature"
                    " (`featureFetching.features[0]`); derived names must differ"
                )
            ],
            id="others still mean the raw feature, so there is no cycle",
        ),
        pytest.param(
            _spec({"a": "amount"}, parameters=[_parameter("a", "Imputation", value="1")]),
            [
                ("MS112 spec.preprocessing.parameters[0].name: 'a' is already a derived feature"
                " (`preprocessing.derived[0]`); parameter names must differ")
            ],
            id="a parameter with the name of a derived feature",
        ),
        pytest.param(
            _spec({"lower": "amount", "b": "lower + 1"}),
            [
                ("MS109 spec.preprocessing.derived[0].name: 'lower' is a function of msx/v1 and"
                " may not be a feature name; try 'lower_value'")
            ],
            id="a derived feature with the name of a function; whoever uses it is not at fault",
        ),
        pytest.param(
            _spec({"a": "amount"}, parameters=[_parameter("null", "Imputation", value="1")]),
            [
                ("MS109 spec.preprocessing.parameters[0].name: 'null' is a word of msx/v1 and may"
                " not be a parameter name; try 'null_value'")
            ],
            id="a parameter with the name of a word",
        ),
        pytest.param(
            _spec({"a": "amount"}, raw=[{"name": "and", "type": "Int64"}]),
            [
                ("MS109 spec.featureFetching.features[3].name: 'and' is a word of msx/v1 and may"
                " not be a feature name; try 'and_value'")
            ],
            id="a raw feature with the name of a word",
        ),
        pytest.param(
            _spec({"a": "hour + hour(at)"}, raw=[
                {"name": "hour", "type": "Int64"}, {"name": "at", "type": "Timestamp"},
            ]),
            [],
            id="a raw feature may have the name of a function: callers chose it",
        ),
    ],
)  # fmt: skip
def test_names_mean_one_thing(body: Body, findings: list[str]) -> None:
    assert _findings(body) == findings


def test_without_expressions_a_raw_feature_may_have_any_name() -> None:
    body = deepcopy(SPEC)
    body["featureFetching"]["features"].append({"name": "not", "type": "Bool"})

    assert _findings(body) == []


@pytest.mark.parametrize(
    ("parameter", "findings"),
    [
        pytest.param(
            _parameter("p", "Edges", values=["1", "90", "30"]),
            ["MS328 edges.values[2]: '30' must be greater than the previous value '90'"],
            id="edges that do not ascend",
        ),
        pytest.param(
            _parameter("p", "Affine", center="0", scale="-0.0"),
            ["MS329 affine.scale: must not be '0'"],
            id="no scale",
        ),
        pytest.param(
            _parameter("p", "Piecewise", x=["0", "1"], values=["0"]),
            ["MS330 piecewise.values: must have the same length as `x` (2), got 1"],
            id="points without a value",
        ),
        pytest.param(
            _parameter("p", "Bounds", low="2", high="1"),
            ["MS339 bounds.low: must be at most `high` ('1'), got '2'"],
            id="bounds in the wrong order",
        ),
        pytest.param(
            _parameter("p", "PowerTransform", exponent="1e999"),
            ["MS339 powerTransform.exponent: must be finite, got inf"],
            id="a number that no float64 can hold",
        ),
        pytest.param(
            _parameter("p", "Vocabulary", keyType="String", keys=[]),
            ["MS339 vocabulary.keys: must not be empty"],
            id="no vocabulary",
        ),
        pytest.param(
            _parameter("p", "Set", keyType="String", keys=["a", "b", "a"]),
            ["MS339 set.keys[2]: key 'a' is listed twice"],
            id="a key twice",
        ),
        pytest.param(
            _parameter(
                *("p", "LookupTable"),
                keyType="Int64",
                default="0",
                entries=[
                    {"key": "5", "value": "1"},
                    {"key": "5.0", "value": "2"},
                    {"key": "05", "value": "3"},
                    {"key": "9007199254740992", "value": "4"},
                ],
            ),
            [
                "MS339 lookupTable.entries[1].key: key '5' is listed twice",
                f"MS339 lookupTable.entries[2].key: '05' is not an Int64; {INT64_RANGE}",
                (
                    "MS339 lookupTable.entries[3].key: '9007199254740992' is not an Int64;"
                    f" {INT64_RANGE}"
                ),
            ],
            id="keys that are no integers, or the same one",
        ),
    ],
)
def test_a_parameter_that_cannot_be_used_is_found_where_it_is(
    parameter: Body, findings: list[str]
) -> None:
    found = _findings(_spec({"a": "amount"}, parameters=[parameter]))

    assert [line.replace("spec.preprocessing.parameters[0].", "") for line in found] == findings


def test_an_expression_is_not_blamed_for_its_parameter() -> None:
    edges = _parameter("edges", "Edges", values=["2", "1"])
    body = _spec({"a": "bucketize(amount, edges) + nope", "b": "a * edges"}, parameters=[edges])

    assert [line.split(": ")[0] for line in _findings(body)] == [
        "MS328 spec.preprocessing.parameters[0].edges.values[1]",
        "MS301 spec.preprocessing.derived[0].expr",
    ]


def test_an_expression_is_not_blamed_for_a_wrong_default() -> None:
    raw: list[Body] = [{"name": "n", "type": "Int64", "default": "x"}]

    assert _findings(_spec({"a": "n + 1"}, raw=raw)) == [
        (
            f"MS204 spec.featureFetching.features[3].default: 'x' is not an Int64; {INT64_RANGE}"
            " (feature 'n')"
        )
    ]


@pytest.mark.parametrize(
    ("column", "finding"),
    [
        ("rato", "MS421 {}: 'rato' is not a feature; did you mean 'ratio'?"),
        ("mcc", "MS422 {}: 'mcc' is String, tensor is Float32; derive a numeric feature"),
        ("at", "MS422 {}: 'at' is Timestamp, tensor is Float32; derive a numeric feature"),
        ("tags", "MS422 {}: 'tags' is List, tensor is Float32; derive a numeric feature"),
        ("label", "MS422 {}: 'label' is String, tensor is Float32; derive a numeric feature"),
        ("ratio", "MS423 {}: Duplicate value 'ratio'"),
    ],
)
def test_a_column_must_be_a_number(column: str, finding: str) -> None:
    path: list[str | int] = ["models", 0, "inputs", 1, "featureNames", 3]
    body = changed_body(path, column, PREPROCESSED_SPEC)
    body["preprocessing"]["derived"].append({"name": "label", "type": "String", "expr": "mcc"})

    assert _findings(body) == [finding.format("spec.models[0].inputs[1].featureNames[3]")]


def test_a_snapshot_that_no_config_map_can_hold_is_refused_with_its_largest_parameter() -> None:
    keys = [f"{number:0120}" for number in range(9000)]
    parameters = [
        _parameter("small", "Set", keyType="String", keys=["a"]),
        _parameter("large", "Set", keyType="String", keys=keys),
    ]

    (found,) = _findings(_spec({"a": "amount"}, parameters=parameters))

    assert found == (
        "MS116 spec: its snapshot has 1108000 bytes, more than 1000000;"
        " `preprocessing.parameters[1]` 'large' has 1107057"
    )


def test_at_most_twenty_problems_are_reported() -> None:
    assert len(_findings(_spec({f"f{index}": "nope" for index in range(30)}))) == 20


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        pytest.param(["language"], "msx/v2", "Input should be 'msx/v1'", id="another language"),
        pytest.param(["derived"], [], "at least 1 item", id="nothing is derived"),
        pytest.param(["derived", 0, "type"], "Double", "Input should be 'Bool'", id="no type"),
        pytest.param(
            ["parameters", 0, "bounds"],
            {"low": "0", "high": "1"},
            "exactly the member named by `type` must be set",
            id="two members",
        ),
        pytest.param(
            ["parameters", 0, "type"],
            "Bounds",
            "exactly the member named by `type` must be set",
            id="another member",
        ),
        pytest.param(
            ["parameters", 0, "affine", "scale"], "1,5", "should match pattern", id="no decimal"
        ),
        pytest.param(
            ["parameters", 2, "edges", "values"],
            [str(number) for number in range(10_001)],
            "at most 10000 items",
            id="too many edges",
        ),
    ],
)
def test_the_schema_refuses(path: list[str | int], value: Any, words: str) -> None:
    body = changed_body(["preprocessing", *path], value, PREPROCESSED_SPEC)

    with pytest.raises(ValidationError, match=words):
        ModelSpecSpec.model_validate(body)


def test_a_derived_feature_may_be_of_every_type() -> None:
    texts = {
        "Bool": "amount > 1",
        "Int32": "mcc_code",
        "Int64": "branch",
        "Float32": "amount",
        "Float64": "branch",
        "String": "lower(mcc)",
        "Timestamp": "at",
        "Vector": "one_hot(mcc, mccs)",
        "List": "tags",
    }
    body = deepcopy(PREPROCESSED_SPEC)
    body["preprocessing"]["derived"] += [
        {"name": f"as_{kind.lower()}", "type": kind, "expr": text} for kind, text in texts.items()
    ]

    assert sorted(texts) == sorted(Boundary)
    assert _findings(body) == []
