"""One log entry: who did what about whom, why, and with what outcome. Names of fields, never values.

The subject is a keyed pseudonym; the key lives outside the database. A random salt keeps an entry's
hash from being guessed. Search columns are derived from the bytes, and the verifier derives them again.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from audit.canonical import EntryInvalid, JsonValue, decode, encode, instant

VERSION = 1
MAX_COLUMN = 1024
"""Bytes of a search column; PostgreSQL indexes no more than 2,704, and one refused row refuses its whole batch."""

COLUMNS = ("id", "at", "kind", "outcome", "request", "subject", "agency", "actor", "purpose")


class Kind(StrEnum):
    """What kind of thing happened."""

    DECIDED = "decided"
    RELEASED = "released"
    FAILED = "failed"
    CONSENT_RECORDED = "consent-recorded"
    CONSENT_REVOKED = "consent-revoked"
    CONSENT_READ = "consent-read"
    TOKEN_ISSUED = "token-issued"  # noqa: S105  # a kind of event, not a secret
    TOKEN_REFUSED = "token-refused"  # noqa: S105  # a kind of event, not a secret
    QUERY_REFUSED = "query-refused"
    LOG_READ = "log-read"
    SIMULATED = "simulated"
    LOG_OPENED = "log-opened"


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Subjects in the log: HMAC-SHA-256 under a key with an epoch, so that keys can rotate."""

    key: bytes = field(repr=False)
    epoch: int = 1

    def of(self, subject: str) -> str:
        """`e1:` and 32 hex digits. The same subject under the same key has the same pseudonym."""
        return f"e{self.epoch}:{hmac.new(self.key, subject.encode(), hashlib.sha256).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry before it is encoded. `id` is unique in the log; `detail` holds identifiers, codes and counts."""

    id: str
    kind: Kind
    outcome: str
    at: datetime
    request: str = ""
    subject: str = ""
    agency: str = ""
    actor: str = ""
    purpose: str = ""
    detail: Mapping[str, JsonValue] = field(default_factory=dict)

    def encoded(self, salt: bytes | None = None) -> bytes:
        """The canonical bytes that are hashed and stored. Raises EntryInvalid."""
        document: dict[str, JsonValue] = {name: str(getattr(self, name)) for name in COLUMNS if name != "at"}
        document |= {
            "v": VERSION,
            "at": instant(self.at),
            "salt": base64.b64encode(salt or os.urandom(16)).decode(),
            "detail": dict(self.detail),
        }
        encoded = encode(document)
        _indexable(self)
        return encoded


def _indexable(entry: Entry) -> None:
    for name in COLUMNS:
        value = str(getattr(entry, name))
        if "\0" in value or len(value.encode()) > MAX_COLUMN:
            raise EntryInvalid(f"`{name}` may hold {MAX_COLUMN} bytes and no NUL")


def columns(encoded: bytes) -> dict[str, str]:
    """The search columns of an entry, from nothing but its bytes. Raises EntryInvalid or KeyError."""
    document = decode(encoded)
    return {name: str(document[name]) for name in COLUMNS}
