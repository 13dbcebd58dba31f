"""One ONNX graph, ready to run: in the pod and in the notebook; nothing else knows onnxruntime."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.graphs import Tensor

# A pod opens no connection that its specification does not name. Only this variable, and only
# before the import, keeps onnxruntime from storing a device identifier and reporting its start.
# https://github.com/microsoft/onnxruntime/pull/27379
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

Array = NDArray[Any]
Float32Array = NDArray[np.float32]

onnxruntime.disable_telemetry_events()

_INVALID = (runtime.InvalidProtobuf, runtime.InvalidGraph, runtime.InvalidArgument)
_FAILED = (*_INVALID, runtime.Fail, runtime.NotImplemented, runtime.RuntimeException)

_SILENT = 4
"""Log only what is fatal: every failure reaches us as an exception, and our logs are JSON."""


class SessionError(Exception):
    """The runtime cannot build or run the graph; the message is the runtime's own."""


class InvalidModelError(SessionError):
    """The bytes are not an ONNX model."""


class Session:
    """One graph in memory; running it takes one thread, the caller's."""

    def __init__(self, content: bytes) -> None:
        self._runtime = _build(content)
        self.inputs = tuple(map(_tensor, self._runtime.get_inputs()))
        self.outputs = tuple(map(_tensor, self._runtime.get_outputs()))

    def run(self, names: Sequence[str], inputs: Mapping[str, Float32Array]) -> list[Array]:
        """Return the graph outputs *names* for one set of inputs.

        Raises:
            SessionError: The runtime refused the inputs or failed.
        """
        try:
            return self._runtime.run(names, inputs)  # type: ignore[no-any-return]  # untyped
        except _FAILED as error:
            raise SessionError(_reason(error)) from error


def _build(content: bytes) -> Any:
    try:
        return onnxruntime.InferenceSession(
            content, _options(), providers=["CPUExecutionProvider"]
        )
    except _INVALID as error:
        raise InvalidModelError(_reason(error)) from error
    except _FAILED as error:
        raise SessionError(_reason(error)) from error


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    # One row is a few microseconds of work; handing it to other threads costs more than it gains.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    return options


def _tensor(argument: Any) -> Tensor:
    declared = argument.type
    is_tensor = declared.startswith("tensor(")
    element = declared.removeprefix("tensor(").removesuffix(")") if is_tensor else declared
    return Tensor(argument.name, element, tuple(argument.shape), is_tensor=is_tensor)


def _reason(error: Exception) -> str:
    """Return the message without the runtime's prefix ``[ONNXRuntimeError] : 7 : NAME : ``."""
    text = str(error)
    parts = text.split(" : ", 3)
    return parts[-1] if text.startswith("[ONNXRuntimeError]") and len(parts) > 1 else text
