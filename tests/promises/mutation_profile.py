"""How hypothesis works on a mutant: the same few examples each time, and nothing written down."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutants",
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # that it failed is enough; nobody reads the smallest example
)
