"""Model objects: how features become tensors, and tensors outputs."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelspec.choices import MissingEncoding
from modelspec.schema.artifacts import Artifact
from modelspec.schema.features import MAX_FEATURES, FeatureName, Text
from modelspec.schema.structural import KubernetesModel, atomic_list, keyed_list

MAX_MODELS = 16
MAX_WIDTH = 65_536

ModelName = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
ShortText = Annotated[str, Field(min_length=1, max_length=128)]
TensorName = Annotated[str, Field(min_length=1, max_length=253)]
Axis = Annotated[int, Field(ge=-1, le=MAX_WIDTH)]


class Format(StrEnum):
    """How the bytes of a model object are to be read."""

    ONNX = "ONNX"


class ModelInput(KubernetesModel):
    """One input tensor of the graph: float32, shape (rows, columns)."""

    name: TensorName
    """Name of the input in the ONNX graph."""

    feature_names: Annotated[
        list[FeatureName],
        Field(min_length=1, max_length=MAX_FEATURES, json_schema_extra=atomic_list()),
    ]
    """The features, raw or derived, in the order of the tensor's columns. A derived Vector takes
    as many columns as it is wide; a String, a Timestamp or a List cannot be a column."""

    shape: Annotated[
        list[Axis] | None, Field(min_length=2, max_length=2, json_schema_extra=atomic_list())
    ] = None
    """Shape of the tensor, checked against `featureNames`: rows, which is always -1, and columns,
    as in [-1, 10]. Not part of a version's identity."""

    missing_encoding: MissingEncoding | None = None
    """What a null becomes in the tensor: NaN, or Forbidden when the model cannot take it; then no
    column may ever be null, which is checked before anything is served. NaN when omitted."""


class ModelOutput(KubernetesModel):
    """One output of a model object."""

    name: FeatureName
    """Name of the output in answers and in `pipeline`."""

    tensor: TensorName | None = None
    """Name of the output in the ONNX graph; the same as `name` when omitted."""

    index: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Column of the graph's output, counted from 0. When omitted the whole row is returned."""


class Hyperparameter(KubernetesModel):
    """One setting of the training."""

    name: ShortText
    """Name, as the library calls it."""

    value: Text
    """Value, as text."""


class Model(KubernetesModel):
    """One model object in ONNX."""

    name: ModelName
    """Name of the model object, unique in the specification."""

    format: Format | None = None
    """Format of the bytes. ONNX when omitted."""

    framework: ShortText | None = None
    """What trained it, for people: LightGBM. Not part of a version's identity."""

    framework_version: ShortText | None = None
    """Version of what trained it, for people. Not part of a version's identity."""

    artifact: Artifact
    """The bytes of the ONNX file."""

    inputs: Annotated[
        list[ModelInput], Field(min_length=1, max_length=8, json_schema_extra=keyed_list())
    ]
    """Every input of the graph."""

    outputs: Annotated[
        list[ModelOutput], Field(min_length=1, max_length=64, json_schema_extra=keyed_list())
    ]
    """What of the graph's outputs the specification uses; without `pipeline` and `postprocessing`
    callers receive all of them. Names are unique in the specification."""

    hyperparameters: Annotated[
        list[Hyperparameter] | None, Field(max_length=128, json_schema_extra=keyed_list())
    ] = None
    """What it was trained with, for people. Not part of a version's identity."""
