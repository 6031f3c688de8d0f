"""What claims tell about care: mental health, and strictly apart from it substance use. Pure.

A claim with any mark of substance use (a diagnosis, a procedure, a drug or the provider's own specialty) is a Part 2
record as a whole (42 CFR 2.11, 2.12(c)): nothing of it, not even its date or its provider's name, is told as mental
health, so a claim for both is read as substance use alone. Other claims count only if a mental diagnosis says so.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from service.connectors.x12_claims import Claim, Service


def _codes(prose: str) -> tuple[str, ...]:
    return tuple(prose.split())


# F10-F19; in pregnancy and the newborn; poisoning by narcotics and alcohol; organs harmed by alcohol; findings in
# blood; counselling, opiate treatment and history.
_PART2_DIAGNOSES = _codes(
    "F1 F55 O9931 O9932 P044 P961 Q860 T40 T51 K70 K292 K852 K860 G312 G621 G721 I426 R780 R781 R782 R783 R784 R785 "
    "Y90 Z714 Z715 Z79891 Z811 Z813 Z814"
)
_PART2_PROCEDURES = _codes(
    "H0001 H0003 H0005 H0006 H0007 H0008 H0009 H0010 H0011 H0012 H0013 H0014 H0015 H0016 H0020 H0021 H0022 H0026 H0027 "
    "H0028 H0029 H0047 H0048 H0049 H0050 H2034 H2035 H2036 S0109 S9475 T1006 T1007 T1009 T1010 T1012 99408 99409 G0396 "
    "G0397 G0137 G2011 G2067 G2068 G2069 G2070 G2071 G2072 G2073 G2074 G2075 G2076 G2077 G2078 G2079 G2080 G2086 G2087 "
    "G2088 G2215 G2216 J0570 J0571 J0572 J0573 J0574 J0575 J0577 J0578 J0592 J2310 J2311 J2315 Q9991 Q9992"
)
_PART2_TAXONOMIES = _codes(
    "101YA0400X 103TA0400X 163WA0400X 2083A0300X 2084A0401X 207QA0401X 207RA0401X 207LA0401X 261QM2800X 261QR0405X "
    "276400000X 324500000X 3245S0500X"
)
_MENTAL = tuple(f"F{tens}" for tens in "23456789")
_PSYCHIATRIC_INPATIENT = frozenset({"51"})
_RECENT = timedelta(days=90)
_INJECTION_LASTS = timedelta(days=180)

MOUD: dict[str, tuple[str, float | str | None]] = {
    "J0571": ("buprenorphine", 1.0),
    "J0572": ("buprenorphine/naloxone", "up to 3 mg"),
    "J0573": ("buprenorphine/naloxone", "over 3 and up to 6 mg"),
    "J0574": ("buprenorphine/naloxone", "over 6 and up to 10 mg"),
    "J0575": ("buprenorphine/naloxone", "over 10 mg"),
    "J2315": ("naltrexone, extended release", 1.0),
    "Q9991": ("buprenorphine, extended release", "up to 100 mg"),
    "Q9992": ("buprenorphine, extended release", "over 100 mg"),
    "S0109": ("methadone", 5.0),
    "H0020": ("methadone", None),
    "G2067": ("methadone", None),
    "G2068": ("buprenorphine", None),
}
"""HCPCS code: medication for opioid use disorder, and its dose: mg a unit, a range, or not said."""

INJECTIONS = {
    "J0401": "aripiprazole, extended release",
    "J1631": "haloperidol decanoate",
    "J1944": "aripiprazole lauroxil",
    "J2358": "olanzapine, long-acting",
    "J2426": "paliperidone palmitate",
    "J2680": "fluphenazine decanoate",
    "J2794": "risperidone, long-acting",
}
"""HCPCS code: long-acting antipsychotic."""

WORDS = {
    "F1020": "alcohol dependence",
    "F1120": "opioid dependence",
    "F1121": "opioid dependence, in remission",
    "F1220": "cannabis dependence",
    "F1420": "cocaine dependence",
    "F1520": "stimulant dependence",
    "F200": "paranoid schizophrenia",
    "F209": "schizophrenia",
    "F250": "schizoaffective disorder, bipolar type",
    "F3181": "bipolar II disorder",
    "F319": "bipolar disorder",
    "F329": "major depressive disorder, single episode",
    "F332": "major depressive disorder, recurrent, severe",
    "F411": "generalized anxiety disorder",
    "F4310": "post-traumatic stress disorder",
    "F603": "borderline personality disorder",
    "F909": "attention-deficit hyperactivity disorder",
}
"""ICD-10-CM code: how it is said in words."""


def about_substance_use(claim: Claim) -> bool:
    """Whether anything in a claim marks it as a Part 2 record."""
    return (
        any(code.startswith(_PART2_DIAGNOSES) for code in claim.diagnoses)
        or any(service.code in _PART2_PROCEDURES for service in claim.services)
        or any(taxonomy in _PART2_TAXONOMIES for taxonomy in claim.taxonomies)
    )


def substance_use(claims: Iterable[Claim]) -> list[Claim]:
    """The Part 2 claims, the latest last."""
    return _in_order(claim for claim in claims if about_substance_use(claim))


def mental_health(claims: Iterable[Claim]) -> list[Claim]:
    """The claims for mental health that tell nothing of substance use, the latest last."""
    return _in_order(
        claim
        for claim in claims
        if any(code.startswith(_MENTAL) for code in claim.diagnoses) and not about_substance_use(claim)
    )


def _in_order(claims: Iterable[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: claim.last_day or date.min)


def diagnoses(claims: Iterable[Claim], prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """Each diagnosis once, as `F20.0 paranoid schizophrenia`."""
    codes = {code for claim in claims for code in claim.diagnoses if code.startswith(prefixes)}
    return tuple(f"{_dotted(code)} {WORDS.get(code, '')}".strip() for code in sorted(codes))


def mental_diagnoses(claims: Iterable[Claim]) -> tuple[str, ...]:
    """The mental diagnoses of claims that tell nothing of substance use."""
    return diagnoses(claims, _MENTAL)


def substance_diagnoses(claims: Iterable[Claim]) -> tuple[str, ...]:
    """The substance use diagnoses (F10-F19)."""
    return diagnoses(claims, ("F1",))


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code  # noqa: PLR2004  # the category


def injections(claims: Iterable[Claim], today: date) -> tuple[str, ...]:
    """Long-acting antipsychotics given in the last half year."""
    given = {INJECTIONS[s.code] for s in _services(claims, today, _INJECTION_LASTS) if s.code in INJECTIONS}
    return tuple(sorted(given))


def hospitalized(claims: Iterable[Claim], today: date) -> bool:
    """Whether there was care in a psychiatric hospital within 90 days."""
    recent = [claim for claim in claims if claim.last_day and today - _RECENT <= claim.last_day <= today]
    return any(claim.place in _PSYCHIATRIC_INPATIENT for claim in recent)


def moud(claims: Iterable[Claim], today: date) -> tuple[str, str]:
    """The medication for opioid use disorder of the last 90 days and its latest dose; empty where there is none."""
    given = [service for service in _services(claims, today, _RECENT) if service.code in MOUD]
    if not given:
        return "", ""
    medication = MOUD[given[-1].code][0]
    doses = [_dose(service) for service in given if MOUD[service.code][0] == medication]
    return medication, next((dose for dose in reversed(doses) if dose), "")


def _dose(service: Service) -> str:
    dose = MOUD[service.code][1]
    return f"{dose * service.units:g} mg" if isinstance(dose, float) else dose or ""


def _services(claims: Iterable[Claim], today: date, within: timedelta) -> Sequence[Service]:
    """Dated services of the last days, the latest last."""
    dated = [(s.on, s) for claim in claims for s in claim.services if s.on and today - within <= s.on <= today]
    return [service for _, service in sorted(dated, key=lambda pair: pair[0])]
