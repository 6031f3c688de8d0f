"""How hard a text is to read, by two published formulas, so that a form can be held to the eighth grade. Pure.

English: the Flesch-Kincaid grade (Kincaid and others, 1975), 0.39 words/sentences + 11.8 syllables/words - 15.59.
Spanish: the Fernandez Huerta ease (1959), 206.84 - 60 syllables/words - 1.02 words/sentences; 60 and more is read in
the seventh or eighth year of school. Syllables are counted by rule; where a rule doubts, it counts one more, so that a
text is rather called too hard than too easy.
"""

import re

MOST_GRADE = 8.0
LEAST_EASE = 60.0

WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?:]+(?=\s|$)")


def readable(text: str, language: str) -> bool:
    """At or below the eighth grade? Raises ValueError for a language without a formula."""
    if language == "en":
        return grade(text) <= MOST_GRADE
    if language == "es":
        return ease(text) >= LEAST_EASE
    raise ValueError("there is no formula for this language here")


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of an English text."""
    words, sentences = _counted(text)
    syllables = sum(english_syllables(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def ease(text: str) -> float:
    """The Fernandez Huerta ease of a Spanish text: 0 hard to 100 easy."""
    words, sentences = _counted(text)
    syllables = sum(spanish_syllables(word) for word in words)
    return 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / sentences


def _counted(text: str) -> tuple[list[str], int]:
    words = WORD.findall(text)
    if not words:
        raise ValueError("a text without a word has no level")
    return words, max(1, len(SENTENCE_END.findall(text.strip())))


def english_syllables(word: str) -> int:
    """Groups of vowels, less the silent ones: `shared` 1, `alliance` 3, `agency` 3, `table` 2."""
    spelt = re.sub(r"[^a-z]", "", word.lower())
    if spelt in SPELT_OUT:
        return SPELT_OUT[spelt]
    heard = SILENT_END.sub("", spelt)
    groups = re.findall(r"[aeiouy]+", heard)
    apart = re.findall(r"(?<![tcsg])i[aou]|eo|(?<!q)ua", heard)
    return max(1, len(groups) + len(apart))


SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouysxzcgh])es$")
SPELT_OUT = {"hiv": 3, "tb": 2, "dss": 3, "ems": 3, "people": 2, "hipaa": 2, "hmis": 2, "area": 3}
"""Letters that are read out one by one, and words the rule gets wrong."""


def spanish_syllables(word: str) -> int:
    """Vowels less the weak ones that join a neighbor; an accented weak vowel stands alone: `dia` 1, `día` 2."""
    spelt = re.sub(r"(?<=q)u|(?<=g)u(?=[eiéí])", "", word.lower())
    spelt = re.sub(r"y(?![aeiouáéíóú])", "i", spelt)
    return max(1, len(re.findall(r"[iuü]?[aeoáéóíú][iuü]?(?![áéíóú])|[iuü]+|[aeoáéóíú]", spelt)))
