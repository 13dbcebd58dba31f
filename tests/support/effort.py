"""How hard properties are tried: a few examples in `make unit`, many and new in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

EFFORT = int(os.environ.get("MODELSPEC_FUZZ", "1"))
"""How many times as many examples as usual."""


def examples(count: int) -> settings:
    """Return the settings for a property that is usually tried with *count* examples."""
    return settings(
        max_examples=count * EFFORT,
        derandomize=EFFORT == 1,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
