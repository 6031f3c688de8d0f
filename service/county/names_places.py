"""Where the county's people live and how to phone them: invented streets, real ZIP areas, fictional 555 numbers."""

from random import Random

from service.county.names import likely, words

ZIPS = ("27701", "27703", "27704", "27705", "27707", "27712", "27713")
CITY = "Durham"
SHELTERS = (
    ("12 Lantern House Way", "27701"),
    ("340 Open Door Rd", "27701"),
    ("905 Harbor Light Ave", "27703"),
    ("77 Wayside Inn Ct", "27704"),
)
"""Invented shelters: many people share one address, and that must not make them one person."""

_AREAS = ("919", "919", "919", "984", "984", "252", "336", "910", "704")
_TREES = words(
    "Alderbrook Bittersweet Catalpa Dogfennel Elderberry Foxfire Goldenrod Hawthorn Ironwood Jessamine Kestrel "
    "Larkspur Millrace Nettle Oxbow Persimmon Quillwort Ragwort Sassafras Tupelo Umbra Verbena Waxwing Yarrow "
    "Ninebark Beechdrop Cardinal Dovetail Ember Fiddlehead"
)
_KINDS = ("St", "Ave", "Dr", "Rd", "Ln", "Ct", "Pl")


def address(chance: Random) -> tuple[str, str]:
    """(street, ZIP); one in four has an apartment, as `1204 Hawthorn St Apt 3B`."""
    street = f"{chance.randrange(100, 4999)} {chance.choice(_TREES)} {chance.choice(_KINDS)}"
    if likely(0.25, chance):  # one in four
        street += f" Apt {chance.randrange(1, 30)}{chance.choice('ABCD')}"
    return street, chance.choice(ZIPS)


def phone(chance: Random) -> str:
    """`919-555-0142`: the 555 exchange, which reaches nobody."""
    return f"{chance.choice(_AREAS)}-555-{chance.randrange(10000):04d}"
