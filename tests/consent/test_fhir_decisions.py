"""What peers' consents come to once they are read: decided by the real rules, on the engine that ships."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from consent.facts import Ask, facts
from consent.model import Consent, Directive, Held
from policies import bundle, tables
from policies.engines.embedded import EmbeddedEngine
from policies.request import AskerFacts, EmergencyFacts, ItemFacts, Request, SubjectFacts
from policies.vocabulary import Agency, Category, Purpose, Reason, Role
from tests.consent.consents import REF
from tests.consent.fhir_resources import (
    NPI,
    OID,
    Json,
    a_provision,
    a_resource,
    actor,
    imported,
    label,
    mark,
    permitting,
    purposes,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ASKED = (Category.CARE_TEAM, Category.CLINICAL_SUMMARY, Category.BH_SUMMARY)
"""Normal, normal, restricted: all of it in a HEART navigator's profile, all of it Lincoln's."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[EmbeddedEngine]:
    made = EmbeddedEngine(bundle.load(), deadline=30)
    await made.open()
    yield made
    await made.close()


def on_file(*resources: Json) -> Held:
    """What these resources put on file, in this order."""
    entries = [entry for resource in resources for entry in imported(resource).entries]
    filed = [replace(entry, id=f"r-{place}", subject=REF) for place, entry in enumerate(entries)]
    return Held(
        REF,
        1,
        tuple(entry for entry in filed if isinstance(entry, Consent)),
        tuple(entry for entry in filed if isinstance(entry, Directive)),
    )


async def decided(
    engine: EmbeddedEngine,
    held: Held,
    *,
    purpose: Purpose = Purpose.COC,
    at: datetime = AT,
    role: Role = Role.HEART_NAVIGATOR,
    agency: Agency = Agency.HEART,
    **emergency: bool,
) -> dict[Category, str]:
    """What whoever asks Lincoln is answered: per category the basis, or the reason against it."""
    items = tuple((Agency.LINCOLN, category) for category in ASKED)
    bearing = facts(held, Ask(agency, purpose, items), at)
    fields = tables.catalog()
    asked = Request(
        asker=AskerFacts(agency, role, agreement=True, confirmed=True),
        purpose=purpose,
        subject=SubjectFacts(known=True, minor=False, relationship=True),
        items=tuple(ItemFacts(*i, tuple(sorted(fields[i[1]])), denied=i in bearing.denied) for i in items),
        consents=bearing.consents,
        custodians=bearing.custodians,
        emergency=EmergencyFacts(**emergency),
    )
    verdicts = (await engine.decide(asked)).verdicts
    answers = (verdict.basis[0] if verdict.permit else str(verdict.reason) for verdict in verdicts)
    return dict(zip(ASKED, answers, strict=True))


async def only(engine: EmbeddedEngine, *resources: Json, **asked: Any) -> str:
    """The one answer to every category."""
    answers = set((await decided(engine, on_file(*resources), **asked)).values())
    assert len(answers) == 1
    return answers.pop()


async def test_without_a_consent_nothing_is_permitted(engine: EmbeddedEngine) -> None:
    assert await only(engine) == Reason.HIPAA_CONSENT_REQUIRED


async def test_a_peers_consent_permits_what_it_says(engine: EmbeddedEngine) -> None:
    assert await only(engine, a_resource()) == "CONSENT"


async def test_what_is_labelled_restricted_is_redacted_and_the_rest_is_permitted(engine: EmbeddedEngine) -> None:
    held = on_file(permitting({"type": "deny", "securityLabel": [mark("R")]}))
    assert await decided(engine, held) == {
        Category.CARE_TEAM: "CONSENT",
        Category.CLINICAL_SUMMARY: "CONSENT",
        Category.BH_SUMMARY: Reason.CONSENT_DENIES,
    }


async def test_a_permit_for_what_is_normal_permits_no_more(engine: EmbeddedEngine) -> None:
    held = on_file(permitting(securityLabel=[mark("N")]))
    assert await decided(engine, held) == {
        Category.CARE_TEAM: "CONSENT",
        Category.CLINICAL_SUMMARY: "CONSENT",
        Category.BH_SUMMARY: Reason.CATEGORY_NOT_COVERED,
    }


async def test_any_of_an_organizations_names_names_it(engine: EmbeddedEngine) -> None:
    names = ({"reference": "Organization/lincoln"}, {"identifier": {"system": NPI, "value": "1000000001"}})
    for custodian in (*names, {"identifier": {"system": OID, "value": "17"}}):
        assert await only(engine, a_resource(organization=[custodian])) == "CONSENT"


async def test_a_recipient_who_is_not_named_is_told_nothing(engine: EmbeddedEngine) -> None:
    assert await only(engine, permitting(actor=[actor("ems")])) == Reason.RECIPIENT_NOT_NAMED


async def test_a_custodian_who_is_not_named_tells_nothing(engine: EmbeddedEngine) -> None:
    from_ems = permitting(actor=[actor("heart"), actor("ems", "CST")])
    assert await only(engine, from_ems) == Reason.SOURCE_NOT_NAMED


async def test_an_expired_consent_permits_nothing(engine: EmbeddedEngine) -> None:
    ended = a_provision(period={"start": "2026-06-01", "end": "2026-11-22"})
    assert await only(engine, a_resource(provision=ended)) == Reason.CONSENT_EXPIRED
    until_today = a_provision(period={"end": "2026-11-23"})
    assert await only(engine, a_resource(provision=until_today)) == "CONSENT"


async def test_a_consent_that_is_not_yet_valid_permits_nothing(engine: EmbeddedEngine) -> None:
    tomorrow = a_provision(period={"start": "2026-11-24"})
    assert await only(engine, a_resource(provision=tomorrow)) == Reason.CONSENT_NOT_YET_VALID
    assert await only(engine, a_resource(dateTime="2026-11-24")) == Reason.CONSENT_NOT_YET_VALID


async def test_a_consent_to_another_purpose_permits_nothing(engine: EmbeddedEngine) -> None:
    assert await only(engine, permitting(purpose=purposes("TREAT"))) == Reason.PURPOSE_NOT_COVERED
    assert await only(engine, permitting(purpose=purposes("HPAYMT", "ETREAT"))) == Reason.PURPOSE_NOT_COVERED


async def test_a_draft_an_inactive_and_a_mistaken_consent_permit_nothing(engine: EmbeddedEngine) -> None:
    reasons = {"inactive": Reason.CONSENT_REVOKED}
    for status in ("draft", "proposed", "rejected", "inactive", "entered-in-error"):
        wanted = reasons.get(status, Reason.HIPAA_CONSENT_REQUIRED)
        assert await only(engine, a_resource(status=status)) == wanted


async def test_of_two_consents_the_one_that_refuses_wins(engine: EmbeddedEngine) -> None:
    other = permitting({"type": "deny", "actor": [actor("heart")]}, actor=[actor("ems")])
    refusing = other | {"policy": [{"uri": "https://lincoln.example/policies/other"}]}
    for order in ((a_resource(), refusing), (refusing, a_resource())):
        assert await only(engine, *order) == Reason.CONSENT_DENIES


async def test_a_do_not_share_wins_over_every_consent(engine: EmbeddedEngine) -> None:
    assert await only(engine, a_resource(), a_resource(provision={"type": "deny"})) == Reason.CONSENT_DENIES
    justice = a_resource(provision={"type": "deny", "actor": [actor("justice")]})
    assert await only(engine, a_resource(), justice) == "CONSENT"


async def test_refusing_all_but_something_permits_that_alone(engine: EmbeddedEngine) -> None:
    but = {"type": "permit", "actor": [actor("heart")], "purpose": purposes("TREAT", "COC")}
    normal = but | {"securityLabel": [mark("N")]}
    opted_out = a_resource(provision={"type": "deny", "provision": [normal]})
    assert await decided(engine, on_file(opted_out, a_resource(policy=[{"uri": "https://other.example/p"}]))) == {
        Category.CARE_TEAM: "CONSENT",
        Category.CLINICAL_SUMMARY: "CONSENT",
        Category.BH_SUMMARY: Reason.CONSENT_DENIES,
    }


async def test_a_consent_to_treatment_is_none_to_breaking_the_glass() -> None:
    (fact,) = facts(on_file(a_resource()), Ask(Agency.HEART, Purpose.BTG, ((Agency.LINCOLN, ASKED[0]),)), AT).consents
    assert fact.purpose is False


async def test_a_provision_for_breaking_the_glass_opens_nothing_without_an_emergency(engine: EmbeddedEngine) -> None:
    glass = {"type": "permit", "actor": [actor("ems")], "purpose": purposes("BTG"), "securityLabel": [mark("R")]}
    breaking = permitting(glass, actor=[actor("heart")])
    asked = {"role": Role.EMS_COMMUNITY_PARAMEDIC, "agency": Agency.EMS, "purpose": Purpose.BTG}
    assert await only(engine, breaking, **asked) == Reason.BTG_NOT_ATTESTED
    assert await only(engine, breaking) == "CONSENT"
    assert await only(engine, permitting(glass, purpose=purposes("TREAT"))) == Reason.PURPOSE_NOT_COVERED


async def test_a_refusal_of_a_sensitivity_reaches_what_it_names(engine: EmbeddedEngine) -> None:
    held = on_file(permitting({"type": "deny", "securityLabel": [label("BH")]}))
    assert (await decided(engine, held))[Category.BH_SUMMARY] == Reason.CONSENT_DENIES
    assert (await decided(engine, held))[Category.CLINICAL_SUMMARY] == "CONSENT"
