"""What a change is called, field by field: which class it is of, and which part it belongs to."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from pydantic import BaseModel

from modelspec import parts
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import TOLERANT, KubernetesModel
from modelspec.snapshot.difference import Difference, difference
from modelspec.snapshot.difference_changes import Effect, Kind
from modelspec.snapshot.difference_fields import OUTSIDE, field_changes
from modelspec.snapshot.identity import take_snapshot
from support.effort import examples
from support.random_specs import valid_specs
from support.specs import DECISION_SPEC, PREPROCESSED_SPEC, SPEC, Body, changed_body

Place = list[str | int]

FETCHING, PREPROCESSING = "feature-fetching.json", "preprocessing.json"
MODELS, PIPELINE = "models.json", "pipeline.json"
POSTPROCESSING, VERIFICATION = "postprocessing.json", "verification.json"

FEATURES: Place = ["featureFetching", "features"]
ROUTES: Place = ["pipeline", "routes"]
OUTPUTS: Place = ["postprocessing", "outputs"]
ARTIFACT: Place = ["models", 0, "artifact"]


IN_CHANNELS = 'channel in ["Web", "App"]'


def parsed(body: Body) -> ModelSpecSpec:
    # Rules between fields do not matter here: a changed weight no longer sums to 100.
    return ModelSpecSpec.model_validate(body, context=TOLERANT)


def changed(place: Place, value: Any, of: Body = DECISION_SPEC) -> Difference:
    """Return what becomes of a sample when one value is replaced, or removed if it is ``None``."""
    return difference(parsed(of), parsed(changed_body(place, value, of)))


def listed(place: Place, of: Body = DECISION_SPEC) -> list[Any]:
    value: Any = of
    for step in place:
        value = value[step]
    return list(deepcopy(value))


def one_change(found: Difference) -> tuple[str, Kind, str]:
    (change,) = found.changes
    return change.path, change.kind, change.summary


MAKES_A_VERSION: list[tuple[str, Place, Any, str, str]] = [
    (
        FETCHING,
        ["featureFetching", "sources", 0, "request", "unknownFields"],
        "Ignore",
        "spec.featureFetching.sources[0].request.unknownFields",
        "Reject -> Ignore",
    ),
    (
        FETCHING,
        [*FEATURES, 4, "default"],
        "1",
        "spec.featureFetching.features[count].default",
        "0 -> 1",
    ),
    (
        FETCHING,
        [*FEATURES, 1, "minimum"],
        "1",
        "spec.featureFetching.features[amount].minimum",
        "0 -> 1",
    ),
    (
        FETCHING,
        [*FEATURES, 3, "allowedValues"],
        ["Web", "App", "TV"],
        "spec.featureFetching.features[channel].allowedValues",
        "added TV; removed NO",
    ),
    (
        PREPROCESSING,
        ["preprocessing", "parameters", 0, "affine", "center"],
        "1.9",
        "spec.preprocessing.parameters[count_scale]",
        "center 1.84 -> 1.9",
    ),
    (
        PREPROCESSING,
        ["preprocessing", "derived", 0, "expr"],
        "coalesce(amount / avg_amount, 1.0)",
        "spec.preprocessing.derived[ratio].expr",
        "'coalesce(amount / avg_amount, 0.0)' -> 'coalesce(amount / avg_amount, 1.0)'",
    ),
    (
        PREPROCESSING,
        ["preprocessing", "derived", 0, "type"],
        "Float64",
        "spec.preprocessing.derived[ratio].type",
        "Float32 -> Float64",
    ),
    (
        MODELS,
        [*ARTIFACT, "sha256"],
        "0" * 64,
        "spec.models[gbdt].artifact.sha256",
        "a28e492fe6 -> 0000000000",
    ),
    (
        MODELS,
        ["models", 0, "inputs", 0, "featureNames"],
        ["amount_log", "ratio", "count_z", "is_web"],
        "spec.models[gbdt].inputs[features].featureNames",
        "removed device_score; order changed",
    ),
    (
        MODELS,
        ["models", 0, "inputs", 0, "missingEncoding"],
        "Forbidden",
        "spec.models[gbdt].inputs[features].missingEncoding",
        "NaN -> Forbidden",
    ),
    (
        MODELS,
        ["models", 0, "outputs", 0, "index"],
        0,
        "spec.models[gbdt].outputs[gbdt_score].index",
        "1 -> 0",
    ),
    (
        PIPELINE,
        ROUTES,
        [listed(ROUTES)[i] for i in (1, 0, 2)],
        "spec.pipeline.routes",
        "order changed",
    ),
    (
        PIPELINE,
        ROUTES,
        [listed(ROUTES)[i] for i in (0, 2)],
        "spec.pipeline.routes[experiment]",
        f"Split, keyFeatureName account_id, 2 arms, salt exp-2026-11, when '{IN_CHANNELS}'",
    ),
    (
        PIPELINE,
        [*ROUTES, 2],
        {"name": "default", "type": "Ensemble", "ensemble": listed(ROUTES)[0]["ensemble"]},
        "spec.pipeline.routes[default].type",
        "Single -> Ensemble",
    ),
    (
        PIPELINE,
        [*ROUTES, 0, "when"],
        "amount > 6e3",
        "spec.pipeline.routes[high-value].when",
        "'amount > 5000.0' -> 'amount > 6000.0'",
    ),
    (
        PIPELINE,
        [*ROUTES, 0, "ensemble", "members", 0, "weight"],
        71,
        "spec.pipeline.routes[high-value].ensemble.members[gbdt_score].weight",
        "70 -> 71",
    ),
    (
        PIPELINE,
        [*ROUTES, 1, "split", "salt"],
        "exp-2026-12",
        "spec.pipeline.routes[experiment].split.salt",
        "exp-2026-11 -> exp-2026-12",
    ),
    (
        PIPELINE,
        [*ROUTES, 1, "split", "arms", 0, "percent"],
        80,
        "spec.pipeline.routes[experiment].split.arms[control].percent",
        "90 -> 80",
    ),
    (
        PIPELINE,
        ["pipeline", "fallback", 1, "constant"],
        "0.03",
        "spec.pipeline.fallback[1].constant",
        "0.02 -> 0.03",
    ),
    (
        PIPELINE,
        ["pipeline", "fallback"],
        listed(["pipeline", "fallback"])[::-1],
        "spec.pipeline.fallback",
        "order changed",
    ),
    (
        PIPELINE,
        ["pipeline", "fallback"],
        None,
        "spec.pipeline.fallback",
        "[(outputName nn_score), (constant 0.02, reasonCode MODEL_UNAVAILABLE)]",
    ),
    (
        POSTPROCESSING,
        ["postprocessing", "calibration", "piecewiseLinear", "values", 1],
        "0.005",
        "spec.postprocessing.calibration",
        "1 of 6 points changed",
    ),
    (
        POSTPROCESSING,
        ["postprocessing", "calibration"],
        {"type": "Expr", "expr": "raw * 0.5"},
        "spec.postprocessing.calibration",
        "PiecewiseLinear, 6 points -> Expr, expr 'raw * 0.5'",
    ),
    (
        POSTPROCESSING,
        [*OUTPUTS, 0, "expr"],
        "raw",
        "spec.postprocessing.outputs[probability].expr",
        "calibrated -> raw",
    ),
    (
        POSTPROCESSING,
        ["postprocessing", "bands", "ranges", 1, "from"],
        351,
        "spec.postprocessing.bands.ranges[Review].from",
        "350 -> 351",
    ),
    (
        POSTPROCESSING,
        ["postprocessing", "reasonCodes", "rules"],
        listed(["postprocessing", "reasonCodes", "rules"])[::-1],
        "spec.postprocessing.reasonCodes.rules",
        "order changed",
    ),
    (
        POSTPROCESSING,
        ["postprocessing", "reasonCodes", "rules", 0, "when"],
        "ratio > 6.0",
        "spec.postprocessing.reasonCodes.rules[R001].when",
        "'ratio > 5.0' -> 'ratio > 6.0'",
    ),
    (
        VERIFICATION,
        ["verification", "cases", "artifact", "sha256"],
        "0" * 64,
        "spec.verification.cases.artifact.sha256",
        "dd56de4137 -> 0000000000",
    ),
    (
        VERIFICATION,
        ["verification", "featureTolerance"],
        None,
        "spec.verification.featureTolerance.ulps",
        "4 -> 0",
    ),
    (
        VERIFICATION,
        ["verification", "outputTolerance", "absolute"],
        "1e-6",
        "spec.verification.outputTolerance.absolute",
        "1e-05 -> 1e-06",
    ),
]


@pytest.mark.parametrize(("part", "place", "value", "path", "summary"), MAKES_A_VERSION, ids=str)
def test_what_decides_an_answer_is_a_new_version_by_its_part(
    part: str, place: Place, value: Any, path: str, summary: str
) -> None:
    found = changed(place, value)

    (change,) = found.changes
    assert (change.path, change.summary, change.part) == (path, summary, part)
    assert [item.key for item in found.changed_parts] == [part]
    assert found.effect is change.effect is Effect.BEHAVIORAL
    assert found.before.digest != found.after.digest


MAKES_NO_VERSION: list[tuple[Place, Any, str, str]] = [
    (["info", "displayName"], "Fraud", "spec.info.displayName", "-> Fraud"),
    (["info", "owners", 1, "role"], "Platform", "spec.info.owners[checkout]", "role Platform"),
    (["info", "refresh"], None, "spec.info.refresh.periodSeconds", "2592000"),
    (["sla", "latencyP99Milliseconds"], 90, "spec.sla.latencyP99Milliseconds", "80 -> 90"),
    (["serving", "replicas"], None, "spec.serving.replicas", "3 -> 1"),
    (
        ["serving", "resources", "limits", "memory"],
        "2Gi",
        "spec.serving.resources.limits",
        "memory 1Gi -> memory 2Gi",
    ),
    (
        ["featureFetching", "sources", 0, "name"],
        "caller",
        "spec.featureFetching.sources",
        "[request] -> [caller]",
    ),
    (
        [*FEATURES, 1, "description"],
        None,
        "spec.featureFetching.features[amount].description",
        "'In the currency of the account.'",
    ),
    (
        ["preprocessing", "derived", 0, "description"],
        "Other words.",
        "spec.preprocessing.derived[ratio].description",
        "'Other words.'",
    ),
    (
        ["preprocessing", "parameters", 0, "description"],
        "Other words.",
        "spec.preprocessing.parameters[count_scale].description",
        "'Other words.'",
    ),
    (["models", 0, "framework"], "XGBoost", "spec.models[gbdt].framework", "-> XGBoost"),
    (["models", 0, "frameworkVersion"], "4.8.0", "spec.models[gbdt].frameworkVersion", "-> 4.8.0"),
    (
        ["models", 0, "hyperparameters", 0, "value"],
        "300",
        "spec.models[gbdt].hyperparameters[n_estimators]",
        "200 -> 300",
    ),
    (
        [*ARTIFACT, "configMap", "name"],
        "elsewhere",
        "spec.models[gbdt].artifact.configMap.name",
        "checkout-fraud-gbdt -> elsewhere",
    ),
    ([*ARTIFACT, "compression"], None, "spec.models[gbdt].artifact.compression", "Gzip -> None"),
    ([*ARTIFACT, "sizeBytes"], 1, "spec.models[gbdt].artifact.sizeBytes", "453112 -> 1"),
    (
        ["models", 0, "inputs", 0, "shape"],
        None,
        "spec.models[gbdt].inputs[features].shape",
        "[-1, 5]",
    ),
    (
        [*OUTPUTS, 1, "description"],
        "Other words.",
        "spec.postprocessing.outputs[score].description",
        "'From 0 to 1000.' -> 'Other words.'",
    ),
    (
        ["postprocessing", "reasonCodes", "rules", 0, "message"],
        None,
        "spec.postprocessing.reasonCodes.rules[R001].message",
        "'Far above the average'",
    ),
    (
        ["verification", "cases", "artifact", "configMap", "key"],
        "k",
        "spec.verification.cases.artifact.configMap.key",
        "bytes.gz -> k",
    ),
]


@pytest.mark.parametrize(("place", "value", "path", "summary"), MAKES_NO_VERSION, ids=str)
def test_what_decides_no_answer_is_operational(
    place: Place, value: Any, path: str, summary: str
) -> None:
    found = changed(place, value)

    (change,) = found.changes
    assert (change.path, change.part) == (path, None)
    assert change.summary.endswith(summary)
    assert found.effect is change.effect is Effect.OPERATIONAL
    assert found.changed_parts == ()
    assert found.before.digest == found.after.digest


MEANS_THE_SAME: list[tuple[Place, Any]] = [
    (FEATURES, listed(FEATURES)[::-1]),
    ([*FEATURES, 0, "sourceName"], None),
    ([*FEATURES, 1, "maximum"], "1000000.0"),
    ([*FEATURES, 2, "required"], False),
    ([*FEATURES, 3, "allowedValues"], ["NO", "App", "Web"]),
    ([*FEATURES, 4, "onOutOfRange"], "Reject"),
    (["preprocessing", "language"], None),
    (["preprocessing", "derived"], listed(["preprocessing", "derived"])[::-1]),
    (["preprocessing", "derived", 0, "expr"], "coalesce(\n  (amount / (avg_amount)),\n 0.0)  "),
    (["preprocessing", "parameters", 0, "affine", "center"], "0.184e1"),
    (["models"], listed(["models"])[::-1]),
    (["models", 0, "format"], None),
    (["models", 0, "hyperparameters"], listed(["models", 0, "hyperparameters"])[::-1]),
    (["models", 1, "artifact", "configMap", "key"], "bytes.gz"),
    ([*ROUTES, 0, "when"], "(amount) > 5e3"),
    ([*ROUTES, 0, "ensemble", "members"], listed([*ROUTES, 0, "ensemble", "members"])[::-1]),
    (["pipeline", "fallback", 1, "constant"], "0.020"),
    (["postprocessing", "bands", "ranges", 1, "action"], "Review"),
    (["verification", "outputTolerance", "absolute"], "0.00001"),
    (["info", "owners"], listed(["info", "owners"])[::-1]),
    (["sla", "availabilityPercent"], "99.950"),
    (["serving", "resources", "limits", "memory"], "1024Mi"),
    (["serving", "resources", "requests", "cpu"], "1000m"),
]


@pytest.mark.parametrize(("place", "value"), MEANS_THE_SAME, ids=str)
def test_layout_order_and_spelling_never_show(place: Place, value: Any) -> None:
    found = changed(place, value)

    assert found.changes == ()
    assert found.changed_parts == ()
    assert found.effect is Effect.NONE
    assert found.summary == "no change"


@pytest.mark.parametrize(
    "body",
    [
        {"featureFetching": {**SPEC["featureFetching"], "sources": [{"name": "request"}]}},
        {"serving": {"replicas": 1}},
        {"serving": {"resources": {"requests": {"memory": "160Mi", "cpu": "0.1"}}}},
    ],
    ids=["source", "replicas", "resources"],
)
def test_a_default_that_is_written_down_never_shows(body: Body) -> None:
    body = deepcopy(body)
    for source in body.get("featureFetching", {}).get("sources", ()):
        source |= {"type": "Request", "request": {"unknownFields": "Ignore"}}

    assert difference(parsed(SPEC), parsed({**SPEC, **body})).changes == ()


def test_items_that_come_and_go_are_told_by_name() -> None:
    derived = [
        *listed(["preprocessing", "derived"])[1:],
        {"name": "n", "type": "Bool", "expr": "true"},
    ]

    found = changed(["preprocessing", "derived"], derived)

    assert [(item.path, item.kind, item.summary) for item in found.changes] == [
        (
            "spec.preprocessing.derived[ratio]",
            Kind.REMOVED,
            "Float32, expr 'coalesce(amount / avg_amount, 0.0)'",
        ),
        ("spec.preprocessing.derived[n]", Kind.ADDED, "Bool, expr true"),
    ]
    assert found.changes[1].before is None
    assert found.changes[1].after == {"name": "n", "type": "Bool", "expr": "true"}


def test_a_route_that_comes_says_where() -> None:
    route = {"name": "vip", "type": "Single", "single": {"outputName": "nn_score"}, "when": "true"}
    routes = listed(ROUTES)

    found = changed(ROUTES, [routes[0], route, *routes[1:]])

    assert one_change(found) == (
        "spec.pipeline.routes[vip]",
        Kind.ADDED,
        "as number 2: Single, outputName nn_score, when true",
    )


def test_a_part_that_goes_is_told_item_by_item() -> None:
    found = changed(["preprocessing"], None)

    assert [item.path.partition("preprocessing.")[2] for item in found.of_part(PREPROCESSING)] == [
        "derived[amount_log]",
        "derived[count_z]",
        "derived[is_web]",
        "derived[ratio]",
        "parameters[count_scale]",
    ]
    assert found.changed_parts[0].after is None


def test_a_description_of_what_goes_is_not_told_again() -> None:
    features = [item for item in listed(FEATURES) if item["name"] != "amount"]
    found = changed(FEATURES, features)

    assert [item.path for item in found.changes] == ["spec.featureFetching.features[amount]"]
    assert [item.path for item in changed(["verification"], None).changes] == ["spec.verification"]


PARAMETERS: list[tuple[int, Place, Any, str]] = [
    (0, ["affine", "scale"], "5", "scale 4 -> 5"),
    (1, ["bounds"], {"low": "1", "high": "2"}, "low 0 -> 1, high 1000 -> 2"),
    (2, ["edges", "values", 1], "8", "1 of 3 edges changed"),
    (2, ["edges", "values"], ["1", "7"], "3 -> 2 edges"),
    (3, ["imputation", "value"], "21", "value 20.5 -> 21"),
    (4, ["lookupTable", "entries", 0, "value"], "0.4", "1 of 2 entries changed"),
    (
        4,
        ["lookupTable", "entries"],
        [{"key": "5967", "value": "0.1"}, {"key": "1", "value": "1"}, {"key": "2", "value": "1"}],
        "1 of 2 entries changed, 2 entries added, 1 removed",
    ),
    (4, ["lookupTable", "entries"], [], "2 entries removed"),
    (4, ["lookupTable", "missing"], None, "missing 0.5 -> not set"),
    (4, ["lookupTable", "default"], "0.5", "default 0.0131 -> 0.5, missing 0.5 -> not set"),
    (5, ["piecewise", "values", 2], "2", "1 of 3 points changed"),
    (
        5,
        ["piecewise"],
        {"x": ["0", "9", "100"], "values": ["0", "0.5", "2"]},
        "2 of 3 points changed",
    ),
    (5, ["piecewise"], {"x": ["0"], "values": ["0"]}, "3 -> 1 point"),
    (6, ["powerTransform", "exponent"], "2", "exponent 0.5 -> 2"),
    (7, ["set", "keys"], ["7", "20", "8"], "1 key added, 1 removed"),
    (7, ["set"], {"keyType": "String", "keys": ["20", "7", "-3"]}, "keyType Int64 -> String"),
    (8, ["vocabulary", "keys"], ["4111", "5967"], "order of keys changed"),
    (8, ["vocabulary", "keys"], ["5967"], "1 key removed"),
    (8, ["vocabulary", "unknown"], 10, "unknown 9 -> 10"),
]


@pytest.mark.parametrize(("index", "place", "value", "summary"), PARAMETERS, ids=str)
def test_a_refit_is_told_in_a_few_words(
    index: int, place: Place, value: Any, summary: str
) -> None:
    found = changed(["preprocessing", "parameters", index, *place], value, PREPROCESSED_SPEC)

    (change,) = found.changes
    name = PREPROCESSED_SPEC["preprocessing"]["parameters"][index]["name"]
    assert change.path == f"spec.preprocessing.parameters[{name}]"
    assert (change.kind, change.summary) == (Kind.CHANGED, summary)
    assert found.summary.endswith("; logic unchanged")


def test_of_a_table_only_what_differs_is_kept() -> None:
    entries = [{"key": str(i), "value": str(i)} for i in range(300)]
    place: Place = ["preprocessing", "parameters", 4, "lookupTable", "entries"]
    old = changed_body(place, entries, PREPROCESSED_SPEC)
    refitted = [{**entry, "value": "0.5"} for entry in entries[:12]] + entries[12:]
    new = changed_body(place, refitted, PREPROCESSED_SPEC)

    found = difference(parsed(old), parsed(new))

    (change,) = found.changes
    assert change.summary == "12 of 300 entries changed"
    assert change.before == {"entries": {str(i): str(i) for i in range(12)}}
    assert change.after == {"entries": {str(i): "0.5" for i in range(12)}}
    assert found.summary == "12 of 300 entries of mcc_risk changed; logic unchanged"


@pytest.mark.parametrize(
    ("of", "place", "value", "summary"),
    [
        (DECISION_SPEC, [*ARTIFACT, "sha256"], "0" * 64, "model gbdt changed; logic unchanged"),
        (
            DECISION_SPEC,
            ["preprocessing", "parameters", 0, "affine", "center"],
            "1.9",
            "count_scale: center 1.84 -> 1.9; logic unchanged",
        ),
        (
            DECISION_SPEC,
            ["postprocessing", "calibration", "piecewiseLinear", "values", 1],
            "0.005",
            "1 of 6 points of calibration changed; logic unchanged",
        ),
        (DECISION_SPEC, ["verification"], None, "logic unchanged; verification changed"),
        (
            DECISION_SPEC,
            [*FEATURES, 1, "minimum"],
            "1",
            "requests changed: amount; logic unchanged",
        ),
        (
            DECISION_SPEC,
            ["preprocessing"],
            None,
            "parameter count_scale removed; logic changed: amount_log, count_z, is_web, 1 more",
        ),
        (DECISION_SPEC, ["models"], None, "2 models changed; logic unchanged"),
        (DECISION_SPEC, ["models", 1], None, "model nn removed; logic unchanged"),
        (DECISION_SPEC, ["models", 0, "outputs", 0, "index"], 0, "logic changed: gbdt"),
        (DECISION_SPEC, ["pipeline", "fallback"], None, "logic changed: fallback"),
        (PREPROCESSED_SPEC, ["preprocessing", "parameters"], [], "9 parameters changed"),
        (DECISION_SPEC, ["sla"], None, "4 fields changed, no new version"),
        (DECISION_SPEC, ["serving", "replicas"], 4, "1 field changed, no new version"),
    ],
    ids=str,
)
def test_one_sentence_says_what_a_change_touches(
    of: Body, place: Place, value: Any, summary: str
) -> None:
    assert changed(place, value, of).summary.startswith(summary)


def test_a_long_expression_is_kept_whole_and_told_in_part() -> None:
    text = f"amount in [{', '.join(f'{number}.0' for number in range(64))}]"

    (change,) = changed(["preprocessing", "derived", 1, "expr"], text).changes

    assert change.after == text
    assert len(change.summary) < 200


def test_what_a_terminal_would_obey_is_escaped() -> None:
    (change,) = changed(["info", "displayName"], "a\x1b[31m\nb").changes

    assert change.after == "a\x1b[31m\nb"
    assert change.summary.endswith('"a\\u001b[31m\\nb"')


def test_json_can_hold_all_of_it() -> None:
    found = difference(parsed(DECISION_SPEC), parsed(PREPROCESSED_SPEC))

    values = [(change.before, change.after) for change in found.changes]
    assert json.loads(json.dumps(values)) == [list(pair) for pair in values]


def _models_below(model: type[KubernetesModel]) -> Iterator[type[KubernetesModel]]:
    yield model
    for name, field in model.model_fields.items():
        if (model, name) not in OUTSIDE:
            for inner in _models_in(field.annotation):
                yield from _models_below(inner)


def _models_in(annotation: Any) -> Iterator[type[KubernetesModel]]:
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            assert issubclass(annotation, KubernetesModel)
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _models_in(argument)


HASHED_OTHERWISE = {"type", "language", "key", "value", "ulps", "absolute"}
"""Fields that stand in a part under another name, or as one with another field."""

STORES: dict[str, tuple[str, Body]] = {
    "persistentVolumeClaim": ("PersistentVolumeClaim", {"claimName": "models", "path": "m"}),
    "http": ("HTTP", {"url": "https://example.com/m"}),
    "s3": ("S3", {"bucket": "models", "key": "m"}),
}
"""Where artifacts can be besides ConfigMaps, by the member that says it."""


@pytest.mark.parametrize("member", STORES)
def test_bytes_elsewhere_are_operational_and_told_as_such(member: str) -> None:
    kind, place = STORES[member]
    kept = DECISION_SPEC["models"][0]["artifact"]["sha256"]
    artifact = {"type": kind, "sha256": kept, "sizeBytes": 453112, member: place}

    found = changed(ARTIFACT, artifact)

    assert found.effect is Effect.OPERATIONAL
    paths = {change.path.split(".artifact.")[1].split(".")[0] for change in found.changes}
    assert {"configMap", member} <= paths, paths


NEVER_TOLD = {"sourceName", "format", "type"}
"""Fields that have only one value, or are told by the member that they name."""


def _hashed(part: type[parts.Part] = parts.Part) -> Iterator[str]:
    yield from (field.encode_name for field in msgspec.structs.fields(part))
    for inner in part.__subclasses__():
        yield from _hashed(inner)


def test_every_field_is_in_a_part_or_makes_no_version() -> None:
    """Whoever adds a field says which."""
    hashed = {*_hashed(), *HASHED_OTHERWISE}

    for model in set(_models_below(ModelSpecSpec)):
        for name, field in model.model_fields.items():
            is_group = any(_models_in(field.annotation))
            assert is_group or (model, name) in OUTSIDE or field.alias in hashed, (model, name)


def test_every_field_that_makes_no_version_exists_and_is_told() -> None:
    told = {name for place, *_ in MAKES_NO_VERSION for name in _names(place)}
    told |= NEVER_TOLD | STORES.keys()

    for model, name in OUTSIDE:
        assert model.model_fields[name].alias in told, (model, name)


def _names(place: Place) -> Iterator[str]:
    return (step for step in place if isinstance(step, str))


@examples(60)
@given(valid_specs(), valid_specs())
def test_a_version_is_new_exactly_if_a_part_differs(old: Body, new: Body) -> None:
    before, after = parsed(old), parsed(new)

    found = difference(before, after)

    is_new = take_snapshot(before).digest != take_snapshot(after).digest
    changed_keys = {part.key for part in found.changed_parts}
    assert bool(changed_keys) is is_new
    told = {change.part for change in found.changes if change.before or change.after} - {None}
    assert changed_keys <= told
    assert all(found.of_part(key) for key in changed_keys)


@examples(40)
@given(valid_specs())
def test_nothing_differs_from_itself(spec: Body) -> None:
    assert difference(parsed(spec), parsed(deepcopy(spec))).changes == ()
    assert list(field_changes(parsed(spec), parsed(spec))) == []
