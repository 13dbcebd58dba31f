"""From the parts of a snapshot to raw features and parameters, as expressions know them."""

from typing import Any

import msgspec
import pytest

from modelspec import parts
from modelspec.compiler.programs import parameter_value, raw_feature, read_program
from modelspec.compiler.rows import blank_values, build_row_type
from modelspec.compiler.scalar import compile_values
from modelspec.expressions import parameters as fitted
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    TIMESTAMP,
    Kind,
    Type,
    list_of,
    string,
)
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec.snapshot.reader import Contents, read_snapshot
from support.specs import PREPROCESSED_SPEC


@pytest.fixture(scope="module")
def contents() -> Contents:
    documents = take_snapshot(ModelSpecSpec.model_validate(PREPROCESSED_SPEC)).documents
    return read_snapshot({key: text.encode() for key, text in documents.items()})


def test_every_parameter_reads_back_as_what_was_fitted(contents: Contents) -> None:
    assert contents.preprocessing
    values = {item.name: parameter_value(item) for item in contents.preprocessing.parameters}

    assert values == {
        "age_edges": fitted.Edges((1.0, 7.0, 30.0)),
        "branches": fitted.Set(Kind.INT64, (-3, 20, 7)),
        "curve": fitted.Piecewise((0.0, 10.0, 100.0), (0.0, 0.5, 1.0)),
        "limits": fitted.Bounds(0.0, 1000.0),
        "mcc_risk": fitted.LookupTable(Kind.STRING, {"": 0.1, "5967": 0.3}, 0.0131, 0.5),
        "mccs": fitted.Vocabulary(Kind.STRING, ("5967", "4111"), 9, -1),
        "power": fitted.PowerTransform(0.5),
        "scale": fitted.Affine(12.5, 4.0),
        "usual": fitted.Imputation(20.5),
    }


def _feature(kind: str, **fields: Any) -> parts.Feature:
    return msgspec.convert({"name": "x", "type": kind, **fields}, parts.Feature)


@pytest.mark.parametrize(
    ("feature", "declared", "default"),
    [
        (_feature("Bool"), BOOL.optional(), None),
        (_feature("Bool", default="false"), BOOL, False),
        (_feature("Int64", default="-7"), INT64, -7),
        (_feature("Float64", default="0.1"), FLOAT64, 0.1),
        (_feature("Float64", required=True), FLOAT64, None),
        (_feature("String", default=""), string(1024), ""),
        (_feature("String", maxLength=3), string(3).optional(), None),
        (_feature("Timestamp", default="1970-01-01T00:00:01.5Z"), TIMESTAMP, 1_500_000),
        (_feature("List", itemType="Int64"), list_of(Kind.INT64, 64).optional(), None),
        (
            _feature("List", itemType="String", maxItems=2, maxLength=9, required=True),
            list_of(Kind.STRING, 2, item_length=9),
            None,
        ),
    ],
    ids=str,
)
def test_a_raw_feature_has_the_type_that_its_part_says(
    feature: parts.Feature, declared: Type, default: Any
) -> None:
    assert raw_feature(feature) == RawFeature("x", declared, default, feature.required)


def test_a_program_without_preprocessing_hands_features_through(contents: Contents) -> None:
    program = read_program(contents.feature_fetching, None)

    assert list(program.values) == [feature.name for feature in program.features]
    assert program.boundaries == {}


def test_a_blank_row_can_be_computed(contents: Contents) -> None:
    program = read_program(contents.feature_fetching, contents.preprocessing)
    row = build_row_type(program.features)(*blank_values(program.features))

    values = compile_values(program, ["age_days", "is_gift", "total", "mcc_one"]).function(row)

    assert values == (0.0, False, 0.0, (0.0, 0.0))


@pytest.mark.parametrize(
    ("items", "accepted"),
    [([2**53 - 1, -(2**53) + 1], True), ([2**53], False), ([1.5], False), ([None], False)],
    ids=str,
)
def test_integers_in_a_list_are_exact_or_refused(items: list[Any], accepted: bool) -> None:  # noqa: FBT001
    row_type = build_row_type([RawFeature("x", list_of(Kind.INT64, 4))])

    def decode() -> tuple[Any, ...]:
        row = msgspec.json.decode(msgspec.json.encode({"x": items}), type=row_type)
        return msgspec.structs.astuple(row)

    if accepted:
        assert decode() == (tuple(items),)
    else:
        with pytest.raises(msgspec.ValidationError):
            decode()
