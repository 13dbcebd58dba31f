"""Golden rows that a notebook chooses: few, and all that the logic can do is among them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelspec as ms
from modelspec.artifacts import sha256_of
from modelspec.documents.reader import read_documents
from modelspec.notebook.golden import choose_rows
from modelspec.notebook.instances import instances_of
from modelspec.notebook.spec import Spec
from modelspec.notebook.verification import VerificationError, verify
from modelspec.snapshot.golden import read_cases

ROWS = 3_000


def frame() -> dict[str, Any]:
    random = np.random.default_rng(3)
    rare = random.choice(["gb", "GB", "fr"], ROWS).astype(object)
    rare[1_234] = "xk"
    return {
        "amount": np.where(random.random(ROWS) < 0.1, np.nan, random.lognormal(3.0, 1.0, ROWS)),
        "country": rare,
        "count": random.integers(0, 5, ROWS),
        "time": np.full(ROWS, "2026-03-29T00:59:59Z", object),
        "is_new": random.random(ROWS) < 0.5,
    }


def rules() -> Spec:
    """Return a specification without a model."""
    spec = ms.Spec("rules")
    spec.feature("amount", ms.Float64, minimum="0")
    spec.feature("country", ms.String, max_length=8)
    spec.feature("count", ms.Int64, default="0")
    spec.feature("time", ms.Timestamp, required=True)
    spec.feature("is_new", ms.Bool)
    spec.derive("is_rare", ms.Bool, 'lower(country) == "xk"')
    spec.derive("hour_of_day", ms.Int64, "hour(time)")
    spec.postprocessing = {
        "outputs": [
            {
                "name": "score",
                "type": "Int64",
                "expr": "900 if coalesce(is_rare, false) else to_int(clip(count * 1.0, 0.0, 9.0))",
            },
            {"name": "share", "type": "Float64", "expr": "amount / 3.0"},
        ],
        "bands": {
            "outputName": "score",
            "ranges": [{"name": "Low", "from": 0}, {"name": "High", "from": 500}],
        },
        "reasonCodes": {"rules": [{"code": "RARE", "when": "is_rare"}]},
    }
    return spec


def test_rare_rows_are_chosen_because_of_what_they_show() -> None:
    spec = rules()
    spec.golden(frame(), n=30)
    cases = read_cases("", spec.golden_rows or b"")

    assert {case.answer["band"] for case in cases} == {"Low", "High"}
    assert any(case.row.get("country") == "xk" for case in cases)


def test_each_feature_is_missing_at_its_extremes_and_unknown_once() -> None:
    rows = choose_rows(rules().program(), frame(), 10)
    amounts = frame()["amount"]

    for name in ("amount", "country", "is_new"):
        assert any(name not in row for row in rows)
    assert {np.nanmin(amounts), np.nanmax(amounts)} <= {row.get("amount") for row in rows}
    assert any("unknown"[:3] in row.get("country", "") for row in rows)
    assert all("time" in row for row in rows)


def test_there_are_as_many_rows_as_were_asked_for() -> None:
    program = rules().program()

    assert 45 <= len(choose_rows(program, frame(), 50)) <= 50
    assert len(choose_rows(program, frame(), 1)) < 40


def test_rows_are_those_that_a_request_would_bring() -> None:
    data = {"time": ["2026-03-29T01:00:00.5+02:00"], "amount": [None], "count": [None]}

    (row,) = instances_of(data, rules().program().features)

    assert row == {"time": "2026-03-28T23:00:00.500000Z", "count": 0}


def test_the_same_data_give_the_same_bytes() -> None:
    one, other = rules(), rules()
    one.golden(frame())
    other.golden(frame())

    assert one.golden_rows == other.golden_rows


def test_golden_rows_travel_with_the_bundle_and_are_reproduced(tmp_path: Path) -> None:
    spec = rules()
    count = spec.golden(frame())
    spec.verification = {**spec.verification, "outputTolerance": {"absolute": "1e-9"}}

    spec.dump(tmp_path / "bundle")

    (document,) = read_documents((tmp_path / "bundle" / "modelspec.yaml").read_bytes())
    cases = document.value["spec"]["verification"]["cases"]["artifact"]
    assert cases["sha256"] == sha256_of(spec.golden_rows or b"")
    assert verify(tmp_path / "bundle").golden_rows == count
    again = Spec.load(tmp_path / "bundle")
    again.golden(frame(), 20)
    assert again.verification["outputTolerance"] == {"absolute": "1e-9"}


def test_a_changed_rule_is_caught_with_its_row(tmp_path: Path) -> None:
    spec = rules()
    spec.golden(frame())
    spec.postprocessing["outputs"][1]["expr"] = "amount / 3.0000001"
    spec.dump(tmp_path)

    with pytest.raises(VerificationError) as caught:
        verify(tmp_path)

    assert len(caught.value.findings) == 20
    assert str(caught.value).startswith("MS525 spec.verification: row 0: 'share' expected ")


def test_rows_of_another_specification_are_refused(tmp_path: Path) -> None:
    spec = rules()
    spec.golden(frame(), 5)
    lines = (spec.golden_rows or b"").splitlines()
    first = json.loads(lines[0])
    del first["row"]["time"]
    first["row"]["colour"] = "red"
    spec._draft.contents["verification.cases"] = json.dumps(first).encode()

    with pytest.raises(VerificationError) as caught:
        spec.verify()

    told = [finding.message for finding in caught.value.findings]
    assert told[:2] == ["row 0 lacks 'time'", "row 0 names 'colour', which is no feature"]


def test_both_executors_agree_on_all_rows() -> None:
    done = rules().verify(frame(), progress=False)

    assert (done.rows, done.golden_rows, str(done)) == (
        ROWS,
        0,
        "features of 3000 rows bit-equal in both executors",
    )
