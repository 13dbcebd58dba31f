"""What makes a version and what does not, field by field, and in which part it stands."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import TOLERANT
from modelspec.snapshot.identity import take_snapshot
from modelspec.snapshot.reader import read_snapshot
from support.specs import DECISION_SPEC, Body, changed_body, sha256

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "snapshot-decision.json"

Place = list[str | int]

FETCHING, PREPROCESSING = "feature-fetching.json", "preprocessing.json"
MODELS, PIPELINE = "models.json", "pipeline.json"
POSTPROCESSING, VERIFICATION = "postprocessing.json", "verification.json"

FEATURES: Place = ["featureFetching", "features"]
ROUTES: Place = ["pipeline", "routes"]
OUTPUTS: Place = ["postprocessing", "outputs"]
ENSEMBLE: Place = [*ROUTES, 0, "ensemble"]
SPLIT: Place = [*ROUTES, 1, "split"]


def _listed(place: Place) -> list[Any]:
    value: Any = DECISION_SPEC
    for step in place:
        value = value[step]
    return list(value)


def _reversed(place: Place) -> list[Any]:
    return _listed(place)[::-1]


def _elsewhere(kind: str, member: str, **place: str) -> Body:
    """Return the first model's artifact as another store holds it."""
    sha256: str = DECISION_SPEC["models"][0]["artifact"]["sha256"]
    return {"type": kind, "sha256": sha256, "sizeBytes": 9, member: place}


_VOLUME = ("PersistentVolumeClaim", "persistentVolumeClaim")


def _arms(first: int, second: int) -> list[Body]:
    arms = deepcopy(_listed([*SPLIT, "arms"]))
    arms[0]["percent"], arms[1]["percent"] = first, second
    return arms


MAKES_A_VERSION: list[tuple[str, Place, Any]] = [
    (FETCHING, ["featureFetching", "sources", 0, "request"], {}),
    (FETCHING, [*FEATURES, 0, "required"], None),
    (FETCHING, [*FEATURES, 0, "maxLength"], 65),
    (FETCHING, [*FEATURES, 1, "minimum"], "1"),
    (FETCHING, [*FEATURES, 1, "minimum"], None),
    (FETCHING, [*FEATURES, 1, "maximum"], "1e7"),
    (FETCHING, [*FEATURES, 1, "onOutOfRange"], "UseNull"),
    (FETCHING, [*FEATURES, 1, "onOutOfRange"], None),
    (FETCHING, [*FEATURES, 3, "allowedValues"], ["Web", "App"]),
    (FETCHING, [*FEATURES, 4, "default"], "1"),
    (PREPROCESSING, ["preprocessing", "parameters", 0, "affine", "scale"], "2.32"),
    (PREPROCESSING, ["preprocessing", "derived", 0, "type"], "Float64"),
    (PREPROCESSING, ["preprocessing", "derived", 1, "expr"], "log1p(amount) + 0.0"),
    (MODELS, ["models", 0, "artifact", "sha256"], "0" * 64),
    (MODELS, ["models", 0, "inputs", 0, "missingEncoding"], "Forbidden"),
    (
        MODELS,
        ["models", 0, "inputs", 0, "featureNames"],
        _reversed(["models", 0, "inputs", 0, "featureNames"]),
    ),
    (MODELS, ["models", 0, "outputs", 0, "index"], 0),
    (PIPELINE, [*ROUTES, 0, "name"], "large"),
    (PIPELINE, [*ROUTES, 0, "when"], "amount > 5000.5"),
    (PIPELINE, ROUTES, [_listed(ROUTES)[i] for i in (1, 0, 2)]),
    (PIPELINE, [*ENSEMBLE, "combine"], "Max"),
    (PIPELINE, [*ENSEMBLE, "members", 0, "weight"], 71),
    (PIPELINE, [*ENSEMBLE, "quorum"], None),
    (PIPELINE, [*SPLIT, "salt"], "exp-2026-12"),
    (PIPELINE, [*SPLIT, "arms"], _arms(91, 9)),
    (PIPELINE, [*SPLIT, "arms"], _reversed([*SPLIT, "arms"])),
    (PIPELINE, [*SPLIT, "keyFeatureName"], "channel"),
    (PIPELINE, ["pipeline", "fallback"], None),
    (PIPELINE, ["pipeline", "fallback"], _reversed(["pipeline", "fallback"])),
    (PIPELINE, ["pipeline", "fallback", 1, "constant"], "0.03"),
    (PIPELINE, ["pipeline", "fallback", 1, "reasonCode"], None),
    (POSTPROCESSING, ["postprocessing", "calibration"], None),
    (
        POSTPROCESSING,
        ["postprocessing", "calibration", "piecewiseLinear", "values", 1],
        "0.005",
    ),
    (POSTPROCESSING, [*OUTPUTS, 0, "name"], "chance"),
    (POSTPROCESSING, [*OUTPUTS, 0, "expr"], "raw"),
    (POSTPROCESSING, [*OUTPUTS, 1, "type"], "Float64"),
    (POSTPROCESSING, ["postprocessing", "bands"], None),
    (POSTPROCESSING, ["postprocessing", "bands", "ranges", 1, "from"], 351),
    (POSTPROCESSING, ["postprocessing", "bands", "ranges", 1, "name"], "Look"),
    (POSTPROCESSING, ["postprocessing", "bands", "ranges", 1, "action"], "Call"),
    (POSTPROCESSING, ["postprocessing", "reasonCodes", "maximum"], None),
    (
        POSTPROCESSING,
        ["postprocessing", "reasonCodes", "rules"],
        _reversed(["postprocessing", "reasonCodes", "rules"]),
    ),
    (POSTPROCESSING, ["postprocessing", "reasonCodes", "rules", 0, "when"], "ratio > 6.0"),
    (POSTPROCESSING, ["postprocessing", "reasonCodes", "rules", 0, "contribution"], "ratio"),
    (VERIFICATION, ["verification"], None),
    (VERIFICATION, ["verification", "cases", "artifact", "sha256"], "0" * 64),
    (VERIFICATION, ["verification", "featureTolerance"], None),
    (VERIFICATION, ["verification", "outputTolerance", "absolute"], "1e-6"),
]

MAKES_NO_VERSION: list[tuple[Place, Any]] = [
    (["info"], None),
    (["info", "owners"], []),
    (["info", "refresh", "periodSeconds"], 1),
    (["sla"], None),
    (["sla", "latencyP99Milliseconds"], 1),
    (["serving"], None),
    (["serving", "replicas"], 1),
    (["serving", "resources"], {"limits": {"cpu": "2"}}),
    (["serving", "imagePullSecrets"], [{"name": "registry"}]),
    (["serving", "nodeSelector"], {"disk": "ssd"}),
    (["serving", "tolerations"], [{"key": "models", "operator": "Exists"}]),
    (["serving", "priorityClassName"], "decisions"),
    (["serving", "podAnnotations"], {"example.com/team": "risk"}),
    (["featureFetching", "sources", 0, "name"], "caller"),
    (["featureFetching", "features", 0, "sourceName"], None),
    (["featureFetching", "features", 1, "description"], "Other words."),
    (FEATURES, _reversed(FEATURES)),
    ([*FEATURES, 1, "maximum"], "1000000.0"),
    ([*FEATURES, 2, "required"], False),
    ([*FEATURES, 3, "allowedValues"], ["NO", "App", "Web"]),
    ([*FEATURES, 4, "onOutOfRange"], "Reject"),
    (["preprocessing", "language"], None),
    (["preprocessing", "derived"], _reversed(["preprocessing", "derived"])),
    (["preprocessing", "derived", 0, "description"], "Other words."),
    (
        ["preprocessing", "derived", 0, "expr"],
        "coalesce(\n  (amount / (avg_amount)),\n  0.0)  ",
    ),
    (["preprocessing", "parameters", 0, "description"], "Other words."),
    (["preprocessing", "parameters", 0, "affine", "center"], "0.184e1"),
    (["models"], _reversed(["models"])),
    (["models", 0, "format"], None),
    (["models", 0, "framework"], None),
    (["models", 0, "frameworkVersion"], "4.8.0"),
    (["models", 0, "hyperparameters"], None),
    (["models", 0, "artifact", "configMap"], {"name": "elsewhere", "key": "k"}),
    (["models", 0, "artifact", "compression"], None),
    (["models", 0, "artifact", "sizeBytes"], 1),
    (["models", 0, "artifact"], _elsewhere("HTTP", "http", url="https://example.com/m")),
    (["models", 0, "artifact"], _elsewhere("S3", "s3", bucket="models", key="m")),
    (["models", 0, "artifact"], _elsewhere(*_VOLUME, claimName="models", path="m")),
    (["models", 0, "inputs", 0, "shape"], None),
    (["models", 0, "inputs", 0, "missingEncoding"], None),
    ([*ENSEMBLE, "members"], _reversed([*ENSEMBLE, "members"])),
    ([*ROUTES, 0, "when"], "(amount) > 5e3"),
    (["pipeline", "fallback", 1, "constant"], "0.020"),
    (["postprocessing", "calibration", "piecewiseLinear", "x", 1], "2e-2"),
    (OUTPUTS, _reversed(OUTPUTS)),
    ([*OUTPUTS, 1, "description"], None),
    ([*OUTPUTS, 0, "expr"], "(calibrated)"),
    (["postprocessing", "bands", "ranges", 1, "action"], "Review"),
    (["postprocessing", "reasonCodes", "rules", 0, "message"], "Other words."),
    (["postprocessing", "reasonCodes", "rules", 0, "when"], "(ratio) > 5.00"),
    (["verification", "cases", "artifact", "configMap"], {"name": "elsewhere", "key": "k"}),
    (["verification", "outputTolerance", "absolute"], "0.00001"),
]


def _documents(body: Body) -> dict[str, Any]:
    # Rules between fields do not matter here: a changed weight no longer sums to 100.
    spec = ModelSpecSpec.model_validate(body, context=TOLERANT)
    return dict(take_snapshot(spec).documents)


@pytest.mark.parametrize(("part", "place", "value"), MAKES_A_VERSION, ids=str)
def test_what_decides_an_answer_makes_a_version_by_its_part(
    part: str, place: Place, value: Any
) -> None:
    before = _documents(DECISION_SPEC)
    after = _documents(changed_body(place, value, DECISION_SPEC))

    changed = {key for key in before if before[key] != after.get(key)}
    assert changed == {part, "manifest.json"}


@pytest.mark.parametrize(("place", "value"), MAKES_NO_VERSION, ids=str)
def test_what_decides_no_answer_makes_no_version(place: Place, value: Any) -> None:
    assert _documents(changed_body(place, value, DECISION_SPEC)) == _documents(DECISION_SPEC)


def test_every_field_of_the_sample_is_in_one_of_the_tables() -> None:
    """Whoever adds a field says whether it makes a version."""
    places = [place for _, place, _ in MAKES_A_VERSION] + [place for place, _ in MAKES_NO_VERSION]
    covered = {tuple(step for step in place if isinstance(step, str)) for place in places}
    missing = {
        names
        for names in _field_names(DECISION_SPEC)
        if not any(names[: len(done)] == done for done in covered) and names[-1] not in NAMING
    }

    assert missing == set()


NAMING = {"name", "type", "displayName", "code", "outputName", "tensor"}
"""What identifies something, or says which of its members is set."""


def _field_names(value: Any, names: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if isinstance(value, dict):
        return set().union(*(_field_names(inner, (*names, key)) for key, inner in value.items()))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return set().union(*(_field_names(item, names) for item in value))
    return {names}


def test_the_bytes_of_a_whole_decision_never_change() -> None:
    snapshot = take_snapshot(ModelSpecSpec.model_validate(DECISION_SPEC))
    golden = json.loads(GOLDEN.read_text())

    assert {"digest": snapshot.digest, "documents": dict(snapshot.documents)} == golden


def test_a_whole_decision_can_be_read_again() -> None:
    documents = take_snapshot(ModelSpecSpec.model_validate(DECISION_SPEC)).documents

    contents = read_snapshot({key: text.encode() for key, text in documents.items()})

    assert contents.pipeline is not None
    assert [route.name for route in contents.pipeline.routes] == [
        "high-value",
        "experiment",
        "default",
    ]
    assert contents.postprocessing is not None
    assert contents.postprocessing.bands is not None
    assert [band.start for band in contents.postprocessing.bands.ranges] == [0, 350, 800]
    assert contents.artifacts == tuple(sorted(map(sha256, (b"gbdt", b"nn", b"golden"))))
