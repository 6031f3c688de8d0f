"""Where in a file an identifier's bytes stand. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

Range = tuple[int, int]
"""Bytes from the first number to before the second."""

Form = TypeVar("Form")


@dataclass(frozen=True, slots=True)
class Index(Generic[Form]):
    """Where each identifier's bytes stand, how to read them (`form`), and when the file says it was made."""

    places: Mapping[str, Sequence[Range]] = field(repr=False)
    form: Form
    made: datetime | None = None


def joined(ranges: Sequence[Range]) -> list[Range]:
    """The same bytes in as few ranges as can be, in the file's order."""
    merged: list[Range] = []
    for start, end in sorted(set(ranges)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
