"""The closed word lists of the gateway. Values on the wire are for ever.

Every word a caller may send, a rule may answer or an entry may hold is an enum
member here; a word outside these lists is refused at the edge.
"""

from enum import StrEnum


class Agency(StrEnum):
    """An organization that asks (recipient) or holds records (custodian)."""

    DSS = "DSS"
    ALLIANCE = "ALLIANCE"
    LINCOLN = "LINCOLN"
    EMS = "EMS"
    HEART = "HEART"
    JUSTICE = "JUSTICE"
    HMIS = "HMIS"
    VSP = "VSP"


class Role(StrEnum):
    """The acting person's role at their agency."""

    DSS_CASEWORKER = "dss_caseworker"
    ALLIANCE_CARE_MANAGER = "alliance_care_manager"
    LINCOLN_CLINICIAN = "lincoln_clinician"
    EMS_COMMUNITY_PARAMEDIC = "ems_community_paramedic"
    HEART_NAVIGATOR = "heart_navigator"
    JUSTICE_CASE_MANAGER = "justice_case_manager"
    BNL_COORDINATOR = "bnl_coordinator"
    LAW_ENFORCEMENT = "law_enforcement"
    PRIVACY_OFFICER = "privacy_officer"


class Purpose(StrEnum):
    """HL7 v3-ActReason PurposeOfUse codes, and the one local code LAWENF (always refused).

    CAREMGT is left out on purpose: HL7 excludes coordination of care from it.
    """

    TREAT = "TREAT"
    COC = "COC"
    ETREAT = "ETREAT"
    BTG = "BTG"
    HPAYMT = "HPAYMT"
    ELIGDTRM = "ELIGDTRM"
    PATRQT = "PATRQT"
    HLEGAL = "HLEGAL"
    HMARKT = "HMARKT"
    HRESCH = "HRESCH"
    FRAUD = "FRAUD"
    GOV = "GOV"
    MLTRAINING = "MLTRAINING"
    LAWENF = "LAWENF"


class Category(StrEnum):
    """A group of fields that the law and the consent form treat alike."""

    IDENTITY_CORE = "identity.core"
    IDENTITY_SSN = "identity.ssn"
    CONTACT = "contact"
    CARE_TEAM = "care_team"
    HOUSING_STATUS = "housing.status"
    BENEFITS_SUMMARY = "benefits.summary"
    EMS_SUMMARY = "ems.summary"
    EMS_CLINICAL = "ems.clinical"
    EMS_OVERDOSE = "ems.overdose"
    CLINICAL_SUMMARY = "clinical.summary"
    CLINICAL_NOTES = "clinical.notes"
    BH_SUMMARY = "bh.summary"
    BH_CLINICAL = "bh.clinical"
    SUD_PART2 = "sud.part2"
    SUD_COUNSELING_NOTES = "sud.counseling_notes"
    PSYCHOTHERAPY_NOTES = "psychotherapy.notes"
    COMMUNICABLE = "communicable"
    JUSTICE_PUBLIC = "justice.public"
    JUSTICE_SUPERVISION = "justice.supervision"
    JUSTICE_CJI = "justice.cji"
    HEART_SUMMARY = "heart.summary"
    HMIS_VSP = "hmis.vsp"
    PROTECTIVE_APS_CPS = "protective.aps_cps"
    EDUCATION = "education"


class Nature(StrEnum):
    """The nature of a medical emergency, as 42 CFR 2.51(c)(4) wants it documented."""

    OVERDOSE = "overdose"
    SUICIDE_RISK = "suicide-risk"
    PSYCHIATRIC_CRISIS = "psychiatric-crisis"
    UNRESPONSIVE = "unresponsive"
    CARDIAC_OR_RESPIRATORY = "cardiac-or-respiratory"
    TRAUMA = "trauma"
    OTHER_MEDICAL = "other-medical"


class Obligation(StrEnum):
    """What must be done because something was released (HL7 ObligationPolicy and RefrainPolicy codes, and ours)."""

    AUDIT = "AUDIT"
    AOD = "AOD"
    ENCRYPTT = "ENCRYPTT"
    MINEC = "MINEC"
    DELAU = "DELAU"
    NORDSCLCD = "NORDSCLCD"
    PERSISTLABEL = "PERSISTLABEL"
    REDISCLOSURE_PROHIBITION_MARK = "RedisclosureProhibitionMark"
    PART2_NOTICE = "PART2_NOTICE"
    CONSENT_COPY_OR_SCOPE = "CONSENT_COPY_OR_SCOPE"
    P2_51_DOCUMENT = "P2_51_DOCUMENT"
    BTG_REVIEW_24H = "BTG_REVIEW_24H"


class Basis(StrEnum):
    """What a release rests on: the person's consent, or what a law gives without one (RULES section 3, G8)."""

    CONSENT = "CONSENT"
    HIPAA_TREATMENT = "H-506-TREAT"
    HIPAA_COORDINATION = "H-506-COC"
    FACILITY_TO_FACILITY = "M-55a"
    NOTICE_WITHOUT_OBJECTION = "M-55a7"
    EMERGENCY_122C = "M-55e"
    MEDICAL_CARE_143_518 = "E-518a3"
    TREATMENT_130A = "C-143-3"
    EMERGENCY_PART2 = "P2-51"
    PUBLIC_FACT = "J-PUBLIC"


class Reason(StrEnum):
    """Why the policy refused. The first group is about the asker and may be told to the asker."""

    NO_AGENCY_AGREEMENT = "NO_AGENCY_AGREEMENT"
    ROLE_NOT_ADMITTED = "ROLE_NOT_ADMITTED"
    PURPOSE_BLOCKED = "PURPOSE_BLOCKED"
    PURPOSE_NOT_ALLOWED_FOR_ROLE = "PURPOSE_NOT_ALLOWED_FOR_ROLE"
    CATEGORY_BLOCKED = "CATEGORY_BLOCKED"
    NOT_NECESSARY_FOR_ROLE = "NOT_NECESSARY_FOR_ROLE"
    BTG_NOT_ATTESTED = "BTG_NOT_ATTESTED"

    INPUT_MALFORMED = "INPUT_MALFORMED"
    NO_CARE_RELATIONSHIP = "NO_CARE_RELATIONSHIP"
    SUBJECT_UNKNOWN = "SUBJECT_UNKNOWN"
    MINOR_MANUAL_REVIEW = "MINOR_MANUAL_REVIEW"
    CUSTODIAN_WITHHOLDS = "CUSTODIAN_WITHHOLDS"
    RESTRICTION_AGREED = "RESTRICTION_AGREED"
    CONSENT_DENIES = "CONSENT_DENIES"
    PATIENT_CAPABLE_REFUSES = "PATIENT_CAPABLE_REFUSES"
    CONSENT_REVOKED = "CONSENT_REVOKED"
    CONSENT_NOT_ACTIVE = "CONSENT_NOT_ACTIVE"
    CONSENT_NOT_YET_VALID = "CONSENT_NOT_YET_VALID"
    CONSENT_EXPIRED = "CONSENT_EXPIRED"
    CONSENT_NO_TIME_LIMIT = "CONSENT_NO_TIME_LIMIT"
    RECIPIENT_NOT_NAMED = "RECIPIENT_NOT_NAMED"
    SOURCE_NOT_NAMED = "SOURCE_NOT_NAMED"
    PURPOSE_NOT_COVERED = "PURPOSE_NOT_COVERED"
    CATEGORY_NOT_COVERED = "CATEGORY_NOT_COVERED"
    PART2_ELEMENTS_MISSING = "PART2_ELEMENTS_MISSING"
    SIGNER_NOT_AUTHORIZED = "SIGNER_NOT_AUTHORIZED"
    HIPAA_CONSENT_REQUIRED = "HIPAA_CONSENT_REQUIRED"
    NC122C_CONSENT_REQUIRED = "NC122C_CONSENT_REQUIRED"
    NC143_518_CONSENT_REQUIRED = "NC143_518_CONSENT_REQUIRED"
    NC108A_CONSENT_REQUIRED = "NC108A_CONSENT_REQUIRED"
    NC130A_CONSENT_REQUIRED = "NC130A_CONSENT_REQUIRED"
    HMIS2004_CONSENT_REQUIRED = "HMIS2004_CONSENT_REQUIRED"
    LOCAL_CONSENT_REQUIRED = "LOCAL_CONSENT_REQUIRED"
    PART2_CONSENT_REQUIRED = "PART2_CONSENT_REQUIRED"


ABOUT_THE_ASKER = frozenset(
    {
        Reason.NO_AGENCY_AGREEMENT,
        Reason.ROLE_NOT_ADMITTED,
        Reason.PURPOSE_BLOCKED,
        Reason.PURPOSE_NOT_ALLOWED_FOR_ROLE,
        Reason.CATEGORY_BLOCKED,
        Reason.NOT_NECESSARY_FOR_ROLE,
        Reason.BTG_NOT_ATTESTED,
    }
)
"""Reasons that hold whoever is asked about, so telling them betrays nobody (42 CFR 2.13(c), G.S. 108A-80)."""
