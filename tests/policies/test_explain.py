"""Every rule can say where it comes from, and every field why it leaves or stays."""

from dataclasses import replace

import pytest

from policies import bundle, tables
from policies.engines.embedded import EmbeddedEngine
from policies.explain import cited, explain
from policies.request import AskerFacts, ConsentFacts, ItemFacts, Request, SubjectFacts
from policies.vocabulary import Agency, Category, Purpose, Reason, Role

CONSENT = ConsentFacts(
    "active", True, False, True, True, True, True, False, True, ("EMS",), ("ems.summary", "ems.clinical")
)
ASKED = Request(
    asker=AskerFacts(Agency.HEART, Role.HEART_NAVIGATOR, True, True),
    purpose=Purpose.COC,
    subject=SubjectFacts(True, False, True),
    items=(
        ItemFacts(Agency.EMS, Category.EMS_SUMMARY, ("last_disposition", "last_encounter_date")),
        ItemFacts(Agency.EMS, Category.EMS_CLINICAL, ("chief_complaint",)),
    ),
    consents=(CONSENT,),
)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_cited(reason: Reason) -> None:
    assert cited(reason).citation
    assert cited(reason).says.endswith(".")


def test_every_basis_the_rules_can_give_is_cited() -> None:
    rules = "\n".join(bundle.load().rules.values())
    given = {name for name in tables.read()["citations"] if f'"{name}"' in rules and name not in set(Reason)}
    assert given == {name for name in tables.read()["citations"] if name not in set(Reason)}


async def test_each_field_says_by_which_rule_it_leaves_or_stays() -> None:
    engine = EmbeddedEngine(bundle.load(), deadline=5.0)
    lines = {line.field: line for line in explain(ASKED, await engine.decide(ASKED))}
    await engine.close()
    assert lines["last_encounter_date"].rules == ("CONSENT",)
    assert lines["last_disposition"].rules == (Reason.NOT_NECESSARY_FOR_ROLE,)
    assert lines["chief_complaint"].rules == (Reason.NOT_NECESSARY_FOR_ROLE,)
    assert "164.502(b)" in lines["last_disposition"].citations[0].citation


async def test_a_refused_query_says_the_same_of_every_field() -> None:
    unknown = replace(ASKED, subject=SubjectFacts(False, False, False))
    engine = EmbeddedEngine(bundle.load(), deadline=5.0)
    lines = explain(unknown, await engine.decide(unknown))
    await engine.close()
    reasons = {line.rules for line in lines if line.category is Category.EMS_SUMMARY}
    assert reasons == {(Reason.SUBJECT_UNKNOWN,)}
    assert not any(line.permitted for line in lines)
