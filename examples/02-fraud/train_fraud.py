"""Train a fraud model on synthetic payments, and write its whole decision as a bundle.

Run ``python examples/02-fraud/train_fraud.py``. The matrix that the model learns from is computed
by the library that computes it in the pod, from the same expressions; the model is imported as a
graph whose margins are those of the library that trained it, bit for bit, or refused.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from logic import build_spec
from numpy.typing import NDArray
from payments.scenario import SIZES
from payments.stream import Stream, generate
from trainers import LIBRARIES, TREES

import modelspec as ms
from modelspec.notebook.bands import bands_by_rate
from modelspec.notebook.importers.imported import ImportedModel

TRAINING = (14, 90)
CALIBRATION = (90, 115)
TODAY = 150
TEST = (150, 180)
"""Days of the stream. The first two weeks have no history yet; what is reported after today is
not known, so the last weeks before it have too few frauds to learn from."""

MODEL = "gbdt"

BANDS = {"Decline": 0.002, "Review": 0.01}
"""Shares of payments that people have agreed on."""

REASONS = {
    "AMOUNT": (
        "Amount unlike the account's or the merchant's",
        ("amount", "amt_", "avg_", "max_"),
    ),
    "VELOCITY": ("Many payments in a short time", ("txn_", "minutes_")),
    "DEVICE": ("Device that is new or badly reputed", ("device", "browser", "screen_")),
    "ADDRESS": ("Internet address that is far away or shared", ("ip_", "ship_", "is_proxy")),
    "MERCHANT": ("Merchant or goods that fraud prefers", ("merchant_", "mcc_", "goods_")),
    "ACCOUNT": ("Account that is young or recently changed", ("acct_", "account_", "password_")),
}
"""Reasons by code: what they mean, and how the names of the inputs begin that speak for them."""


@dataclass(frozen=True)
class Prepared:
    """A fitted specification that lacks its model, and what to train one on."""

    spec: ms.Spec
    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]


def prepare(stream: Stream) -> Prepared:
    """Return the inputs of the training days, and the labels that are known today."""
    spec = build_spec()
    past = stream.between(*TRAINING)
    labels = past.labels(TODAY).astype(np.int64)
    return Prepared(spec, spec.fit_transform(past.columns, labels).to_numpy(), labels)


def reason_groups(names: Sequence[str]) -> dict[str, list[str]]:
    """Return by reason code the inputs that speak for it, each once."""
    groups: dict[str, list[str]] = {code: [] for code in REASONS}
    for name in names:
        for code, (_, beginnings) in REASONS.items():
            if name.startswith(beginnings):
                groups[code].append(name)
                break
    return groups


def import_model(prepared: Prepared, library: str, model: Any) -> ImportedModel:
    """Return the model as a graph that is equal to it, or refuse."""
    names = tuple(prepared.spec.inputs)
    import_graph = getattr(ms.onnx, LIBRARIES[library].importer)
    graph: ImportedModel = import_graph(
        model, features=names, rows=prepared.inputs, contributions=reason_groups(names)
    )
    return graph


def decide(spec: ms.Spec, recent: Stream) -> None:
    """Write what follows from a margin, fitted to days that the model was not trained on."""
    inputs = spec.transform(recent.columns, progress=False)
    spec.calibrate.platt(f"{MODEL}_score", inputs, recent.labels(TODAY))
    spec.postprocessing["outputs"] = [
        {"name": "probability", "type": "Float64", "expr": "calibrated"},
        {"name": "score", "type": "Int64", "expr": "to_int(round(999.0 * calibrated))"},
    ]
    scores = np.array(spec.predict(recent.columns, progress=False)["score"])
    spec.postprocessing["bands"] = bands_by_rate("score", scores, BANDS).document
    messages = {code: message for code, (message, _) in REASONS.items()}
    spec.reasons.from_outputs(MODEL, tuple(REASONS), messages, maximum=3)


def make(stream: Stream, library: str, trees: int = TREES) -> ms.Spec:
    """Return the whole decision, with golden rows that every pod has to reproduce."""
    prepared = prepare(stream)
    model = LIBRARIES[library].train(prepared.inputs, prepared.labels, trees)
    spec = prepared.spec
    spec.info = {"displayName": "Checkout fraud (synthetic)", "description": stream.note}
    spec.add_model(MODEL, import_model(prepared, library, model))
    decide(spec, stream.between(*CALIBRATION))
    spec.golden(stream.between(*TRAINING).columns)
    return spec


def report(spec: ms.Spec, last: Stream) -> str:
    """Return how the decision does on days after today, and how well one could do."""
    answers = spec.predict(last.columns, progress=False)
    found = np.array(answers["probability"])
    best = area(last.oracle, last.is_fraud)
    lines = [
        last.note,
        f"area under the curve {area(found, last.is_fraud):.3f}; at best {best:.3f}",
    ]
    bands = np.array(answers["band"])
    for band in ("Decline", "Review", "Approve"):
        inside = last.is_fraud[bands == band]
        share = f"{inside.mean():.2%} of them" if len(inside) else "none"
        lines.append(f"{band}: {len(inside)} payments, {share} fraud")
    return "\n".join(lines)


def area(scores: NDArray[np.float64], is_fraud: NDArray[np.bool_]) -> float:
    """Return the probability that a fraud has a higher score than another payment."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    frauds = int(is_fraud.sum())
    above = ranks[is_fraud].sum() - frauds * (frauds + 1) / 2
    return float(above / (frauds * (len(scores) - frauds)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write, verify."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "bundle"
    parser.add_argument("directory", nargs="?", type=Path, default=default, metavar="DIR")
    parser.add_argument("--model", choices=tuple(LIBRARIES), default="lightgbm")
    parser.add_argument("--size", choices=tuple(SIZES), default="small")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trees", type=int, default=TREES)
    options = parser.parse_args(arguments)

    stream = generate(options.size, options.seed)
    spec = make(stream, options.model, options.trees)
    last = stream.between(*TEST)
    print(spec.verify(last.columns, progress=False))
    spec.dump(options.directory)
    print(ms.verify(options.directory))
    print(report(spec, last))
    print(f"wrote {options.directory}")


if __name__ == "__main__":
    main()
