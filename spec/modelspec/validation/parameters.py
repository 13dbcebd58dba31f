"""Rules about fitted parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelspec.compiler.programs import PATH, parameter_value
from modelspec.errors import Code, Finding
from modelspec.expressions import parameters as fitted
from modelspec.schema.preprocessing import LookupTable, Parameter, Set, Vocabulary
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.logic import canonical_key, parameter_part

_Y = re.compile(r"^y\b")


@dataclass(frozen=True)
class Fitted:
    """A parameter, and what it is good for."""

    path: str
    parameter: Parameter

    value: fitted.Parameter | None
    """``None`` where a key is none of its type."""

    findings: tuple[Finding, ...]
    """MS328, MS329, MS330, MS338, MS339: why it cannot be used."""


def read_parameters(spec: ModelSpecSpec) -> tuple[Fitted, ...]:
    """Return every fitted parameter; what was fitted must make sense by itself."""
    return tuple(read_parameter(path, parameter) for path, parameter in located_parameters(spec))


def read_parameter(path: str, parameter: Parameter) -> Fitted:
    """Return one parameter that stands at *path*."""
    wrong_keys = tuple(_key_findings(parameter))
    value = None if wrong_keys else parameter_value(parameter_part(parameter))
    found = wrong_keys if value is None else tuple(value.findings())
    # YAML 1.1 reads a field `y` as `true`, so a specification calls it otherwise.
    located = (
        replace(finding, path=f"{path}.{parameter.member}.{_Y.sub('values', finding.path)}")
        for finding in found
    )
    return Fitted(path, parameter, value, tuple(located))


def located_parameters(spec: ModelSpecSpec) -> Iterator[tuple[str, Parameter]]:
    """Yield every parameter with its path."""
    listed = spec.preprocessing.parameters if spec.preprocessing else None
    for index, parameter in enumerate(listed or ()):
        yield f"{PATH}.parameters[{index}]", parameter


def _key_findings(parameter: Parameter) -> Iterator[Finding]:
    """Yield keys that are none of their type, or listed twice."""
    member = parameter.fitted
    if not isinstance(member, LookupTable | Set | Vocabulary):
        return
    seen: set[str] = set()
    for path, text in _located_keys(member):
        try:
            key = canonical_key(member.key_type, text)
        except ValueError as error:
            yield Finding(Code.MS339, path, str(error))
            continue
        if key in seen:
            yield Finding(Code.MS339, path, f"key '{key}' is listed twice")
        seen.add(key)


def _located_keys(member: LookupTable | Set | Vocabulary) -> Iterator[tuple[str, str]]:
    if isinstance(member, LookupTable):
        for index, entry in enumerate(member.entries):
            yield f"entries[{index}].key", entry.key
    else:
        for index, key in enumerate(member.keys):
            yield f"keys[{index}]", key
