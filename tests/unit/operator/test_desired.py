"""What one ModelSpec asks for: read once, counted as its author counts."""

from collections.abc import Iterator

import pytest

from modelspec.errors import Code, Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec_operator.children.snapshot import PACKED_LENGTH, pack, unpack
from modelspec_operator.core import desired
from modelspec_operator.core.desired import read_desired
from support.specs import PREPROCESSED_SPEC, Body, changed_body, model_body, sha256

TABLE: list[str | int] = ["preprocessing", "parameters", 4, "lookupTable", "entries"]


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    desired._remembered.cache_clear()
    yield
    desired._remembered.cache_clear()


def _with_entries(count: int) -> Body:
    entries = [{"key": sha256(str(n).encode()), "value": f"0.{n}"} for n in range(count)]
    return changed_body(TABLE, entries, PREPROCESSED_SPEC)


@pytest.mark.parametrize(
    ("pods_path", "authors_path"),
    [
        ("spec.preprocessing.derived[0].expr", "spec.preprocessing.derived[2].expr"),  # age_bin
        ("spec.preprocessing.derived[11].expr", "spec.preprocessing.derived[0].expr"),  # ratio
        ("spec.preprocessing.derived[99].expr", "spec.preprocessing.derived[99].expr"),
        ("spec.models[0].inputs[1].name", "spec.models[0].inputs[1].name"),
    ],
)
def test_a_pods_finding_is_told_as_its_author_counts(pods_path: str, authors_path: str) -> None:
    content = read_desired(model_body(PREPROCESSED_SPEC)).content
    assert content

    assert content.located(Finding(Code.MS302, pods_path, "m")).path == authors_path


@pytest.mark.parametrize(
    ("pods_path", "authors_path"),
    [
        ("spec.models[0]", "spec.models[1]"),  # a, which stands second
        ("spec.models[0].outputs[0].index", "spec.models[1].outputs[1].index"),
        ("spec.models[1].outputs[1].index", "spec.models[0].outputs[1].index"),
        ("spec.postprocessing.outputs[0].expr", "spec.postprocessing.outputs[1].expr"),
    ],
)
def test_several_models_are_counted_as_their_author_does(
    pods_path: str, authors_path: str
) -> None:
    key = {"type": "ConfigMap", "sha256": "0" * 64, "configMap": {"name": "m", "key": "m"}}
    outputs = {"b": ("b_one", "b_two"), "a": ("a_two", "a_one")}
    models = [
        {
            "name": name,
            "artifact": key,
            "inputs": [{"name": "X", "featureNames": ["x"]}],
            "outputs": [{"name": item, "tensor": "Y", "index": 0} for item in items],
        }
        for name, items in outputs.items()
    ]
    single = {"name": "all", "type": "Single", "single": {"outputName": "b_one"}}
    spec = {
        "featureFetching": {"features": [{"name": "x", "type": "Float64"}]},
        "models": models,
        "pipeline": {"routes": [single]},
        "postprocessing": {
            "outputs": [
                {"name": "z", "type": "Float64", "expr": "raw"},
                {"name": "p", "type": "Float64", "expr": "calibrated"},
            ]
        },
    }
    content = read_desired(model_body(spec)).content
    assert content

    assert content.located(Finding(Code.MS302, pods_path, "m")).path == authors_path


def test_a_wrong_expression_is_a_finding_and_no_content() -> None:
    body = changed_body(["preprocessing", "derived", 3, "expr"], "amout", PREPROCESSED_SPEC)

    read = read_desired(model_body(body))

    assert read.content is None
    assert [finding.path for finding in read.findings] == ["spec.preprocessing.derived[3].expr"]


def test_what_was_read_is_not_read_again_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[ModelSpecSpec] = []

    def check(spec: ModelSpecSpec) -> tuple[Finding, ...]:
        checked.append(spec)
        return ()

    monkeypatch.setattr(desired, "check", check)

    first = read_desired(model_body(PREPROCESSED_SPEC))
    second = read_desired(model_body(PREPROCESSED_SPEC, generation=2))
    read_desired(model_body())

    assert len(checked) == 2
    assert first.content is second.content
    assert (first.generation, second.generation) == (1, 2)


@pytest.mark.parametrize("entries", [10, 3000])
def test_a_snapshot_has_a_spare_copy(entries: int) -> None:
    snapshot = take_snapshot(ModelSpecSpec.model_validate(_with_entries(entries)))

    packed = pack(snapshot)

    assert packed
    assert len(packed) <= PACKED_LENGTH
    spare = unpack(packed, snapshot.hash)
    assert spare
    assert dict(spare[0].documents) == dict(snapshot.documents)


def test_a_snapshot_that_is_too_large_for_an_annotation_has_no_spare_copy() -> None:
    snapshot = take_snapshot(ModelSpecSpec.model_validate(_with_entries(10_000)))

    assert pack(snapshot) is None
