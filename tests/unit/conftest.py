"""How hard hypothesis tries where a test does not say."""

from hypothesis import settings

from support.effort import EFFORT, times

settings.register_profile("house", max_examples=times(100), derandomize=EFFORT <= 1, database=None)
settings.load_profile("house")
