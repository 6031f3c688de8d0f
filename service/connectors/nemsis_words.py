"""What the codes of a patient care report say in words. Coded answers only: free text may name anybody.

Sources: the enumerations of the NEMSIS 3.5.1 XSDs; ICD-10-CM chapters; RxNorm ingredients an ambulance carries.
A code that is not in a table has no word, and what has no word is not released.
"""

import re

from service.connectors.sensitivity import sensitive_icd10

LOCATIONS = {
    "2807001": "abdomen",
    "2807003": "back",
    "2807005": "chest",
    "2807007": "leg",
    "2807009": "arm",
    "2807011": "general",
    "2807015": "head",
    "2807017": "neck",
}
"""eSituation.07, chief complaint's anatomic location."""

ORGAN_SYSTEMS = {
    "2808001": "behavioral",
    "2808003": "cardiovascular",
    "2808005": "neurological",
    "2808007": "endocrine or metabolic",
    "2808009": "gastrointestinal",
    "2808011": "general",
    "2808013": "lymphatic or immune",
    "2808015": "musculoskeletal or skin",
    "2808019": "pulmonary",
    "2808021": "renal",
}
"""eSituation.08, chief complaint's organ system."""

CARE = {
    "4228001": "care provided",
    "4228003": "evaluated, refused care",
    "4228005": "evaluated, no care required",
    "4228007": "refused evaluation",
    "4228009": "support services provided",
}
"""eDisposition.28, patient evaluation and care."""

TRANSPORT = {
    "4230001": "transported",
    "4230003": "transported",
    "4230005": "transported by another unit",
    "4230007": "transported by another unit",
    "4230009": "refused transport",
    "4230013": "not transported",
}
"""eDisposition.30, transport disposition."""

TRANSPORTED = frozenset({"4230001", "4230003", "4230005", "4230007"})
OPEN_DESTINATIONS = frozenset({"4221003", "4221005", "4221007", "4221021", "4221023", "4221025", "4221027"})
"""eDisposition.21: emergency departments, hospital beds, clinics. The name of any other place tells a secret
(a mental health or rehabilitation facility, the jail, a home)."""

BARRIERS = {
    "3101005": "hearing impaired",
    "3101007": "language barrier",
    "3101015": "physically impaired",
    "3101021": "sight impaired",
    "3101023": "speech impaired",
}
"""eHistory.01, barriers to care that help a crew prepare. Judgements and suspected alcohol or drug use are left out."""

ALLERGIES = {
    "Z88.0": "allergy: penicillin",
    "Z88.1": "allergy: other antibiotics",
    "Z88.2": "allergy: sulfonamides",
    "Z88.3": "allergy: other anti-infective agents",
    "Z88.4": "allergy: anesthetics",
    "Z88.5": "allergy: narcotics",
    "Z88.6": "allergy: analgesics",
    "Z88.7": "allergy: serum and vaccine",
    "Z88.8": "allergy: other drugs",
}
"""eHistory.06, medication allergies by ICD-10-CM."""

DRUGS = {
    "161": "acetaminophen",
    "296": "adenosine",
    "435": "albuterol",
    "703": "amiodarone",
    "1191": "aspirin",
    "3498": "diphenhydramine",
    "3992": "epinephrine",
    "4337": "fentanyl",
    "4832": "glucagon",
    "4850": "glucose",
    "4917": "nitroglycerin",
    "5640": "ibuprofen",
    "6130": "ketamine",
    "6960": "midazolam",
    "7052": "morphine",
    "7213": "ipratropium",
    "7806": "oxygen",
    "26225": "ondansetron",
}
"""eMedications.03 by RxNorm ingredient. Naloxone and buprenorphine belong to an overdose, not to this list."""

NALOXONE = frozenset({"7242", "372890007"})
"""Naloxone in RxNorm and in SNOMED CT, the two code systems that eMedications.03 may use."""

_CHAPTERS = (
    (("I", "R00", "R01", "R03", "R07"), "cardiovascular"),
    (("J", "R04", "R05", "R06", "R09"), "respiratory"),
    (("S", "T0", "T1", "T2", "T3", "T7", "T8"), "injury"),
    (("G", "R20", "R25", "R26", "R27", "R29", "R40", "R41", "R42", "R47", "R51", "R55", "R56"), "neurological"),
    (("E", "R73"), "endocrine or metabolic"),
    (("K", "R1"), "gastrointestinal"),
    (("M",), "musculoskeletal"),
    (("N", "R3"), "genitourinary"),
    (("O", "Z3"), "pregnancy"),
    (("A", "B", "U07"), "infection"),
    (("F", "R44", "R45", "R46"), "behavioral"),
    (("R",), "symptom, not classified"),
    (("C", "D", "H", "L", "P", "Q", "Z"), "other"),
)
_BEHAVIORAL = ("F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "R44", "R45")
_POISONING = re.compile(r"T(?:3[6-9]|4\d|50)(?:\.\w{2}(?!5|6)|\.?\w?$)|T51")
"""Poisoning by a drug or by alcohol; not an adverse effect (sixth character 5) or underdosing (6)."""
_INTOXICATION = re.compile(r"F1\d\.\w2")
"""A substance-related disorder with intoxication (fifth character 2)."""


def impression_category(code: str) -> str:
    """The chapter of a provider's impression; "" where even the chapter would tell a guarded secret.

    EMS is no 122C facility and its behavioral calls are named as such; substance use, overdose, HIV and the
    like are not (42 CFR Part 2 unknown counts as true for PORT; an overdose has its own category and consent).
    """
    if overdose(code) or (sensitive_icd10(code) and not code.startswith(_BEHAVIORAL)):
        return ""
    return next((words for prefixes, words in _CHAPTERS if code.startswith(prefixes)), "")


def overdose(code: str) -> bool:
    """Whether an impression or a cause of injury says overdose, poisoning by a drug or acute intoxication."""
    return bool(_POISONING.match(code) or _INTOXICATION.match(code))
