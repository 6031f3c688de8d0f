"""How hypothesis works on a mutant: the same few examples each time, and nothing written down."""

from hypothesis import settings

settings.register_profile("mutants", max_examples=40, derandomize=True, database=None, deadline=None)
