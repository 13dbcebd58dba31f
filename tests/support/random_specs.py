"""Random specifications: valid ones of every shape, and ones that one change may have broken."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from support.specs import Body

Draw = st.DrawFn

_SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
_NUMBERS = ("Int64", "Float64")

_DEFAULTS = {
    "Bool": st.sampled_from(["true", "false"]),
    "Int64": st.integers(-1000, 1000).map(str),
    "Float64": st.sampled_from(["0", "0.5", "-1e3", "12.50"]),
    "String": st.sampled_from(["", "a", "é"]),
    "Timestamp": st.just("2026-01-02T03:04:05Z"),
}

_EXPRESSIONS = {
    "Bool": "indicator(coalesce({x}, false))",
    "Int64": "coalesce({x}, 0) * 2.0",
    "Float64": "log1p(abs(coalesce({x}, 1.0)))",
    "String": 'hash_bucket(coalesce({x}, ""), 8)',
    "Timestamp": "coalesce(hour({x}), 0)",
    "List": "coalesce(to_float(size({x})), 0.0)",
}


def _maybe(draw: Draw, body: Body, **members: st.SearchStrategy[Any]) -> None:
    """Set some of the members."""
    for name, strategy in members.items():
        if draw(st.booleans()):
            body[name] = draw(strategy)


@st.composite
def _feature(draw: Draw, name: str) -> Body:
    kind = draw(st.sampled_from([*_DEFAULTS, "List"]))
    feature: Body = {"name": name, "type": kind}
    if kind == "List":
        feature["itemType"] = draw(st.sampled_from(["Int64", "Float64", "String"]))
        _maybe(draw, feature, maxItems=st.integers(1, 1024))
    elif draw(st.booleans()):
        feature["default"] = draw(_DEFAULTS[kind])
    else:
        _maybe(draw, feature, required=st.booleans())
    if "String" in {kind, feature.get("itemType")}:
        _maybe(draw, feature, maxLength=st.integers(8, 1024))
    _maybe(draw, feature, description=_WORDS)
    _bound(draw, feature)
    return feature


def _bound(draw: Draw, feature: Body) -> None:
    """Add bounds that every default lies within."""
    if feature["type"] in _NUMBERS:
        _maybe(draw, feature, minimum=st.just("-1000"), maximum=st.sampled_from(["1000", "1e6"]))
        policies = ["Clamp", "UseNull", "Reject"]
    elif feature["type"] == "String":
        _maybe(draw, feature, allowedValues=st.just(["", "a", "é", "NO"]))
        policies = ["UseNull", "Reject"]
    if {"minimum", "maximum", "allowedValues"} & feature.keys():
        _maybe(draw, feature, onOutOfRange=st.sampled_from(policies))


@st.composite
def _model(draw: Draw, name: str, columns: list[str], outputs: list[str]) -> Body:
    artifact: Body = {
        "type": "ConfigMap",
        "sha256": draw(_SHA256),
        "configMap": {"name": "bytes", "key": "model.onnx"},
    }
    if draw(st.booleans()):
        artifact |= {"sizeBytes": draw(st.integers(1, 60_000_000)), "compression": "Gzip"}
    tensor: Body = {"name": "X", "featureNames": draw(st.permutations(columns))}
    _maybe(draw, tensor, shape=st.just([-1, len(columns)]), missingEncoding=st.just("NaN"))
    model: Body = {
        "name": name,
        "artifact": artifact,
        "inputs": [tensor],
        "outputs": [{"name": output, "tensor": "Y", "index": 0} for output in outputs],
    }
    _maybe(
        draw,
        model,
        format=st.just("ONNX"),
        framework=st.just("LightGBM"),
        hyperparameters=st.just([{"name": "trees", "value": "200"}]),
    )
    return model


@st.composite
def _pipeline(draw: Draw, outputs: list[str], key: str) -> Body:
    first, second = outputs[0], outputs[-1]
    arms = [
        {"name": "control", "outputName": first, "percent": 90},
        {"name": "trial", "outputName": second, "percent": 10},
    ]
    members = [{"outputName": name, "weight": 50} for name in (first, second)]
    choices: list[Body] = [
        {"type": "Single", "single": {"outputName": first}},
        {"type": "Split", "split": {"keyFeatureName": key, "salt": "s", "arms": arms}},
    ]
    if first != second:
        mean = {"combine": "WeightedMean", "members": members}
        largest = {"combine": "Max", "members": [{"outputName": n} for n in (first, second)]}
        choices += [
            {"type": "Ensemble", "ensemble": {**mean, "quorum": 1}},
            {"type": "Ensemble", "ensemble": largest},
        ]
    routes = [
        {"name": f"route-{index}", **draw(st.sampled_from(choices))}
        for index in range(draw(st.integers(1, 3)))
    ]
    for index, route in enumerate(routes[:-1]):
        route["when"] = f'{key} == "{index}"'
    pipeline: Body = {"routes": routes}
    constant = {"type": "Constant", "constant": "0.02", "reasonCode": "MODEL_UNAVAILABLE"}
    fallback = [[constant], [{"type": "Output", "outputName": first}, constant]]
    _maybe(draw, pipeline, fallback=st.sampled_from(fallback))
    return pipeline


_CALIBRATIONS: list[Body] = [
    {"type": "Sigmoid", "sigmoid": {"slope": "1.5", "intercept": "-0.2"}},
    {"type": "PiecewiseLinear", "piecewiseLinear": {"x": ["0", "1"], "values": ["0.1", "0.9"]}},
    {"type": "Expr", "expr": "clip(raw, 0.0, 1.0)"},
]


@st.composite
def _postprocessing(draw: Draw) -> Body:
    scaled = "coalesce(to_int(round(1000.0 * clip(calibrated, 0.0, 1.0))), 0)"
    outputs = [
        {"name": "points", "type": "Int64", "expr": scaled},
        {"name": "probability", "type": "Float64", "expr": "calibrated"},
    ]
    found: Body = {"outputs": outputs}
    ranges = [{"name": "Approve", "from": 0}, {"name": "Decline", "from": 800, "action": "Stop"}]
    rules = [{"code": "R001", "when": "points > 500", "message": "High"}]
    _maybe(
        draw,
        found,
        calibration=st.sampled_from(_CALIBRATIONS),
        bands=st.just({"outputName": "points", "ranges": ranges}),
        reasonCodes=st.sampled_from([{"rules": rules}, {"maximum": 3, "rules": rules}]),
    )
    return found


_INFORMATION: Body = {
    "displayName": "Checkout fraud",
    "owners": [{"name": "risk", "role": "DataScience", "contact": "risk@example.com"}],
    "problemType": "Regression",
    "scenario": "CheckoutAuthorization",
    "refresh": {"periodSeconds": 2_592_000},
}
_LEVEL: Body = {
    "latencyP50Milliseconds": 5,
    "latencyP99Milliseconds": 50,
    "availabilityPercent": "99.95",
    "throughputPerSecond": 800,
}
_SERVING: Body = {
    "replicas": 2,
    "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": 1_000_000}},
}


@st.composite
def valid_specs(draw: Draw) -> Body:
    """Generate the ``spec`` of a ModelSpec that has nothing wrong."""
    features = [draw(_feature(f"f{index}")) for index in range(draw(st.integers(1, 5)))]
    key: Body = {"name": "account_id", "type": "String", "required": True}
    derived = [
        {
            "name": f"d{index}",
            "type": "Float32",
            "expr": _EXPRESSIONS[feature["type"]].format(x=feature["name"]),
        }
        for index, feature in enumerate(features)
    ]
    names = ["a_score", "b_score"][: draw(st.integers(1, 2))]
    columns = [item["name"] for item in derived]
    spec: Body = {
        "featureFetching": {"features": [*features, key]},
        "preprocessing": {"derived": derived},
        "models": [draw(_model(f"m{i}", columns, [name])) for i, name in enumerate(names)],
    }
    request = {"name": "request", "type": "Request", "request": {"unknownFields": "Reject"}}
    _maybe(draw, spec["featureFetching"], sources=st.just([request]))
    if len(names) > 1 or draw(st.booleans()):
        spec["pipeline"] = draw(_pipeline(names, key["name"]))
        _maybe(draw, spec, postprocessing=_postprocessing())
    cases = {"cases": {"artifact": deepcopy(spec["models"][0]["artifact"])}}
    _maybe(
        draw,
        spec,
        info=st.just(_INFORMATION),
        verification=st.just({**cases, "outputTolerance": {"absolute": "1e-5"}}),
        sla=st.just(_LEVEL),
        serving=st.just(_SERVING),
    )
    return deepcopy(spec)


_JUNK: list[Any] = [
    *(None, True, 0, -1, 101, 1.5, 2**53, "", "x", "Avg-Amt", "1e999", "no", "é" * 70),
    *([], {}, ["x"], {"x": 1}, "a" * 5000, "0.10", "999999999999999999999999999999999"),
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every value in a document."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    below = [found for step, item in inner for found in places(item, (*path, step))]
    return [path, *below] if path else below


@st.composite
def mutated(draw: Draw, body: Body) -> Body:
    """Generate a specification with one change: a value replaced, removed, repeated or added."""
    changed = deepcopy(body)
    found = places(changed)
    if not found:
        return changed
    *parents, last = draw(st.sampled_from(found))
    holder: Any = changed
    for step in parents:
        holder = holder[step]
    match draw(st.sampled_from(["replace", "replace", "remove", "repeat", "add"])):
        case "replace":
            holder[last] = deepcopy(draw(st.sampled_from(_JUNK)))
        case "remove":
            del holder[last]
        case "repeat" if isinstance(holder, list):
            holder.append(deepcopy(holder[int(last)]))
        case _ if isinstance(holder, dict):
            holder["addedField"] = deepcopy(draw(st.sampled_from(_JUNK)))
        case _:
            holder.append(deepcopy(draw(st.sampled_from(_JUNK))))
    return changed
