"""What is mounted is served only if it is whole, unchanged, and seen to work."""

from copy import deepcopy
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from modelspec_serving.lifecycle.load import RefusedError
from modelspec_serving.settings import Settings
from support.pod import ECHO_SPEC, Document, echo_graph, load, mount, serialized, value


def refusal(settings: Settings) -> str:
    with pytest.raises(RefusedError) as caught:
        load(settings)
    return str(caught.value)


def only_file(directory: Path) -> Path:
    return next(path for path in directory.iterdir() if not path.name.startswith(".."))


def graph(
    *,
    inputs: tuple[tuple[str, int, tuple[int | str, ...]], ...] = (
        ("X", TensorProto.FLOAT, ("N", 4)),
    ),
    output: str = "Y",
    output_shape: tuple[int | str, ...] = ("N", 4),
) -> bytes:
    """Return a graph that hands its first input through, declared as told."""
    kind = inputs[0][1]
    return serialized(
        helper.make_graph(
            [helper.make_node("Identity", [inputs[0][0]], [output])],
            "echo",
            [value(name, kind, *shape) for name, kind, shape in inputs],
            [value(output, kind, *output_shape)],
        )
    )


@pytest.fixture
def spec() -> Document:
    spec = deepcopy(ECHO_SPEC)
    spec["models"][0]["outputs"] = [{"name": "rate", "tensor": "Y", "index": 0}]
    return spec


def test_what_is_whole_becomes_a_decision(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph())

    decision = load(settings)

    assert decision.digest == settings.snapshot
    widths = {column.name: column.width for column in decision.answering.columns}
    assert widths["row"] == 4


def test_ten_digits_of_the_digest_are_enough(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph())

    decision = load(settings.model_copy(update={"snapshot": settings.snapshot[:10]}))

    assert decision.digest == settings.snapshot


@pytest.mark.parametrize("position", [0, 40, -2])
@pytest.mark.parametrize("key", ["manifest.json", "models.json", "feature-fetching.json"])
def test_one_changed_byte_of_the_snapshot_is_refused(
    tmp_path: Path, key: str, position: int
) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph())
    document = bytearray((tmp_path / "snapshot" / key).read_bytes())
    document[position] ^= 1
    (tmp_path / "snapshot" / key).write_bytes(document)

    assert refusal(settings).startswith("MS616 snapshot[")


def test_another_snapshot_than_expected_is_refused(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph(), snapshot="0" * 64)

    assert refusal(settings).startswith("MS616 snapshot[manifest.json]: digest mismatch")


def test_a_snapshot_that_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph(), snapshot_directory=tmp_path / "nowhere")

    assert refusal(settings) == "MS616 snapshot[manifest.json]: is missing; mounted: nothing"


def test_a_document_that_this_runtime_would_ignore_is_refused(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph())
    (tmp_path / "snapshot" / "monitoring.json").write_text("{}")

    assert refusal(settings).startswith("MS616 snapshot[monitoring.json]: is unknown")


def test_one_changed_byte_of_the_artifact_is_refused(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph())
    artifact = only_file(tmp_path / "artifacts")
    artifact.write_bytes(artifact.read_bytes() + b" ")

    message = refusal(settings)

    expected = f"MS408 spec.models[0].artifact: sha256 mismatch: expected {artifact.name}, got "
    assert message.startswith(expected)
    assert message.endswith("; the bytes changed")


def test_an_artifact_that_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = mount(tmp_path, ECHO_SPEC, echo_graph())
    artifact = only_file(tmp_path / "artifacts")
    artifact.rename(artifact.with_name("other"))

    assert refusal(settings) == (
        f"MS407 spec.models[0].artifact: artifact '{artifact.name}' is not mounted;"
        " artifacts: 'other'"
    )


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x07"])
def test_bytes_that_are_no_model_are_refused(tmp_path: Path, content: bytes) -> None:
    settings = mount(tmp_path, ECHO_SPEC, content)

    assert refusal(settings).startswith("MS412 spec.models[0]: not a valid ONNX model: ")


def test_an_operator_that_the_runtime_lacks_is_named(tmp_path: Path, spec: Document) -> None:
    node = helper.make_node("Foo", ["X"], ["Y"], domain="com.acme")
    x, y = (value(name, TensorProto.FLOAT, "N", 4) for name in "XY")
    content = serialized(helper.make_graph([node], "echo", [x], [y]))

    message = refusal(mount(tmp_path, spec, content))

    assert message.startswith("MS4")
    assert "com.acme" in message


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        pytest.param(
            graph(inputs=(("Z", TensorProto.FLOAT, ("N", 4)),)),
            [
                (
                    "MS415 spec.models[0].inputs[0].name: 'X' is not an input of the ONNX graph;"
                    " inputs: 'Z' (float[N,4])"
                ),
                "MS416 spec.models[0].inputs: graph input 'Z' (float[N,4]) is not fed",
            ],
            id="another name",
        ),
        pytest.param(
            graph(
                inputs=(
                    ("X", TensorProto.FLOAT, ("N", 4)),
                    ("mask", TensorProto.FLOAT, ("N", 4)),
                )
            ),
            ["MS416 spec.models[0].inputs: graph input 'mask' (float[N,4]) is not fed"],
            id="one input more",
        ),
        pytest.param(
            graph(inputs=(("X", TensorProto.DOUBLE, ("N", 4)),)),
            [
                (
                    "MS417 spec.models[0].inputs[0]: Float32 does not match graph input 'X'"
                    " double[N,4]; cast in the graph"
                )
            ],
            id="another type",
        ),
        pytest.param(
            graph(inputs=(("X", TensorProto.FLOAT, ("N", 5)),), output_shape=("N", 5)),
            [
                (
                    "MS419 spec.models[0].inputs[0].featureNames: [N,4] does not match graph input"
                    " 'X' float[N,5]"
                )
            ],
            id="another width",
        ),
        pytest.param(
            graph(inputs=(("X", TensorProto.FLOAT, (1, 4)),), output_shape=(1, 4)),
            [
                (
                    "MS420 spec.models[0].inputs[0]: graph input 'X' float[1,4] has 1 rows;"
                    " export with a dynamic batch"
                )
            ],
            id="one row only",
        ),
        pytest.param(
            graph(output="Q"),
            [
                (
                    "MS426 spec.models[0].outputs[0].tensor: 'Y' is not an output of the ONNX"
                    " graph; outputs: 'Q' (float[N,4])"
                )
            ],
            id="another output",
        ),
    ],
)
def test_a_graph_that_is_not_the_specified_one_is_refused_with_every_reason(
    tmp_path: Path, spec: Document, content: bytes, messages: list[str]
) -> None:
    assert refusal(mount(tmp_path, spec, content)).split("\n") == messages


@pytest.mark.parametrize("width", [4, "W"])
def test_an_index_beyond_the_output_is_refused_whether_declared_or_seen(
    tmp_path: Path, spec: Document, width: int | str
) -> None:
    spec["models"][0]["outputs"][0]["index"] = 4

    message = refusal(mount(tmp_path, spec, graph(output_shape=("N", width))))

    assert message.startswith("MS426 spec.models[0].outputs[0].index: 4 is outside graph output")


def test_a_column_that_is_no_feature_is_refused(tmp_path: Path, spec: Document) -> None:
    spec["models"][0]["inputs"][0]["featureNames"][1] = "clas"

    assert refusal(mount(tmp_path, spec, graph())) == (
        "MS421 spec.models[0].inputs[0].featureNames[1]: 'clas' is not a feature;"
        " did you mean 'class'?"
    )


def test_an_element_type_without_json_is_refused(tmp_path: Path, spec: Document) -> None:
    node = helper.make_node("Cast", ["X"], ["Y"], to=TensorProto.FLOAT16)
    x, y = value("X", TensorProto.FLOAT, "N", 4), value("Y", TensorProto.FLOAT16, "N", 4)
    content = serialized(helper.make_graph([node], "echo", [x], [y]))

    assert refusal(mount(tmp_path, spec, content)) == (
        "MS426 spec.models[0].outputs[0].tensor: graph output 'Y' float16[N,4] cannot be"
        " answered; cast in the graph"
    )


def test_a_sequence_of_maps_is_refused(tmp_path: Path, spec: Document) -> None:
    node = helper.make_node(
        "ZipMap", ["X"], ["Y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2, 3]
    )
    kind = helper.make_map_type_proto(
        TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    )
    y = helper.make_value_info("Y", helper.make_sequence_type_proto(kind))
    graph_ = helper.make_graph([node], "echo", [value("X", TensorProto.FLOAT, "N", 4)], [y])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph_, opset_imports=opsets, ir_version=8)

    assert refusal(mount(tmp_path, spec, model.SerializeToString())).endswith(
        "graph output 'Y' is seq(map(int64,tensor(float))); convert with zipmap=False"
    )


def test_a_graph_that_takes_one_row_only_is_found_by_running_it(
    tmp_path: Path, spec: Document
) -> None:
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [1, 4])
    node = helper.make_node("Reshape", ["X", "shape"], ["Y"])
    x, y = (value(name, TensorProto.FLOAT, "N", 4) for name in "XY")
    content = serialized(helper.make_graph([node], "echo", [x], [y], [shape]))

    assert refusal(mount(tmp_path, spec, content)).startswith("MS434 spec.models[0]: onnxruntime:")


def test_an_output_without_rows_is_found_by_running_it(tmp_path: Path, spec: Document) -> None:
    node = helper.make_node("ReduceSum", ["X"], ["Y"], keepdims=0)
    x, y = value("X", TensorProto.FLOAT, "N", 4), value("Y", TensorProto.FLOAT)
    content = serialized(helper.make_graph([node], "echo", [x], [y]))

    assert refusal(mount(tmp_path, spec, content)) == (
        "MS426 spec.models[0].outputs[0]: graph output 'Y' has shape [] for 2 rows;"
        " 'rate' needs [2, width]"
    )


def test_labels_without_columns_are_one_value_per_row(tmp_path: Path, spec: Document) -> None:
    node = helper.make_node("ReduceSum", ["X", "axes"], ["Y"], keepdims=0)
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    x, y = value("X", TensorProto.FLOAT, "N", 4), value("Y", TensorProto.FLOAT, "N")
    content = serialized(helper.make_graph([node], "echo", [x], [y], [axes]))
    spec["models"][0]["outputs"] = [{"name": "total", "tensor": "Y"}]

    decision = load(mount(tmp_path, spec, content))

    (column,) = decision.answering.columns
    assert (column.name, column.element, column.width) == ("total", "float32", 1)
