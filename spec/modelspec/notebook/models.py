"""A model of another library as `spec.models` writes it."""

from collections.abc import Sequence
from typing import Any

from modelspec.expressions.program import Program
from modelspec.notebook.declarations import SpecError
from modelspec.notebook.importers.imported import INPUT, ImportedModel
from modelspec.notebook.matrix import column_names

_MAX_TEXT = 128


def model_document(
    name: str, model: ImportedModel, inputs: Sequence[str], program: Program
) -> dict[str, Any]:
    """Return the model object without its artifact.

    Raises:
        SpecError: The model was trained on columns that are no features.
    """
    missing = {} if model.takes_missing else {"missingEncoding": "Forbidden"}
    stem = name.replace("-", "_")
    outputs = [
        {
            "name": f"{stem}_{output.suffix}",
            "tensor": output.tensor,
            **({} if output.index is None else {"index": output.index}),
        }
        for output in model.outputs
    ]
    settings = [
        {"name": key, "value": str(value)[:_MAX_TEXT]}
        for key, value in sorted(model.hyperparameters.items())
    ]
    return {
        "name": name,
        "framework": model.framework,
        "frameworkVersion": model.framework_version,
        "inputs": [
            {"name": INPUT, "featureNames": _features(name, model, inputs, program), **missing}
        ],
        "outputs": outputs,
        **({"hyperparameters": settings} if settings else {}),
    }


def _features(
    name: str, model: ImportedModel, inputs: Sequence[str], program: Program
) -> list[str]:
    """Return the features whose columns the model was trained on."""
    if model.columns == column_names(program, inputs):
        return list(inputs)
    unknown = [column for column in model.columns if column not in program.values]
    if unknown:
        listed = ", ".join(f"`{column}`" for column in unknown[:5])
        raise SpecError(
            f"model {name}: trained on {len(model.columns)} columns, of which {listed} are no"
            " features; train it on fit_transform(...), and import it with features=X.columns"
        )
    return list(model.columns)
