"""How the log says no. Whoever meets one of these releases nothing."""


class LedgerDown(Exception):
    """The entry may not be in the log. Release nothing."""


class GuardRefused(Exception):
    """The guard named this entry: what it rests on changed since. Decide again."""


class Duplicate(Exception):
    """An entry with this id stands in the log already."""
