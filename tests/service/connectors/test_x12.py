"""X12 interchanges: only whole ones of the version agreed are read, and claims keep substance use apart."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.connectors import x12_care as care
from service.connectors.native_files_places import Index
from service.connectors.x12 import Delimiters, Located, Scanner, X12Refused, segments
from service.connectors.x12_claims import Claim, ClaimsIndexer, Service, claims
from service.connectors.x12_enrolment import EnrolmentIndexer, members

SAMPLES = Path(__file__).parents[3].parent / "shared" / "fixtures" / "x12"
TODAY = date(2026, 11, 23)

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261122*1800*^*00501*000000007*0*T*:~"
WHOLE = (
    ISA + "GS*BE*S*R*20261122*1800*1*X*005010X220A1~ST*834*0001*005010X220A1~BGN*00*1*20261122~"
    "INS*Y*18*030*XN*A***AC~REF*0F*A1~REF*1L*TP-D~DTP*356*D8*20260101~NM1*IL*1*Doe*Jo*Q**Jr*ZZ*900000001K~"
    "PER*IP**TE*9195550142~N3*1 Elm St~N4*Durham*NC*277010001~DMG*D8*19800229*F~"
    "INS*Y*18*024*07*A***TE~REF*0F*A2~DTP*356*D8*20250101~DTP*357*D8*20250630~NM1*IL*1*Roe*Sam~"
    "SE*17*0001~GE*1*1~IEA*1*000000007~"
).encode()


def scan(content: bytes, guide: str = "005010X220", size: int = 1 << 20) -> list[Located]:
    scanner = Scanner(guide)
    read = [found for at in range(0, len(content), size) for found in scanner.feed(content[at : at + size])]
    scanner.close()
    return read


def sample(name: str) -> bytes:
    if not SAMPLES.is_dir():
        pytest.skip(f"the outside samples are not at {SAMPLES}")
    return (SAMPLES / name).read_bytes()


@given(size=st.integers(1, 200))
def test_a_file_reads_the_same_in_chunks_of_any_size(size: int) -> None:
    read = scan(WHOLE, size=size)
    assert read == scan(WHOLE)
    assert b"".join(WHOLE[found.start : found.end] for found in read) == WHOLE


def test_an_interchange_says_when_it_was_made_in_local_time() -> None:
    scanner = Scanner("005010X220")
    list(scanner.feed(WHOLE))
    assert scanner.sent == datetime(2026, 11, 22, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"*00501*", b"*00401*", id="004010 by ISA12"),
        pytest.param(b"X*005010X220A1", b"X*004010X095A1", id="004010 by GS08"),
        pytest.param(b"0001*005010X220A1", b"0001*005010X222A1", id="another guide by ST03"),
        pytest.param(b"SE*17*", b"SE*16*", id="SE counts another number of segments"),
        pytest.param(b"SE*17*0001", b"SE*17*0002", id="SE has another control number"),
        pytest.param(b"GE*1*1", b"GE*2*1", id="GE counts another number of sets"),
        pytest.param(b"GE*1*1", b"GE*1*2", id="GE has another control number"),
        pytest.param(b"IEA*1*", b"IEA*2*", id="IEA counts another number of groups"),
        pytest.param(b"IEA*1*000000007", b"IEA*1*000000008", id="IEA has another control number"),
        pytest.param(b"IEA*1*000000007~", b"", id="no IEA"),
        pytest.param(b"~SE*17*0001~GE*1*1~IEA*1*000000007~", b"", id="cut within a segment"),
        pytest.param(b"GS*BE*S*R*20261122*1800*1*X*005010X220A1~", b"", id="no GS"),
        pytest.param(b"REF*0F*A1~", b"REF*0F*" + b"A" * (1 << 15) + b"~", id="a segment without end"),
        pytest.param(b"ISA*00*", b"<xml/>", id="not X12"),
        pytest.param(b"*T*:~", b"*T**~", id="delimiters that cannot be told apart"),
        pytest.param(b"*261122*1800*", b"*269922*1800*", id="made on no day"),
    ],
)
def test_what_is_not_a_whole_interchange_of_the_version_is_refused(old: bytes, new: bytes) -> None:
    assert old in WHOLE
    with pytest.raises(X12Refused):
        scan(WHOLE.replace(old, new, 1))


def test_a_refusal_repeats_nothing_of_the_file() -> None:
    with pytest.raises(X12Refused) as refused:
        scan(WHOLE.replace(b"SE*17*", b"SE*900000001K*"))
    assert not any(word in str(refused.value) for word in ("900000001K", "Doe", "A1"))


def test_a_members_loop_becomes_a_member() -> None:
    index = _indexed(EnrolmentIndexer(), WHOLE)
    ((start, end),) = index.places["A1"]
    (member,) = members(segments(WHOLE[start:end], index.form))
    assert (member.member_id, member.given, member.family, member.suffix) == ("A1", "Jo", "Doe", "Jr")
    assert (member.medicaid_id, member.phone, member.zip) == ("900000001K", "919-555-0142", "27701")
    assert member.birth_date == date(1980, 2, 29)
    assert member.covered(TODAY)


def test_a_terminated_member_is_not_covered() -> None:
    gone = next(member for member in members(_all(WHOLE)) if member.member_id == "A2")
    assert gone.terminated
    assert gone.covered(date(2025, 6, 30))
    assert not gone.covered(date(2025, 7, 1))


def test_the_outside_834_samples_are_read() -> None:
    enrolled = sample("enroll-employee-managed-care.834")
    (member,) = members(_all(enrolled))
    assert (member.member_id, member.given, member.family) == ("123456789", "WILLIAM", "SMITH")
    assert (member.birth_date, member.sex, member.phone) == (date(1970, 6, 14), "M", "717-234-3334")
    assert member.medicaid_id == ""  # 34 is an SSN, which is never taken for a Medicaid number
    (ended,) = members(_all(sample("terminate-subscriber-eligibility.834")))
    assert (ended.terminated, ended.ends) == (True, date(1996, 8, 1))


def test_the_outside_837_sample_is_read() -> None:
    content = sample("demo.ambulance.example5.837")
    index = _indexed(ClaimsIndexer(), content)
    cut = b"".join(content[start:end] for start, end in index.places["012345678A"])
    (claim,) = claims(segments(cut, index.form), index.form)
    assert claim.provider == "AAA AMBULANCE SERVICE"
    assert [service.code for service in claim.services] == ["A0427", "A0425", "A0422", "A0382"]
    assert claim.last_day == date(2005, 2, 8)
    assert claim.diagnoses == ()  # ICD-9, which is not read as ICD-10


def test_an_outside_271_whose_trailer_belongs_elsewhere_is_refused() -> None:
    with pytest.raises(X12Refused):
        scan(sample("subscriber-health-benefit-check-error.271"), "005010X279")


def _claim(*diagnoses: str, code: str = "90837", taxonomy: str = "251S00000X", on: date = date(2026, 11, 1)) -> Claim:
    return Claim("A1", "P", (taxonomy,), "11", diagnoses, [Service(code, 2, on)])


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(_claim("F1120"), id="diagnosis"),
        pytest.param(_claim("F332", "F1020"), id="second diagnosis"),
        pytest.param(_claim("F332", code="H0015"), id="procedure"),
        pytest.param(_claim("F332", code="S0109"), id="drug"),
        pytest.param(_claim("F332", taxonomy="261QM2800X"), id="the provider's specialty"),
        pytest.param(_claim("F332", "T401X1A"), id="overdose"),
    ],
)
def test_a_claim_with_any_mark_of_substance_use_is_not_told_as_mental_health(claim: Claim) -> None:
    assert care.mental_health([claim]) == []
    assert care.substance_use([claim]) == [claim]


def test_a_claim_for_the_body_is_told_as_neither() -> None:
    assert care.mental_health([_claim("E119")]) == []
    assert care.substance_use([_claim("E119")]) == []


def test_diagnoses_are_told_with_their_dot_and_in_words() -> None:
    told = care.mental_diagnoses([_claim("F332"), _claim("F332"), _claim("F888")])
    assert told == ("F33.2 major depressive disorder, recurrent, severe", "F88.8")


@pytest.mark.parametrize(
    ("code", "units", "told"),
    [
        ("S0109", 16, ("methadone", "80 mg")),
        ("J0571", 8, ("buprenorphine", "8 mg")),
        ("J0575", 1, ("buprenorphine/naloxone", "over 10 mg")),
        ("H0020", 1, ("methadone", "")),
    ],
)
def test_a_drug_claim_tells_medication_and_dose(code: str, units: float, told: tuple[str, str]) -> None:
    given = Claim("A1", "P", (), "58", ("F1120",), [Service(code, units, date(2026, 11, 1))])
    assert care.moud([given], TODAY) == told


def test_a_dose_is_not_taken_from_another_medication_or_from_long_ago() -> None:
    dosed = Claim("A1", "P", (), "58", ("F1120",), [Service("S0109", 16, date(2026, 10, 1))])
    now = Claim("A1", "P", (), "58", ("F1120",), [Service("J0575", 1, date(2026, 11, 1))])
    assert care.moud([now, dosed], TODAY) == ("buprenorphine/naloxone", "over 10 mg")
    assert care.moud([dosed], date(2027, 6, 1)) == ("", "")


def test_a_dependents_claims_are_not_the_subscribers() -> None:
    marks = _indexed(EnrolmentIndexer(), WHOLE).form
    loops = b"HL*1**20*1~NM1*85*2*P~HL*2*1*22*1~NM1*IL*1*D*J****MI*A1~HL*3*2*23*0~CLM*1*9***11:B:1~HI*ABK:F332~"
    assert claims(segments(loops, marks), marks) == []


def _indexed(indexer: EnrolmentIndexer | ClaimsIndexer, content: bytes) -> Index[Delimiters]:
    indexer.see(content)
    return indexer.close()


def _all(content: bytes) -> list[list[str]]:
    index = _indexed(EnrolmentIndexer(), content)
    return segments(content.replace(b"\n", b""), index.form)
