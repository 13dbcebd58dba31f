"""Whether the tensors that a graph computes are those that the specification describes.

Items of a snapshot are sorted by name, so an index in a path counts in that order; the message
repeats the item's name.
"""

from collections.abc import Container, Iterator, Mapping

from modelspec.errors import Code, Finding
from modelspec.graphs import outside
from modelspec.parts import Model
from modelspec.sessions import Array


def check_results(
    path: str, model: Model, results: Mapping[str, Array], rows: int
) -> Iterator[Finding]:
    """Yield every output that the computed tensors cannot give for that many rows."""
    for index, output in enumerate(model.outputs):
        shape = results[output.graph_name].shape
        has_rows = len(shape) in {1, 2} and shape[0] == rows
        if not has_rows or (output.index is not None and len(shape) == 1):
            message = (
                f"graph output '{output.graph_name}' has shape {list(shape)} for {rows} rows;"
                f" '{output.name}' needs [{rows}, width]"
            )
            yield Finding(Code.MS426, f"{path}.outputs[{index}]", message)
        elif output.index is not None and output.index >= shape[1]:
            yield outside(f"{path}.outputs[{index}]", output, f"of width {shape[1]}")


def check_numbers(
    path: str, model: Model, results: Mapping[str, Array], decisive: Container[str]
) -> Iterator[Finding]:
    """Yield every output that a decision needs, and that is no number."""
    for index, output in enumerate(model.outputs):
        element = results[output.graph_name].dtype
        if output.name in decisive and element.kind not in "fiub":
            message = f"'{output.name}' holds texts; a route decides one number"
            yield Finding(Code.MS528, f"{path}.outputs[{index}]", message)
