"""Rules about fitted parameters."""

import re
from collections.abc import Iterator
from dataclasses import replace

from modelspec.compiler.programs import PATH, parameter_value
from modelspec.errors import Code, Finding
from modelspec.schema.preprocessing import LookupTable, Parameter, Set, Vocabulary
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.logic import canonical_key, parameter_part

_Y = re.compile(r"^y\b")


def parameters_can_be_used(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS328, MS329, MS330, MS338, MS339: what was fitted makes sense by itself."""
    for path, parameter in located_parameters(spec):
        for finding in parameter_findings(parameter):
            # YAML 1.1 reads a field `y` as `true`, so a specification calls it otherwise.
            inner = _Y.sub("values", finding.path)
            yield replace(finding, path=f"{path}.{parameter.member}.{inner}")


def located_parameters(spec: ModelSpecSpec) -> Iterator[tuple[str, Parameter]]:
    """Yield every parameter with its path."""
    listed = spec.preprocessing.parameters if spec.preprocessing else None
    for index, parameter in enumerate(listed or ()):
        yield f"{PATH}.parameters[{index}]", parameter


def parameter_findings(parameter: Parameter) -> tuple[Finding, ...]:
    """Return what is wrong with one parameter, with paths that begin at its member."""
    wrong_keys = tuple(_key_findings(parameter))
    return wrong_keys or tuple(parameter_value(parameter_part(parameter)).findings())


def _key_findings(parameter: Parameter) -> Iterator[Finding]:
    """Yield keys that are none of their type, or listed twice."""
    fitted = parameter.fitted
    if not isinstance(fitted, LookupTable | Set | Vocabulary):
        return
    seen: set[str] = set()
    for path, text in _located_keys(fitted):
        try:
            key = canonical_key(fitted.key_type, text)
        except ValueError as error:
            yield Finding(Code.MS339, path, str(error))
            continue
        if key in seen:
            yield Finding(Code.MS339, path, f"key '{key}' is listed twice")
        seen.add(key)


def _located_keys(fitted: LookupTable | Set | Vocabulary) -> Iterator[tuple[str, str]]:
    if isinstance(fitted, LookupTable):
        for index, entry in enumerate(fitted.entries):
            yield f"entries[{index}].key", entry.key
    else:
        for index, key in enumerate(fitted.keys):
            yield f"keys[{index}]", key
