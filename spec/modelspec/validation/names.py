"""Rules about names: each means one thing, and can be written in an expression."""

from collections.abc import Iterator

from modelspec.errors import Code, Finding
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.lexer import CONSTANTS, RESERVED
from modelspec.expressions.types import LANGUAGE
from modelspec.schema.preprocessing import Preprocessing
from modelspec.schema.spec import ModelSpecSpec

WORDS = RESERVED | CONSTANTS.keys()


def names_can_be_written(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS109: no name is a word of the language, and no name of ours is one of its functions.

    What callers send keeps their names: a feature `hour` beside the function `hour()` is no
    problem, since only a function stands before a parenthesis. Without expressions any name will
    do.
    """
    if spec.preprocessing is None:
        return
    for index, feature in enumerate(spec.feature_fetching.features):
        if feature.name in WORDS:
            yield _reserved(f"spec.featureFetching.features[{index}]", feature.name, "feature")
    for path, name, noun in _own_names(spec.preprocessing):
        if name in WORDS or name in FUNCTIONS:
            yield _reserved(path, name, noun)


def names_are_distinct(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS112: raw features, derived features and parameters have different names."""
    if spec.preprocessing is None:
        return
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


def _own_names(preprocessing: Preprocessing) -> Iterator[tuple[str, str, str]]:
    """Yield path, name and noun of whatever the specification gives a name to."""
    for index, item in enumerate(preprocessing.derived):
        yield f"spec.preprocessing.derived[{index}]", item.name, "derived"
    for index, parameter in enumerate(preprocessing.parameters or ()):
        yield f"spec.preprocessing.parameters[{index}]", parameter.name, "parameter"


def _reserved(path: str, name: str, noun: str) -> Finding:
    what = "word" if name in WORDS else "function"
    kind = "parameter" if noun == "parameter" else "feature"
    message = f"'{name}' is a {what} of {LANGUAGE} and may not be a {kind} name"
    return Finding(Code.MS109, f"{path}.name", f"{message}; try '{name}_value'")
