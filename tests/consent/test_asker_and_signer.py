"""Whom a consent names, and who may sign it: a limit elsewhere limits nobody here, a guardian brings the order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent.model import DirectiveKind, Programme, Signer
from policies.vocabulary import Agency
from tests.consent.consents import ASK, TODAY, a_consent, a_directive, means


def test_a_programme_named_at_another_agency_limits_nobody_here() -> None:
    elsewhere = frozenset({Programme(Agency.JUSTICE, "STARR")})
    assert means(a_consent(recipient_programmes=elsewhere)).consents == means(a_consent()).consents


@pytest.mark.parametrize(("document", "signs"), [(None, False), ("", False), ("order-9", True)])
def test_a_guardian_signs_with_the_order_even_where_the_file_does_not_name_it(
    document: str | None, signs: bool
) -> None:
    on_file = replace(a_directive(DirectiveKind.GUARDIAN), reference=None)
    (made,) = means(a_consent(signer=Signer.GUARDIAN, authority_document=document), on_file).consents
    assert made.signer is signs


def test_who_asks_does_not_show_where_a_question_is_printed() -> None:
    assert "worker-7" not in repr(replace(ASK, actor="worker-7"))


@pytest.mark.parametrize("kind", [k for k in DirectiveKind if k is not DirectiveKind.A7_NOTICE])
def test_whatever_only_takes_away_stands_from_when_it_is_recorded_whatever_its_date(kind: DirectiveKind) -> None:
    dated_ahead = replace(a_directive(kind, custodian=Agency.EMS), on=TODAY + timedelta(days=1))
    assert means(a_consent(), dated_ahead) == means(a_consent(), replace(dated_ahead, on=None))
