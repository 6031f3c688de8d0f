"""The closed word lists of a consent record. Values in a stored record are for ever."""

from enum import StrEnum

from policies.vocabulary import Category, Purpose


class Status(StrEnum):
    """The lifecycle of a consent version. Expiry is computed (`lifecycle.state`), never stored."""

    DRAFT = "draft"
    ACTIVE = "active"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    ENTERED_IN_ERROR = "entered-in-error"


class Signer(StrEnum):
    """Who signed, in relation to the person."""

    SELF = "self"
    GUARDIAN = "guardian"
    HC_AGENT = "hc_agent"
    PARENT = "parent"


class Channel(StrEnum):
    """How the signature was captured. There is no telephone here: a voice signs nothing (45 CFR 164.508(c)(1)(vi))."""

    SCREEN = "screen"
    PAPER = "paper"
    WITNESSED_MARK = "witnessed-mark"
    UNSTATED = "unstated"
    """On records from before channels were kept. No element of 42 CFR 2.31 rests on it."""


class RevocationChannel(StrEnum):
    """How a consent was taken back. Any way will do: taking back is never harder than giving."""

    SCREEN = "screen"
    PAPER = "paper"
    PHONE = "phone"
    IN_PERSON = "in-person"


class EndEvent(StrEnum):
    """The event or condition that ends a consent (42 CFR 2.31(a)(7)). It never outlasts the end that law computes."""

    END_OF_TREATMENT = "end-of-treatment"
    CASE_CLOSED = "case-closed"
    HOUSED = "housed"
    NONE = "none"
    """Stated as "none", as 2.31(a)(7) lets a consent for treatment, payment and operations."""


class Statement(StrEnum):
    """What the signed document told the person. Recorded one by one; `part2` computes from them, no caller claims."""

    REVOCATION_HOW = "revocation_how"
    RELIANCE = "reliance"
    REDISCLOSURE_HIPAA = "redisclosure_hipaa"
    REDISCLOSURE_NONHIPAA = "redisclosure_nonhipaa"
    PART2_TPO_REDISCLOSURE = "part2_tpo_redisclosure"
    PART2_REFUSAL_CONSEQUENCES = "part2_refusal_consequences"
    NO_CONDITIONING = "no_conditioning"
    INTERMEDIARY_NAMED = "intermediary_named"


class DirectiveKind(StrEnum):
    """What the person or the custodian put on file beside consents. Revocation is not objection."""

    DO_NOT_SHARE = "do-not-share"
    RESTRICTION = "restriction"
    A7_NOTICE = "a7-notice"
    A7_OBJECTION = "a7-objection"
    GUARDIAN = "guardian"
    """A court gave the person a guardian: from then on only a guardian's signature carries a consent."""
    NPP_GIVEN = "npp-given"
    PART2_PATIENT_NOTICE = "part2-patient-notice"
    ADMISSION_NOTICE_26B = "26b-0301-notice"


FACTS_WITH_DATES = frozenset(
    {DirectiveKind.NPP_GIVEN, DirectiveKind.PART2_PATIENT_NOTICE, DirectiveKind.ADMISSION_NOTICE_26B}
)
"""Directives that only say what was handed over and when (45 CFR 164.520, 42 CFR 2.22, 10A NCAC 26B .0301)."""

SENSITIVE = frozenset(
    {
        Category.SUD_PART2,
        Category.SUD_COUNSELING_NOTES,
        Category.COMMUNICABLE,
        Category.BH_CLINICAL,
        Category.PSYCHOTHERAPY_NOTES,
        Category.EMS_OVERDOSE,
        Category.BENEFITS_SUMMARY,
        Category.JUSTICE_SUPERVISION,
    }
)
"""Categories with a box of their own, off until the person initials it. Not initialled is not granted."""

ALONE = frozenset({Category.SUD_COUNSELING_NOTES, Category.PSYCHOTHERAPY_NOTES})
"""Each of these needs a consent to nothing else (42 CFR 2.31(b), 45 CFR 164.508(b)(3)(ii))."""

PROCEEDINGS = frozenset({Purpose.HLEGAL, Purpose.LAWENF})
"""A consent for use in proceedings stands alone (42 CFR 2.31(d))."""
