"""From a ticked form to what leaves: the 2.32 notice, the scope and the hash of the signed text travel with Part 2."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consent import signing
from consent.forms import forms
from consent.model import Consent
from consent.part2 import Element, missing
from consent.signing import Capture, Signature
from consent.wording import document_sha256
from consent.words import Channel, Signer, Statement
from policies.tables import notices
from policies.vocabulary import Agency, Category, Obligation
from service.gateway.query import Item
from tests.service.gateway.world import AT, EMS, REF, World, a_query

FORM = forms()["care-coordination"]
SUD = Item(Agency.ALLIANCE, Category.SUD_PART2, frozenset({"sud_next_appointment"}))
TICKS = frozenset({"who-heart", "what-ems", "what-sud", "why-together"})


def signed(ticks: frozenset[str] = TICKS, channel: Channel = Channel.SCREEN) -> Consent:
    """The neighbor signed the form yesterday."""
    name: dict[str, Any] = {"person": "A Neighbor", "signer": "A Neighbor", "relationship": Signer.SELF}
    signature = Signature(language="en", ticks=ticks, signed_at=AT - timedelta(days=1), **name)
    sha = document_sha256(signing.text(FORM, signature))
    return signing.consent(
        FORM, signature, sha, Capture("c-1", REF, Agency.HEART, "heart-1", channel, "e1:a", None, None)
    )


async def reasons(*consents: Consent) -> set[str]:
    """Why nothing of the substance use records left."""
    world = World()
    world.facts.put(*consents)
    await world.refusal(a_query(SUD))
    return {item["reason"] for item in world.items(0)}


async def test_with_part_2_records_go_the_notice_the_scope_and_the_hash_of_what_was_signed() -> None:
    world, consent = World(), signed()
    world.facts.put(consent)
    disclosure = await world.ask(a_query(SUD, EMS))
    (scope,) = disclosure.consents
    assert disclosure.notices["PART2"] == notices()["PART2"]
    assert (scope.document_sha256, scope.categories) == (consent.document_sha256, tuple(sorted(consent.categories)))
    assert {Obligation.PART2_NOTICE, Obligation.CONSENT_COPY_OR_SCOPE} <= set(disclosure.obligations)
    assert world.ledger.entries[0].detail["documents"] == {"c-1@1": consent.document_sha256}


async def test_a_scope_names_only_what_was_initialled() -> None:
    world, more = World(), signed()
    unmarked = replace(more, categories=more.categories | {Category.COMMUNICABLE}, grants=())
    world.facts.put(unmarked)
    (scope,) = (await world.ask(a_query(SUD))).consents
    assert Category.COMMUNICABLE not in scope.categories


@pytest.mark.parametrize(
    "statement", [Statement.REVOCATION_HOW, Statement.RELIANCE, Statement.PART2_REFUSAL_CONSEQUENCES]
)
async def test_a_document_that_left_a_statement_out_opens_no_part_2_record(statement: Statement) -> None:
    silent = signed()
    assert await reasons(replace(silent, statements=silent.statements - {statement})) == {"PART2_ELEMENTS_MISSING"}


async def test_a_mark_without_a_witness_opens_no_part_2_record() -> None:
    marked = signed(channel=Channel.WITNESSED_MARK)
    assert missing(marked) == (Element.SIGNATURE,)
    assert await reasons(marked) == {"PART2_ELEMENTS_MISSING"}


async def test_an_unticked_box_is_not_covered_whatever_else_was_ticked() -> None:
    assert await reasons(signed(TICKS - {"what-sud"})) == {"SOURCE_NOT_NAMED"}
