"""What breaks callers on the way out: answers that would lack what callers read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelspec.choices import OutputType
from modelspec.names import MODELS_KEY, PIPELINE_KEY, POSTPROCESSING_KEY
from modelspec.parts import Bands, Models, Part, Postprocessing
from modelspec.snapshot.difference_changes import Break

_PATH = "spec.postprocessing"

_DECIDED = "score"
"""The output of a pipeline without `postprocessing.outputs`."""


_VECTOR = "Vector"


@dataclass(frozen=True)
class _Output:
    """One value that callers receive."""

    path: str
    part: str
    type: str
    typed: str
    """The member that says its type."""


def answer_breaks(before: Mapping[str, Part], after: Mapping[str, Part]) -> Iterator[Break]:
    """Yield the changes after which answers would lack what they have today."""
    new = _outputs(after)
    for name, output in _outputs(before).items():
        if name not in new:
            reason = f"'{name}' was returned and is removed; keep it beside what replaces it"
            yield Break(output.path, output.part, reason, "no longer returned")
        elif new[name].type != output.type:
            found = new[name]
            reason = f"'{name}' was {output.type}; callers would break"
            hint = "add an output with a new name instead"
            path, summary = f"{found.path}.{found.typed}", f"{output.type} -> {found.type}"
            yield Break(path, found.part, f"{reason}; {hint}", summary)
    yield from _postprocessing_breaks(_postprocessing(before), _postprocessing(after))


def _postprocessing(parts: Mapping[str, Part]) -> Postprocessing:
    found = parts.get(POSTPROCESSING_KEY)
    return found if isinstance(found, Postprocessing) else Postprocessing()


def _outputs(parts: Mapping[str, Part]) -> dict[str, _Output]:
    """Return what callers receive by name."""
    models = parts.get(MODELS_KEY)
    if parts.keys() & {PIPELINE_KEY, POSTPROCESSING_KEY} or not isinstance(models, Models):
        written = {item.name: item.type for item in _postprocessing(parts).outputs}
        return {
            name: _Output(f"{_PATH}.outputs[{name}]", POSTPROCESSING_KEY, kind, "type")
            for name, kind in (written or {_DECIDED: OutputType.FLOAT64}).items()
        }
    return {
        output.name: _Output(
            f"spec.models[{model.name}].outputs[{output.name}]",
            MODELS_KEY,
            _VECTOR if output.index is None else OutputType.FLOAT64,
            "index",
        )
        for model in models.models
        for output in model.outputs
    }


def _postprocessing_breaks(before: Postprocessing, after: Postprocessing) -> Iterator[Break]:
    if before.bands and after.bands is None:
        reason = "answers had a band and an action, and would have none; keep `bands`"
        yield Break(f"{_PATH}.bands", POSTPROCESSING_KEY, reason)
    elif before.bands and after.bands:
        yield from _action_breaks(before.bands, after.bands)
    if before.reason_codes and after.reason_codes is None:
        reason = "answers had reason codes, and would have none; keep `reasonCodes`"
        yield Break(f"{_PATH}.reasonCodes", POSTPROCESSING_KEY, reason)


def _action_breaks(before: Bands, after: Bands) -> Iterator[Break]:
    left = {band.action for band in after.ranges}
    names = {band.name for band in after.ranges}
    for band in before.ranges:
        if band.action not in left:
            member = ".action" if band.name in names else ""
            reason = f"action '{band.action}' was returned and is removed"
            path = f"{_PATH}.bands.ranges[{band.name}]{member}"
            yield Break(path, POSTPROCESSING_KEY, f"{reason}; keep a band that has it")
