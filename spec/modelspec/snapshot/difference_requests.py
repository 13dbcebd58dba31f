"""What breaks callers on the way in: requests that were answered and would be refused."""

from collections.abc import Iterator
from decimal import Decimal

from modelspec.choices import FeatureType, ItemType, OutOfRange, UnknownFields
from modelspec.names import FEATURE_FETCHING_KEY
from modelspec.parts import Feature, FeatureFetching
from modelspec.snapshot.difference_changes import Break, clipped, spell

_PATH = "spec.featureFetching"

_Reason = tuple[str, str]
"""The field of a feature that is at fault, and the sentence."""


def request_breaks(before: FeatureFetching, after: FeatureFetching) -> Iterator[Break]:
    """Yield the changes after which requests of today would be refused."""
    rejects = after.unknown_fields is UnknownFields.REJECT
    if rejects and before.unknown_fields is not UnknownFields.REJECT:
        reason = "callers that send more than is declared would be refused; declare it first"
        yield _break("sources[0].request.unknownFields", reason)
    old = {feature.name: feature for feature in before.features}
    new = {feature.name: feature for feature in after.features}
    for name, feature in old.items():
        if name in new:
            for member, reason in _feature_reasons(feature, new[name]):
                yield _break(f"features[{name}].{member}", reason)
        elif rejects:
            reason = f"callers still send '{name}' and would be refused"
            yield _break(f"features[{name}]", f"{reason}; let `unknownFields` be 'Ignore' first")
    for name, feature in new.items():
        if name not in old and feature.required:
            reason = f"'{name}' is required and new; callers do not send it"
            yield _break(f"features[{name}]", f"{reason}; make it optional first")


def _break(where: str, reason: str) -> Break:
    return Break(f"{_PATH}.{where}", FEATURE_FETCHING_KEY, reason)


def _feature_reasons(before: Feature, after: Feature) -> Iterator[_Reason]:
    if (before.type, before.item_type) != (after.type, after.item_type):
        member = "type" if before.type is not after.type else "itemType"
        was = before.type if member == "type" else before.item_type
        reason = f"'{before.name}' was {was}; callers would break"
        yield member, f"{reason}; add a feature with a new name instead"
        return
    yield from _missing_reasons(before, after)
    yield from _size_reasons(before, after)
    if after.on_out_of_range is OutOfRange.REJECT:
        yield from _range_reasons(before, after)


def _missing_reasons(before: Feature, after: Feature) -> Iterator[_Reason]:
    if after.required and not before.required:
        reason = f"'{after.name}' becomes required; callers that leave it out would be refused"
        yield "required", f"{reason}; give it a default instead"
    elif before.default is not None and after.default is None:
        reason = f"callers that leave '{after.name}' out relied on {spell(before.default)}"
        yield "default", f"{reason} and would get what null gives; keep a default"


def _size_reasons(before: Feature, after: Feature) -> Iterator[_Reason]:
    has_text = FeatureType.STRING is after.type or ItemType.STRING is after.item_type
    if has_text and after.max_length < before.max_length:
        reason = f"texts of '{after.name}' of more than {after.max_length} characters"
        yield "maxLength", f"{reason} would be refused; keep {before.max_length}"
    if after.type is FeatureType.LIST and after.max_items < before.max_items:
        reason = f"lists of '{after.name}' of more than {after.max_items} items"
        yield "maxItems", f"{reason} would be refused; keep {before.max_items}"


def _range_reasons(before: Feature, after: Feature) -> Iterator[_Reason]:
    """Yield which values were taken and would be refused."""
    if before.on_out_of_range is OutOfRange.REJECT:
        yield from _bound_reasons(before, after)
        yield from _text_reasons(before, after)
    elif after.minimum or after.maximum or after.allowed_values:
        reason = f"values of '{after.name}' that are out of range were taken"
        yield "onOutOfRange", f"{reason} and would be refused; keep '{before.on_out_of_range}'"


def _bound_reasons(before: Feature, after: Feature) -> Iterator[_Reason]:
    low, high = after.minimum, after.maximum
    hint = "would be refused; 'Clamp' or 'UseNull' would take them"
    if low and (before.minimum is None or Decimal(low) > Decimal(before.minimum)):
        yield "minimum", f"values of '{after.name}' below {low} {hint}"
    if high and (before.maximum is None or Decimal(high) < Decimal(before.maximum)):
        yield "maximum", f"values of '{after.name}' above {high} {hint}"


def _text_reasons(before: Feature, after: Feature) -> Iterator[_Reason]:
    hint = "would be refused; 'UseNull' would take them"
    lost = sorted({*before.allowed_values} - {*after.allowed_values})
    if after.allowed_values and not before.allowed_values:
        yield "allowedValues", f"other texts of '{after.name}' {hint}"
    elif after.allowed_values and lost:
        listed = clipped(", ".join(map(spell, lost)))
        yield "allowedValues", f"texts of '{after.name}' such as {listed} {hint}"
