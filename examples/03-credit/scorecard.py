"""Make a credit scorecard of a logistic regression, and write it as a bundle without a model file.

Run ``python examples/03-credit/scorecard.py``. Bins, weights of evidence and points are parameters
and expressions, so the whole decision can be read in one file. It is written only if its score is
that of the scikit-learn regression it was made from, for every applicant.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from applicants import Applicants, generate
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import modelspec as ms
from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import read_columns
from modelspec.expressions.columns import values_of

Floats = NDArray[np.float64]
Bin: TypeAlias = int | str | None
Evidence: TypeAlias = dict[Bin, float]
"""The weight of each bin of one characteristic, that of missing values included."""

BINS: Mapping[str, tuple[str, ...]] = {
    "age": ("25", "32", "40", "50", "62"),
    "income": ("1500", "2000", "2500", "3200", "4500"),
    "job_years": ("1", "3", "6", "10"),
    "limit_used": ("0.15", "0.3", "0.45", "0.6", "0.8"),
    "inquiries_6m": ("1", "2", "3", "5"),
    "late_payments": ("1", "2", "3"),
    "oldest_line_years": ("2", "5", "10", "20"),
    "burden": ("0.03", "0.06", "0.1", "0.16", "0.25"),
}
"""Edges of the bins of each number; a value on an edge is in the bin above."""

WORDS = ("home", "purpose")
"""Categories, of which every level is a bin."""

CHARACTERISTICS = (*BINS, *WORDS)

REASONS = {
    "age": ("AGE", "Age"),
    "income": ("INCOME", "Income"),
    "job_years": ("JOB", "Time in the present job"),
    "limit_used": ("LIMIT_USED", "Share of existing limits that is used"),
    "inquiries_6m": ("INQUIRIES", "Inquiries at the bureau in the last six months"),
    "late_payments": ("LATE", "Late payments"),
    "oldest_line_years": ("HISTORY", "Age of the oldest loan"),
    "burden": ("BURDEN", "Monthly payment compared with the income"),
    "home": ("HOME", "Living situation"),
    "purpose": ("PURPOSE", "Purpose of the loan"),
}
"""Code and meaning of the reason that each characteristic gives."""

KNOCK_OUTS = {
    "MINOR": ("age < 18", "Under age"),
    "INSOLVENT": ("coalesce(is_insolvent, false)", "In insolvency"),
    "OVERBURDENED": ("coalesce(burden > 0.6, false)", "Payment above 60 percent of the income"),
}
"""Rules that refuse, whatever the score."""

BASE_POINTS, BASE_ODDS, DOUBLING = 600.0, 20.0, 40.0
"""600 points where 20 pay back for one who does not; 40 more where it is 40."""

REFUSED_POINTS = 0
"""The score of who is knocked out; no scorecard gives as few."""

GRID = 1024.0
"""Weights of evidence are multiples of 1 / 1024, which float32 holds exactly: what the regression
learns from is what the expressions compute with."""

BANDS = {"Decline": 0, "Refer": 480, "Accept": 520}
"""What happens from how many points on."""


def declare() -> ms.Spec:
    """Return the specification with the fields of an application and their bins."""
    spec = ms.Spec("credit-scorecard")
    for name in ("age", "income", "amount", "months"):
        spec.feature(name, ms.Float64, required=True, minimum="0")
    for name in ("job_years", "limit_used", "inquiries_6m", "late_payments", "oldest_line_years"):
        spec.feature(name, ms.Float64)
    for name in WORDS:
        spec.feature(name, ms.String, max_length=32)
    spec.feature("is_insolvent", ms.Bool)
    spec.derive("burden", ms.Float64, "amount / months / income")
    for name, edges in BINS.items():
        spec.parameter(f"{name}_edges", {"type": "Edges", "edges": {"values": list(edges)}})
        spec.derive(f"{name}_bin", ms.Int64, f"bucketize({name}, {name}_edges)")
    for name in WORDS:
        spec.derive(f"{name}_bin", ms.String, f"lower(trim({name}))")
    knocked_out = " or ".join(condition for condition, _ in KNOCK_OUTS.values())
    spec.derive("is_knocked_out", ms.Bool, knocked_out)
    return spec


def weigh(spec: ms.Spec, applicants: Applicants) -> dict[str, Evidence]:
    """Give every bin its weight of evidence, as a table, and return these weights."""
    bins = [f"{name}_bin" for name in CHARACTERISTICS]
    program = spec.program()
    columns = compute_columns(program, read_columns(applicants.columns, program.features), bins)
    found = {}
    for name in CHARACTERISTICS:
        found[name] = weigh_bins(values_of(columns[f"{name}_bin"]), applicants.is_bad)
        spec.parameter(f"{name}_evidence", table_of(found[name]))
        spec.derive(f"{name}_woe", ms.Float64, f"lookup({name}_bin, {name}_evidence)")
    spec.inputs = [f"{name}_woe" for name in CHARACTERISTICS]
    return found


def weigh_bins(bins: Sequence[Bin], is_bad: NDArray[np.bool_]) -> Evidence:
    """Return the logarithm of good to bad in each bin, compared with that of all."""
    usual = log((~is_bad).sum() / is_bad.sum())
    weights: dict[Bin, float] = {None: 0.0}
    for key in dict.fromkeys(bins):
        inside = is_bad[[other == key for other in bins]]
        # Half a person more of both kinds: no bin is without one.
        odds = ((~inside).sum() + 0.5) / (inside.sum() + 0.5)
        weights[key] = round((log(odds) - usual) * GRID) / GRID
    return weights


def table_of(evidence: Evidence) -> dict[str, Any]:
    """Return weights of evidence as a parameter; a bin that nobody was in counts as usual."""
    known = {key: weight for key, weight in evidence.items() if key is not None}
    table = {
        "keyType": "Int64" if all(isinstance(key, int) for key in known) else "String",
        "entries": [
            {"key": str(key), "value": repr(known[key])} for key in sorted(known, key=str)
        ],
        "default": "0.0",
        "missing": repr(evidence[None]),
    }
    return {"type": "LookupTable", "lookupTable": table}


def evidence_of(spec: ms.Spec, applicants: Applicants) -> Floats:
    """Return the weights of evidence of applicants, a column for each characteristic."""
    return spec.transform(applicants.columns).to_numpy().astype(np.float64)


def train(spec: ms.Spec, applicants: Applicants) -> LogisticRegression:
    """Return the regression of who does not pay back, on weights of evidence."""
    return LogisticRegression(max_iter=1000).fit(evidence_of(spec, applicants), applicants.is_bad)


def decide(
    spec: ms.Spec, evidence: Mapping[str, Evidence], regression: LogisticRegression
) -> None:
    """Write what the regression found as points, bands and reasons."""
    weights = dict(zip(CHARACTERISTICS, (-regression.coef_[0]).tolist(), strict=True))
    terms = [f"{weight!r} * {name}_woe" for name, weight in weights.items()]
    spec.derive(
        "log_odds", ms.Float64, " + ".join([repr(-float(regression.intercept_[0])), *terms])
    )
    points = f"clip(round({_offset()!r} + {_factor()!r} * log_odds), 1.0, 999.0)"
    spec.postprocessing = {
        "outputs": [
            {
                "name": "score",
                "type": "Int64",
                "expr": f"{REFUSED_POINTS} if is_knocked_out else to_int({points})",
            },
            {"name": "default_probability", "type": "Float64", "expr": "sigmoid(-log_odds)"},
        ],
        "bands": {
            "outputName": "score",
            "ranges": [
                {"name": name, "from": edge, "action": name} for name, edge in BANDS.items()
            ],
        },
        "reasonCodes": {
            "maximum": 4,
            "rules": [*_knock_out_reasons(), *_reasons(evidence, weights)],
        },
    }


def make(applicants: Applicants) -> tuple[ms.Spec, LogisticRegression]:
    """Return the scorecard of these applicants, and the regression that it was made from."""
    spec = declare()
    evidence = weigh(spec, applicants)
    regression = train(spec, applicants)
    decide(spec, evidence, regression)
    return spec, regression


def _knock_out_reasons() -> list[dict[str, Any]]:
    return [
        {"code": code, "when": condition, "message": message}
        for code, (condition, message) in KNOCK_OUTS.items()
    ]


def _reasons(
    evidence: Mapping[str, Evidence], weights: Mapping[str, float]
) -> Iterator[dict[str, str]]:
    """Yield a reason for each characteristic: how many points it is below its best bin."""
    for name, weight in weights.items():
        best = max(evidence[name].values())
        lost = f"{_factor() * weight!r} * ({best!r} - {name}_woe)"
        code, message = REASONS[name]
        yield {"code": code, "contribution": lost, "message": message}


def _factor() -> float:
    return DOUBLING / log(2.0)


def _offset() -> float:
    return BASE_POINTS - _factor() * log(BASE_ODDS)


def expected_points(
    spec: ms.Spec, regression: LogisticRegression, applicants: Applicants
) -> NDArray[np.int64]:
    """Return the points that scikit-learn's regression and the rules give."""
    odds = -regression.decision_function(evidence_of(spec, applicants))
    points = np.clip(np.rint(_offset() + _factor() * odds), 1.0, 999.0)
    columns = applicants.columns
    burden = columns["amount"] / columns["months"] / columns["income"]
    refused = (columns["age"] < 18) | columns["is_insolvent"] | (burden > 0.6)  # noqa: PLR2004
    return np.where(refused, REFUSED_POINTS, points).astype(np.int64)


def verify(
    spec: ms.Spec, regression: LogisticRegression, applicants: Applicants
) -> dict[str, list[Any]]:
    """Return what the specification decides, or refuse if one score is not the regression's."""
    found = spec.predict(applicants.columns, progress=False)
    scores = np.array(found["score"])
    expected = expected_points(spec, regression, applicants)
    differing = np.flatnonzero(scores != expected)
    if len(differing):
        row = int(differing[0])
        sys.exit(
            f"{len(differing)} of {len(scores)} scores differ, the first in row {row}:"
            f" {scores[row]}, and {expected[row]} by scikit-learn; nothing is written"
        )
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, verify, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "bundle"
    parser.add_argument("directory", nargs="?", type=Path, default=default, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)

    new = generate(20_000, options.seed + 1)
    spec, regression = make(generate(20_000, options.seed))
    answers = verify(spec, regression, new)
    report(new, np.array(answers["score"]))
    spec.golden(new.columns)
    spec.dump(options.directory)
    print(ms.verify(options.directory))
    print(f"wrote {options.directory}")


def report(applicants: Applicants, scores: NDArray[np.int64]) -> None:
    """Print what there is to say about scores."""
    print(f"{len(scores)} scores equal scikit-learn's")
    print(applicants.note)
    area = roc_auc_score(applicants.is_bad, -scores)
    oracle = roc_auc_score(applicants.is_bad, applicants.probability)
    print(f"area under the curve {area:.3f}; {oracle:.3f} for who knows the true probability")
    edges = [*BANDS.values(), np.inf]
    for name, low, high in zip(BANDS, edges, edges[1:], strict=False):
        inside = (scores >= low) & (scores < high)
        bad = applicants.is_bad[inside].mean()
        print(f"{name}: {inside.mean():.1%} of applicants, {bad:.1%} of them bad")


if __name__ == "__main__":
    main()
