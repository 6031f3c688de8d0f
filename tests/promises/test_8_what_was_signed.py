"""Promise 8: what the rule says is what the person signed; the document's hash and version stand in the record."""

from dataclasses import replace

from policies.vocabulary import Agency, Category
from service.gateway.query import Item
from tests.consent.consents import COMPLETE
from tests.service.gateway.world import AT, EMS, LINCOLN, World, a_clinician, a_consent, a_query, revoked

SUD = Item(Agency.ALLIANCE, Category.SUD_PART2, frozenset({"sud_next_appointment"}))
PART2 = a_consent(
    id="c-2",
    version=3,
    organization=Agency.ALLIANCE,
    custodians=frozenset({Agency.ALLIANCE}),
    categories=frozenset({Category.SUD_PART2}),
    **COMPLETE,
)


async def test_each_item_in_the_log_names_the_consent_and_the_version_it_was_permitted_by() -> None:
    world = World()
    world.facts.put(a_consent(version=7), PART2)
    await world.ask(a_query(EMS, SUD))
    assert [item["consents"] for item in world.items(0)] == [["c-1@7"], ["c-2@3"]]


async def test_the_hash_of_every_document_relied_on_stands_in_the_log() -> None:
    world = World()
    world.facts.put(a_consent(version=7), PART2)
    await world.ask(a_query(EMS, LINCOLN, SUD))
    assert world.ledger.entries[0].detail["documents"] == {"c-1@7": "d" * 64, "c-2@3": "e" * 64}


async def test_a_document_nothing_was_permitted_by_does_not_stand_in_the_entry() -> None:
    world = World()
    world.facts.put(a_consent(), PART2)
    await world.ask(a_query(EMS))
    assert world.ledger.entries[0].detail["documents"] == {"c-1@1": "d" * 64}


async def test_what_needed_no_consent_names_none() -> None:
    world = World()
    await world.ask(a_clinician())
    assert (world.items(0)[0]["consents"], world.ledger.entries[0].detail["documents"]) == ([], {})


async def test_two_consents_that_say_the_same_are_both_named() -> None:
    world = World()
    world.facts.put(a_consent(), a_consent(id="c-9", organization=Agency.EMS, document_sha256="f" * 64))
    await world.ask(a_query(EMS))
    assert world.items(0)[0]["consents"] == ["c-1@1", "c-9@1"]


async def test_with_part_2_records_goes_the_scope_of_the_consent_in_the_words_that_were_signed() -> None:
    world = World()
    world.facts.put(PART2)
    (scope,) = (await world.ask(a_query(SUD))).consents  # 42 CFR 2.32(b)
    assert (scope.consent, scope.version, scope.document_sha256) == ("c-2", 3, "e" * 64)
    assert (scope.custodians, scope.recipients, scope.categories) == (("ALLIANCE",), ("HEART",), ("sud.part2",))
    assert (scope.purposes, scope.end) == (("COC",), "2027-05-31")


async def test_a_newer_document_is_the_one_that_is_named() -> None:
    world = World()
    world.facts.put(a_consent(), a_consent(id="c-5", signed_at=AT, document_sha256="f" * 64))
    await world.ask(a_query(EMS))
    assert world.ledger.entries[0].detail["documents"] == {"c-5@1": "f" * 64}


async def test_after_a_revocation_no_document_carries_anything() -> None:
    world = World()
    world.facts.put(
        revoked(replace(PART2, categories=frozenset({EMS.category}), custodians=frozenset({EMS.custodian})))
    )
    await world.refusal(a_query(EMS))
    assert world.ledger.entries[0].detail["documents"] == {}
