"""What of a snapshot this runtime executes: one model, and a pipeline that always takes it."""

from msgspec.structs import replace

from modelspec.errors import Code, fail
from modelspec.parts import Model, ModelOutput, Pipeline, Single
from modelspec.snapshot.reader import Contents

DECIDED_OUTPUT = "score"
"""What callers receive of a pipeline without postprocessing."""


def executable_model(contents: Contents) -> Model:
    """Return the model that decides, with what callers receive of it as its outputs.

    Raises:
        ModelSpecError: ``MS120``, the snapshot asks for more than this runtime does.
    """
    models = contents.models.models if contents.models else ()
    if len(models) != 1:
        raise fail(Code.MS120, "snapshot[models.json]", f"holds {len(models)} models, not one")
    for name in ("postprocessing", "verification"):
        if getattr(contents, name) is not None:
            raise fail(Code.MS120, f"snapshot[{name}.json]", "is not executed by this runtime")
    return models[0] if contents.pipeline is None else _decided(models[0], contents.pipeline)


def _decided(model: Model, pipeline: Pipeline) -> Model:
    """Return the model with the output that the only route takes, under the decision's name."""
    path = "snapshot[pipeline.json]"
    route = pipeline.routes[0]
    if len(pipeline.routes) != 1 or pipeline.fallback or not isinstance(route.decision, Single):
        raise fail(Code.MS120, path, "holds more than one Single route")
    outputs = {output.name: output for output in model.outputs}
    output = outputs.get(route.decision.output_name)
    if output is None or output.index is None:
        message = f"'{route.decision.output_name}' is no single number of the model"
        raise fail(Code.MS528, path, message)
    decided = ModelOutput(name=DECIDED_OUTPUT, tensor=output.graph_name, index=output.index)
    return replace(model, outputs=(decided,))
