"""How results are printed."""

from enum import StrEnum


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
