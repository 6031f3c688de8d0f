"""Questions to put to the rules: one plain permit to start from, and many drawn at random from the whole domain."""

from dataclasses import replace
from random import Random
from typing import Any

import orjson

from policies import tables
from policies.cases import HOME
from policies.request import (
    AskerFacts,
    ConsentFacts,
    CustodianFacts,
    EmergencyFacts,
    ItemFacts,
    Request,
    SubjectFacts,
)
from policies.vocabulary import Agency, Category, Purpose, Role

SIGNED = ConsentFacts(
    status="active",
    started=True,
    ended=False,
    limited=True,
    within_year=True,
    recipient=True,
    purpose=True,
    part2_elements=True,
    signer=True,
    sources=("EMS",),
    categories=("ems.summary",),
)

PERMITTED = Request(
    asker=AskerFacts(Agency.HEART, Role.HEART_NAVIGATOR, agreement=True, confirmed=True),
    purpose=Purpose.COC,
    subject=SubjectFacts(known=True, minor=False, relationship=True),
    items=(ItemFacts(Agency.EMS, Category.EMS_SUMMARY, ("encounter_count_30d", "last_encounter_date")),),
    consents=(SIGNED,),
)
"""A navigator with a signed consent asks EMS for two fields: permitted, and one change from a refusal."""

EMERGENCY = replace(
    PERMITTED,
    asker=AskerFacts(Agency.LINCOLN, Role.LINCOLN_CLINICIAN, agreement=True, confirmed=True),
    purpose=Purpose.BTG,
    consents=(),
    emergency=EmergencyFacts(attested=True, can_consent=False),
)


def document(request: Request) -> dict[str, Any]:
    """The question as the engines read it, open to tampering."""
    loaded: dict[str, Any] = orjson.loads(request.canonical())
    return loaded


def drawn(luck: Random) -> Request:
    """Any question the types allow, leaning towards those that come near a permit."""
    role = luck.choice(list(Role))
    pairs = _pairs(luck, role)
    return Request(
        asker=AskerFacts(_mostly(luck, HOME.get(role, Agency.DSS), list(Agency)), role, _likely(luck), _likely(luck)),
        purpose=luck.choice(list(Purpose)) if luck.random() < 0.2 else luck.choice(_purposes(role)),
        subject=SubjectFacts(_likely(luck), not _likely(luck), _likely(luck)),
        items=tuple(_item(luck, role, *pair) for pair in pairs),
        consents=tuple(_consent(luck, pairs) for _ in range(luck.choice((0, 1, 1, 2, 3)))),
        custodians={agency: CustodianFacts(luck.random() < 0.5, luck.random() < 0.3) for agency, _ in pairs},
        emergency=EmergencyFacts(luck.random() < 0.5, luck.random() < 0.5, luck.random() < 0.2),
    )


def _pairs(luck: Random, role: Role) -> list[tuple[Agency, Category]]:
    """One to eight items, most of them in the role's profile."""
    profile = list(tables.profile(role)) or list(Category)
    likely = [(a, c) for a in Agency for c in profile]
    every = [(a, c) for a in Agency for c in Category]
    drawn = [luck.choice(likely if luck.random() < 0.75 else every) for _ in range(luck.choice((1, 2, 4, 8)))]
    return list(dict.fromkeys(drawn))


def _purposes(role: Role) -> list[Purpose]:
    named = tables.read()["roles"].get(role, {}).get("purposes", ["COC"])
    return [Purpose(name) for name in named]


def _likely(luck: Random) -> bool:
    return luck.random() < 0.96


def _mostly(luck: Random, usual: Agency, others: list[Agency]) -> Agency:
    return usual if _likely(luck) else luck.choice(others)


def _item(luck: Random, role: Role, custodian: Agency, category: Category) -> ItemFacts:
    known = sorted(tables.profile(role).get(category, ())) if luck.random() < 0.7 else []
    known = known or sorted(tables.catalog().get(category, {"any"}))
    fields = luck.sample(known, luck.randint(1, len(known)))
    return ItemFacts(custodian, category, tuple(fields), luck.random() < 0.1, luck.random() < 0.1)


def _consent(luck: Random, pairs: list[tuple[Agency, Category]]) -> ConsentFacts:
    statuses = ("active", "active", "active", "active", "revoked", "draft", "superseded", "expired")
    return ConsentFacts(
        luck.choice(statuses),
        _likely(luck),
        not _likely(luck),
        _likely(luck),
        _likely(luck),
        _likely(luck),
        _likely(luck),
        luck.random() < 0.6,
        _likely(luck),
        tuple(sorted({a for a, _ in pairs if _likely(luck)})),
        tuple(sorted({c for _, c in pairs if luck.random() < 0.8})),
    )
