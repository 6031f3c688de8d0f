"""What the rules are asked: one document for the whole query, without identities and without a clock.

Times are already facts ("started", "ended") and people are absent, so most queries share few inputs:
the bytes are the key of the decision memo. Only identifiers, integers and booleans enter (ENGINES: a
string fed raw to an engine once forged a permit).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from policies.vocabulary import Agency, Category, Purpose, Role

MAX_ITEMS, MAX_CONSENTS, MAX_BYTES = 200, 64, 64 * 1024

IDENTIFIER = re.compile(r"[A-Za-z0-9_.:@+-]{1,128}")

PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@+-" + b'{}[]",'
"""All that a question is made of. An escaped quote, a NUL, a look-alike letter or a space is not among it."""


class RequestInvalid(ValueError):
    """The facts cannot be put to the rules; the query is refused."""


@dataclass(frozen=True, slots=True)
class AskerFacts:
    """The asking side: what the registry and the roster confirm."""

    agency: Agency
    role: Role
    agreement: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """The asked-about side, as booleans."""

    known: bool
    minor: bool
    relationship: bool


@dataclass(frozen=True, slots=True)
class EmergencyFacts:
    """What was attested (42 CFR 2.51)."""

    attested: bool = False
    can_consent: bool = True
    capable_refusal: bool = False


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One (custodian, category): the fields asked, and whether the person refused it."""

    custodian: Agency
    category: Category
    fields: tuple[str, ...]
    restricted: bool = False
    denied: bool = False


@dataclass(frozen=True, slots=True, order=True)
class ConsentFacts:
    """One consent as it bears on this query now. `within_year`: not past one year from signing (10A NCAC 26B .0202)."""

    status: str
    started: bool
    ended: bool
    limited: bool
    within_year: bool
    recipient: bool
    purpose: bool
    part2_elements: bool
    signer: bool
    sources: tuple[str, ...]
    categories: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """As the rules see it: sets are objects of true."""
        return {
            "status": self.status,
            "started": self.started,
            "ended": self.ended,
            "limited": self.limited,
            "within_year": self.within_year,
            "recipient": self.recipient,
            "purpose": self.purpose,
            "part2_elements": self.part2_elements,
            "signer": self.signer,
            "sources": dict.fromkeys(self.sources, True),
            "categories": dict.fromkeys(self.categories, True),
        }


@dataclass(frozen=True, slots=True)
class CustodianFacts:
    """What this person and this facility have on file under G.S. 122C-55(a7)."""

    a7_notice: bool = False
    a7_objection: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """The whole question to the rules. Consents are in the order the decision will name them by."""

    asker: AskerFacts
    purpose: Purpose
    subject: SubjectFacts
    items: tuple[ItemFacts, ...]
    consents: tuple[ConsentFacts, ...] = ()
    custodians: Mapping[Agency, CustodianFacts] = field(default_factory=dict)
    emergency: EmergencyFacts = EmergencyFacts()

    def canonical(self) -> bytes:
        """The exact bytes the engines get and the memo is keyed by. Raises RequestInvalid when out of bounds."""
        if len(self.items) > MAX_ITEMS or len(self.consents) > MAX_CONSENTS:
            raise RequestInvalid("too many items or consents for one decision")
        if not all(IDENTIFIER.fullmatch(name) for name in self._names()):
            raise RequestInvalid("a name in the question is not an identifier")
        encoded = orjson.dumps(self._document(), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        if encoded.translate(None, PLAIN):
            raise RequestInvalid("the question holds more than identifiers, numbers and booleans")
        if len(encoded) > MAX_BYTES:
            raise RequestInvalid("the question is too large for one decision")
        return encoded

    def _names(self) -> set[str]:
        """Every string of the question that no enum bounds."""
        names = {name for item in self.items for name in item.fields}
        for consent in self.consents:
            names |= {consent.status, *consent.sources, *consent.categories}
        return names

    def _document(self) -> dict[str, object]:
        return {
            "asker": self.asker,
            "purpose": self.purpose,
            "subject": self.subject,
            "emergency": self.emergency,
            "items": self.items,
            "consents": [consent.document() for consent in self.consents],
            "custodians": {i.custodian: self.custodians.get(i.custodian, CustodianFacts()) for i in self.items},
        }
