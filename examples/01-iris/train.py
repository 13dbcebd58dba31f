"""Train a classifier for Fisher's irises and write it as a bundle that Kubernetes can apply.

Run ``python examples/01-iris/train.py``; the bundle is written only if the exported graph gives
exactly the probabilities that scikit-learn gives, for every row of the data. What the model sees
is computed by the library that computes it in the pod, from the same expression.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from modelspec.compiler.tensors import Float32Array, transform
from modelspec.expressions.program import DerivedFeature, Program, RawFeature, build_program
from modelspec.expressions.types import FLOAT64, Boundary
from modelspec.notebook.bundle import write_bundle

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
DERIVED = {"petal_area": "petal_length * petal_width"}
COLUMNS = (*FEATURES, *DERIVED)
"""What the model sees, in this order."""

SPECIES = ("setosa", "versicolor", "virginica")

OPSET = 17
IR_VERSION = 8
"""Both as in ONNX 1.12: old enough for every runtime in use, new enough for these operators."""

Matrix = NDArray[np.float64]


def load_data() -> tuple[Matrix, NDArray[np.int64]]:
    """Return the 150 flowers, as callers will send them, and their species."""
    measurements, species = load_iris(return_X_y=True)
    return measurements, species


def build_preprocessing() -> Program:
    """Return the program that the pod will run for every row."""
    raw = [RawFeature(name, FLOAT64, required=True) for name in FEATURES]
    derived = [DerivedFeature(name, text, Boundary.FLOAT32) for name, text in DERIVED.items()]
    return build_program(raw, derived)


def preprocess(measurements: Matrix) -> Float32Array:
    """Return what the model gets to see, in production as in training: float32 of five columns."""
    columns = dict(zip(FEATURES, measurements.T, strict=True))
    return transform(build_preprocessing(), columns, COLUMNS)


def train(regularization: float) -> Pipeline:
    """Return the fitted pipeline; a smaller *regularization* gives softer probabilities."""
    measurements, species = load_data()
    classifier = LogisticRegression(C=regularization, max_iter=1000)
    pipeline = make_pipeline(StandardScaler(), classifier)
    return pipeline.fit(preprocess(measurements).astype(np.float64), species)


def predict(pipeline: Pipeline, tensor: Float32Array) -> Float32Array:
    """Return scikit-learn's own probabilities, rounded to float32."""
    probabilities: Matrix = pipeline.predict_proba(tensor.astype(np.float64))
    return probabilities.astype(np.float32)


def build_graph(pipeline: Pipeline) -> onnx.ModelProto:
    """Return the pipeline as an ONNX graph that computes in double, as scikit-learn does."""
    scaler, classifier = pipeline[0], pipeline[1]
    constants = {
        "mean": scaler.mean_,
        "scale": scaler.scale_,
        "coefficients": classifier.coef_.T,
        "intercept": classifier.intercept_,
    }
    nodes = [
        helper.make_node("Cast", ["features"], ["measurements"], to=TensorProto.DOUBLE),
        helper.make_node("Sub", ["measurements", "mean"], ["centered"]),
        helper.make_node("Div", ["centered", "scale"], ["scaled"]),
        helper.make_node("MatMul", ["scaled", "coefficients"], ["products"]),
        helper.make_node("Add", ["products", "intercept"], ["margins"]),
        helper.make_node("Softmax", ["margins"], ["shares"], axis=1),
        helper.make_node("Cast", ["shares"], ["probabilities"], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(
        nodes,
        "iris",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", len(COLUMNS)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(SPECIES)])],
        [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in constants.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def verify(pipeline: Pipeline, content: bytes) -> None:
    """Refuse a graph that differs from scikit-learn in one bit of one probability."""
    measurements, _ = load_data()
    tensor = preprocess(measurements)
    expected = predict(pipeline, tensor)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (actual,) = session.run(["probabilities"], {"features": tensor})
    differing = int((expected.view(np.uint32) != actual.view(np.uint32)).sum())
    if differing:
        sys.exit(f"{differing} of {expected.size} probabilities differ; nothing is written")
    print(f"{expected.size} probabilities equal scikit-learn's, bit for bit")


def build_modelspec() -> dict[str, Any]:
    """Return the specification: what callers send, what the model sees, what they get back."""
    model = {
        "name": "classifier",
        "inputs": [{"name": "features", "featureNames": list(COLUMNS)}],
        "outputs": [
            {"name": species, "tensor": "probabilities", "index": index}
            for index, species in enumerate(SPECIES)
        ],
    }
    features = [{"name": name, "type": "Float64", "required": True} for name in FEATURES]
    derived = [{"name": name, "type": "Float32", "expr": text} for name, text in DERIVED.items()]
    return {
        "apiVersion": "modelspec.dev/v1alpha1",
        "kind": "ModelSpec",
        "metadata": {"name": "iris"},
        "spec": {
            "featureFetching": {"features": features},
            "preprocessing": {"derived": derived},
            "models": [model],
            "serving": {"replicas": 2},
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, verify, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).parent / "bundle"
    parser.add_argument("directory", nargs="?", type=Path, default=default, metavar="DIR")
    parser.add_argument("--regularization", type=float, default=1.0, metavar="C")
    options = parser.parse_args(arguments)

    pipeline = train(options.regularization)
    content = build_graph(pipeline).SerializeToString()
    verify(pipeline, content)
    write_bundle(options.directory, build_modelspec(), {"classifier": content})
    print(f"wrote {options.directory}")


if __name__ == "__main__":
    main()
