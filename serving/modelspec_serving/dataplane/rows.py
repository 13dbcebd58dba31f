"""What a row of raw features looks like."""

from collections.abc import Sequence

import msgspec

from modelspec.choices import UnknownFields
from modelspec.compiler.rows import blank_values, build_row_type
from modelspec.expressions.program import RawFeature


class RowShape:
    """The raw features of one snapshot, and the struct that a row of them is."""

    def __init__(self, features: Sequence[RawFeature], unknown_fields: UnknownFields) -> None:
        self.features = features
        self.takes_unknown = unknown_fields is UnknownFields.IGNORE
        self.row_type = build_row_type(features, is_open=self.takes_unknown)

    def blank(self) -> msgspec.Struct:
        """Return a row in which nothing is missing, and nothing out of range."""
        return self.row_type(*blank_values(self.features))
