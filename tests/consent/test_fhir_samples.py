"""The public standards' own Consents: each is read and comes back, or is refused with exactly these reasons."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from consent.fhir_names import Directory
from consent.fhir_write import write
from consent.model import Consent, Status
from policies.vocabulary import Agency, Purpose
from tests.consent.fhir_resources import Json, faults_of, imported

FIXTURES = Path(__file__).parents[2].parent / "shared" / "fixtures"
KNOWN = {"Organization/ex-organization": Agency.LINCOLN, "Organization/f001": Agency.LINCOLN}
UNNAMED = Directory(Agency.LINCOLN, KNOWN)
ANYONE = Directory(Agency.LINCOLN, KNOWN, anyone=frozenset(Agency))

OPERATIONS = {"Consent.provision.purpose[2]"}
"""HOPERAT is no purpose that may be asked for here."""

NOBODY = {"Consent.provision.actor"}
UNSIGNED, DOUBTFUL = {"Consent.performer"}, {"Consent.provision.type"}

REFUSED = {
    "pcf/Consent-ex-consent-basic-treat": OPERATIONS | NOBODY,
    "pcf/Consent-ex-consent-basic-ink": OPERATIONS | NOBODY,
    "pcf/Consent-ex-consent-expired-treat": OPERATIONS | NOBODY,
    "pcf/Consent-ex-consent-basic-treat-infant": OPERATIONS | NOBODY | {"Consent.performer[0]"},
    "pcf/Consent-ex-consent-basic-reject": OPERATIONS | {"Consent.provision.purpose"},
    "pcf/Consent-ex-consent-basic-research": NOBODY,
    "fhir-r4/Consent-consent-example-basic": UNSIGNED | DOUBTFUL,
    "fhir-r4/Consent-consent-example-notOrg": UNSIGNED | DOUBTFUL | {"Consent.provision.action[1]"},
    "fhir-r4/Consent-consent-example-notThis": UNSIGNED | DOUBTFUL | {"Consent.provision.data"},
    "fhir-r4/Consent-consent-example-notTime": UNSIGNED | DOUBTFUL,
    "fhir-r4/Consent-consent-example-Out": UNSIGNED | DOUBTFUL,
    "fhir-r4/Consent-consent-example-Emergency": UNSIGNED | DOUBTFUL | {"Consent.category"},
}


def sample(name: str) -> Json:
    path = FIXTURES / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"no outside sample at {path}: put the standards' examples beside the repository")
    return dict(json.loads(path.read_text("utf-8")))


def come_back(resource: Json, names: Directory) -> bool:
    """Is the consent of a resource the same after it was written and read again?"""
    made = imported(resource, names)
    (entry,) = made.entries
    assert isinstance(entry, Consent)
    return imported(json.loads(json.dumps(write(entry, made.patient.reference()))), names) == made


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: name.rpartition("/")[2])
def test_a_sample_is_refused_with_every_reason(name: str) -> None:
    assert set(faults_of(sample(name), UNNAMED)) == REFUSED[name]


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: name.rpartition("/")[2])
def test_with_every_reason_removed_a_pcf_sample_is_read_and_comes_back(name: str) -> None:
    """What is left of it is kept: nothing else stood in the way."""
    resource = sample(name)
    if not name.startswith("pcf/") or resource["provision"]["type"] == "deny":
        return
    asked = [purpose for purpose in resource["provision"]["purpose"] if purpose["code"] != "HOPERAT"]
    mended = resource | {"provision": resource["provision"] | {"purpose": asked}, "performer": [resource["patient"]]}
    assert come_back(mended, ANYONE)


def test_the_expired_sample_has_ended() -> None:
    resource = sample("pcf/Consent-ex-consent-expired-treat")
    resource["provision"]["purpose"].pop()
    (made,) = imported(resource, ANYONE).entries
    assert isinstance(made, Consent)
    assert (made.status, str(made.end)) == (Status.ACTIVE, "2022-12-31")


def test_the_research_sample_is_read_as_it_is() -> None:
    resource = sample("pcf/Consent-ex-consent-basic-research")
    assert come_back(resource, ANYONE)
    (made,) = imported(resource, ANYONE).entries
    assert isinstance(made, Consent)
    assert made.purposes == {Purpose.HRESCH}


def test_the_rejecting_sample_without_its_purposes_is_a_do_not_share() -> None:
    resource = sample("pcf/Consent-ex-consent-basic-reject")
    del resource["provision"]["purpose"]
    (refusal,) = imported(resource, UNNAMED).entries
    assert not isinstance(refusal, Consent)
    assert refusal == replace(refusal, withdrawn=False)
    assert (refusal.scope.recipient, refusal.scope.custodian, refusal.scope.category) == (None, None, None)
