"""The example: what its bundle says, and that a pod answers as the notebook does, bit for bit."""

import base64
import gzip
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

from support.pod import Caller, call, mount

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def example() -> ModuleType:
    path = ROOT / "examples" / "01-iris" / "train.py"
    found = importlib.util.spec_from_file_location("train", path)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    sys.modules["train"] = module  # dataclasses look their module up
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bundle(example: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bundle")
    example.main([str(directory)])
    return directory


@pytest.fixture(scope="module")
def iris(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Caller:
    spec = yaml.safe_load((bundle / "modelspec.yaml").read_text())["spec"]
    content = (bundle / "artifacts" / "classifier.onnx").read_bytes()
    return call(mount(tmp_path_factory.mktemp("iris"), spec, content, name="iris"))


@pytest.fixture(scope="module")
def expected(example: ModuleType) -> Any:
    """Return scikit-learn's probabilities as float32; shape (150, 3)."""
    measurements, _ = example.load_data()
    return example.predict(example.train(1.0), example.preprocess(measurements))


def test_the_specification_is_short(bundle: Path) -> None:
    assert len((bundle / "modelspec.yaml").read_text().splitlines()) <= 40


def test_the_bundle_carries_the_bytes_that_the_specification_pins(bundle: Path) -> None:
    spec = yaml.safe_load((bundle / "modelspec.yaml").read_text())["spec"]
    config_map = yaml.safe_load((bundle / "configmaps.yaml").read_text())
    reference = spec["models"][0]["artifact"]["configMap"]

    content = gzip.decompress(base64.b64decode(config_map["binaryData"][reference["key"]]))

    assert config_map["metadata"]["name"] == reference["name"]
    assert content == (bundle / "artifacts" / "classifier.onnx").read_bytes()


def test_training_twice_gives_the_same_bytes_and_other_settings_others(
    example: ModuleType, bundle: Path, tmp_path: Path
) -> None:
    example.main([str(tmp_path / "same")])
    example.main([str(tmp_path / "other"), "--regularization", "0.1"])

    def text(directory: Path) -> str:
        return (directory / "modelspec.yaml").read_text()

    assert text(tmp_path / "same") == text(bundle) != text(tmp_path / "other")


def test_v1_answers_scikit_learns_probabilities_bit_for_bit(
    example: ModuleType, iris: Caller, expected: Any
) -> None:
    measurements, _ = example.load_data()
    rows = [dict(zip(example.FEATURES, row, strict=True)) for row in measurements.tolist()]

    predictions = iris.post("/v1/models/iris:predict", {"instances": rows}).json["predictions"]

    answered = np.array([[row[name] for name in example.SPECIES] for row in predictions])
    assert answered.astype(np.float32).tobytes() == expected.tobytes()


def test_v2_answers_scikit_learns_probabilities_bit_for_bit(
    example: ModuleType, iris: Caller, expected: Any
) -> None:
    measurements, _ = example.load_data()
    inputs = [
        {"name": name, "datatype": "FP64", "shape": [150], "data": column}
        for name, column in zip(example.FEATURES, measurements.T.tolist(), strict=True)
    ]

    outputs = iris.post("/v2/models/iris/infer", {"inputs": inputs}).json["outputs"]

    answered = np.array([output["data"] for output in outputs], dtype=np.float32).T
    assert [output["name"] for output in outputs] == list(example.SPECIES)
    assert answered.tobytes() == expected.tobytes()


def test_one_flower_at_a_time_gives_the_same_bits(
    example: ModuleType, iris: Caller, expected: Any
) -> None:
    measurements, _ = example.load_data()
    for row, probabilities in zip(measurements[::10].tolist(), expected[::10], strict=True):
        instance = dict(zip(example.FEATURES, row, strict=True))

        answer = iris.post("/v1/models/iris:predict", {"instances": [instance]})

        values = list(answer.json["predictions"][0].values())
        assert np.array(values, dtype=np.float32).tobytes() == probabilities.tobytes()


def test_the_page_of_the_example_shows_what_a_pod_answers(
    example: ModuleType, iris: Caller
) -> None:
    page = (ROOT / "examples" / "01-iris" / "README.md").read_text()
    shown = page.split("```json\n")[1].split("\n```")[0]
    row = dict(zip(example.FEATURES, (5.1, 3.5, 1.4, 0.2), strict=True))

    answer = iris.post("/v1/models/iris:predict", {"instances": [row]})

    assert answer.body.decode() == shown


def test_a_graph_that_differs_is_not_written(
    example: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = example.train

    def tampered(regularization: float) -> Any:
        pipeline = honest(regularization)
        graph = example.build_graph(pipeline)
        monkeypatch.setattr(example, "build_graph", lambda _: graph)
        pipeline[1].intercept_[0] += 1e-6
        return pipeline

    monkeypatch.setattr(example, "train", tampered)

    with pytest.raises(SystemExit, match="probabilities differ; nothing is written"):
        example.main([str(tmp_path)])
    assert not list(tmp_path.iterdir())
