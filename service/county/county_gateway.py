"""What the gateway is given about the county beside the agencies' files: the roster, the caseloads and the demo's cast.

gateway/roster.json    [{actor, agency, role, active}]
gateway/caseload.csv   agency, actor, custodian, local_id, since
gateway/cast.json      one familiar neighbor: ids by custodian, name, birth date, and who works with them by role
truth.csv              number, custodian, local_id: who is who, kept apart from what the gateway sees
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from policies.vocabulary import Agency, Role
from service.county.county_staff import Worker, assigned, staff
from service.county.county_table import Table
from service.county.names import likely, luck
from service.county.people import Person

_OWN = {
    Role.DSS_CASEWORKER: 0.9,
    Role.ALLIANCE_CARE_MANAGER: 0.9,
    Role.LINCOLN_CLINICIAN: 0.8,
    Role.EMS_COMMUNITY_PARAMEDIC: 0.1,
}
"""How many of those their own agency knows are on somebody's caseload there. Familiar neighbors always are."""

_OUTREACH = {Role.HEART_NAVIGATOR: 0.02, Role.JUSTICE_CASE_MANAGER: 0.01, Role.BNL_COORDINATOR: 0.01}


def write_roster(directory: Path) -> None:
    """Write `gateway/roster.json`."""
    keep = ("actor", "agency", "role", "active")
    roster = [{name: value for name, value in asdict(worker).items() if name in keep} for worker in staff()]
    (directory / "gateway" / "roster.json").write_text(json.dumps(roster, ensure_ascii=False, indent=1) + "\n", "utf-8")


def team(person: Person) -> Iterator[Worker]:
    """The workers on whose caseload a person is."""
    chance = luck(person.seed, person.number, "team")
    known = {role: share for role, share in _OWN.items() if _agency(role) in person.seen}
    for role, share in (known | _OUTREACH).items():
        if likely(share, chance) or person.familiar:
            yield assigned(person.seed, person.number, role)


def _agency(role: Role) -> Agency:
    return assigned(0, 0, role).agency


class Truth(Table):
    """`truth.csv`: which of the agencies' records are about one person."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "truth.csv", "number custodian local_id")

    def add(self, person: Person) -> None:
        """One line for each agency that knows the person."""
        self.write(*((person.number, seen.custodian, seen.local_id) for seen in person.seen.values()))


class Caseloads(Table):
    """`gateway/caseload.csv`: who works with whom, named by the worker's own agency's id or another custodian's."""

    def __init__(self, directory: Path, today: date) -> None:
        super().__init__(directory / "gateway" / "caseload.csv", "agency actor custodian local_id since")
        self._today = today

    def add(self, person: Person) -> None:
        """One line for each worker of the person's team."""
        for worker in team(person):
            seen = person.seen.get(worker.agency) or next(iter(person.seen.values()))
            days = luck(person.seed, person.number, worker.actor).randrange(10, 700)
            since = self._today - timedelta(days=days)
            self.write((worker.agency, worker.actor, seen.custodian, seen.local_id, since.isoformat()))


class Cast:
    """`gateway/cast.json`: the familiar neighbor whose story the demo tells, spelt alike everywhere if there is one."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "gateway" / "cast.json"
        self._chosen: Person | None = None

    def add(self, person: Person) -> None:
        """Keep the person who fits the story best; the first among equals."""
        if person.familiar and (self._chosen is None or _fit(person) > _fit(self._chosen)):
            self._chosen = person

    def close(self) -> None:
        """Write the file, unless the county is too small to have a familiar neighbor."""
        if self._chosen:
            self._path.write_text(json.dumps(_story(self._chosen), ensure_ascii=False, indent=1) + "\n", "utf-8")


def _fit(person: Person) -> int:
    spelt_alike = len({(s.given, s.family, s.birth_date) for s in person.seen.values()}) == 1
    return 4 * spelt_alike + person.substance_use + person.mental_illness + person.homeless


def _story(person: Person) -> dict[str, object]:
    seen = person.seen[Agency.DSS]
    return {
        "given": seen.given,
        "family": seen.family,
        "birth_date": seen.birth_date.isoformat() if seen.birth_date else None,
        "ids": {agency: sighting.local_id for agency, sighting in person.seen.items()},
        "actors": {worker.role: worker.actor for worker in team(person)},
    }
