"""ONNX files as bytes: what can be served, as far as a file shows it."""

from collections.abc import Sequence

import onnx
import pytest
from onnx import FunctionProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

from modelspec.errors import ModelSpecError
from modelspec.notebook.onnx_files import MAX_OPSETS, declared_graph, opset_findings, read_model
from modelspec.sessions import Session, SessionError

Opsets = Sequence[tuple[str, int]]

PATH = "spec.models[0]"
IDENTITY = helper.make_node("Identity", ["X"], ["Y"])
FOREIGN = helper.make_node("Foo", ["X"], ["Y"], domain="com.acme")


def _end(name: str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2])


def build(
    node: NodeProto = IDENTITY, opsets: Opsets = (("", 17),), *functions: FunctionProto
) -> ModelProto:
    """Return a model with one node from X to Y."""
    graph = helper.make_graph([node], "graph", [_end("X")], [_end("Y")])
    imported = [helper.make_opsetid(domain, version) for domain, version in opsets]
    return helper.make_model(
        graph, opset_imports=imported, functions=list(functions), ir_version=8
    )


def messages(model: ModelProto) -> list[str]:
    content = model.SerializeToString()
    return [finding.message for finding in opset_findings(PATH, read_model(PATH, content))]


def is_served(model: ModelProto) -> bool:
    """Return whether the runtime itself takes a model."""
    try:
        Session(model.SerializeToString())
    except SessionError:
        return False
    return True


def with_choice(inner: NodeProto) -> ModelProto:
    """Return a model that has a node only inside the branches of another."""
    branch = helper.make_graph([inner], "branch", [], [_end("Y")])
    always = helper.make_node(
        "Constant", [], ["is"], value=helper.make_tensor("", TensorProto.BOOL, [], [True])
    )
    model = build()
    del model.graph.node[:]
    choice = helper.make_node("If", ["is"], ["Y"], then_branch=branch, else_branch=branch)
    model.graph.node.extend([always, choice])
    return model


@pytest.mark.parametrize(("domain", "newest"), MAX_OPSETS.items())
def test_the_newest_opset_is_the_one_that_the_runtime_says(domain: str, newest: int) -> None:
    known = [(domain, newest), *([] if domain in {"", "ai.onnx"} else [("", 17)])]
    ahead = [(domain, newest + 1), *known[1:]]

    assert is_served(build(opsets=known))
    assert messages(build(opsets=known)) == []
    assert not is_served(build(opsets=ahead))
    of = f" of '{domain}'" if domain == "ai.onnx.ml" else ""
    (message,) = messages(build(opsets=ahead))
    assert message == (
        f"opset {newest + 1}{of} is newer than the serving runtime supports ({newest});"
        " export with a lower opset"
    )


def test_an_operator_that_nobody_defines_is_named() -> None:
    model = build(FOREIGN, [("", 17), ("com.acme", 1)])

    assert messages(model) == ["operator com.acme.Foo is not registered"]
    assert not is_served(model)


def test_an_operator_inside_a_branch_is_found() -> None:
    model = with_choice(FOREIGN)
    model.opset_import.append(helper.make_opsetid("com.acme", 1))

    assert messages(model) == ["operator com.acme.Foo is not registered"]


def test_operators_that_the_model_defines_or_only_imports_are_served() -> None:
    add = helper.make_node("Add", ["a", "a"], ["b"])
    twice = helper.make_function(
        "com.acme", "Foo", ["a"], ["b"], [add], [helper.make_opsetid("", 17)]
    )
    opsets = [("", 17), ("com.acme", 1), ("com.other", 3)]

    for model in (build(FOREIGN, opsets, twice), build(opsets=opsets)):
        assert messages(model) == []
        assert is_served(model)


def external(tensor: TensorProto) -> TensorProto:
    """Return a constant that says that its bytes lie in another file."""
    onnx.external_data_helper.set_external_data(tensor, "weights.bin")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


def _weights() -> TensorProto:
    return external(helper.make_tensor("W", TensorProto.FLOAT, [1], b"\0\0\0\0", raw=True))


CONSTANT = helper.make_node("Constant", [], ["Y"], value=_weights())


def _with_initializer() -> ModelProto:
    model = build()
    model.graph.initializer.append(_weights())
    return model


def _with_function(*nodes: NodeProto) -> ModelProto:
    function = helper.make_function(
        "com.acme", "Foo", ["X"], ["Y"], list(nodes), [helper.make_opsetid("", 17)]
    )
    return build(FOREIGN, [("", 17), ("com.acme", 1)], function)


def _with_graphs() -> ModelProto:
    model = _with_initializer()
    node = helper.make_node("Identity", ["X"], ["Y"], graphs=[model.graph])
    return build(node)


@pytest.mark.parametrize(
    "model",
    [
        _with_initializer(),
        build(CONSTANT),
        with_choice(CONSTANT),
        _with_function(CONSTANT),
        _with_function(*with_choice(CONSTANT).graph.node),
        _with_graphs(),
    ],
    ids=["initializer", "constant", "branch", "function", "branch of a function", "graphs"],
)
def test_weights_in_another_file_are_refused_wherever_they_are(model: ModelProto) -> None:
    with pytest.raises(ModelSpecError) as caught:
        read_model(PATH, model.SerializeToString())

    assert str(caught.value) == (
        f"MS413 {PATH}: ONNX external data is not allowed; save as one file"
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"weights", b"\x80\x04N.", b"PK\x03\x04", build().SerializeToString()[:-9]],
    ids=["empty", "text", "pickle", "zip", "cut off"],
)
def test_other_bytes_are_no_model(content: bytes) -> None:
    with pytest.raises(ModelSpecError, match=r"^MS412 spec.models\[0\]: not a valid ONNX model: "):
        read_model(PATH, content)


def test_a_constant_that_is_also_listed_as_input_needs_no_feeding() -> None:
    model = build()
    model.graph.input.append(helper.make_tensor_value_info("W", TensorProto.FLOAT, [1]))
    model.graph.initializer.append(helper.make_tensor("W", TensorProto.FLOAT, [1], [1.0]))

    graph = declared_graph(model)

    assert [str(tensor) for tensor in (*graph.inputs, *graph.outputs)] == [
        "float[N,2]",
        "float[N,2]",
    ]


def test_an_element_type_that_does_not_exist_is_none() -> None:
    model = build()
    model.graph.input[0].type.tensor_type.elem_type = 99

    assert str(declared_graph(model).inputs[0]) == "undefined[N,2]"


def _with_ends(*ends: ValueInfoProto) -> ModelProto:
    """Return a model that hands on what it gets."""
    model = build()
    model.graph.input.extend(ends)
    for end in ends:
        name = f"{end.name}2"
        model.graph.node.append(helper.make_node("Identity", [end.name], [name]))
        model.graph.output.append(helper.make_value_info(name, end.type))
    return model


def test_a_file_declares_what_the_runtime_says_of_it() -> None:
    def tensor(name: str, element: int, shape: list[int | str | None] | None) -> ValueInfoProto:
        return helper.make_tensor_value_info(name, element, shape)

    sequence = helper.make_sequence_type_proto(
        helper.make_tensor_type_proto(TensorProto.INT64, ["N"])
    )
    model = _with_ends(
        tensor("d", TensorProto.DOUBLE, [None, 3]),
        tensor("s", TensorProto.STRING, ["rows"]),
        tensor("h", TensorProto.FLOAT16, [2, 1, "w"]),
        tensor("b", TensorProto.BOOL, []),
        tensor("u", TensorProto.UINT8, None),
        helper.make_value_info("q", sequence),
    )

    graph, session = declared_graph(model), Session(model.SerializeToString())

    assert graph.inputs == session.inputs
    assert graph.outputs == session.outputs
    assert [str(tensor) for tensor in graph.inputs] == [
        "float[N,2]",
        "double[?,3]",
        "string[rows]",
        "float16[2,1,w]",
        "bool[]",
        "uint8[]",
        "seq(tensor(int64))",
    ]


def test_what_a_classifier_gives_without_zipmap_off_is_spelled_as_the_runtime_does() -> None:
    scores = helper.make_map_type_proto(
        TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, [])
    )
    model = build(
        helper.make_node("ZipMap", ["X"], ["Y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1]),
        [("", 17), ("ai.onnx.ml", 1)],
    )
    del model.graph.output[:]
    model.graph.output.append(helper.make_value_info("Y", helper.make_sequence_type_proto(scores)))

    session = Session(model.SerializeToString())

    assert declared_graph(model).outputs == session.outputs
    assert str(session.outputs[0]) == "seq(map(int64,tensor(float)))"
