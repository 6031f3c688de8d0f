"""Consent forms as data: one file each, from which come both the words on the page and the rule the machine keeps.

A form that promises more than the law lets it, or says less than the law asks, is refused when it is read
(`form_faults`). What is ticked becomes a rule in `provisions`, and a text in `wording`.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from consent.form import Form, FormInvalid, parsed
from consent.form_faults import faults

FOLDER = Path(__file__).parent / "data" / "forms"


@cache
def forms(folder: Path = FOLDER) -> Mapping[str, Form]:
    """Every form by id, read and checked. Raises FormInvalid."""
    read = [parsed(json.loads(path.read_text("utf-8"), object_pairs_hook=_once)) for path in sorted(folder.glob("*"))]
    found = [f"{form.id}: {fault}" for form in read for fault in faults(form)]
    if found or len({form.id for form in read}) != len(read):
        raise FormInvalid("; ".join(found) or "two forms have one name")
    return {form.id: form for form in read}


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: of two texts under one name, one would silently count for nothing."""
    listed = list(pairs)
    if len(dict(listed)) != len(listed):
        raise FormInvalid("a name stands twice")
    return dict(listed)
