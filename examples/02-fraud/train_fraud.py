"""Train a fraud model on synthetic payments, and write its whole decision as a bundle.

Run ``python examples/02-fraud/train_fraud.py``. The matrix that the model learns from is computed
by the library that computes it in the pod, from the same expressions; the model is imported as a
graph whose margins are those of the library that trained it, bit for bit, or refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from logic import build_spec
from numpy.typing import NDArray
from payments.stream import Stream
from trainers import LIBRARIES

import modelspec as ms
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
