"""Model objects: where their bytes are, and how features become tensors and tensors outputs."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelspec.schema.features import MAX_FEATURES, FeatureName
from modelspec.schema.structural import KubernetesModel, atomic_list, keyed_list, union

ObjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", min_length=1, max_length=253)
]
Sha256 = Annotated[str, Field(pattern=r"^[a-f0-9]{64}$", max_length=64)]
TensorName = Annotated[str, Field(min_length=1, max_length=253)]


class ArtifactType(StrEnum):
    """Where an artifact is stored."""

    CONFIG_MAP = "ConfigMap"


class ConfigMapKey(KubernetesModel):
    """One key of a ConfigMap in the namespace of the ModelSpec."""

    name: ObjectName
    """Name of the ConfigMap."""

    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$", min_length=1, max_length=253)]
    """Key under `binaryData` (or `data`) that holds the bytes."""


class Artifact(KubernetesModel):
    """Bytes outside the specification, pinned by their digest."""

    constraints = (union(config_map="ConfigMap"),)

    type: ArtifactType
    """Kind of store; the member of the same name must be set."""

    sha256: Sha256
    """SHA-256 of the bytes, 64 lower-case hex digits. Another digest is another version."""

    config_map: ConfigMapKey | None = None
    """Where the bytes are when `type` is ConfigMap. The operator copies them once; changing or
    deleting this ConfigMap later harms no version."""


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


class ModelOutput(KubernetesModel):
    """One output that callers receive."""

    name: FeatureName
    """Name of the output in answers."""

    tensor: TensorName | None = None
    """Name of the output in the ONNX graph; the same as `name` when omitted."""

    index: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Column of the graph's output, counted from 0. When omitted the whole row is returned."""


class Model(KubernetesModel):
    """One model object in ONNX."""

    name: Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
    """Name of the model object, unique in the specification."""

    artifact: Artifact
    """The bytes of the ONNX file."""

    inputs: Annotated[
        list[ModelInput], Field(min_length=1, max_length=8, json_schema_extra=keyed_list())
    ]
    """Every input of the graph."""

    outputs: Annotated[
        list[ModelOutput], Field(min_length=1, max_length=64, json_schema_extra=keyed_list())
    ]
    """What of the graph's outputs callers receive."""
