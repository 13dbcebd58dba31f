"""Rules about names: each means one thing, and can be written in an expression."""

from collections.abc import Iterator

from modelspec.compiler.decision_rows import TOLD
from modelspec.errors import Code, Finding
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.lexer import CONSTANTS, RESERVED
from modelspec.expressions.types import LANGUAGE
from modelspec.schema.preprocessing import Preprocessing
from modelspec.schema.spec import ModelSpecSpec
from modelspec.validation.decision import DECIDED

WORDS = RESERVED | CONSTANTS.keys()


def names_can_be_written(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS109: no name is a word of the language, and no name of ours is one of its functions.

    What callers send keeps their names: a feature `hour` beside the function `hour()` is no
    problem, since only a function stands before a parenthesis. Without expressions any name will
    do.
    """
    if spec.preprocessing is None and spec.pipeline is None and spec.postprocessing is None:
        return
    for index, feature in enumerate(spec.feature_fetching.features):
        if feature.name in WORDS:
            yield _reserved(f"spec.featureFetching.features[{index}]", feature.name, "feature")
    for path, name, noun in _own_names(spec.preprocessing):
        if name in WORDS or name in FUNCTIONS:
            yield _reserved(path, name, noun)


def names_are_distinct(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS112: raw features, derived features and parameters have different names."""
    taken = {
        feature.name: f"a raw feature (`featureFetching.features[{index}]`)"
        for index, feature in enumerate(spec.feature_fetching.features)
    }
    for path, name, noun in _own_names(spec.preprocessing):
        if name in taken:
            message = f"'{name}' is already {taken[name]}; {noun} names must differ"
            yield Finding(Code.MS112, f"{path}.name", message)
        else:
            what = "a parameter" if noun == "parameter" else "a derived feature"
            taken[name] = f"{what} (`{path.removeprefix('spec.')}`)"


def outputs_are_no_features(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS113, MS428: an output has the name of no feature, and of no other model's output."""
    features = {feature.name for feature in spec.feature_fetching.features}
    features |= {item.name for item in (spec.preprocessing.derived if spec.preprocessing else ())}
    for path, name in _answers(spec):
        if name in features:
            yield Finding(Code.MS113, f"{path}.name", f"'{name}' is already a feature")
    seen: set[str] = set()
    for path, name in _model_outputs(spec):
        if name in seen:
            yield Finding(Code.MS428, f"{path}.name", f"Duplicate value '{name}'")
        seen.add(name)


def outputs_can_be_named(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS109, MS521: an output of postprocessing has a name of its own that can be written."""
    outputs = spec.postprocessing.outputs if spec.postprocessing else None
    for index, output in enumerate(outputs or ()):
        path = f"spec.postprocessing.outputs[{index}]"
        if output.name in DECIDED or output.name in TOLD:
            yield Finding(Code.MS521, f"{path}.name", f"'{output.name}' is reserved")
        elif output.name in WORDS:
            yield _reserved(path, output.name, "output")


def _own_names(preprocessing: Preprocessing | None) -> Iterator[tuple[str, str, str]]:
    """Yield path, name and noun of whatever preprocessing gives a name to."""
    if preprocessing is None:
        return
    for index, item in enumerate(preprocessing.derived):
        yield f"spec.preprocessing.derived[{index}]", item.name, "derived"
    for index, parameter in enumerate(preprocessing.parameters or ()):
        yield f"spec.preprocessing.parameters[{index}]", parameter.name, "parameter"


def _model_outputs(spec: ModelSpecSpec) -> Iterator[tuple[str, str]]:
    """Yield path and name of every model's output."""
    for m, model in enumerate(spec.models or ()):
        for o, output in enumerate(model.outputs):
            yield f"spec.models[{m}].outputs[{o}]", output.name


def _answers(spec: ModelSpecSpec) -> Iterator[tuple[str, str]]:
    """Yield path and name of every model's output, and of every output of postprocessing."""
    yield from _model_outputs(spec)
    outputs = spec.postprocessing.outputs if spec.postprocessing else None
    for index, output in enumerate(outputs or ()):
        yield f"spec.postprocessing.outputs[{index}]", output.name


def _reserved(path: str, name: str, noun: str) -> Finding:
    what = "word" if name in WORDS else "function"
    kind = "feature" if noun == "derived" else noun
    article = "an" if kind == "output" else "a"
    message = f"'{name}' is a {what} of {LANGUAGE} and may not be {article} {kind} name"
    return Finding(Code.MS109, f"{path}.name", f"{message}; try '{name}_value'")
