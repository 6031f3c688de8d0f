"""Which clinical facts need more than a consent to "clinical summary", whether or not anybody labelled them.

A record system labels what it remembers to label (HL7 meta.security); the code beside it often tells the same
secret. So a fact is sensitive if a label says so, if a code says so, or if a word says so. Unknown labels count
as sensitive. The table errs towards withholding: what it keeps back can still be asked for in its own category.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_NEUTRAL_LABELS = frozenset({"U", "L", "M", "N", "HTEST", "SUBSETTED"})
"""v3-Confidentiality unrestricted to normal, test data, and partial content. R, V and all else is sensitive."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One kind of fact, the law that guards it, and how it shows: code prefixes, exact codes, beginnings of words."""

    law: str
    icd10: tuple[str, ...] = ()
    icd9: tuple[str, ...] = ()
    atc: tuple[str, ...] = ()
    snomed: frozenset[str] = frozenset()
    rxnorm: frozenset[str] = frozenset()
    words: tuple[str, ...] = field(default=(), repr=False)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _row(text: str) -> tuple[str, ...]:
    return tuple(part.replace("_", " ") for part in text.split())


SECRETS = (
    Secret(
        law="42 CFR 2.11, 2.12: identifies a person as having or having had a substance use disorder",
        # F10-F19, poisoning by narcotics and alcohol, organs harmed by alcohol, use in pregnancy, findings in blood,
        # counselling and family history.
        icd10=_row(
            "F1 T40 T51 K70 K29.2 K85.2 K86.0 G31.2 G62.1 G72.1 I42.6 E24.4 O99.31 O99.32 P04.4 P96.1 Q86.0 "
            "R78.0 R78.1 R78.2 R78.3 R78.4 R78.5 Y90 Z71.41 Z71.42 Z71.51 Z71.52 Z79.891 Z81.1 Z81.3 Z81.4"
        ),
        icd9=_row("291 292 303 304 305 965.0 980 V11.3"),
        atc=_row("N07B V03AB15 N02AC52"),  # drugs used in addictive disorders, naloxone
        snomed=_set(
            "66590003 7200002 15167005 5602001 75544000 6525002 191816009 26416006 361055000 55680006 31956009 "
            "85005007 37344009 78267003 226034001 310653000 56876005 266707007 61480009 713106006 763302001 868187001 "
            "428211000124100"
        ),
        rxnorm=_set("1819 6813 7242 7243 3554 82819 7407"),
        words=_row(
            "alcohol opioid opiate heroin cocaine methamphet cannabis marijuana substance_use substance_abuse "
            "drug_abuse drug_use drug_depend addict overdos intoxic withdrawal detox buprenorphine suboxone subutex "
            "sublocade brixadi zubsolv bunavail probuphine methadone methadose dolophine naltrexone vivitrol revia "
            "naloxone narcan disulfiram antabuse acamprosate lofexidine lucemyra"
        ),
    ),
    Secret(
        law="G.S. 122C-52: mental illness and developmental disability",
        icd10=_row("F2 F3 F4 F5 F6 F7 F8 F9 R44 R45 T14.91 X71 X72 X73 X74 X75 X76 X77 X78 X79 X8 Z91.5 Z81.8 O99.34"),
        icd9=_row("295 296 297 298 299 300 301 302 306 307 308 309 311 312 313 314 V62.84"),
        atc=_row("N05A N06A"),  # antipsychotics, antidepressants
        snomed=_set(
            "370143000 35489007 36923009 66344007 58214004 13746004 68890003 197480006 21897009 47505003 371631005 "
            "6471006 82313006 191736004 69322001 406506008 17226007 231504006 20010003 72366004 408856003 74732009 "
            "64905009 33449004 7011001 171207006 715252007 454711000124102 385892002"
        ),
        rxnorm=_set("61381 35636 89013 51272 5093 2626 36437 4493 2556 32937 39786 42347 15996 10737 6448 321988"),
        words=_row(
            "depress anxiety bipolar schizo psychos psychot psychia suicid self-harm self_harm ptsd post-traumatic "
            "posttraumatic panic obsessive personality_dis eating_dis anorexia_nerv bulimi adhd attention-def autis "
            "mental mania manic quetiapine olanzapine risperidone aripiprazole haloperidol clozapine paliperidone "
            "ziprasidone lurasidone lithium sertraline fluoxetine citalopram escitalopram paroxetine venlafaxine "
            "duloxetine bupropion mirtazapine trazodone buspirone"
        ),
    ),
    Secret(
        law="G.S. 130A-143: HIV and reportable communicable disease",
        # HIV, viral hepatitis and tuberculosis with their carriers, contacts and screening; sexually transmitted ones.
        icd10=_row(
            "B20 B97.35 Z21 R75 O98.7 Z20.6 Z71.7 Z11.4 B15 B16 B17 B18 B19 Z22.5 B94.2 O98.4 A15 A16 A17 A18 A19 "
            "Z22.7 R76.1 Z86.11 Z20.1 Z11.1 Z11.7 O98.0 B90 A5 A60 A63 A64 O98.1 O98.2 O98.3 Z20.2 Z11.3 Z72.5"
        ),
        icd9=_row("042 V08 070 V02.6 010 011 012 013 014 015 016 017 018 795.5 09"),
        atc=_row("J05AE J05AF J05AG J05AJ J05AP J05AR J05AX J04A"),
        snomed=_set(
            "86406008 91947003 62479008 165816005 50711007 128302006 66071002 61977001 40468003 3738000 56717001 "
            "11999007 154283005 76272004 15628003 105629000 33839006 8098009"
        ),
        rxnorm=_set("6038 9384 276237 1433868 1721603 300195 1484911"),
        words=_row(
            "hiv human_immunodef aids antiretrov biktarvy dolutegravir bictegravir emtricitabine tenofovir lamivudine "
            "abacavir darunavir raltegravir cabotegravir rilpivirine hepatitis tubercul syphilis gonorr chlamyd "
            "genital_herpes sexually_trans sofosbuvir ledipasvir velpatasvir glecaprevir entecavir isoniazid rifamp "
            "rifapent pyrazinamide ethambutol"
        ),
    ),
    Secret(
        law="34 USC 12291(b)(2) and its spirit: that a person is, or flees, a victim of violence",
        icd10=_row("T74 T76 X92 X93 X94 X95 X96 X97 X98 X99 Y0 Z69 Z91.41 Z62.81 O9A.3 O9A.4 O9A.5 Z65.4"),
        icd9=_row("995.5 995.8 E96"),
        snomed=_set("706893006 225907004 371775004 866148006"),
        words=_row("domestic_viol intimate_partner sexual_assault rape abuse traffick victim violence"),
    ),
    Secret(
        law="45 CFR 164.522(a): reproductive and sexual matters, which people most often ask to restrict",
        icd10=_row("O00 O01 O02 O03 O04 O07 O08 Z33.2 Z64.0 Z87.890"),
        atc=_row("G03XB"),
        snomed=_set("17369002 57797005"),
        words=_row("abortion miscarr gender_dys gender_ident mifepristone misoprostol"),
    ),
)

_WORDS = re.compile(r"\b(?:" + "|".join(re.escape(word) for row in SECRETS for word in row.words) + ")", re.IGNORECASE)
_SELF_HARM = re.compile(r"T(?:3[6-9]|[45]\d|6[0-5])\.?\w{2}2")
"""Poisoning whose sixth character says "intentional self-harm"."""


def sensitive_label(code: str) -> bool:
    """Whether a security label (HL7 meta.security code) forbids general use. Unknown ones do."""
    return code not in _NEUTRAL_LABELS


def sensitive_icd10(code: str) -> bool:
    """Whether an ICD-10-CM code, dotted as usual, tells a secret."""
    return code.startswith(_ICD10) or _SELF_HARM.match(code) is not None


def sensitive_code(system: str, code: str) -> bool:
    """Whether a code of a code system (its URL or OID) tells a secret."""
    if "icd-10" in system or system.endswith((".6.90", ".6.3")):
        return sensitive_icd10(code)
    if "icd-9" in system:
        return code.startswith(_ICD9)
    if "whocc.no/atc" in system:
        return code.startswith(_ATC)
    return code in _EXACT.get(system, ())


def sensitive_words(text: str) -> bool:
    """Whether the words of a fact tell a secret, whatever its code."""
    return _WORDS.search(text) is not None


def _all(prefixes: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(prefix for row in prefixes for prefix in row)


_ICD10, _ICD9, _ATC = (_all(rows) for rows in zip(*((row.icd10, row.icd9, row.atc) for row in SECRETS), strict=True))
_EXACT = {
    "http://snomed.info/sct": frozenset().union(*(row.snomed for row in SECRETS)),
    "http://www.nlm.nih.gov/research/umls/rxnorm": frozenset().union(*(row.rxnorm for row in SECRETS)),
}
