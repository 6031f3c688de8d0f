"""What a Tailored Plan's files say of a member, in the catalog's words. Pure: one member's record in, values out.

Each field names the files it needs, so that no other is read. Of the roster, notes, engagement and acuity are never
read. Substance use (42 CFR Part 2) and mental health (G.S. 122C) are told apart in `x12_care`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from policies.vocabulary import Category
from service.connectors import x12_care as care
from service.connectors.x12_claims import Claim
from service.connectors.x12_enrolment import Member
from service.gateway.ports import Fields, Value

ENROLMENT, CLAIMS, ROSTER = "enrolment.834", "claims.837", "roster.csv"
_TAILORED_PLAN = "TP"

CALMING = {
    "LOWVOICE": "speak slowly and in a low voice",
    "ONEPERSON": "let one person speak",
    "NOTOUCH": "do not touch without asking",
    "SPACE": "leave space and a way out",
    "NAME": "say your name and why you came",
    "WAIT": "wait for an answer, do not repeat the question",
    "CALLCM": "offer to call the care manager",
}
"""De-escalation codes of the roster. Only these are told: a free text could tell anything."""


_NOBODY = Member()


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """What the files say about one member; a file not asked for is empty."""

    member: Member = _NOBODY
    claims: tuple[Claim, ...] = ()
    roster: Mapping[str, str] | None = None

    def noted(self, column: str) -> str:
        """A column of the member's line in the roster."""
        return (self.roster or {}).get(column, "")


Reading = tuple[frozenset[str], Callable[[Record, date], Value | None]]
"""The files a field needs, and how it is read on a day."""


def _from(*names: str) -> Callable[[Callable[[Record, date], Value | None]], Reading]:
    return lambda read: (frozenset(names), read)


def _noted(column: str) -> Reading:
    return _from(ROSTER)(lambda record, _: record.noted(column))


def _upcoming(column: str) -> Reading:
    """A date of the roster that has not passed."""
    return _from(ROSTER)(lambda record, today: day if (day := record.noted(column)) >= today.isoformat() else None)


def _legal_name(record: Record, _: date) -> Value:
    member = record.member
    return " ".join(filter(None, (member.given, member.middle, member.family, member.suffix)))


def _born(record: Record, _: date) -> Value | None:
    born = record.member.birth_date
    return born.isoformat() if born else None


def _phone(record: Record, _: date) -> Value | None:
    return record.member.phone if record.noted("SafeToContact") != "N" else None


def _provider(record: Record, _: date) -> Value | None:
    """Who last gave mental health care; never one who also treats this person for substance use."""
    of_substance_use = {claim.provider for claim in care.substance_use(record.claims)}
    names = [claim.provider for claim in care.mental_health(record.claims) if claim.provider not in of_substance_use]
    return names[-1] if names else None


def _last_service(record: Record, today: date) -> Value | None:
    days = [claim.last_day for claim in care.mental_health(record.claims) if claim.last_day and claim.last_day <= today]
    return max(days).isoformat() if days else None


def _program(record: Record, _: date) -> Value | None:
    names = [claim.provider for claim in care.substance_use(record.claims)]
    return names[-1] if names else None


def _yes_or_no(column: str) -> Reading:
    return _from(ROSTER)(lambda record, _: {"Y": True, "N": False}.get(record.noted(column)))


def _calming(record: Record, _: date) -> Value:
    return tuple(CALMING[code] for code in record.noted("Deescalation").split(";") if code in CALMING)


def _enrolled(record: Record, today: date) -> Value:
    return record.member.policy.startswith(_TAILORED_PLAN) and record.member.covered(today)


def _mental(read: Callable[[list[Claim], date], Value]) -> Reading:
    return _from(CLAIMS)(lambda record, today: read(care.mental_health(record.claims), today))


def _substance(read: Callable[[list[Claim], date], Value]) -> Reading:
    return _from(CLAIMS)(lambda record, today: read(care.substance_use(record.claims), today))


READINGS: Mapping[Category, Mapping[str, Reading]] = {
    Category.IDENTITY_CORE: {
        "legal_name": _from(ENROLMENT)(_legal_name),
        "preferred_name": _noted("PreferredName"),
        "date_of_birth": _from(ENROLMENT)(_born),
        "medicaid_id": _from(ENROLMENT)(lambda record, _: record.member.medicaid_id),
    },
    Category.CONTACT: {
        "phone": _from(ENROLMENT, ROSTER)(_phone),
        "safe_to_contact": _yes_or_no("SafeToContact"),
        "usual_area": _noted("UsualArea"),
        "last_seen_date": _noted("LastContact"),
    },
    Category.CARE_TEAM: {
        "agency": _noted("CareManagementOrganization"),
        "worker_name": _noted("CareManager"),
        "worker_phone": _noted("CareManagerPhone"),
        "next_appointment": _upcoming("NextContact"),
    },
    Category.BH_SUMMARY: {
        "tailored_plan_enrolled": _from(ENROLMENT)(_enrolled),
        "assigned_care_manager": _noted("CareManager"),
        "bh_provider_agency": _from(CLAIMS)(_provider),
        "last_bh_service_date": _from(CLAIMS)(_last_service),
        "next_bh_appointment": _upcoming("NextBHAppointment"),
        "lai_due_date": _noted("LAIDueDate"),
        "crisis_plan_present": _yes_or_no("CrisisPlan"),
        "crisis_plan_deescalation": _from(ROSTER)(_calming),
    },
    Category.BH_CLINICAL: {
        "bh_diagnoses": _mental(lambda claims, _: care.mental_diagnoses(claims)),
        "bh_medications": _mental(care.injections),
        "recent_psych_hospitalization": _mental(care.hospitalized),
    },
    Category.SUD_PART2: {
        "sud_diagnosis": _substance(lambda claims, _: care.substance_diagnoses(claims)),
        "sud_program_name": _from(CLAIMS)(_program),
        "sud_enrollment_status": _noted("SUDProgramStatus"),
        "moud_medication": _substance(lambda claims, today: care.moud(claims, today)[0]),
        "moud_dose": _substance(lambda claims, today: care.moud(claims, today)[1]),
        "sud_next_appointment": _upcoming("SUDNextAppointment"),
    },
}
OFFERS: Fields = {category: frozenset(readings) for category, readings in READINGS.items()}
