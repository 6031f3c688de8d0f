"""How a person's particulars are misspelt, misheard and mistyped between one desk and the next. Pure."""

import unicodedata
from datetime import date
from random import Random

from service.county.names import NICKNAMES, likely

_SOUNDS = (("ph", "f"), ("ck", "k"), ("ie", "ei"), ("ll", "l"), ("nn", "n"), ("tt", "t"), ("z", "s"), ("y", "i"))
_SHORT, _MONTHS, _EVERY_MONTH_HAS = 4, 12, 28


def plain(text: str) -> str:
    """Without accents, as systems that know only ASCII store it: `Muñoz` becomes `Munoz`."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def typo(word: str, chance: Random) -> str:
    """One slip of ear or finger: a sound respelt, or two letters swapped, or one dropped, or one doubled."""
    sounds = [(a, b) for a, b in _SOUNDS if a in word[1:]]
    if sounds and likely(0.4, chance):
        heard, written = chance.choice(sounds)
        return word[0] + word[1:].replace(heard, written, 1)
    if len(word) < _SHORT:
        return word
    at = chance.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return chance.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))


def nickname(given: str, chance: Random) -> str:
    """A familiar form of a given name, or the name itself where it has none."""
    return chance.choice(NICKNAMES.get(given, (given,)))


def half(family: str, chance: Random) -> str:
    """One half of a double family name; a single name stays."""
    parts = family.replace("-", " ").split()
    return chance.choice(parts)


def misdated(born: date, chance: Random) -> date:
    """A birth date with day and month exchanged where both are possible, else two digits transposed or a year off."""
    if born.day <= _MONTHS and born.day != born.month and likely(0.5, chance):
        return born.replace(month=born.day, day=born.month)
    tens, ones = divmod(born.day, 10)
    if 1 <= ones * 10 + tens <= _EVERY_MONTH_HAS and tens != ones and likely(0.6, chance):
        return born.replace(day=ones * 10 + tens)
    return born.replace(year=born.year + chance.choice((-1, 1)), day=min(born.day, _EVERY_MONTH_HAS))


def misnumbered(digits: str, chance: Random) -> str:
    """Digits with two neighbors transposed."""
    at = chance.randrange(len(digits) - 1)
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
