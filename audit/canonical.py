"""The exact bytes that are hashed: strict I-JSON (RFC 7493), keys sorted, no floats, no duplicate keys.

An entry is encoded once and stored as those bytes; nobody ever serialises it again from a parsed form.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_BYTES = 65_535
"""An entry must fit the uint16 length prefix of a C2SP entry bundle."""

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32


class EntryInvalid(ValueError):
    """The document cannot stand in the log."""


def encode(document: Mapping[str, JsonValue]) -> bytes:
    """The canonical bytes. Raises EntryInvalid for floats, huge integers, lone surrogates, depth, over 65,535 bytes."""
    _check(dict(document), MAX_DEPTH)
    try:
        encoded = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise EntryInvalid("a string is not valid Unicode") from error
    if len(encoded) > MAX_BYTES:
        raise EntryInvalid(f"an entry may hold {MAX_BYTES} bytes")
    return encoded


def decode(encoded: bytes) -> dict[str, JsonValue]:
    """The document in canonical bytes. Raises EntryInvalid for anything that `encode` would not have written."""
    try:
        document = json.loads(encoded, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise EntryInvalid("not a canonical document") from error
    if not isinstance(document, dict) or encode(document) != encoded:
        raise EntryInvalid("not in canonical form")
    return document


def instant(at: datetime) -> str:
    """An aware time as `2026-11-23T14:00:00.000000Z`."""
    if at.tzinfo is None:
        raise EntryInvalid("a time in the log is aware")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _no_duplicates(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise EntryInvalid("a key stands twice")
    return document


def _check(value: JsonValue, depth: int) -> None:
    match value:
        case None | bool() | str():
            return
        case int() if abs(value) <= MAX_INTEGER:
            return
        case list() if depth:
            for part in value:
                _check(part, depth - 1)
        case dict() if depth and all(isinstance(key, str) for key in value):
            for part in value.values():
                _check(part, depth - 1)
        case _:
            raise EntryInvalid(
                "only objects, lists, strings, booleans, null and integers below 2^53 may be logged, "
                f"and nothing deeper than {MAX_DEPTH} levels"
            )
