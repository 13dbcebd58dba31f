"""What makes a version and what does not, and that a snapshot cannot be changed unnoticed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modelspec.errors import ModelSpecError
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec.snapshot.reader import read_snapshot
from support.specs import SPEC, changed_body, spec, spec_body

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "snapshot.json"


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


def test_a_tensor_of_the_same_name_as_its_output_is_the_default() -> None:
    outputs = [{"name": "score", "index": 1}]
    stated = [{"name": "score", "tensor": "score", "index": 1}]
    models = [{**SPEC["models"][0], "outputs": outputs}]
    same = [{**SPEC["models"][0], "outputs": stated}]

    assert take_snapshot(spec(models=models)) == take_snapshot(spec(models=same))


def test_digests_and_bytes_never_change_by_accident() -> None:
    snapshot = take_snapshot(spec())

    assert {"digest": snapshot.digest, "documents": dict(snapshot.documents)} == json.loads(
        GOLDEN.read_text()
    )


def _bytes(documents: Any) -> dict[str, bytes]:
    return {key: text.encode() for key, text in documents.items()}


def test_a_snapshot_reads_back_as_what_was_written() -> None:
    snapshot = take_snapshot(spec())

    contents = read_snapshot(_bytes(snapshot.documents), expected_digest=snapshot.digest)

    assert contents.digest == snapshot.digest
    assert [f.name for f in contents.feature_fetching.features] == ["amount", "count", "known"]
    assert contents.models.models[0].inputs[0].feature_names == ("amount", "count", "known")


@given(st.data())
def test_no_bit_of_a_snapshot_can_be_flipped_unnoticed(data: st.DataObject) -> None:
    documents = _bytes(take_snapshot(spec()).documents)
    key = data.draw(st.sampled_from(sorted(documents)))
    at = data.draw(st.integers(0, len(documents[key]) - 1))
    changed = bytearray(documents[key])
    changed[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(ModelSpecError, match=r"^MS616 snapshot"):
        read_snapshot({**documents, key: bytes(changed)})


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
