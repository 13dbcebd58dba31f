"""Fitted parameters from a file, in the form that a specification has them."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from modelspec.errors import Finding
from modelspec.expressions.parameters import Parameter
from modelspec.schema import preprocessing as schema
from modelspec.validation.parameters import read_parameter
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.rows import read_text

OPTION = "--parameters"


class InvalidParametersError(ValueError):
    """Parameters of the right form that make no sense; carries every finding."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


def read_parameters(file: Path) -> Mapping[str, Parameter]:
    """Return the parameters of a file by name.

    Raises:
        OptionError: The file is no list of parameters.
        InvalidParametersError: A parameter makes no sense.
    """
    listed = _read_list(file)
    fitted = [read_parameter(f"[{index}]", item) for index, item in enumerate(listed)]
    findings = [finding for item in fitted for finding in item.findings]
    if findings:
        raise InvalidParametersError(findings)
    named = {item.parameter.name: item.value for item in fitted if item.value is not None}
    if len(named) < len(listed):
        raise OptionError(f"{file}: each parameter must have a name of its own", OPTION)
    return named


def _read_list(file: Path) -> list[schema.Parameter]:
    try:
        document = yaml.safe_load(read_text(file, OPTION))
        return TypeAdapter(list[schema.Parameter]).validate_python(document)
    except yaml.YAMLError as error:
        raise OptionError(f"{file}: {' '.join(str(error).split())}", OPTION) from None
    except ValidationError as error:
        problems = [f"{_path(item['loc'])}: {item['msg']}" for item in error.errors()]
        raise OptionError(f"{file}: {'; '.join(problems)}", OPTION) from None


def _path(location: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".") or "the document"
