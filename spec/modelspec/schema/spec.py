"""The ModelSpec: one file that describes a model's whole decision."""

from typing import Annotated

from pydantic import Field

from modelspec.schema.features import FeatureFetching
from modelspec.schema.model import Model
from modelspec.schema.operations import Serving
from modelspec.schema.preprocessing import Preprocessing
from modelspec.schema.structural import KubernetesModel, keyed_list


class ModelSpecSpec(KubernetesModel):
    """What should be served."""

    feature_fetching: FeatureFetching
    """What callers send."""

    preprocessing: Preprocessing | None = None
    """How features are derived from what callers send. Without it raw features go to the model."""

    models: Annotated[
        list[Model], Field(min_length=1, max_length=1, json_schema_extra=keyed_list())
    ]
    """The model objects; exactly one."""

    serving: Serving | None = None
    """How many pods serve it and what each gets. Not part of a version's identity."""

    @property
    def serving_or_default(self) -> Serving:
        """``serving``, or the defaults."""
        return self.serving or Serving()
