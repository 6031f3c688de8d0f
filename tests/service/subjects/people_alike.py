"""Invented sightings for the index's tests: people, and how two desks may spell one of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from policies.vocabulary import Agency
from service.gateway.ports import Sighting

CUSTODIANS = (Agency.DSS, Agency.ALLIANCE, Agency.LINCOLN, Agency.EMS)
GIVENS = ("Maria", "James", "Elizabeth", "Robert", "Keisha", "Darnell", "Xiomara", "Ji-woo", "Jean-Pierre", "José")
FAMILIES = ("Alston", "García", "O'Neal", "Nguyen", "García-López", "Le", "Satterfield", "McCrae")
# Twins are named alike on purpose: these pairs are a letter or two apart, and are two people.
TWINS = (
    ("Jaden", "Kaden"), ("Maria", "Marie"), ("Eric", "Erin"), ("Tina", "Tia"), ("Ann", "Anna"), ("Dana", "Dan"),
    ("James", "John"), ("Carla", "Carlo"), ("Marcus", "Marquis"), ("Ji-woo", "Ji-ho"), ("Aaliyah", "Alicia"),
    ("An", "Ann"), ("Lee", "Le"),
)  # fmt: skip

dates = st.dates(date(1931, 1, 2), date(2025, 12, 31))
digits = st.text("0123456789", min_size=10, max_size=10).filter(lambda text: len(set(text)) > 1)


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    """One person at one desk; anything but the name may be unknown."""
    return Sighting(
        custodian=draw(st.sampled_from(CUSTODIANS)),
        local_id=draw(digits),
        given=draw(st.sampled_from(GIVENS)),
        family=draw(st.sampled_from(FAMILIES)),
        middle=draw(st.sampled_from(("", "A", "Ann", "Lee"))),
        suffix=draw(st.sampled_from(("", "Jr", "Sr", "III"))),
        birth_date=draw(st.none() | dates),
        sex=draw(st.sampled_from(("", "F", "M"))),
        street=draw(st.sampled_from(("", "12 Oak St", "12 Oak Street Apt 4", "400 E Main St", "homeless"))),
        zip=draw(st.sampled_from(("", "27701", "27703"))),
        phone=draw(st.just("") | digits),
        medicaid_id=draw(st.just("") | digits),
        ssn4=draw(st.just("") | digits.map(lambda text: text[:4])),
    )


def somebody(**known: object) -> Sighting:
    """A person with everything known but identifiers, changed as asked."""
    whole = Sighting(
        custodian=Agency.DSS,
        local_id="D-1",
        given="Keisha",
        family="Satterfield",
        birth_date=date(1984, 5, 17),
        sex="F",
        street="1204 Hawthorn St",
        city="Durham",
        zip="27701",
        phone="919-555-0142",
    )
    return replace(whole, **known)  # type: ignore[arg-type]  # tests name the fields


def a_child_of(seen: Sighting, **known: object) -> Sighting:
    """Of the same name, address and phone, a generation later."""
    born = (seen.birth_date or date(1960, 1, 2)) + timedelta(days=9131)
    return replace(seen, **({"local_id": "D-2", "birth_date": born} | known))  # type: ignore[arg-type]  # as above


async def feed(*lines: Sighting) -> AsyncIterator[Sighting]:
    """The lines as a custodian's feed."""
    for line in lines:
        yield line
