"""The elements of a Part 2 consent, 42 CFR 2.31(a)(1) to (10): computed from the record, never claimed. Pure.

A form that lacks one is void for the data it is about (2.31(c)): `complete` is then false and the rules close Part 2.
"""

from enum import StrEnum
from functools import cache

from consent.model import Consent
from consent.words import Channel, Statement
from policies import tables
from policies.vocabulary import Agency, Purpose

TPO = frozenset({Purpose.TREAT, Purpose.COC, Purpose.ETREAT, Purpose.BTG, Purpose.HPAYMT})
"""Treatment, payment and health care operations. Coordination counts, whoever receives: the stricter reading."""


class Element(StrEnum):
    """What 42 CFR 2.31(a) asks for, by paragraph."""

    PATIENT = "2.31(a)(1)"
    DISCLOSERS = "2.31(a)(2)"
    INFORMATION = "2.31(a)(3)"
    RECIPIENTS = "2.31(a)(4)"
    TPO_REDISCLOSURE = "2.31(a)(4)(iii)"
    PURPOSE = "2.31(a)(5)"
    REVOCATION = "2.31(a)(6)"
    EXPIRY = "2.31(a)(7)"
    SIGNATURE = "2.31(a)(8)"
    DATE = "2.31(a)(9)"
    REDISCLOSURE = "2.31(a)(10)(i)"
    REFUSAL = "2.31(a)(10)(ii)"


def missing(consent: Consent) -> tuple[Element, ...]:
    """The elements this record lacks, in the regulation's order."""
    return tuple(element for element, stands in _elements(consent).items() if not stands)


def complete(consent: Consent) -> bool:
    """Does every element stand?"""
    return not missing(consent)


def _elements(consent: Consent) -> dict[Element, bool]:
    said, tpo = consent.statements, bool(consent.purposes & TPO)
    entities = bool(consent.recipients & covered_entities())
    others = bool(consent.recipients - covered_entities())
    return {
        Element.PATIENT: bool(consent.subject),
        Element.DISCLOSERS: bool(consent.custodians),
        Element.INFORMATION: bool(consent.agreed),
        Element.RECIPIENTS: bool(consent.recipients),
        Element.TPO_REDISCLOSURE: not (tpo and entities) or Statement.PART2_TPO_REDISCLOSURE in said,
        Element.PURPOSE: bool(consent.purposes),
        Element.REVOCATION: {Statement.REVOCATION_HOW, Statement.RELIANCE} <= said,
        Element.EXPIRY: consent.end is not None or consent.end_event is not None,
        Element.SIGNATURE: _signed(consent),
        Element.DATE: True,  # the record has no form without `signed_at`
        Element.REDISCLOSURE: not tpo or _warned(said, entities, others),
        Element.REFUSAL: not tpo or Statement.PART2_REFUSAL_CONSEQUENCES in said,
    }


def _signed(consent: Consent) -> bool:
    """On paper or screen, in a document that is kept by its hash; a mark only before a witness."""
    witnessed = consent.channel is not Channel.WITNESSED_MARK or bool(consent.witness)
    return consent.channel is not Channel.UNSTATED and witnessed and bool(consent.document_sha256)


def _warned(said: frozenset[Statement], entities: bool, others: bool) -> bool:
    """That a recipient may pass it on: said for each sort of recipient that is named."""
    hipaa = not entities or Statement.REDISCLOSURE_HIPAA in said
    return hipaa and (not others or Statement.REDISCLOSURE_NONHIPAA in said)


@cache
def covered_entities() -> frozenset[Agency]:
    """The agencies that are covered entities under HIPAA, as the policy officers' tables have them."""
    roles = tables.read()["roles"].values()
    return frozenset(Agency(role["agency"]) for role in roles if role["covered_entity"])
