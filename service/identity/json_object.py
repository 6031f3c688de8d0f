"""JSON as signed things need it: one object, one meaning (RFC 8725 section 2.4, I-JSON RFC 7493).

Refused: anything but an object, duplicate keys at any depth, NaN and Infinity,
lone surrogates, bytes that are not UTF-8, nesting deeper than the parser goes.
"""

import json
from typing import NoReturn


class NotAnObject(ValueError):
    """The bytes are not one unambiguous JSON object. Never quotes them."""


def json_object(raw: bytes) -> dict[str, object]:
    """Parse `raw`; raises NotAnObject."""
    try:
        text = raw.decode("utf-8", "strict")
        parsed = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        json.dumps(parsed, ensure_ascii=False).encode("utf-8", "strict")  # a lone surrogate does not survive this
    except (ValueError, RecursionError):
        raise NotAnObject("not a JSON object that can be read in one way only") from None
    if not isinstance(parsed, dict):
        raise NotAnObject("not a JSON object")
    return parsed


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotAnObject("a key stands twice")
    return members


def _refuse(constant: str) -> NoReturn:
    raise NotAnObject(f"{constant} is not JSON")
