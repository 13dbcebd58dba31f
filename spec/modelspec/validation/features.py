"""Rules about raw features."""

from collections.abc import Iterator

from modelspec.errors import Code, Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.defaults import canonical_default


def defaults_have_the_type_of_their_feature(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS204: the text of a default must be a value of the feature's type."""
    for index, feature in enumerate(spec.feature_fetching.features):
        try:
            canonical_default(feature)
        except ValueError as error:
            path = f"spec.featureFetching.features[{index}].default"
            yield Finding(Code.MS204, path, f"{error} (feature '{feature.name}')")
