"""How hard properties are tried: `make unit` takes a quarter of what `make test` takes.

Both take the same ones every time; `make fuzz` takes many, and new ones each time.
"""

import os

from hypothesis import HealthCheck, settings

EFFORT = float(os.environ.get("MODELSPEC_FUZZ", "0.25"))
"""How many times as many examples as `make test` takes."""


def times(count: int) -> int:
    """Return how many of what is usually done *count* times."""
    return max(1, round(count * EFFORT))


def examples(count: int) -> settings:
    """Return the settings for a property that is usually tried with *count* examples."""
    return settings(
        max_examples=times(count),
        derandomize=EFFORT <= 1,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
