"""What makes a version and what does not, and that a snapshot cannot be changed unnoticed."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modelspec.errors import ModelSpecError
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.canonical import part_digest, root_digest
from modelspec.snapshot.identity import take_snapshot
from modelspec.snapshot.reader import read_snapshot
from support.specs import PREPROCESSED_SPEC, SPEC, Body, changed_body, spec, spec_body

GOLDEN = Path(__file__).parents[2] / "data" / "golden"


MAKES_A_VERSION: list[tuple[list[str | int], Any]] = [
    (["featureFetching", "features", 0, "name"], "total"),
    (["featureFetching", "features", 0, "required"], None),
    (["featureFetching", "features", 1, "type"], "Float64"),
    (["featureFetching", "features", 1, "default"], "4"),
    (["featureFetching", "features", 1, "default"], None),
    (["models", 0, "name"], "other"),
    (["models", 0, "artifact", "sha256"], "0" * 64),
    (["models", 0, "inputs", 0, "name"], "x"),
    (["models", 0, "inputs", 0, "featureNames"], ["count", "amount", "known"]),
    (["models", 0, "outputs", 0, "name"], "probability"),
    (["models", 0, "outputs", 0, "tensor"], "scores"),
    (["models", 0, "outputs", 0, "index"], 0),
    (["models", 0, "outputs", 0, "index"], None),
]

MAKES_NO_VERSION: list[tuple[list[str | int], Any]] = [
    (["models", 0, "artifact", "configMap"], {"name": "elsewhere", "key": "k"}),
    (["serving"], {"replicas": 7}),
    (["serving"], {"resources": {"limits": {"memory": "2Gi"}}}),
    (["featureFetching", "features", 2, "required"], False),
    (["featureFetching", "features", 1, "default"], "3.0"),
    (["featureFetching", "features"], list(reversed(SPEC["featureFetching"]["features"]))),
]


@pytest.mark.parametrize(("path", "value"), MAKES_A_VERSION, ids=str)
def test_what_decides_an_answer_makes_a_version(path: list[str | int], value: Any) -> None:
    assert (
        take_snapshot(ModelSpecSpec.model_validate(changed_body(path, value))).digest
        != take_snapshot(spec()).digest
    )


@pytest.mark.parametrize(("path", "value"), MAKES_NO_VERSION, ids=str)
def test_what_does_not_decide_an_answer_makes_none(path: list[str | int], value: Any) -> None:
    assert take_snapshot(ModelSpecSpec.model_validate(changed_body(path, value))) == take_snapshot(
        spec()
    )


PARAMETERS: list[str | int] = ["preprocessing", "parameters"]
DERIVED: list[str | int] = ["preprocessing", "derived"]

PREPROCESSING_MAKES_A_VERSION: list[tuple[list[str | int], Any]] = [
    (["featureFetching", "features", 2, "required"], None),
    (["featureFetching", "features", 3, "default"], "2020-01-01T01:00:00.000001+01:00"),
    (["featureFetching", "features", 4, "default"], "x"),
    (["featureFetching", "features", 4, "default"], None),
    (["featureFetching", "features", 4, "maxLength"], 5),
    (["featureFetching", "features", 4, "maxLength"], None),
    (["featureFetching", "features", 6, "maxItems"], 4),
    (["featureFetching", "features", 7, "itemType"], "Int64"),
    (["preprocessing"], None),
    (PARAMETERS, []),
    ([*PARAMETERS, 0, "name"], "scales"),
    ([*PARAMETERS, 0, "affine", "center"], "-12.5"),
    ([*PARAMETERS, 1, "bounds", "low"], "-0"),
    ([*PARAMETERS, 2, "edges", "values"], ["1", "7"]),
    ([*PARAMETERS, 3, "imputation", "value"], "20.500000000000004"),
    ([*PARAMETERS, 4, "lookupTable", "default"], "0.01"),
    ([*PARAMETERS, 4, "lookupTable", "missing"], None),
    ([*PARAMETERS, 4, "lookupTable", "entries", 0, "value"], "0.31"),
    ([*PARAMETERS, 4, "lookupTable", "entries", 0, "key"], "5968"),
    ([*PARAMETERS, 5, "piecewise", "values", 1], "0.6"),
    ([*PARAMETERS, 6, "powerTransform", "exponent"], "0.25"),
    ([*PARAMETERS, 7, "set", "keys"], ["20", "7"]),
    ([*PARAMETERS, 7, "set", "keyType"], "String"),
    ([*PARAMETERS, 8, "vocabulary", "keys"], ["4111", "5967"]),
    ([*PARAMETERS, 8, "vocabulary", "unknown"], None),
    ([*PARAMETERS, 8, "vocabulary", "missing"], 2),
    ([*DERIVED, 0, "expr"], "coalesce(amount / avg_amount, 0)"),
    ([*DERIVED, 0, "name"], "share"),
    ([*DERIVED, 0, "type"], "Float64"),
]

PREPROCESSING_MAKES_NO_VERSION: list[tuple[list[str | int], Any]] = [
    (["featureFetching", "features", 3, "default"], "2020-01-01T00:00:00.0Z"),
    (["featureFetching", "features", 7, "maxItems"], 64),
    (["featureFetching", "features", 6, "required"], False),
    (["preprocessing", "language"], None),
    (PARAMETERS, list(reversed(PREPROCESSED_SPEC["preprocessing"]["parameters"]))),
    ([*PARAMETERS, 0, "affine", "center"], "1.25e1"),
    ([*PARAMETERS, 1, "bounds", "high"], "1000.00"),
    ([*PARAMETERS, 3, "imputation", "value"], "20.50000000000000000000000001"),
    (
        [*PARAMETERS, 4, "lookupTable", "entries"],
        [{"key": "", "value": "0.10"}, {"key": "5967", "value": "3e-1"}],
    ),
    ([*PARAMETERS, 7, "set", "keys"], ["7", "-3.0", "2e1"]),
    ([*PARAMETERS, 8, "vocabulary", "missing"], -1),
    ([*PARAMETERS, 8, "description"], "Other words."),
    (DERIVED, list(reversed(PREPROCESSED_SPEC["preprocessing"]["derived"]))),
    ([*DERIVED, 0, "expr"], "coalesce((amount)\n  / avg_amount, 0.0)"),
    ([*DERIVED, 14, "expr"], 'hour(at, tz="UTC")'),
    ([*DERIVED, 14, "description"], None),
]


def _digest(body: Body) -> str:
    return take_snapshot(ModelSpecSpec.model_validate(body)).digest


@pytest.mark.parametrize(("path", "value"), PREPROCESSING_MAKES_A_VERSION, ids=str)
def test_preprocessing_that_computes_something_else_makes_a_version(
    path: list[str | int], value: Any
) -> None:
    assert _digest(changed_body(path, value, PREPROCESSED_SPEC)) != _digest(PREPROCESSED_SPEC)


@pytest.mark.parametrize(("path", "value"), PREPROCESSING_MAKES_NO_VERSION, ids=str)
def test_preprocessing_that_is_only_written_differently_makes_none(
    path: list[str | int], value: Any
) -> None:
    assert _digest(changed_body(path, value, PREPROCESSED_SPEC)) == _digest(PREPROCESSED_SPEC)


def test_a_value_for_null_that_is_the_default_is_none_of_its_own() -> None:
    same = deepcopy(PREPROCESSED_SPEC)
    table = same["preprocessing"]["parameters"][4]["lookupTable"]
    table["missing"] = table["default"] + "0"
    without = deepcopy(same)
    del without["preprocessing"]["parameters"][4]["lookupTable"]["missing"]

    assert _digest(same) == _digest(without)
    documents = take_snapshot(ModelSpecSpec.model_validate(same)).documents
    assert '"missing"' not in documents["preprocessing.json"]


def test_a_tensor_of_the_same_name_as_its_output_is_the_default() -> None:
    outputs = [{"name": "score", "index": 1}]
    stated = [{"name": "score", "tensor": "score", "index": 1}]
    models = [{**SPEC["models"][0], "outputs": outputs}]
    same = [{**SPEC["models"][0], "outputs": stated}]

    assert take_snapshot(spec(models=models)) == take_snapshot(spec(models=same))


@pytest.mark.parametrize(
    ("name", "body"),
    [("snapshot", SPEC), ("snapshot-preprocessing", PREPROCESSED_SPEC)],
    ids=["raw features only", "preprocessing"],
)
def test_digests_and_bytes_never_change_by_accident(name: str, body: Body) -> None:
    snapshot = take_snapshot(ModelSpecSpec.model_validate(body))

    assert {"digest": snapshot.digest, "documents": dict(snapshot.documents)} == json.loads(
        (GOLDEN / f"{name}.json").read_text()
    )


def _bytes(documents: Any) -> dict[str, bytes]:
    return {key: text.encode() for key, text in documents.items()}


def test_a_snapshot_reads_back_as_what_was_written() -> None:
    snapshot = take_snapshot(spec())

    contents = read_snapshot(_bytes(snapshot.documents), expected_digest=snapshot.digest)

    assert contents.digest == snapshot.digest
    assert [f.name for f in contents.feature_fetching.features] == ["amount", "count", "known"]
    assert contents.models is not None
    assert contents.models.models[0].inputs[0].feature_names == ("amount", "count", "known")


def test_preprocessing_reads_back_as_what_was_written() -> None:
    snapshot = take_snapshot(ModelSpecSpec.model_validate(PREPROCESSED_SPEC))

    preprocessing = read_snapshot(_bytes(snapshot.documents)).preprocessing

    assert preprocessing
    assert preprocessing.language == "msx/v1"
    assert preprocessing.parameters[0].name == "age_edges"
    assert [item.expr for item in preprocessing.derived if item.name == "ratio"] == [
        "coalesce(amount / avg_amount, 0.0)"
    ]


@pytest.mark.parametrize("body", [SPEC, PREPROCESSED_SPEC], ids=["raw", "preprocessing"])
@given(st.data())
def test_no_bit_of_a_snapshot_can_be_flipped_unnoticed(body: Body, data: st.DataObject) -> None:
    documents = _bytes(take_snapshot(ModelSpecSpec.model_validate(body)).documents)
    key = data.draw(st.sampled_from(sorted(documents)))
    at = data.draw(st.integers(0, len(documents[key]) - 1))
    changed = bytearray(documents[key])
    changed[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(ModelSpecError, match=r"^MS(616|115) snapshot"):
        read_snapshot({**documents, key: bytes(changed)})


def _forged(language: str | None, part_language: str | None) -> dict[str, bytes]:
    """Return a snapshot whose digests are right and whose languages are as told."""
    documents = {
        key: json.loads(text)
        for key, text in take_snapshot(
            ModelSpecSpec.model_validate(PREPROCESSED_SPEC)
        ).documents.items()
    }
    manifest = documents.pop("manifest.json")
    if part_language is None:
        del documents["preprocessing.json"]
    else:
        documents["preprocessing.json"]["language"] = part_language
    encoded = {key: json.dumps(document).encode() for key, document in documents.items()}
    digests = {key: part_digest(key, document) for key, document in encoded.items()}
    manifest |= {"parts": digests, "digest": root_digest(digests), "language": language}
    return {**encoded, "manifest.json": json.dumps(manifest).encode()}


@pytest.mark.parametrize(
    ("language", "part_language", "message"),
    [
        (
            *("msx/v2", "msx/v2"),
            (
                "MS115 snapshot[manifest.json].language: language 'msx/v2' is unknown to this"
                " version; known: 'msx/v1'"
            ),
        ),
        (
            *("msx/v1", "msx/v2"),
            "MS616 snapshot[manifest.json]: language 'msx/v1' is not that of the parts",
        ),
        (
            *(None, "msx/v1"),
            "MS616 snapshot[manifest.json]: language None is not that of the parts",
        ),
        (
            *("msx/v1", None),
            "MS616 snapshot[manifest.json]: language 'msx/v1' is not that of the parts",
        ),
    ],
    ids=["unknown", "two languages", "none", "without expressions"],
)
def test_a_snapshot_in_another_language_is_refused(
    language: str | None, part_language: str | None, message: str
) -> None:
    with pytest.raises(ModelSpecError) as caught:
        read_snapshot(_forged(language, part_language))

    assert str(caught.value) == message
    assert read_snapshot(_forged("msx/v1", "msx/v1")).preprocessing
    assert read_snapshot(_forged(None, None)).preprocessing is None


@pytest.mark.parametrize("key", ["manifest.json", "models.json", "feature-fetching.json"])
def test_a_missing_document_is_named(key: str) -> None:
    documents = _bytes(take_snapshot(spec()).documents)
    del documents[key]

    with pytest.raises(ModelSpecError) as caught:
        read_snapshot(documents)

    assert caught.value.finding.path == f"snapshot[{key}]"
    assert "is missing" in caught.value.finding.message


def test_another_snapshot_than_the_expected_one_is_refused() -> None:
    documents = _bytes(take_snapshot(spec()).documents)

    with pytest.raises(ModelSpecError, match="digest mismatch: expected ffff"):
        read_snapshot(documents, expected_digest="f" * 64)


def test_a_consistent_forgery_is_refused_by_the_expected_digest() -> None:
    ours = take_snapshot(spec())
    forged = take_snapshot(
        spec(featureFetching={"features": spec_body()["featureFetching"]["features"][:1]})
    )

    with pytest.raises(ModelSpecError, match="digest mismatch"):
        read_snapshot(_bytes(forged.documents), expected_digest=ours.digest)
