"""The ModelSpec: one file that describes a model's whole decision."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from modelspec.errors import Code
from modelspec.schema.artifacts import Artifact
from modelspec.schema.features import FeatureFetching
from modelspec.schema.information import Information
from modelspec.schema.model import MAX_MODELS, Model
from modelspec.schema.operations import ServiceLevel, Serving
from modelspec.schema.pipeline import Pipeline
from modelspec.schema.postprocessing import Postprocessing
from modelspec.schema.preprocessing import Preprocessing
from modelspec.schema.structural import Constraint, KubernetesModel, Transition, keyed_list
from modelspec.schema.verification import Verification

_PROBLEM_TYPE = "has(self.info) && has(self.info.problemType)"
_OLD_PROBLEM_TYPE = "has(oldSelf.info) && has(oldSelf.info.problemType)"


def _problem_type(spec: "ModelSpecSpec") -> object:
    return spec.info.problem_type if spec.info else None


class ModelSpecSpec(KubernetesModel):
    """What should be served."""

    constraints = (
        Constraint(
            Code.MS529,
            "has(self.models) || (has(self.postprocessing) && has(self.postprocessing.outputs))",
            "at least one of `models` and `postprocessing.outputs` must be specified",
            lambda spec: (
                spec.models is not None
                or (spec.postprocessing is not None and spec.postprocessing.outputs is not None)
            ),
        ),
        Constraint(
            Code.MS529,
            "has(self.models) || !has(self.pipeline)",
            "`pipeline` may not be specified without `models`",
            lambda spec: spec.models is not None or spec.pipeline is None,
        ),
        Constraint(
            Code.MS529,
            "!has(self.models) || self.models.size() == 1 || has(self.pipeline)",
            "`pipeline` must be specified when there are several `models`",
            lambda spec: spec.models is None or len(spec.models) == 1 or spec.pipeline is not None,
        ),
        Constraint(
            Code.MS529,
            "!has(self.postprocessing) || has(self.pipeline) || !has(self.models)"
            " || self.models.size() > 1",
            "`pipeline` must be specified when `postprocessing` follows a model;"
            " it says which output is `raw`",
            lambda spec: (
                spec.postprocessing is None
                or spec.pipeline is not None
                or spec.models is None
                or len(spec.models) > 1
            ),
        ),
    )

    transitions = (
        Transition(
            Code.MS609,
            f"!({_OLD_PROBLEM_TYPE}) || ({_PROBLEM_TYPE}"
            " && self.info.problemType == oldSelf.info.problemType)",
            "is immutable; create a new ModelSpec",
            lambda old, new: _problem_type(old) in {None, _problem_type(new)},
            field_path=".info.problemType",
        ),
    )

    info: Information | None = None
    """Whose model it is and what it is for. Not part of a version's identity."""

    feature_fetching: FeatureFetching
    """What callers send."""

    preprocessing: Preprocessing | None = None
    """How features are derived from what callers send. Without it raw features go to the model."""

    models: Annotated[
        list[Model] | None,
        Field(min_length=1, max_length=MAX_MODELS, json_schema_extra=keyed_list()),
    ] = None
    """The model objects. Without them `postprocessing.outputs` are computed from features."""

    pipeline: Pipeline | None = None
    """Which model objects decide which requests. Without it callers receive all outputs of the
    only model object."""

    postprocessing: Postprocessing | None = None
    """From what the pipeline decided to what callers receive."""

    verification: Verification | None = None
    """Rows with known answers, which a version must reproduce before it serves."""

    sla: ServiceLevel | None = None
    """What callers may expect. Not part of a version's identity."""

    serving: Serving | None = None
    """How many pods serve it and what each gets. Not part of a version's identity."""

    @property
    def serving_or_default(self) -> Serving:
        """``serving``, or the defaults."""
        return self.serving or Serving()

    def located_artifacts(self) -> Iterator[tuple[str, Artifact]]:
        """Yield every artifact after its path."""
        for index, model in enumerate(self.models or ()):
            yield f"spec.models[{index}].artifact", model.artifact
        if self.verification:
            yield "spec.verification.cases.artifact", self.verification.cases.artifact
