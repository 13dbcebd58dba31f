"""Golden rows: a pod that does not give what training gave never becomes ready, and says where."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from modelspec.artifacts import sha256_of
from modelspec.notebook.execution import Runtime
from modelspec.notebook.golden import make_cases
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.golden import Case, write_cases
from modelspec_serving.lifecycle.load import Decision, RefusedError
from support.pod import ECHO_SPEC, Document, echo_graph, load, mount

GRAPH = echo_graph()
ROWS: list[Document] = [
    {"class": 0.5, "count": 3, "flag": True, "rate": 0.25},
    {"class": -1.0},
    {"class": 1e30, "count": None, "rate": 1e-40},
]
POSTPROCESSING: Document = {
    "calibration": {"type": "Sigmoid", "sigmoid": {"slope": "2", "intercept": "-1"}},
    "outputs": [
        {"name": "p", "type": "Float64", "expr": "calibrated"},
        {"name": "score", "type": "Int64", "expr": "to_int(round(clip(999.0 * p, 0.0, 999.0)))"},
    ],
    "bands": {
        "outputName": "score",
        "ranges": [{"name": "Low", "from": 0}, {"name": "High", "from": 300}],
    },
    "reasonCodes": {"rules": [{"code": "CLASS", "contribution": "class"}]},
}
PIPELINE: Document = {
    "routes": [{"name": "default", "type": "Single", "single": {"outputName": "rate"}}]
}


def _spec(*, decides: bool) -> Document:
    spec = deepcopy(ECHO_SPEC)
    if decides:
        outputs = deepcopy(POSTPROCESSING)
        outputs["outputs"][1]["expr"] = "to_int(round(clip(999.0 * calibrated, 0.0, 999.0)))"
        spec |= {"pipeline": PIPELINE, "postprocessing": outputs}
        spec["models"][0]["outputs"][0]["name"] = "klass"
    return spec


def _cases(spec: Document) -> list[Case]:
    """Return the golden rows that a notebook would write."""
    known = deepcopy(spec)
    known["models"][0]["artifact"]["sha256"] = sha256_of(GRAPH)
    runtime = Runtime(ModelSpecSpec.model_validate(known), {sha256_of(GRAPH): GRAPH}.get)
    return make_cases(runtime, ROWS)


def _load(root: Path, spec: Document, golden: bytes, **tolerances: Any) -> Decision:
    key = {"name": "golden", "key": "rows"}
    artifact = {"type": "ConfigMap", "sha256": sha256_of(golden), "configMap": key}
    verification = {"cases": {"artifact": artifact}, **tolerances}
    settings = mount(root, {**spec, "verification": verification}, GRAPH)
    (root / "artifacts" / sha256_of(golden)).write_bytes(golden)
    return load(settings)


def _changed(cases: list[Case], part: str, **values: Any) -> bytes:
    """Return the golden rows with something else expected of the second."""
    changed = msgspec.structs.replace(cases[1], **{part: {**getattr(cases[1], part), **values}})
    return write_cases([cases[0], changed, *cases[2:]])


@pytest.mark.parametrize("decides", [False, True], ids=["outputs", "decision"])
def test_what_a_notebook_wrote_is_reproduced(tmp_path: Path, *, decides: bool) -> None:
    spec = _spec(decides=decides)

    decision = _load(tmp_path, spec, write_cases(_cases(spec)))

    assert decision.version == 3


@pytest.mark.parametrize(
    ("part", "values", "refusal"),
    [
        (
            "features",
            {"rate": 0.10000000894069672},
            (
                "MS524 spec.verification: row 1: 'rate' expected 0.10000000894069672, got"
                " 0.10000000149011612 (1 ulps, tolerance 0)"
            ),
        ),
        (
            "features",
            {"count": 0.0},
            "MS524 spec.verification: row 1: 'count' expected 0.0, got None",
        ),
        (
            "outputs",
            {"wide": 2.0},
            "MS525 spec.verification: row 1: 'wide' expected 2.0, got -1.0 (tolerance 0)",
        ),
        (
            "answer",
            {"band": "Low"},
            "MS525 spec.verification: row 1: 'band' expected 'Low', got 'High'",
        ),
        (
            "answer",
            {"reasonCodes": ["CLASS"]},
            "MS525 spec.verification: row 1: 'reasonCodes' expected ['CLASS'], got []",
        ),
    ],
    ids=["feature", "null", "output", "band", "reasons"],
)
def test_what_differs_is_told_with_row_and_values(
    tmp_path: Path, part: str, values: Document, refusal: str
) -> None:
    spec = _spec(decides=True)

    with pytest.raises(RefusedError) as caught:
        _load(tmp_path, spec, _changed(_cases(spec), part, **values))

    assert str(caught.value) == refusal


def test_tolerances_say_how_far_values_may_be_apart(tmp_path: Path) -> None:
    spec = _spec(decides=True)
    cases = _cases(spec)
    near = {"featureTolerance": {"ulps": 4}, "outputTolerance": {"absolute": "1e-5"}}
    score = cases[1].answer["p"]

    _load(tmp_path / "f", spec, _changed(cases, "features", rate=0.10000002384185791), **near)
    _load(tmp_path / "a", spec, _changed(cases, "answer", p=score + 9e-6), **near)

    with pytest.raises(RefusedError, match="MS525"):
        _load(tmp_path / "b", spec, _changed(cases, "answer", p=score + 2e-5), **near)


@pytest.mark.parametrize(
    ("golden", "refusal"),
    [
        (b"", "MS523 spec.verification.cases: must hold 1 to 10000 golden rows, got 0"),
        (b"{}\n", "MS523 spec.verification.cases: row 0 is no golden row:"),
        (b"\xff\n", "MS523 spec.verification.cases: row 0 is no golden row:"),
        (b"[" * 100_000, "MS523 spec.verification.cases: row 0 is no golden row:"),
        (
            write_cases([Case({"count": 1}, {}, {}, {})]),
            "MS523 spec.verification.cases: row 0 is refused: feature 'class': required",
        ),
    ],
    ids=["nothing", "incomplete", "no text", "deep", "refused"],
)
def test_rows_that_are_none_are_refused(tmp_path: Path, golden: bytes, refusal: str) -> None:
    with pytest.raises(RefusedError) as caught:
        _load(tmp_path, _spec(decides=False), golden)

    assert str(caught.value).startswith(refusal)


def test_only_the_first_differences_are_told(tmp_path: Path) -> None:
    spec = _spec(decides=False)
    wrong = msgspec.structs.replace(_cases(spec)[0], outputs={})

    with pytest.raises(RefusedError) as caught:
        _load(tmp_path, spec, write_cases([wrong] * 100))

    assert len(caught.value.findings) == 20
