"""Who works at the county's agencies, and who works with whom. Invented, and the same for every seed."""

from dataclasses import dataclass
from functools import cache

from policies.vocabulary import Agency, Role
from service.county.names import family_name, given_name, luck
from service.county.names_places import phone


@dataclass(frozen=True, slots=True)
class Worker:
    """One member of an agency's staff. `actor` is what a partner's system calls them, for example `hn-001`."""

    actor: str
    agency: Agency
    role: Role
    name: str
    phone: str
    active: bool


STAFF = {
    Role.DSS_CASEWORKER: ("dc", Agency.DSS, 40),
    Role.ALLIANCE_CARE_MANAGER: ("cm", Agency.ALLIANCE, 40),
    Role.LINCOLN_CLINICIAN: ("lc", Agency.LINCOLN, 30),
    Role.EMS_COMMUNITY_PARAMEDIC: ("cp", Agency.EMS, 12),
    Role.HEART_NAVIGATOR: ("hn", Agency.HEART, 16),
    Role.JUSTICE_CASE_MANAGER: ("jm", Agency.JUSTICE, 8),
    Role.BNL_COORDINATOR: ("bn", Agency.HMIS, 4),
    Role.LAW_ENFORCEMENT: ("le", Agency.JUSTICE, 2),
}
"""Role: prefix of its actors' ids, agency, how many."""

_PRIVACY = (Agency.DSS, Agency.ALLIANCE, Agency.LINCOLN, Agency.EMS, Agency.HEART)
_LEFT_EVERY = 19


@cache
def worker(role: Role, number: int) -> Worker:
    """Worker `number` (from 1) of a role. One in nineteen has left and is inactive."""
    prefix, agency, _ = STAFF[role]
    return _hired(f"{prefix}-{number:03d}", agency, role, active=number % _LEFT_EVERY != 0)


def staff() -> list[Worker]:
    """Everybody at work, privacy officers (`po-001` ...) last."""
    workers = [worker(role, n + 1) for role, (_, _, many) in STAFF.items() for n in range(many)]
    officers = [_hired(f"po-{n:03d}", agency, Role.PRIVACY_OFFICER) for n, agency in enumerate(_PRIVACY, start=1)]
    return workers + officers


def assigned(seed: int, number: int, role: Role) -> Worker:
    """The active worker of this role who works with person `number`, if anybody of the role does."""
    chance = luck(seed, number, role, "assigned")
    while not (chosen := worker(role, chance.randint(1, STAFF[role][2]))).active:
        pass
    return chosen


def _hired(actor: str, agency: Agency, role: Role, *, active: bool = True) -> Worker:
    chance = luck("staff", actor)
    name = f"{given_name(chance.choice('FM'), chance)} {family_name(chance)}"
    return Worker(actor, agency, role, name, phone(chance), active)
